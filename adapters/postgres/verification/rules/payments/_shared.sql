-- What the operations of each payment come to, and its events. What a rule does not use of it costs nothing.
-- For all rules here: the payments after $1 up to $2, at most $3 rows (ids, how).
WITH done AS (
    SELECT payment_id,
        count(*) FILTER (WHERE kind = 'authorize') AS begun,
        count(*) FILTER (WHERE kind IN ('authorize', 'resume') AND status = 'open') AS asking,
        count(*) FILTER (WHERE kind IN ('authorize', 'resume') AND status = 'action_required') AS challenged,
        count(*) FILTER (WHERE kind IN ('authorize', 'resume') AND status = 'approved') AS authorized,
        max(amount) FILTER (WHERE kind IN ('authorize', 'resume') AND status = 'approved') AS authorized_amount,
        count(*) FILTER (WHERE kind IN ('authorize', 'resume') AND status = 'declined') AS declined,
        count(*) FILTER (WHERE kind = 'capture' AND status = 'approved') AS captured,
        max(amount) FILTER (WHERE kind = 'capture' AND status = 'approved') AS captured_amount,
        count(*) FILTER (WHERE kind = 'capture' AND status = 'declined') AS captures_failed,
        count(*) FILTER (WHERE kind = 'void' AND cause = 'requested' AND status = 'approved') AS voided,
        count(*) FILTER (WHERE kind = 'void' AND cause = 'requested' AND status = 'declined') AS voids_failed,
        count(*) FILTER (WHERE cause = 'expired' AND status IN ('approved', 'declined')) AS lapsed,
        max(kind) FILTER (WHERE kind IN ('capture', 'void') AND cause <> 'reversal' AND status = 'open') AS waiting,
        count(*) FILTER (WHERE kind = 'refund' AND cause <> 'reversal') AS refunds,
        count(*) FILTER (WHERE kind = 'refund' AND cause <> 'reversal' AND status = 'approved') AS refunded,
        count(*) FILTER (WHERE kind = 'refund' AND cause <> 'reversal' AND status = 'declined') AS refunds_failed,
        sum(amount) FILTER (WHERE kind = 'refund' AND cause <> 'reversal' AND status = 'approved') AS refunded_amount,
        sum(amount) FILTER (WHERE kind = 'refund' AND cause <> 'reversal' AND status = 'open') AS reserved_amount,
        count(*) FILTER (WHERE cause = 'reversal') AS reversals,
        count(*) FILTER (WHERE cause = 'reversal' AND status = 'approved') AS reversed
    FROM operations WHERE payment_id > $1 AND payment_id <= $2 GROUP BY payment_id
), told AS (
    SELECT payment_id, count(*) AS events, min(sequence) AS first, max(sequence) AS last, sum(sequence) AS sum,
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
)
