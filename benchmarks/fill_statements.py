"""What writes a batch of payments with all that belongs to them, see `verify_fill`."""

# What an event and a stored answer weigh, compressed.
BODY = f'{{"entity": "{"x" * 80}"}}'

# Of twenty payments sixteen are sales; one each has failed, was captured later, refunded, and challenged. Of sixty the
# first twenty are one merchant's, to whose endpoint everything is delivered but failures, on which it has given up;
# every hundredth of these is still owed.
_MADE = """
CREATE TEMP TABLE made ON COMMIT DROP AS
SELECT i, mod(i, 20) AS k, mod(i, 60) < 20 AS listens, mod(i, 6000) = 16 AS is_owed,
    CASE WHEN mod(i, 60) < 20 THEN %(listening)s ELSE %(silent)s END AS merchant,
    %(stem)s || lpad(i::text, 8, '0') AS stem, %(at)s::timestamptz AS at
FROM generate_series(%(first)s::bigint, %(first)s::bigint + %(count)s - 1) AS i
"""
_ORDERS = """
INSERT INTO orders SELECT 'order_' || stem || '00', merchant, 'test', 50000, 'INR', NULL, '{}',
    CASE k WHEN 17 THEN 'manual' ELSE 'automatic' END, NULL, at, at,
    CASE k WHEN 16 THEN 'attempted' ELSE 'paid' END, CASE k WHEN 16 THEN 0 ELSE 50000 END, 1, 2 FROM made
"""
_PAYMENTS = """
INSERT INTO payments SELECT 'pay_' || stem || '00', 'order_' || stem || '00', merchant, 'test', 50000, 'INR',
    CASE k WHEN 17 THEN 'manual' ELSE 'automatic' END, 'card', 'tok_sim_approved', NULL, 'visa', '4242', at, at,
    CASE k WHEN 16 THEN 'failed' ELSE 'success' END, NULL, CASE k WHEN 16 THEN 0 ELSE 50000 END,
    CASE k WHEN 18 THEN 20000 ELSE 0 END, 0, 'sim_approved_op_' || stem || '00',
    CASE k WHEN 16 THEN 'PAYMENT_FAILED' END, NULL, CASE k WHEN 16 THEN 'insufficient_funds' END,
    CASE k WHEN 19 THEN 'https://bank.example/3ds' END, CASE k WHEN 19 THEN at END, CASE k WHEN 17 THEN at END,
    NULL, CASE k WHEN 16 THEN 3 WHEN 17 THEN 5 WHEN 18 THEN 6 WHEN 19 THEN 5 ELSE 4 END, 2 FROM made
"""
_DONE = """(VALUES (-1, 0, 'authorize', 50000, 'approved'), (16, 0, 'authorize', 50000, 'declined'),
    (17, 0, 'authorize', 50000, 'approved'), (17, 1, 'capture', 50000, 'approved'),
    (18, 0, 'authorize', 50000, 'approved'), (18, 1, 'refund', 20000, 'approved'),
    (19, 0, 'authorize', 50000, 'action_required'), (19, 1, 'resume', 50000, 'approved')
) AS done (class, n, kind, amount, status) ON class = CASE WHEN k < 16 THEN -1 ELSE k END"""
_OPERATIONS = f"""
INSERT INTO operations SELECT CASE kind WHEN 'refund' THEN 'rfnd_' ELSE 'op_' END || stem || '0' || n,
    'pay_' || stem || '00', merchant, 'test', kind, amount, 'INR', at, 'requested', NULL, status,
    'sim_approved_op_' || stem || '00', NULL, NULL, at, 1
FROM made JOIN {_DONE}
"""
_LINES = f"""
INSERT INTO simulator.lines SELECT CASE kind WHEN 'refund' THEN 'rfnd_' ELSE 'op_' END || stem || '0' || n,
    'sim_approved_op_' || stem || '00', kind, amount, 'INR',
    kind IN ('resume', 'capture') OR (kind = 'authorize' AND k <> 17),
    jsonb_build_object('answer', status, 'reference', 'sim_approved_op_' || stem || '00') || CASE status
        WHEN 'declined' THEN '{{"code": "insufficient_funds", "description": ""}}'::jsonb
        WHEN 'action_required' THEN '{{"url": "https://bank.example/3ds", "expires_at": "2030-01-01T00:00:00Z"}}'
        ELSE '{{}}' END, at
FROM made JOIN {_DONE}
"""
_TOLD = """(VALUES (-1, 1, 'payment.created'), (-1, 2, 'payment.pending'), (-1, 3, 'payment.success'),
    (-1, 4, 'order.paid'), (16, 1, 'payment.created'), (16, 2, 'payment.pending'), (16, 3, 'payment.failed'),
    (17, 1, 'payment.created'), (17, 2, 'payment.pending'), (17, 3, 'payment.authorized'),
    (17, 4, 'payment.success'), (17, 5, 'order.paid'), (18, 1, 'payment.created'), (18, 2, 'payment.pending'),
    (18, 3, 'payment.success'), (18, 4, 'order.paid'), (18, 5, 'refund.created'), (18, 6, 'refund.processed'),
    (19, 1, 'payment.created'), (19, 2, 'payment.pending'), (19, 3, 'payment.requires_action'),
    (19, 4, 'payment.success'), (19, 5, 'order.paid')
) AS told (class, n, name) ON class = CASE WHEN k < 16 THEN -1 ELSE k END"""
_EVENTS = f"""
INSERT INTO events SELECT 'evt_' || stem || '0' || n, merchant, 'test', name, 'pay_' || stem || '00', n, '{BODY}',
    listens::int, at, 1 FROM made JOIN {_TOLD}
"""
# A UUID of version 7 that says which payment's and which event's it is.
_UUID = """substr(%(uuid)s, 1, 8) || '-' || substr(%(uuid)s, 9) || '-7' || lpad(n::text, 3, '0') || '-8000-'
    || lpad(to_hex(i), 12, '0')"""
_DELIVERIES = f"""
INSERT INTO deliveries SELECT {_UUID}, merchant, 'test', 'evt_' || stem || '0' || n, %(endpoint)s, name, at,
    CASE WHEN name <> 'payment.failed' THEN 'success' WHEN is_owed THEN 'pending' ELSE 'failed' END, 1, false, at,
    NULL, CASE name WHEN 'payment.failed' THEN 500 ELSE 200 END, 2 FROM made JOIN {_TOLD} WHERE listens
"""
_ATTEMPTS = f"""
INSERT INTO attempts (id, delivery_id, number, created_at, duration_ms, response_code, response_body, error,
    request_headers, response_headers, timings, version)
SELECT 'att_' || stem || '0' || n, {_UUID}, 1, at, 12,
    CASE name WHEN 'payment.failed' THEN 500 ELSE 200 END, '{{"received": true}}', NULL,
    jsonb_build_object('webhook-id', 'evt_' || stem || '0' || n, 'webhook-signature', repeat('s', 48)),
    '{{"content-type": "application/json"}}', '{{"connect": 1, "answer": 11}}', 1
FROM made JOIN {_TOLD} WHERE listens AND %(has_attempts)s
"""
_JOBS = f"""
INSERT INTO jobs SELECT 'job_' || stem || '00', 'deliver_event', 'retries', {_UUID}, now() + interval '7 days', 2,
    NULL, NULL, false, 1, 0, NULL, NULL, at FROM made JOIN {_TOLD} WHERE is_owed AND n = 3
"""
_KEYS = f"""
INSERT INTO idempotency_keys SELECT merchant || ':test:' || gen_random_uuid(), merchant || ':test', md5(stem), 201,
    '{BODY}', 'pay_' || stem || '00', at, 1 FROM made WHERE %(has_keys)s
"""
STATEMENTS = (
    _MADE, _ORDERS, _PAYMENTS, _OPERATIONS, _EVENTS, _DELIVERIES, _ATTEMPTS, _JOBS, _KEYS, _LINES,
)  # fmt: skip
