-- A job that was due five minutes ago is in a worker's hands. To be announced is not: the relay announces again and
-- again what no worker takes.
SELECT ARRAY[id, target_id], format('%s, due since %s, tried %s times', kind, due_at, tries) FROM jobs
WHERE id > $1 AND id <= $2 AND parked_at IS NULL AND due_at < now() - interval '5 minutes'
    AND NOT (claimed_at IS NOT NULL AND leased_until > now())
LIMIT $3
