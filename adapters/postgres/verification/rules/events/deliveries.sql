-- An event has as many deliveries as endpoints listened, not counting those added by a replay; some may be forgotten.
SELECT ARRAY[e.id, e.payment_id], format('%s, owed to %s endpoints, has %s deliveries', e.name, e.deliveries,
    coalesce(owed, 0))
FROM events e LEFT JOIN (
    SELECT event_id, count(*) AS owed FROM deliveries
    WHERE event_id > $1 AND event_id <= $2 AND NOT replayed GROUP BY event_id
) d ON d.event_id = e.id
WHERE e.id > $1 AND e.id <= $2 AND e.deliveries <> coalesce(owed, 0)
    AND NOT coalesce(coalesce(owed, 0) < e.deliveries AND e.created_at < (SELECT before FROM forgotten WHERE id = 'deliveries'), false)
LIMIT $3
