-- What the payments of each order come to. 
-- For all rules here: the orders after $1 up to $2, at most $3 rows (ids, how).
WITH paying AS (
    SELECT order_id, count(*) AS payments,
        count(*) FILTER (WHERE status IN ('pending', 'requires_action', 'authorized')) AS open,
        count(*) FILTER (WHERE status = 'success') AS successes,
        sum(amount_captured) FILTER (WHERE status = 'success') AS captured
    FROM payments WHERE order_id > $1 AND order_id <= $2 GROUP BY order_id
)
