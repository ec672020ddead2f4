-- The lines of a processor's book after $1 up to $2, as they were sent; $4 is the mode whose book it is.
WITH lines AS (
    SELECT * FROM unnest($5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::boolean[], $10::bigint[],
        $11::bigint[], $12::bigint[]) AS sent (key, kind, currency, at, approved, held, taken, given_back)
)
