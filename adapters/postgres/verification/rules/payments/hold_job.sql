-- A hold has a job that ends it at its expiry, or the operation that the job has made.
SELECT ARRAY[p.id], format('held until %s', p.authorization_expires_at) FROM payments p
WHERE p.id > $1 AND p.id <= $2 AND p.status = 'authorized'
    AND (SELECT 1 FROM jobs WHERE kind = 'expire_hold' AND target_id = p.id LIMIT 1) IS NULL
    AND (SELECT 1 FROM operations
        WHERE payment_id = p.id AND cause = 'expired' AND status = 'open' LIMIT 1) IS NULL
LIMIT $3
