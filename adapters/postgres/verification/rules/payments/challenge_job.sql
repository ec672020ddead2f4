-- A challenge has a job that ends it at its expiry, also while a RESUME asks what became of it.
SELECT ARRAY[p.id], format('%s, challenged until %s', p.status, p.next_action_expires_at) FROM payments p
WHERE p.id > $1 AND p.id <= $2
    AND (p.status = 'requires_action' OR p.status = 'pending' AND p.next_action_url IS NOT NULL)
    AND (SELECT 1 FROM jobs WHERE kind = 'expire_challenge' AND target_id = p.id LIMIT 1) IS NULL
LIMIT $3
