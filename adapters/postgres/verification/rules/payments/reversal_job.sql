-- What must be given back has an operation that does it, or a job that will make one.
SELECT ARRAY[p.id], format('%s, not given back', p.status) FROM payments p
WHERE p.id > $1 AND p.id <= $2 AND p.reversal = 'open'
    AND (SELECT 1 FROM jobs WHERE kind = 'reverse_again' AND target_id = p.id LIMIT 1) IS NULL
    AND (SELECT 1 FROM operations
        WHERE payment_id = p.id AND cause = 'reversal' AND status = 'open' LIMIT 1) IS NULL
LIMIT $3
