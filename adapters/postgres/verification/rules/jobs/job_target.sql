-- A job is about something that exists, and a delivery's about one that is pending; one that is due now may find out
-- that there is nothing left to do.
SELECT ARRAY[j.id, j.target_id], format('%s of what %s', j.kind,
    CASE j.kind WHEN 'deliver_event' THEN 'is not owed' ELSE 'does not exist' END)
FROM jobs j WHERE j.id > $1 AND j.id <= $2 AND CASE j.kind
    WHEN 'deliver_event' THEN (
        SELECT 1 FROM deliveries WHERE id = j.target_id AND (status = 'pending' OR j.due_at <= now())) IS NULL
    WHEN 'expire_order' THEN (SELECT 1 FROM orders WHERE id = j.target_id) IS NULL
    WHEN 'process_operation' THEN (SELECT 1 FROM operations WHERE id = j.target_id) IS NULL
    WHEN 'find_operation' THEN (SELECT 1 FROM operations WHERE id = j.target_id) IS NULL
    WHEN 'expire_challenge' THEN (SELECT 1 FROM payments WHERE id = j.target_id) IS NULL
    WHEN 'expire_hold' THEN (SELECT 1 FROM payments WHERE id = j.target_id) IS NULL
    WHEN 'reverse_again' THEN (SELECT 1 FROM payments WHERE id = j.target_id) IS NULL
    ELSE false END
LIMIT $3
