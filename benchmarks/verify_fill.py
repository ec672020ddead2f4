"""A database of any size in which everything is as it should be, written by the database itself."""

from datetime import UTC, datetime, timedelta

import psycopg

from core.domain.ids import new_id

BATCH = 50_000
PER_SECOND = 1_000
BODY = "x" * 600  # what an event and a stored answer weigh

# Of twenty payments sixteen are sales; one each has failed, was captured later, refunded, and challenged.
_STEMS = """
CREATE TEMP TABLE made ON COMMIT DROP AS
SELECT i, mod(i, 20) AS k, %(stem)s || lpad(i::text, 8, '0') AS stem, %(at)s::timestamptz AS at
FROM generate_series(%(first)s::bigint, %(first)s::bigint + %(count)s - 1) AS i
"""
_ORDERS = """
INSERT INTO orders SELECT 'order_' || stem || '00', 'mer_1', 'test', 50000, 'INR', NULL, '{}',
    CASE k WHEN 17 THEN 'manual' ELSE 'automatic' END, NULL, at, at,
    CASE k WHEN 16 THEN 'attempted' ELSE 'paid' END, CASE k WHEN 16 THEN 0 ELSE 50000 END, 1, 2 FROM made
"""
_PAYMENTS = """
INSERT INTO payments SELECT 'pay_' || stem || '00', 'order_' || stem || '00', 'mer_1', 'test', 50000, 'INR',
    CASE k WHEN 17 THEN 'manual' ELSE 'automatic' END, 'card', 'tok_sim_approved', NULL, 'visa', '4242', at, at,
    CASE k WHEN 16 THEN 'failed' ELSE 'success' END, NULL, CASE k WHEN 16 THEN 0 ELSE 50000 END,
    CASE k WHEN 18 THEN 20000 ELSE 0 END, 0, 'sim_approved_op_' || stem || '00',
    CASE k WHEN 16 THEN 'PAYMENT_FAILED' END, NULL, CASE k WHEN 16 THEN 'insufficient_funds' END,
    CASE k WHEN 19 THEN 'https://bank.example/3ds' END, CASE k WHEN 19 THEN at END, CASE k WHEN 17 THEN at END,
    NULL, CASE k WHEN 16 THEN 3 WHEN 17 THEN 5 WHEN 18 THEN 6 WHEN 19 THEN 5 ELSE 4 END, 2 FROM made
"""
_OPERATIONS = """
INSERT INTO operations SELECT CASE kind WHEN 'refund' THEN 'rfnd_' ELSE 'op_' END || stem || '0' || n,
    'pay_' || stem || '00', 'mer_1', 'test', kind, amount, 'INR', at, 'requested', NULL, status,
    'sim_approved_op_' || stem || '00', NULL, NULL, at, 1
FROM made JOIN (VALUES (-1, 0, 'authorize', 50000, 'approved'), (16, 0, 'authorize', 50000, 'declined'),
    (17, 0, 'authorize', 50000, 'approved'), (17, 1, 'capture', 50000, 'approved'),
    (18, 0, 'authorize', 50000, 'approved'), (18, 1, 'refund', 20000, 'approved'),
    (19, 0, 'authorize', 50000, 'action_required'), (19, 1, 'resume', 50000, 'approved')
) AS done (class, n, kind, amount, status) ON class = CASE WHEN k < 16 THEN -1 ELSE k END
"""
_EVENTS = """
INSERT INTO events SELECT 'evt_' || stem || '0' || n, 'mer_1', 'test', name, 'pay_' || stem || '00', n, %(body)s,
    1, at, 1
FROM made JOIN (VALUES (-1, 1, 'payment.created'), (-1, 2, 'payment.pending'), (-1, 3, 'payment.success'),
    (-1, 4, 'order.paid'), (16, 1, 'payment.created'), (16, 2, 'payment.pending'), (16, 3, 'payment.failed'),
    (17, 1, 'payment.created'), (17, 2, 'payment.pending'), (17, 3, 'payment.authorized'),
    (17, 4, 'payment.success'), (17, 5, 'order.paid'), (18, 1, 'payment.created'), (18, 2, 'payment.pending'),
    (18, 3, 'payment.success'), (18, 4, 'order.paid'), (18, 5, 'refund.created'), (18, 6, 'refund.processed'),
    (19, 1, 'payment.created'), (19, 2, 'payment.pending'), (19, 3, 'payment.requires_action'),
    (19, 4, 'payment.success'), (19, 5, 'order.paid')
) AS told (class, n, name) ON class = CASE WHEN k < 16 THEN -1 ELSE k END
"""
_DELIVERIES = """
INSERT INTO deliveries SELECT uuidv7()::text, 'mer_1', 'test', e.id, 'we_1', e.name, e.created_at,
    CASE e.name WHEN 'payment.failed' THEN 'pending' ELSE 'success' END, 1, false, e.created_at, NULL, 200, 2
FROM made JOIN events e ON e.payment_id = 'pay_' || stem || '00'
"""
# Nobody listens for failures any more: they are owed still.
_JOBS = """
INSERT INTO jobs SELECT 'job_' || stem || '00', 'deliver_event', 'deliveries', d.id, now() + interval '1 hour', 2,
    NULL, NULL, false, 1, 0, NULL, NULL, at
FROM made JOIN deliveries d ON d.event_id = 'evt_' || stem || '03' WHERE k = 16
"""
_KEYS = """
INSERT INTO idempotency_keys SELECT 'mer_1:test:' || gen_random_uuid(), 'mer_1:test', md5(stem), 201, %(body)s,
    'pay_' || stem || '00', at, 1 FROM made
"""
_LINES = """
INSERT INTO simulator.lines SELECT o.id, o.reference, o.kind, o.amount, 'INR',
    o.kind IN ('resume', 'capture') OR (o.kind = 'authorize' AND k <> 17),
    jsonb_build_object('answer', o.status, 'reference', o.reference) || CASE o.status
        WHEN 'declined' THEN '{"code": "insufficient_funds", "description": ""}'::jsonb
        WHEN 'action_required' THEN '{"url": "https://bank.example/3ds", "expires_at": "2030-01-01T00:00:00Z"}'
        ELSE '{}' END, o.created_at
FROM made JOIN operations o ON o.payment_id = 'pay_' || stem || '00'
"""
_STATEMENTS = (_STEMS, _ORDERS, _PAYMENTS, _OPERATIONS, _EVENTS, _DELIVERIES, _JOBS, _KEYS, _LINES)


def fill(url: str, payments: int, *, ended_ago: timedelta = timedelta(hours=1)) -> None:
    """So many payments, each with its order, operations, events, deliveries, key and lines of the book."""
    began = datetime.now(UTC) - ended_ago - timedelta(seconds=payments / PER_SECOND)
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as db:
        db.execute("SET session_replication_role = replica")  # parents need not be looked up: they are there
        db.execute("SET synchronous_commit = off")
        for first in range(0, payments, BATCH):
            at = began + timedelta(seconds=first / PER_SECOND)
            values = {
                "first": first, "count": min(BATCH, payments - first), "at": at, "body": BODY,
                "stem": new_id("x", at, lambda _: "").removeprefix("x_"),
            }  # fmt: skip
            with db.transaction():
                for statement in _STATEMENTS:
                    db.execute(statement, values)
        db.execute("VACUUM (ANALYZE)")
