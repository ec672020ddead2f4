-- What the book comes to for payments ($1): its own word for the operations that were sent ($2: ids, $3: held,
-- $4: taken, $5: given back, $6: whether it voids), and ours for all others, of which it says the same.
-- A void lets go of all that was held, or undoes what was taken. Both rules here return (ids, how).
WITH moved AS (
    SELECT o.id, o.payment_id, o.kind, o.status,
        coalesce(t.held, CASE WHEN done AND begins AND p.capture = 'manual' THEN o.amount ELSE 0 END) AS held,
        coalesce(t.taken, CASE WHEN done AND (o.kind = 'capture' OR begins AND p.capture = 'automatic')
            THEN o.amount ELSE 0 END) AS taken,
        coalesce(t.given_back, CASE WHEN done AND o.kind = 'refund' THEN o.amount ELSE 0 END) AS given_back,
        coalesce(t.voids, done AND o.kind = 'void') AS voids
    FROM operations o JOIN payments p ON p.id = o.payment_id
    CROSS JOIN LATERAL (SELECT o.status = 'approved' AS done, o.kind IN ('authorize', 'resume') AS begins) AS its
    LEFT JOIN unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::boolean[])
        AS t (id, held, taken, given_back, voids) ON t.id = o.id
    WHERE o.payment_id = ANY($1::text[])
), weighed AS (
    SELECT payment_id, bool_or(voids) AS voided, sum(given_back) AS given_back,
        bool_or(status = 'open' OR (
            SELECT 1 FROM jobs WHERE jobs.kind = 'find_operation' AND target_id = moved.id LIMIT 1) IS NOT NULL) AS waits,
        CASE WHEN bool_or(voids) THEN 0 ELSE sum(taken) END AS taken,
        CASE WHEN bool_or(voids) OR sum(taken) > 0 THEN 0 ELSE sum(held) END AS held,
        greatest(count(*) FILTER (WHERE taken > 0),
            count(*) FILTER (WHERE held + taken > 0 AND kind IN ('authorize', 'resume'))) AS charges,
        array_agg(id ORDER BY id) FILTER (WHERE held + taken > 0) AS charged_by
    FROM moved GROUP BY payment_id
)
