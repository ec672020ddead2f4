-- A payment's events are numbered from 1 without a gap or a repeat, as many as its row counts; and there is a payment.
-- Of a payment made before what may be forgotten, those told before then may be missing, in whatever order they went.
SELECT ARRAY[coalesce(p.id, payment_id)], format('%s, told %s', coalesce('counts ' || p.sequence, 'no payment'), (
    SELECT string_agg(sequence::text, ', ' ORDER BY sequence) FROM events e WHERE e.payment_id = told.payment_id))
FROM (
    SELECT payments.id, sequence, before FROM payments LEFT JOIN forgotten
    ON forgotten.id = 'events' AND payments.created_at < forgotten.before
    WHERE payments.id > $1 AND payments.id <= $2
) p FULL JOIN told ON told.payment_id = p.id
WHERE NOT coalesce(CASE
    WHEN last = p.sequence AND first = 1 AND events = last AND sum = events * (1 + last) / 2 THEN true
    WHEN p.before IS NULL THEN false
    WHEN events IS NULL THEN true
    WHEN last <= p.sequence THEN (
        SELECT count(*) = count(DISTINCT sequence) AND coalesce(count(*) FILTER (WHERE created_at >= before)
            = p.sequence + 1 - min(sequence) FILTER (WHERE created_at >= before), true)
        FROM events e WHERE e.payment_id = p.id)
    END, false)
LIMIT $3
