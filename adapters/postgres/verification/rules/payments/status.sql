-- A payment is where its operations have led. Of several that say the same (a RESUME and the AUTHORIZE it completes,
-- when the processor is asked about both) one is enough, but what is captured later is captured once.
SELECT ARRAY[p.id], format('%s (%s capture); begun %s, open %s, challenged %s, authorized %s, declined %s,'
    ' captured %s, voided %s', p.status, p.capture, coalesce(begun, 0), coalesce(asking, 0), coalesce(challenged, 0),
    coalesce(authorized, 0), coalesce(declined, 0), coalesce(captured, 0), coalesce(voided + lapsed, 0))
FROM payments p LEFT JOIN done ON done.payment_id = p.id
WHERE p.id > $1 AND p.id <= $2 AND NOT coalesce(begun = 1 AND CASE p.status
    WHEN 'pending' THEN asking = 1 AND captured + voided + lapsed = 0
    WHEN 'requires_action' THEN asking = 0 AND challenged > 0 AND p.next_action_expires_at IS NOT NULL
    WHEN 'authorized' THEN p.capture = 'manual' AND authorized > 0 AND captured + voided + lapsed = 0
        AND p.authorization_expires_at IS NOT NULL
    WHEN 'success' THEN CASE p.capture WHEN 'manual' THEN captured = 1 ELSE authorized > 0 AND captured = 0 END
    WHEN 'failed' THEN declined > 0 OR p.reversal IS NOT NULL
        OR p.error_code IN ('superseded', 'authentication_abandoned')
    ELSE voided + lapsed > 0 END, false)
LIMIT $3
