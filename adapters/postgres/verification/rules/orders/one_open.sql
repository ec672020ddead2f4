-- An order has at most one open payment.
SELECT order_id || ARRAY(
        SELECT id FROM payments
        WHERE order_id = paying.order_id AND status IN ('pending', 'requires_action', 'authorized') ORDER BY id
    ), format('%s payments are open', open)
FROM paying WHERE open > 1 LIMIT $3
