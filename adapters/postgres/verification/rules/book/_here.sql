-- The lines of the simulator's own table after $1 up to $2; $4 is the mode whose book it is.
WITH lines AS (
    SELECT key, kind, currency, at, approved,
        CASE WHEN approved AND kind IN ('authorize', 'resume') AND NOT takes THEN amount ELSE 0 END AS held,
        CASE WHEN approved AND takes THEN amount ELSE 0 END AS taken,
        CASE WHEN approved AND kind = 'refund' THEN amount ELSE 0 END AS given_back
    FROM simulator.lines CROSS JOIN LATERAL (SELECT outcome ->> 'answer' = 'approved' AS approved) AS answer
    WHERE key > $1 AND key <= $2
)
