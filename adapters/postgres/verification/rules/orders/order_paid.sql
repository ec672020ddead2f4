-- An order is paid what its success captured.
SELECT ARRAY[o.id], format('amount_paid %s, captured %s', o.amount_paid, coalesce(captured, 0))
FROM orders o LEFT JOIN paying ON paying.order_id = o.id
WHERE o.id > $1 AND o.id <= $2 AND o.amount_paid <> coalesce(captured, 0) LIMIT $3
