-- No job was given up.
SELECT ARRAY[id, target_id], format('%s, failed %s times: %s', kind, failures, last_error) FROM jobs
WHERE id > $1 AND id <= $2 AND parked_at IS NOT NULL LIMIT $3
