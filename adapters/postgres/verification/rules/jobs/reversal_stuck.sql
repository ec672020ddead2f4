-- What must be given back is given back within a day.
SELECT ARRAY[p.id], format('%s, %s %s not given back since %s', p.status, first.amount, first.currency,
    first.created_at)
FROM jobs j LEFT JOIN operations o ON o.id = j.target_id AND j.kind = 'process_operation'
JOIN payments p ON p.id = coalesce(o.payment_id, j.target_id)
CROSS JOIN LATERAL (
    SELECT amount, currency, created_at FROM operations
    WHERE payment_id = p.id AND cause = 'reversal' ORDER BY created_at LIMIT 1
) AS first
WHERE j.id > $1 AND j.id <= $2 AND p.reversal = 'open' AND first.created_at < now() - interval '24 hours'
    AND (j.kind = 'reverse_again' OR o.cause = 'reversal' AND o.status = 'open')
LIMIT $3
