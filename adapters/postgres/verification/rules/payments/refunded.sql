-- What was refunded are the refunds that were processed, what is reserved those that are open.
SELECT ARRAY[p.id], format('refunded %s and reserved %s, its refunds come to %s and %s', p.amount_refunded,
    p.refund_reserved, coalesce(refunded_amount, 0), coalesce(reserved_amount, 0))
FROM payments p LEFT JOIN done ON done.payment_id = p.id
WHERE p.id > $1 AND p.id <= $2 AND (p.amount_refunded <> coalesce(refunded_amount, 0)
    OR p.refund_reserved <> coalesce(reserved_amount, 0))
LIMIT $3
