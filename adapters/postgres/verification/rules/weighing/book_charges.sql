-- A payment is charged once.
SELECT p.id || charged_by, format('%s, charged %s times', p.status, charges)
FROM weighed JOIN payments p ON p.id = weighed.payment_id WHERE charges > 1
