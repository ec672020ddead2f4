"""What must hold after the load, or its figures do not count."""

import json
import time
from collections import Counter
from typing import Any

import psycopg

from benchmarks.figures import Uncounted
from benchmarks.merchant import EVENTS_PER_PAYMENT
from benchmarks.processes import gateway
from benchmarks.servers import Bench

DRAIN_S = 300.0
STATUSES = "SELECT status, count(*) FROM payments GROUP BY status"
DELIVERIES = "SELECT status, count(*) FROM deliveries GROUP BY status"


def drain(bench: Bench) -> None:
    """Wait until no work is owed. Raises Uncounted if some stays, or has failed."""
    until = time.monotonic() + DRAIN_S
    while (status := jobs(bench))["pending"] or status["processing"]:
        if time.monotonic() > until:
            raise Uncounted(f"Work is left after {DRAIN_S:g} s: {status}")
        time.sleep(0.2)
    if status["failed"]:
        raise Uncounted(f"Work has failed: {status}")


def jobs(bench: Bench) -> dict[str, Any]:
    [body] = bench.run([bench.get("/api/v1/jobs/status")], connections=1).bodies
    status: dict[str, Any] = json.loads(body)
    return status


def settle(bench: Bench) -> int:
    """Every payment has succeeded, every delivery has arrived, and `gateway verify` finds nothing. How many payments.

    Raises Uncounted otherwise.
    """
    drain(bench)
    with psycopg.connect(bench.database_url) as db:
        payments, deliveries = (
            Counter(dict(db.execute(query).fetchall())) for query in (STATUSES, DELIVERIES)
        )
    if {*payments, *deliveries} - {"success"}:
        raise Uncounted(f"Not all is done: payments {dict(payments)}, deliveries {dict(deliveries)}")
    gateway(bench.env, "verify", "--json")
    return payments["success"]


def check(bench: Bench, accepted: int, heard: int | None = None) -> None:
    """So many payments, no more and no fewer; and as many events at the receiver as they make."""
    payments = settle(bench)
    if payments != accepted:
        raise Uncounted(f"{accepted} payments were accepted, and {payments} are there.")
    if heard is not None and heard != accepted * EVENTS_PER_PAYMENT:
        raise Uncounted(f"{accepted} payments were accepted, and {heard} events were heard.")
