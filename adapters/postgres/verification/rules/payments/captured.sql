-- A success captured what its operation took, and nothing else did. A success that nothing took is for `status`.
SELECT ARRAY[p.id], format('%s, amount_captured %s, its operations took %s', p.status, p.amount_captured, took)
FROM payments p LEFT JOIN done ON done.payment_id = p.id CROSS JOIN LATERAL (
    SELECT CASE WHEN p.status <> 'success' THEN 0 WHEN p.capture = 'manual' THEN captured_amount
        ELSE authorized_amount END AS took
) AS taking
WHERE p.id > $1 AND p.id <= $2 AND p.amount_captured <> took LIMIT $3
