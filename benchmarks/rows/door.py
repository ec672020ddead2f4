"""What one API process takes while no worker runs, beside what PostgreSQL takes from pgbench."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks import aftermath
from benchmarks.limit import pgbench
from benchmarks.row import Goal, Row
from benchmarks.servers import Bench, running, started
from benchmarks.trade import CONNECTIONS, Shop, order_requests

# Until PostgreSQL writes into WAL segments that it has made before: each new one is 16 MB of zeros first.
WARM_UP = 15_000
COUNT, COUNT_ALONE, COUNT_READ = 10_000, 500, 500
COUNT_PER_CLIENT = 300

GOALS = {
    "orders": ("orders, 32 connections", Goal(at_least_per_second=4_000)),
    "accept": (
        "payments accepted, 32 connections, no worker",
        Goal(at_least_per_second=3_200, p99_below_ms=40, of_limit=0.3),
    ),
    "limit": ("the limit: the same rows by pgbench, 32 clients", Goal()),
    "pipeline": ("the same, each transaction in one pipeline", Goal()),
    "get": ("payments read, 32 connections", Goal(at_least_per_second=5_000)),
    "alone": ("payments accepted, 1 connection, no worker", Goal(p50_below_ms=2)),
}


@dataclass(frozen=True)
class Door:
    """Each method is one more measurement of the row of its name."""

    bench: Bench
    shop: Shop
    postgres: pgbench.Limit

    def orders(self, row: Row) -> None:
        row.add(self.bench.run(order_requests(self.bench, COUNT), connections=CONNECTIONS))

    def accept(self, row: Row) -> None:
        row.add(self.shop.pay(COUNT))

    def get(self, row: Row) -> None:
        ids = self.shop.pay(COUNT_READ).ids() * (COUNT // COUNT_READ)
        reads = [self.bench.get(f"/api/v1/payments/{id}", (f'"id":"{id}"'.encode(),)) for id in ids]
        row.add(self.bench.run(reads, connections=CONNECTIONS))

    def alone(self, row: Row) -> None:
        row.add(self.shop.pay(COUNT_ALONE, connections=1))

    def limit(self, row: Row) -> None:
        self._note(row, pipelined=False)

    def pipeline(self, row: Row) -> None:
        self._note(row, pipelined=True)

    def _note(self, row: Row, *, pipelined: bool) -> None:
        measured = self.postgres.measure(COUNT_PER_CLIENT, self.bench.groups, pipelined=pipelined)
        row.note(pgbench.CONNECTIONS * COUNT_PER_CLIENT, *measured)


def measure(rows: Mapping[str, Row], repeats: int, say: Callable[[str], None]) -> None:
    """All of them in turn, so that a machine's good and bad minutes meet them alike."""
    with running() as bench:
        shop = Shop(bench)
        door = Door(bench, shop, pgbench.prepare(bench, shop))
        shop.pay(WARM_UP)
        for turn in range(repeats):
            for name, row in rows.items():
                say(f"{row.what}, {turn + 1} of {repeats}")
                getattr(door, name)(row)
        if {"accept", "limit"} <= {*rows}:
            pairs = zip(rows["accept"].per_second, rows["limit"].per_second, strict=True)
            rows["accept"].of_limit = [ours / most for ours, most in pairs]
        say(f"{shop.accepted:,} payments being settled and verified")
        with started(bench, "worker"), started(bench, "scheduler"):
            aftermath.check(bench, shop.accepted)
