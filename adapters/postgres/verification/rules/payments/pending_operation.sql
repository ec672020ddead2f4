-- A payment shows the capture or void that is open.
SELECT ARRAY[p.id], format('pending_operation %s, open is %s', coalesce(p.pending_operation, 'none'),
    coalesce(waiting, 'none'))
FROM payments p LEFT JOIN done ON done.payment_id = p.id
WHERE p.id > $1 AND p.id <= $2 AND p.pending_operation IS DISTINCT FROM waiting LIMIT $3
