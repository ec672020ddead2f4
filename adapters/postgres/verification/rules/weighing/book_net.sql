-- Once nothing is under way, the processor has taken and given back what we say, and holds nothing.
SELECT ARRAY[p.id], format('%s; the processor has taken %s, given back %s and holds %s, we captured %s and refunded %s',
    p.status, taken, given_back, held, p.amount_captured, p.amount_refunded)
FROM weighed JOIN payments p ON p.id = weighed.payment_id
WHERE NOT waits AND p.status IN ('success', 'failed', 'voided') AND p.reversal IS DISTINCT FROM 'open'
    AND (taken - given_back <> p.amount_captured - p.amount_refunded OR p.status <> 'success' AND held > 0)
