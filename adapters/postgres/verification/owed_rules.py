"""What payments owe, against the jobs that shall pay it."""

from ports.verification import Rule

# $1 and $2: the payments after the first, up to the second. $3: the limit. Each returns (ids, how).
OWED_RULES = {
    Rule.OPERATION_JOB: """
        SELECT ARRAY[o.id, o.payment_id], format('%s, open since %s', o.kind, o.created_at) FROM operations o
        WHERE o.payment_id > $1 AND o.payment_id <= $2 AND o.status = 'open'
            AND NOT EXISTS (SELECT FROM jobs j WHERE j.kind = 'process_operation' AND j.target_id = o.id)
        LIMIT $3
    """,
    # At its expiry a hold owes an operation that lets it go.
    Rule.HOLD_JOB: """
        SELECT ARRAY[p.id], format('held until %s', p.authorization_expires_at) FROM payments p
        WHERE p.id > $1 AND p.id <= $2 AND p.status = 'authorized'
            AND NOT EXISTS (SELECT FROM jobs j WHERE j.kind = 'expire_hold' AND j.target_id = p.id)
            AND NOT EXISTS (SELECT FROM operations o
                WHERE o.payment_id = p.id AND o.cause = 'expired' AND o.status = 'open')
        LIMIT $3
    """,
    Rule.CHALLENGE_JOB: """
        SELECT ARRAY[p.id], format('%s, challenged until %s', p.status, p.next_action_expires_at) FROM payments p
        WHERE p.id > $1 AND p.id <= $2
            AND (p.status = 'requires_action' OR p.status = 'pending' AND p.next_action_url IS NOT NULL)
            AND NOT EXISTS (SELECT FROM jobs j WHERE j.kind = 'expire_challenge' AND j.target_id = p.id)
        LIMIT $3
    """,
    Rule.REVERSAL_JOB: """
        SELECT ARRAY[p.id], format('%s, and what was taken is still to be given back', p.status) FROM payments p
        WHERE p.id > $1 AND p.id <= $2 AND p.reversal = 'open'
            AND NOT EXISTS (SELECT FROM jobs j WHERE j.kind = 'reverse_again' AND j.target_id = p.id)
            AND NOT EXISTS (SELECT FROM operations o
                WHERE o.payment_id = p.id AND o.cause = 'reversal' AND o.status = 'open')
        LIMIT $3
    """,
    Rule.LATE_REFUND: """
        SELECT ARRAY[o.id, o.payment_id], format('%s %s, declined and then given back after all', o.amount, o.currency)
        FROM operations o
        WHERE o.payment_id > $1 AND o.payment_id <= $2 AND o.code = 'late_success_exceeds_captured' LIMIT $3
    """,
}
