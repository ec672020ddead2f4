-- An order is created, attempted, paid or expired as its payments say.
SELECT ARRAY[o.id], format(
    '%s, with %s payments, of which %s are open and %s a success',
    o.status, coalesce(payments, 0), coalesce(open, 0), coalesce(successes, 0))
FROM orders o LEFT JOIN paying ON paying.order_id = o.id
WHERE o.id > $1 AND o.id <= $2 AND NOT CASE o.status
    WHEN 'created' THEN payments IS NULL
    WHEN 'attempted' THEN coalesce(successes = 0, false)
    WHEN 'paid' THEN coalesce(successes > 0, false)
    ELSE coalesce(open + successes = 0, true) END
LIMIT $3
