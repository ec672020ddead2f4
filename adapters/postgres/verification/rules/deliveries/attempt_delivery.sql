-- An attempt is at a delivery that exists.
SELECT ARRAY[a.id, a.delivery_id], format('number %s, made at %s', a.number, a.created_at)
FROM (SELECT id, delivery_id, number, created_at FROM attempts WHERE delivery_id > $1 AND delivery_id <= $2) a
LEFT JOIN (SELECT id FROM deliveries WHERE id > $1 AND id <= $2) d ON d.id = a.delivery_id
WHERE d.id IS NULL LIMIT $3
