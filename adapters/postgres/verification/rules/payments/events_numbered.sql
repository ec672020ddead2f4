-- A payment's events are numbered from 1 without a gap or a repeat, as many as its row counts; and there is a payment.
SELECT ARRAY[coalesce(p.id, payment_id)], format('%s, told %s', coalesce('counts ' || p.sequence, 'no payment'), (
    SELECT string_agg(sequence::text, ', ' ORDER BY sequence) FROM events e WHERE e.payment_id = told.payment_id))
FROM (SELECT id, sequence FROM payments WHERE id > $1 AND id <= $2) p FULL JOIN told ON told.payment_id = p.id
WHERE NOT coalesce(events = p.sequence AND first = 1 AND last = events AND sum = events * (events + 1) / 2, false)
LIMIT $3
