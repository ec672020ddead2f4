-- An open operation has a job that asks the processor. Jobs are looked up one by one, by subqueries that cannot become
-- joins: their number changes faster than the planner's idea of it, and with a wrong one it would read all of them.
SELECT ARRAY[o.id, o.payment_id], format('%s, open since %s', o.kind, o.created_at) FROM operations o
WHERE o.payment_id > $1 AND o.payment_id <= $2 AND o.status = 'open'
    AND (SELECT 1 FROM jobs WHERE kind = 'process_operation' AND target_id = o.id LIMIT 1) IS NULL
LIMIT $3
