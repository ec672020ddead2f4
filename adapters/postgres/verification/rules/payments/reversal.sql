-- What was taken for a payment that has ended otherwise is given back, and nothing else is.
SELECT ARRAY[p.id], format('%s, reversal %s; authorized %s, captured %s, reversing %s, of them approved %s', p.status,
    coalesce(p.reversal, 'none'), coalesce(authorized, 0), coalesce(captured, 0), coalesce(reversals, 0),
    coalesce(reversed, 0))
FROM payments p LEFT JOIN done ON done.payment_id = p.id
WHERE p.id > $1 AND p.id <= $2 AND NOT coalesce(CASE
    WHEN p.reversal IS NULL THEN reversals = 0 AND NOT (p.status = 'failed' AND authorized > 0)
        AND NOT (p.status = 'voided' AND captured > 0)
    ELSE p.status IN ('failed', 'voided') AND reversals > 0 AND (p.reversal = 'done') = (reversed > 0)
    END, p.reversal IS NULL)
LIMIT $3
