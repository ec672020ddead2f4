-- The operations whose payment has to be weighed: their line says something else, they give back what should not have
-- been taken, or are a second one that took. What was settled within the last minute may still lack its line, and of
-- what the processor has done within the last minute the news may still be on their way.
SELECT o.id, o.payment_id, coalesce(l.held, 0), coalesce(l.taken, 0), coalesce(l.given_back, 0),
    coalesce(l.approved AND l.kind = 'void', false)
FROM operations o LEFT JOIN lines l ON l.key = o.id
WHERE o.id > $1 AND o.id <= $2 AND o.mode = $4 AND o.status <> 'open'
    AND coalesce(l.at, o.settled_at) < now() - interval '60 seconds' AND (
        (o.status = 'approved') <> coalesce(l.approved, false)
        OR o.kind <> 'void' AND l.approved AND l.held + l.taken + l.given_back <> o.amount
        OR o.cause = 'reversal'
        OR o.kind IN ('resume', 'capture') AND o.status = 'approved' AND (
            SELECT 1 FROM operations b
            WHERE b.payment_id = o.payment_id AND b.id <> o.id AND b.status = 'approved'
                AND (b.kind = o.kind OR b.kind = 'authorize' AND o.kind = 'resume') LIMIT 1) IS NOT NULL)
ORDER BY o.id LIMIT $3
