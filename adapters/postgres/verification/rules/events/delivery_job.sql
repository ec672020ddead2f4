-- A pending delivery has a job.
SELECT ARRAY[d.id, d.event_id], format('%s, owed to %s since %s', d.event, d.endpoint_id, d.created_at)
FROM deliveries d WHERE d.event_id > $1 AND d.event_id <= $2 AND d.status = 'pending'
    AND (SELECT 1 FROM jobs WHERE kind = 'deliver_event' AND target_id = d.id LIMIT 1) IS NULL
LIMIT $3
