-- A payment's events are numbered from 1 without a gap or a repeat, as many as its row counts; and there is a payment.
-- Of a payment made before what may be forgotten, the first ones may be missing.
SELECT ARRAY[coalesce(p.id, payment_id)], format('%s, told %s', coalesce('counts ' || p.sequence, 'no payment'), (
    SELECT string_agg(sequence::text, ', ' ORDER BY sequence) FROM events e WHERE e.payment_id = told.payment_id))
FROM (
    SELECT id, sequence, coalesce(created_at < (SELECT before FROM forgotten WHERE id = 'events'), false) AS is_old
    FROM payments WHERE id > $1 AND id <= $2
) p FULL JOIN told ON told.payment_id = p.id
WHERE NOT coalesce(last = p.sequence AND (first = 1 OR p.is_old) AND events = last - first + 1
    AND sum = events * (first + last) / 2, p.is_old AND events IS NULL, false)
LIMIT $3
