-- An order has at most one success.
SELECT order_id || ARRAY(
        SELECT id FROM payments WHERE order_id = paying.order_id AND status = 'success' ORDER BY id
    ), format('paid %s times', successes)
FROM paying WHERE successes > 1 LIMIT $3
