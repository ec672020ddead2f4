-- A payment is of its order's amount, and belongs to whom the order belongs to.
SELECT ARRAY[p.id, o.id], format(
    '%s %s, %s, of %s in %s; the order %s %s, %s, of %s in %s', p.amount, p.currency, p.capture, p.merchant_id,
    p.mode, o.amount, o.currency, o.capture, o.merchant_id, o.mode)
FROM orders o JOIN payments p ON p.order_id = o.id
WHERE o.id > $1 AND o.id <= $2 AND p.order_id > $1 AND p.order_id <= $2
    AND (p.amount, p.currency, p.capture, p.merchant_id, p.mode)
        <> (o.amount, o.currency, o.capture, o.merchant_id, o.mode)
LIMIT $3
