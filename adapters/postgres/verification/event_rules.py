"""Events against what happened, and deliveries against events."""

from ports.verification import Rule

_TOLD = "SELECT string_agg(format('%s %s', e.sequence, e.name), ', ' ORDER BY e.sequence) FROM events e"

# How often each event was told of each payment.
_NAMES = """
    SELECT payment_id, count(*) AS events,
        count(*) FILTER (WHERE name = 'payment.created') AS created,
        count(*) FILTER (WHERE name = 'payment.pending') AS pending,
        count(*) FILTER (WHERE name = 'payment.requires_action') AS challenged,
        count(*) FILTER (WHERE name = 'payment.authorized') AS authorized,
        count(*) FILTER (WHERE name = 'payment.success') AS success,
        count(*) FILTER (WHERE name = 'order.paid') AS paid,
        count(*) FILTER (WHERE name = 'payment.failed') AS failed,
        count(*) FILTER (WHERE name = 'payment.voided') AS voided,
        count(*) FILTER (WHERE name = 'payment.reversed') AS reversed,
        count(*) FILTER (WHERE name = 'payment.capture_failed') AS capture_failed,
        count(*) FILTER (WHERE name = 'payment.void_failed') AS void_failed,
        count(*) FILTER (WHERE name = 'refund.created') AS refund_created,
        count(*) FILTER (WHERE name = 'refund.processed') AS refund_processed,
        count(*) FILTER (WHERE name = 'refund.failed') AS refund_failed
    FROM events WHERE payment_id > $1 AND payment_id <= $2 GROUP BY payment_id
"""
# How often the edges that were walked name them.
_WALKED = """
    SELECT payment_id,
        count(*) FILTER (WHERE cause = 'reversal' AND status = 'approved') AS reversed,
        count(*) FILTER (WHERE kind = 'refund' AND cause <> 'reversal') AS refunds,
        count(*) FILTER (WHERE kind = 'refund' AND cause <> 'reversal' AND status = 'approved') AS refunded,
        count(*) FILTER (WHERE kind = 'refund' AND cause <> 'reversal' AND status = 'declined') AS refunds_failed,
        count(*) FILTER (WHERE kind = 'capture' AND status = 'declined') AS captures_failed,
        count(*) FILTER (WHERE kind = 'capture' AND status = 'approved') AS captured,
        count(*) FILTER (WHERE kind = 'void' AND cause = 'requested' AND status = 'declined') AS voids_failed,
        count(*) FILTER (WHERE kind = 'void' AND cause = 'requested' AND status = 'approved') AS voided
    FROM operations WHERE payment_id > $1 AND payment_id <= $2 GROUP BY payment_id
"""

# $1 and $2: the payments after the first, up to the second. $3: the limit. Each returns (ids, how).
TOLD_RULES = {
    Rule.EVENTS_NUMBERED: f"""
        SELECT ARRAY[coalesce(p.id, t.payment_id)], format('counts %s events, and was told %s',
            coalesce(p.sequence::text, 'no payment, so no'), coalesce(({_TOLD} WHERE e.payment_id = t.payment_id), 'none'))
        FROM (SELECT id, sequence FROM payments WHERE id > $1 AND id <= $2) p FULL JOIN (
            SELECT payment_id, count(*) AS events, min(sequence) AS first, max(sequence) AS last, sum(sequence) AS sum
            FROM events WHERE payment_id > $1 AND payment_id <= $2 GROUP BY payment_id
        ) t ON t.payment_id = p.id
        WHERE NOT coalesce(t.events = p.sequence AND t.first = 1 AND t.last = t.events
            AND t.sum = t.events * (t.events + 1) / 2, false)
        LIMIT $3
    """,
    # What was declined and then turned out to be done told both. Of declined captures and voids one may have told
    # nothing, because another that had been declined turned out done meanwhile, which had told of its decline.
    Rule.EVENTS_NAMED: f"""
        SELECT ARRAY[p.id], format('%s, and was told %s', p.status, ({_TOLD} WHERE e.payment_id = p.id))
        FROM payments p JOIN ({_NAMES}) t ON t.payment_id = p.id LEFT JOIN ({_WALKED}) o ON o.payment_id = p.id
        WHERE p.id > $1 AND p.id <= $2 AND NOT (
            t.created = 1 AND t.pending = 1 AND t.challenged = (p.next_action_url IS NOT NULL)::int
            AND t.authorized = (p.capture = 'manual' AND p.status IN ('authorized', 'success', 'voided'))::int
            AND t.success = (p.status = 'success')::int AND t.paid = t.success
            AND t.failed = (p.status = 'failed')::int AND t.voided = (p.status = 'voided')::int
            AND t.reversed = coalesce(o.reversed, 0) AND t.refund_created = coalesce(o.refunds, 0)
            AND t.refund_processed = coalesce(o.refunded, 0)
            AND t.refund_failed BETWEEN coalesce(o.refunds_failed, 0) AND coalesce(o.refunds_failed + o.refunded, 0)
            AND t.capture_failed <= coalesce(o.captures_failed + o.captured, 0)
            AND t.void_failed <= coalesce(o.voids_failed + o.voided, 0)
            AND t.capture_failed + t.void_failed >= coalesce(o.captures_failed + o.voids_failed, 0)
            AND t.events = t.created + t.pending + t.challenged + t.authorized + t.success + t.paid + t.failed
                + t.voided + t.reversed + t.refund_created + t.refund_processed + t.refund_failed
                + t.capture_failed + t.void_failed)
        LIMIT $3
    """,
}
# $1 and $2: the events after the first, up to the second. $3: the limit. Each returns (ids, how).
EVENT_RULES = {
    Rule.DELIVERIES: """
        SELECT ARRAY[e.id, e.payment_id], format('%s is owed to %s endpoints, and has %s deliveries', e.name,
            e.deliveries, coalesce(d.owed, 0))
        FROM events e LEFT JOIN (
            SELECT event_id, count(*) AS owed FROM deliveries
            WHERE event_id > $1 AND event_id <= $2 AND NOT replayed GROUP BY event_id
        ) d ON d.event_id = e.id
        WHERE e.id > $1 AND e.id <= $2 AND e.deliveries <> coalesce(d.owed, 0) LIMIT $3
    """,
    Rule.DELIVERY_JOB: """
        SELECT ARRAY[d.id, d.event_id], format('%s is owed to %s since %s', d.event, d.endpoint_id, d.created_at)
        FROM deliveries d WHERE d.event_id > $1 AND d.event_id <= $2 AND d.status = 'pending'
            AND NOT EXISTS (SELECT FROM jobs j WHERE j.kind = 'deliver_event' AND j.target_id = d.id)
        LIMIT $3
    """,
}
