-- No refund was thought declined, and made all the same when it did not fit any more; while somebody still asks about
-- it, it may fit yet.
SELECT ARRAY[o.id, o.payment_id], format('%s %s', o.amount, o.currency) FROM operations o
WHERE o.payment_id > $1 AND o.payment_id <= $2 AND o.code = 'late_success_exceeds_captured'
    AND (SELECT 1 FROM jobs WHERE kind = 'find_operation' AND target_id = o.id LIMIT 1) IS NULL
LIMIT $3
