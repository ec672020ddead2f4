-- An order counts its payments.
SELECT ARRAY[o.id], format('counts %s attempts, has %s payments', o.attempts, coalesce(payments, 0))
FROM orders o LEFT JOIN paying ON paying.order_id = o.id
WHERE o.id > $1 AND o.id <= $2 AND o.attempts <> coalesce(payments, 0) LIMIT $3
