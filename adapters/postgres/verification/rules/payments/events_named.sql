-- A payment's events are those that the edges which it walked name, and no others, as far as none may be forgotten.
-- What was declined and then turned out to be done has told both. Of the captures and voids that were declined one may
-- have told nothing: another that had been declined, and had told so, turned out to be done while it was open.
SELECT ARRAY[p.id], format('%s, told %s', p.status, (
    SELECT string_agg(name, ', ' ORDER BY sequence) FROM events e WHERE e.payment_id = p.id))
FROM payments p JOIN told ON told.payment_id = p.id JOIN done ON done.payment_id = p.id
WHERE p.id > $1 AND p.id <= $2
    AND p.created_at >= coalesce((SELECT before FROM forgotten WHERE id = 'events'), '-infinity') AND NOT (
    told.created = 1 AND told.pending = 1 AND told.challenged = (p.next_action_url IS NOT NULL)::int
    AND told.authorized = (p.capture = 'manual' AND p.status IN ('authorized', 'success', 'voided'))::int
    AND told.success = (p.status = 'success')::int AND told.paid = told.success
    AND told.failed = (p.status = 'failed')::int AND told.voided = (p.status = 'voided')::int
    AND told.reversed = done.reversed
    AND refund_created = refunds AND refund_processed = refunded
    AND refund_failed BETWEEN refunds_failed AND refunds_failed + refunded
    AND capture_failed <= captures_failed + captured AND void_failed <= voids_failed + done.voided
    AND capture_failed + void_failed >= captures_failed + voids_failed
    AND events = told.created + told.pending + told.challenged + told.authorized + told.success + told.paid
        + told.failed + told.voided + told.reversed + refund_created + refund_processed + refund_failed
        + capture_failed + void_failed)
LIMIT $3
