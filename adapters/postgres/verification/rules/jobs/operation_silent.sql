-- The processor says within a day what became of an operation.
SELECT ARRAY[o.id, o.payment_id], format('%s, open since %s, asked %s times', o.kind, o.created_at, j.tries)
FROM jobs j JOIN operations o ON o.id = j.target_id
WHERE j.id > $1 AND j.id <= $2 AND j.kind = 'process_operation' AND o.status = 'open' AND o.cause <> 'reversal'
    AND o.created_at < now() - interval '24 hours'
LIMIT $3
