"""Payments from the request to the last webhook, with worker, scheduler and a receiver of all events."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks import aftermath
from benchmarks.merchant import EVENTS_PER_PAYMENT, Receiver, receiving
from benchmarks.row import Goal, Row
from benchmarks.servers import Bench, running
from benchmarks.trade import Shop, listen
from benchmarks.usage import pss_mb, spent

WARM_UP, COUNT = 10_000, 5_000
SUSTAINED_S, OFFERED = 60, 1.5  # more than it bears, so that nobody is ever idle
ARRIVALS, ARRIVALS_PER_SECOND, ARRIVAL_CONNECTIONS = 1_000, 100.0, 8
ARRIVE_S = 300.0

GOALS = {
    "working": (
        "payments accepted, 32 connections, worker and one endpoint",
        Goal(at_least_per_second=1_500),
    ),
    "arrival": (
        "accepted until payment.success is received, at 100/s",
        Goal(p50_below_ms=25, p99_below_ms=100),
    ),
    "complete": (
        f"payments complete, all four events received, for {SUSTAINED_S} s",
        Goal(at_least_per_second=500),
    ),
    "memory": ("memory of API, worker and scheduler after that", Goal(at_most_mb=350)),
}


@dataclass
class Pipeline:
    """Each method is one more measurement of the row of its name; all is delivered before the next."""

    bench: Bench
    shop: Shop
    receiver: Receiver
    complete_per_second: float = 0.0

    def drained(self) -> None:
        self.receiver.wait_for(self.shop.accepted * EVENTS_PER_PAYMENT, ARRIVE_S)
        aftermath.drain(self.bench)

    def working(self, row: Row, count: int = COUNT) -> None:
        began = time.monotonic()
        result = self.shop.pay(count)
        made_s = time.monotonic() - began - result.seconds
        row.add(result)
        self.receiver.wait_for(self.shop.accepted * EVENTS_PER_PAYMENT, ARRIVE_S)
        seconds = time.monotonic() - began - made_s
        self.complete_per_second = max(self.complete_per_second, count / seconds)
        aftermath.drain(self.bench)

    def arrival(self, row: Row) -> None:
        """From when the answer was there; a success that overtakes its own answer took no time."""
        result = self.shop.pay(ARRIVALS, connections=ARRIVAL_CONNECTIONS, per_second=ARRIVALS_PER_SECOND)
        self.drained()
        succeeded = self.receiver.heard("/arrived")["succeeded"]
        answered = zip(result.ids(), result.answered_at, strict=True)
        row.time([max(0.0, succeeded[id] - at) * 1000 for id, at in answered])
        row.note(ARRIVALS, result.per_second, result.cpu_s)

    def complete(self, row: Row) -> None:
        """Offered so many for so long; what counts is how many are complete when the last event has come."""
        per_second = self.complete_per_second * OFFERED
        count = round(per_second * SUSTAINED_S)
        requests = self.shop.requests(count)
        began = time.monotonic()
        with spent(self.bench.groups) as used:
            result = self.shop.send(requests, per_second=per_second)
            self.receiver.wait_for(self.shop.accepted * EVENTS_PER_PAYMENT, ARRIVE_S)
            seconds = time.monotonic() - began
        row.note(count, count / seconds, used | {"load": result.cpu_s["load"]})
        aftermath.drain(self.bench)

    def memory(self, row: Row) -> None:
        groups = {name: self.bench.groups[name] for name in ("api", "worker", "scheduler")}
        row.mb = pss_mb(groups)


def measure(rows: Mapping[str, Row], repeats: int, say: Callable[[str], None]) -> None:
    with receiving() as receiver, running("worker", "scheduler") as bench:
        bench.groups["receiver"] = [receiver.pid]
        listen(bench, receiver.url)
        pipeline = Pipeline(bench, Shop(bench), receiver)
        pipeline.working(Row("", ""), WARM_UP)  # to warm up, and to know what it bears
        for name, row in rows.items():
            times = repeats if name in ("working", "arrival") else 1
            for turn in range(times):
                say(f"{row.what}, {turn + 1} of {times}")
                getattr(pipeline, name)(row)
        say(f"{pipeline.shop.accepted:,} payments being verified")
        aftermath.check(bench, pipeline.shop.accepted, receiver.events())
