-- What is made now has a partition: nothing of the last day lies with the rest. It is asked once, with the first span.
SELECT ARRAY[id], format('made at %s, lies in %s', created_at, place) FROM (
    (SELECT id, created_at, 'events_default' AS place FROM events_default ORDER BY id DESC LIMIT 1) UNION ALL
    (SELECT id, created_at, 'deliveries_default' FROM deliveries_default ORDER BY id DESC LIMIT 1) UNION ALL
    (SELECT id, created_at, 'attempts_default' FROM attempts_default ORDER BY id DESC LIMIT 1)) AS newest
WHERE $1 = '' AND $2::text IS NOT NULL AND created_at > now() - interval '1 day' LIMIT $3
