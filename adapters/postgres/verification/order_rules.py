"""Orders against their payments."""

from ports.verification import Rule

OPEN = "('pending', 'requires_action', 'authorized')"

_PAYMENTS = f"""
    SELECT order_id, count(*) AS payments, count(*) FILTER (WHERE status IN {OPEN}) AS open,
        count(*) FILTER (WHERE status = 'success') AS successes,
        sum(amount_captured) FILTER (WHERE status = 'success') AS captured
    FROM payments WHERE order_id > $1 AND order_id <= $2 GROUP BY order_id
"""
_IDS = "SELECT id FROM payments p WHERE p.order_id = o.id"

# $1 and $2: the orders after the first, up to the second. $3: the limit. Each returns (ids, how).
ORDER_RULES = {
    Rule.ONE_OPEN: f"""
        SELECT o.id || ARRAY({_IDS} AND p.status IN {OPEN} ORDER BY id), format('%s open payments', p.open)
        FROM orders o JOIN ({_PAYMENTS}) p ON p.order_id = o.id
        WHERE o.id > $1 AND o.id <= $2 AND p.open > 1 LIMIT $3
    """,
    Rule.ONE_SUCCESS: f"""
        SELECT o.id || ARRAY({_IDS} AND p.status = 'success' ORDER BY id), format('paid %s times', p.successes)
        FROM orders o JOIN ({_PAYMENTS}) p ON p.order_id = o.id
        WHERE o.id > $1 AND o.id <= $2 AND p.successes > 1 LIMIT $3
    """,
    Rule.ORDER_STATUS: f"""
        SELECT o.id || ARRAY({_IDS} ORDER BY id), format(
            '%s, with %s payments, of them %s open and %s a success', o.status, coalesce(p.payments, 0),
            coalesce(p.open, 0), coalesce(p.successes, 0))
        FROM orders o LEFT JOIN ({_PAYMENTS}) p ON p.order_id = o.id
        WHERE o.id > $1 AND o.id <= $2 AND NOT CASE o.status
            WHEN 'created' THEN p.payments IS NULL
            WHEN 'attempted' THEN coalesce(p.payments > 0 AND p.successes = 0, false)
            WHEN 'paid' THEN coalesce(p.successes > 0, false)
            ELSE coalesce(p.open = 0 AND p.successes = 0, true) END
        LIMIT $3
    """,
    Rule.ORDER_PAID: f"""
        SELECT o.id || ARRAY({_IDS} AND p.status = 'success' ORDER BY id), format(
            'amount_paid %s, but captured %s', o.amount_paid, coalesce(p.captured, 0))
        FROM orders o LEFT JOIN ({_PAYMENTS}) p ON p.order_id = o.id
        WHERE o.id > $1 AND o.id <= $2 AND o.amount_paid <> coalesce(p.captured, 0) LIMIT $3
    """,
    Rule.ORDER_ATTEMPTS: f"""
        SELECT ARRAY[o.id], format('counts %s attempts, has %s payments', o.attempts, coalesce(p.payments, 0))
        FROM orders o LEFT JOIN ({_PAYMENTS}) p ON p.order_id = o.id
        WHERE o.id > $1 AND o.id <= $2 AND o.attempts <> coalesce(p.payments, 0) LIMIT $3
    """,
    Rule.ORDER_EXPIRY: """
        SELECT ARRAY[o.id], format('%s, expires at %s', o.status, o.expires_at) FROM orders o
        WHERE o.id > $1 AND o.id <= $2 AND o.expires_at IS NOT NULL AND o.status IN ('created', 'attempted')
            AND NOT EXISTS (SELECT FROM jobs j WHERE j.kind = 'expire_order' AND j.target_id = o.id)
        LIMIT $3
    """,
    Rule.PAYMENT_ORDER: """
        SELECT ARRAY[p.id, o.id], format(
            '%s %s %s of %s %s, the order %s %s %s of %s %s', p.amount, p.currency, p.capture, p.merchant_id, p.mode,
            o.amount, o.currency, o.capture, o.merchant_id, o.mode)
        FROM orders o JOIN payments p ON p.order_id = o.id
        WHERE o.id > $1 AND o.id <= $2 AND p.order_id > $1 AND p.order_id <= $2
            AND (p.amount, p.currency, p.capture, p.merchant_id, p.mode)
                <> (o.amount, o.currency, o.capture, o.merchant_id, o.mode)
        LIMIT $3
    """,
}
