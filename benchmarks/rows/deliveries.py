"""Webhook deliveries alone: so many are owed before the worker starts."""

import time
from collections.abc import Callable, Mapping

import psycopg

from benchmarks import aftermath
from benchmarks.merchant import EVENTS_PER_PAYMENT, receiving
from benchmarks.row import Goal, Row
from benchmarks.servers import Bench, running, started
from benchmarks.trade import Shop, listen
from benchmarks.usage import spent

OWED = 20_000
QUEUED = 10_000  # how long the relay lets a lane's queue grow
DELIVER_S = 120.0

GOALS = {"deliveries": ("webhook deliveries alone", Goal(at_least_per_second=4_000))}

# As a replay owes them, all at once.
_OWE = """
WITH owed AS (
    INSERT INTO deliveries (id, merchant_id, mode, event_id, endpoint_id, event, created_at, status, attempts,
        replayed, version)
    SELECT uuidv7()::text, merchant_id, mode, id, %s, name, now(), 'pending', 0, true, 1 FROM events LIMIT %s
    RETURNING id
)
INSERT INTO jobs (id, kind, lane, target_id, due_at, lease, owed_again, tries, failures, created_at)
SELECT 'job_' || left(md5(id), 16), 'deliver_event', 'deliveries', id, now(), 1, false, 0, 0, now() FROM owed
"""
_ANNOUNCED = "SELECT count(*) FROM jobs WHERE leased_until IS NOT NULL"


def measure(rows: Mapping[str, Row], repeats: int, say: Callable[[str], None]) -> None:
    [row] = rows.values()
    with running("scheduler") as bench:
        shop = Shop(bench)
        with started(bench, "worker"):  # while nobody listens yet
            shop.pay(OWED // EVENTS_PER_PAYMENT)
            aftermath.drain(bench)
        for turn in range(repeats):
            say(f"{row.what}, {turn + 1} of {repeats}")
            _measure(bench, row)
        aftermath.check(bench, shop.accepted)


def _measure(bench: Bench, row: Row) -> None:
    """Between the first arrival and the last, so that the worker's start does not count."""
    with receiving() as receiver:
        bench.groups["receiver"] = [receiver.pid]
        owe(bench, listen(bench, receiver.url), OWED)
        with started(bench, "worker"):
            receiver.wait_for(1, DELIVER_S)
            with spent(bench.groups) as used:
                before = receiver.events()
                receiver.wait_for(OWED, DELIVER_S)
            aftermath.drain(bench)
        arrived = receiver.heard("/arrived")["arrived"].values()
        row.note(OWED - before, (OWED - 1) / (max(arrived) - min(arrived)), used)


def owe(bench: Bench, endpoint_id: str, count: int) -> None:
    """One delivery of each of so many events, all due; until the relay has announced as many as a queue may hold."""
    with psycopg.connect(bench.database_url, autocommit=True) as db:
        db.execute(_OWE, [endpoint_id, count])
        until = time.monotonic() + DELIVER_S
        while db.execute(_ANNOUNCED).fetchall()[0][0] < min(count, QUEUED):
            assert time.monotonic() < until, "the relay announces nothing"
            time.sleep(0.1)
