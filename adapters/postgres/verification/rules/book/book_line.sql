-- A line of the book belongs to an operation of ours, of the same kind, mode and currency.
SELECT CASE WHEN o.id IS NULL THEN ARRAY[l.key] ELSE ARRAY[o.id, o.payment_id] END, format(
    'a %s of %s %s in %s; we have %s', l.kind, l.held + l.taken + l.given_back, l.currency, $4::text,
    CASE WHEN o.id IS NULL THEN 'none' ELSE format('a %s of %s %s in %s', o.kind, o.amount, o.currency, o.mode) END)
FROM lines l LEFT JOIN operations o ON o.id = l.key AND o.id > $1 AND o.id <= $2
WHERE o.id IS NULL OR o.kind <> l.kind OR o.mode <> $4
    OR o.currency <> l.currency AND l.held + l.taken + l.given_back > 0
LIMIT $3
