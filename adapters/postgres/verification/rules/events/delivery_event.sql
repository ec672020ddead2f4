-- A delivery is of an event that exists.
SELECT ARRAY[d.id, d.event_id], format('%s, %s, to %s', d.event, d.status, d.endpoint_id)
FROM (SELECT id, event_id, event, status, endpoint_id FROM deliveries WHERE event_id > $1 AND event_id <= $2) d
LEFT JOIN (SELECT id FROM events WHERE id > $1 AND id <= $2) e ON e.id = d.event_id
WHERE e.id IS NULL LIMIT $3
