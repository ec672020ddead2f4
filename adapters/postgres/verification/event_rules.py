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
# How often the edges that were walked name them. What was declined and then turned out done told both; a capture
# or void that was declined only after another one had ended the hold told nothing.
_WALKED = """
    SELECT o.payment_id,
        count(*) FILTER (WHERE cause = 'reversal' AND o.status = 'approved') AS reversed,
        count(*) FILTER (WHERE kind = 'refund' AND cause <> 'reversal') AS refunds,
        count(*) FILTER (WHERE kind = 'refund' AND cause <> 'reversal' AND o.status = 'approved') AS refunded,
        count(*) FILTER (WHERE kind = 'refund' AND cause <> 'reversal' AND o.status = 'declined') AS refunds_failed,
        count(*) FILTER (WHERE kind = 'capture' AND o.status = 'declined') AS captures_failed,
        count(*) FILTER (WHERE kind = 'capture' AND o.status = 'approved') AS captured,
        count(*) FILTER (WHERE kind = 'void' AND cause = 'requested' AND o.status = 'declined') AS voids_failed,
        count(*) FILTER (WHERE kind = 'void' AND cause = 'requested' AND o.status = 'approved') AS voided,
        max(settled_at) FILTER (WHERE kind IN ('capture', 'void') AND o.status = 'approved') AS ended_at
    FROM operations o WHERE o.payment_id > $1 AND o.payment_id <= $2 GROUP BY o.payment_id
"""
