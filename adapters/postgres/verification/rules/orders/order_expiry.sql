-- An order that may expire has a job that sees to it.
SELECT ARRAY[o.id], format('%s, to expire at %s', o.status, o.expires_at) FROM orders o
WHERE o.id > $1 AND o.id <= $2 AND o.expires_at IS NOT NULL AND o.status IN ('created', 'attempted')
    AND (SELECT 1 FROM jobs WHERE kind = 'expire_order' AND target_id = o.id LIMIT 1) IS NULL
LIMIT $3
