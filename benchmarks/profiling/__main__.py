"""Where the time goes: `python -m benchmarks.profiling`.

A payment's request, the job that asks the processor, and a delivery are each observed by themselves. Taps and sampler
cost something too: rates are measured by `benchmarks.bench`, shares and counts here.
"""

import argparse
import json
import time
from pathlib import Path

import psycopg
from rich.console import Console

from benchmarks.merchant import EVENTS_PER_PAYMENT, receiving
from benchmarks.profiling import report
from benchmarks.profiling.site import Observed, Site, site
from benchmarks.rows.deliveries import owe
from benchmarks.servers import started
from benchmarks.trade import Shop, listen

RESULTS = Path(__file__).parents[1] / "results"
WARM_UP, PAYMENTS, ALONE, DELIVERIES = 500, 6_000, 300, 10_000
MONEY_LEFT = "SELECT count(*) AS pg_stat FROM jobs WHERE lane = 'money'"  # by this name it is not counted
WORK_S = 180.0
WIDTH = 180


def observe() -> list[Observed]:
    with site() as where:
        shop, seen = Shop(where.bench), []
        shop.pay(WARM_UP)
        for what, count, connections in (("request, 1 connection", ALONE, 1), ("request, 32", PAYMENTS, 32)):
            requests = shop.requests(count)
            where.settle()
            with where.observed(what, "api") as observed:
                observed.operations = len(shop.send(requests, connections=connections).bodies)
            seen.append(observed)
        with started(where.bench, "worker"):
            seen.append(_jobs(where))
        with started(where.bench, "scheduler"):
            seen.append(_deliveries(where))
        return seen


def _jobs(where: Site) -> Observed:
    """What the requests left to do, from when the worker has begun with it."""
    with psycopg.connect(where.bench.database_url, autocommit=True) as db:

        def left() -> int:
            [(count,)] = db.execute(MONEY_LEFT).fetchall()
            return int(count)

        def wait(until_left: int) -> None:
            until = time.monotonic() + WORK_S
            while left() > until_left:
                assert time.monotonic() < until, "the worker does not get on"
                time.sleep(0.05)

        wait(left() - 1)
        with where.observed("money job", "worker") as observed:
            observed.operations = left()
            wait(0)
    return observed


def _deliveries(where: Site) -> Observed:
    with receiving() as receiver:
        owe(where.bench, listen(where.bench, receiver.url), DELIVERIES)
        with started(where.bench, "worker"):
            receiver.wait_for(1, WORK_S)
            with where.observed("delivery", "worker") as observed:
                observed.operations = DELIVERIES - receiver.events()
                receiver.wait_for(DELIVERIES, WORK_S)
    return observed


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    assert DELIVERIES <= PAYMENTS * EVENTS_PER_PAYMENT
    console = Console()
    if not console.is_terminal:
        console.width = WIDTH
    with console.status("observing"):
        seen = observe()
    for observed in seen[1:]:
        console.print(report.functions(observed), report.statements(observed))
    console.print(report.rooms(seen), report.counts(seen))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "profile.json").write_text(json.dumps(report.document(seen), indent=1) + "\n")


if __name__ == "__main__":
    main()
