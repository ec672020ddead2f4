-- What an idempotency key was answered with exists, for as long as the key counts. $1 and $2 are places in the table:
-- rows do not lie in the order of their keys, and to fetch them so would read the table from all ends.
SELECT ARRAY[k.id, k.resource_id], format('answered %s at %s', k.status, k.created_at) FROM idempotency_keys k
WHERE k.ctid > $1::tid AND k.ctid <= $2::tid AND k.created_at >= now() - interval '24 hours'
    AND CASE split_part(k.resource_id, '_', 1)
        WHEN 'order' THEN (SELECT 1 FROM orders WHERE id = k.resource_id) IS NULL
        WHEN 'pay' THEN (SELECT 1 FROM payments WHERE id = k.resource_id) IS NULL
        WHEN 'op' THEN (SELECT 1 FROM operations WHERE id = k.resource_id) IS NULL
        WHEN 'rfnd' THEN (SELECT 1 FROM operations WHERE id = k.resource_id) IS NULL
        WHEN 'we' THEN (SELECT 1 FROM endpoints WHERE id = k.resource_id) IS NULL
        ELSE false END
LIMIT $3
