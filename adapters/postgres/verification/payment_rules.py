"""Payments against their own rows' sums, and against their operations."""

from ports.verification import Rule

# What the operations of each payment come to. An unused column costs nothing: PostgreSQL leaves it out.
OPERATIONS = """
    SELECT payment_id,
        count(*) FILTER (WHERE kind = 'authorize') AS begun,
        count(*) FILTER (WHERE kind IN ('authorize', 'resume') AND status = 'open') AS asking,
        count(*) FILTER (WHERE kind IN ('authorize', 'resume') AND status = 'action_required') AS challenged,
        count(*) FILTER (WHERE kind IN ('authorize', 'resume') AND status = 'approved') AS authorized,
        count(*) FILTER (WHERE kind IN ('authorize', 'resume') AND status = 'declined') AS declined,
        max(amount) FILTER (WHERE kind IN ('authorize', 'resume') AND status = 'approved') AS authorized_amount,
        count(*) FILTER (WHERE kind = 'capture' AND status = 'approved') AS captured,
        max(amount) FILTER (WHERE kind = 'capture' AND status = 'approved') AS captured_amount,
        count(*) FILTER (WHERE kind = 'void' AND (cause = 'requested' AND status = 'approved'
            OR cause = 'expired' AND status IN ('approved', 'declined'))) AS voided,
        max(kind) FILTER (WHERE kind IN ('capture', 'void') AND cause <> 'reversal' AND status = 'open') AS waiting,
        coalesce(sum(amount) FILTER (WHERE kind = 'refund' AND cause <> 'reversal' AND status = 'approved'), 0)
            AS refunded_amount,
        coalesce(sum(amount) FILTER (WHERE kind = 'refund' AND cause <> 'reversal' AND status = 'open'), 0)
            AS refunding_amount,
        count(*) FILTER (WHERE cause = 'reversal') AS reversals,
        count(*) FILTER (WHERE cause = 'reversal' AND status = 'approved') AS reversed
    FROM operations WHERE payment_id > $1 AND payment_id <= $2 GROUP BY payment_id
"""
_BOTH = f"FROM payments p LEFT JOIN ({OPERATIONS}) o ON o.payment_id = p.id WHERE p.id > $1 AND p.id <= $2"

# $1 and $2: the payments after the first, up to the second. $3: the limit. Each returns (ids, how).
PAYMENT_RULES = {
    Rule.AMOUNTS: """
        SELECT ARRAY[p.id], format('refunded %s, reserved %s, captured %s, amount %s', p.amount_refunded,
            p.refund_reserved, p.amount_captured, p.amount)
        FROM payments p WHERE p.id > $1 AND p.id <= $2 AND NOT (
            p.amount_refunded >= 0 AND p.refund_reserved >= 0 AND p.amount_captured <= p.amount
            AND p.amount_refunded + p.refund_reserved <= p.amount_captured)
        LIMIT $3
    """,
    # A success without any operation that took is the rule STATUS's to tell.
    Rule.CAPTURED: f"""
        SELECT ARRAY[p.id], format('%s, amount_captured %s, but its operations took %s', p.status, p.amount_captured,
            CASE WHEN p.status <> 'success' THEN 0 WHEN p.capture = 'manual' THEN o.captured_amount
                ELSE o.authorized_amount END)
        {_BOTH} AND p.amount_captured <> CASE WHEN p.status <> 'success' THEN 0
            WHEN p.capture = 'manual' THEN o.captured_amount ELSE o.authorized_amount END
        LIMIT $3
    """,
    Rule.REFUNDED: f"""
        SELECT ARRAY[p.id], format('refunded %s and reserved %s, but its refunds come to %s and %s',
            p.amount_refunded, p.refund_reserved, coalesce(o.refunded_amount, 0), coalesce(o.refunding_amount, 0))
        {_BOTH} AND (p.amount_refunded <> coalesce(o.refunded_amount, 0)
            OR p.refund_reserved <> coalesce(o.refunding_amount, 0))
        LIMIT $3
    """,
    Rule.STATUS: f"""
        SELECT ARRAY[p.id], format('%s and captured by %s call, but of its operations %s ask, %s challenged,'
            ' %s authorized, %s were declined, %s captured, %s voided', p.status,
            CASE p.capture WHEN 'manual' THEN 'a later' ELSE 'the same' END, coalesce(o.asking, 0),
            coalesce(o.challenged, 0), coalesce(o.authorized, 0), coalesce(o.declined, 0), coalesce(o.captured, 0),
            coalesce(o.voided, 0))
        {_BOTH} AND NOT coalesce(o.begun = 1 AND CASE p.status
            WHEN 'pending' THEN o.asking = 1 AND o.captured + o.voided = 0
            WHEN 'requires_action' THEN o.asking = 0 AND o.challenged > 0 AND p.next_action_expires_at IS NOT NULL
            WHEN 'authorized' THEN o.authorized > 0 AND o.captured + o.voided = 0 AND p.capture = 'manual'
                AND p.authorization_expires_at IS NOT NULL
            WHEN 'success' THEN CASE p.capture WHEN 'manual' THEN o.captured = 1
                ELSE o.authorized > 0 AND o.captured = 0 END
            WHEN 'failed' THEN o.declined > 0 OR p.reversal IS NOT NULL
                OR p.error_code IN ('superseded', 'authentication_abandoned')
            ELSE o.voided > 0 END, false)
        LIMIT $3
    """,
    Rule.PENDING_OPERATION: f"""
        SELECT ARRAY[p.id], format('pending_operation %s, but open is %s', coalesce(p.pending_operation, 'none'),
            coalesce(o.waiting, 'none'))
        {_BOTH} AND p.pending_operation IS DISTINCT FROM o.waiting LIMIT $3
    """,
    # What a payment took that has ended without it is given back, and nothing else is.
    Rule.REVERSAL: f"""
        SELECT ARRAY[p.id], format('%s, reversal %s, with %s reversing operations, %s of them approved', p.status,
            coalesce(p.reversal, 'none'), coalesce(o.reversals, 0), coalesce(o.reversed, 0))
        {_BOTH} AND NOT CASE
            WHEN p.reversal IS NULL THEN coalesce(o.reversals, 0) = 0
                AND NOT (p.status = 'failed' AND coalesce(o.authorized, 0) > 0)
                AND NOT (p.status = 'voided' AND coalesce(o.captured, 0) > 0)
            ELSE p.status IN ('failed', 'voided') AND coalesce(o.reversals, 0) > 0
                AND (p.reversal = 'done') = (coalesce(o.reversed, 0) > 0) END
        LIMIT $3
    """,
}
