-- 0 ≤ refunded + reserved ≤ captured ≤ amount.
SELECT ARRAY[id], format('refunded %s, reserved %s, captured %s, amount %s', amount_refunded, refund_reserved,
    amount_captured, amount)
FROM payments WHERE id > $1 AND id <= $2 AND NOT (
    amount_refunded >= 0 AND refund_reserved >= 0 AND amount_refunded + refund_reserved <= amount_captured
    AND amount_captured <= amount)
LIMIT $3
