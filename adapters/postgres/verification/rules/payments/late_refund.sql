-- No refund was thought declined, and made all the same when it did not fit any more.
SELECT ARRAY[id, payment_id], format('%s %s', amount, currency) FROM operations
WHERE payment_id > $1 AND payment_id <= $2 AND code = 'late_success_exceeds_captured' LIMIT $3
