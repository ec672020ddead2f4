"""Steady load for a long time, and whether memory stays flat: `python -m benchmarks.soak --minutes 60`."""

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from statistics import mean

import psycopg
from rich.console import Console
from rich.table import Table

from benchmarks import aftermath
from benchmarks.figures import percentile, slope_per_hour
from benchmarks.merchant import EVENTS_PER_PAYMENT, Receiver, receiving
from benchmarks.servers import Bench, running
from benchmarks.trade import CONNECTIONS, Shop, listen, order_requests, payment_requests
from benchmarks.usage import cpu_s, own_mb, pss_mb

RESULTS = Path(__file__).parent / "results"
OURS = ("api", "worker", "scheduler")
SHARE = 0.6  # of what it bears
PROBE, MINUTE_S = 3_000, 60.0
FLAT_PERCENT_AN_HOUR = 2.0
QUEUES = "SELECT lane, count(*) AS waiting FROM jobs GROUP BY lane"
GROWTH_MB = 5.0  # what an allocator may yet take in the second half of a short run


@dataclass(frozen=True)
class Minute:
    """What was seen in it; memory (PSS, and of that what is not shared with anybody) and queues at its end."""

    at_s: float
    accepted: int
    p50_ms: float
    p99_ms: float
    mb: dict[str, float]
    own_mb: dict[str, float]
    queues: dict[str, int]
    cpu_us: dict[str, float]


def capacity(shop: Shop, receiver: Receiver) -> float:
    """Complete payments a second, of some sent all at once."""
    requests, before = shop.requests(PROBE), shop.accepted
    began = time.monotonic()
    shop.send(requests)
    receiver.wait_for((before + PROBE) * EVENTS_PER_PAYMENT, 300)
    return PROBE / (time.monotonic() - began)


def minutes(bench: Bench, shop: Shop, count: int, per_second: float) -> Iterator[Minute]:
    """In each a new order goes with every payment, to be paid in the next."""
    each, began = round(per_second * MINUTE_S), time.monotonic()
    payments = shop.requests(each)
    for _ in range(count):
        before = cpu_s(bench.groups)
        both = chain.from_iterable(zip(order_requests(bench, each), payments, strict=True))
        result = bench.run([*both], connections=CONNECTIONS, per_second=2 * per_second)
        shop.accepted += each
        payments = payment_requests(bench, [id for id in result.ids() if id.startswith("order_")])
        yield Minute(
            time.monotonic() - began, each, percentile(result.latencies_ms, 0.5),
            percentile(result.latencies_ms, 0.99), pss_mb(bench.groups), own_mb(bench.groups), queues(bench),
            {group: (now - before[group]) * 1e6 / each for group, now in cpu_s(bench.groups).items()},
        )  # fmt: skip


def queues(bench: Bench) -> dict[str, int]:
    with psycopg.connect(bench.database_url) as db:
        return dict(db.execute(QUEUES).fetchall())


def growth(seen: list[Minute], group: str) -> tuple[float, float]:
    """Of a group's own memory over the second half: percent an hour by the slope, and MB from its first to its last."""
    half = seen[len(seen) // 2 :]
    points = [(minute.at_s, minute.own_mb[group]) for minute in half]
    return 100 * slope_per_hour(points) / mean(mb for _, mb in points), points[-1][1] - points[0][1]


def is_flat(percent: float, mb: float, minutes: int) -> bool:
    """In a short run the slope says little: then nothing but noise may be gained."""
    return percent < FLAT_PERCENT_AN_HOUR or (minutes < 30 and mb < GROWTH_MB)


def verdict(seen: list[Minute]) -> tuple[Table, bool]:
    table = Table(
        "process", "MB at first", "MB at last", "%/h, second half", "flat", title="Memory of its own"
    )
    flat = True
    for group in OURS:
        percent, mb = growth(seen, group)
        good = is_flat(percent, mb, len(seen))
        flat = flat and good
        first, last = seen[0].own_mb[group], seen[-1].own_mb[group]
        table.add_row(
            group, f"{first:.0f}", f"{last:.0f}", f"{percent:+.1f}", "yes" if good else "[red]no[/red]"
        )
    return table, flat


def line(number: int, minute: Minute) -> str:
    memory = " ".join(f"{group} {minute.mb[group]:.0f}" for group in (*OURS, "postgres", "valkey"))
    waiting = " ".join(f"{lane} {count}" for lane, count in sorted(minute.queues.items())) or "nothing"
    return (
        f"{number:>3} min: {minute.accepted:,} accepted, p50 {minute.p50_ms:.1f} ms, p99 {minute.p99_ms:.1f} ms;"
        f" MB {memory}; owed {waiting}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument(
        "--per-second", type=float, help=f"payments; {SHARE:.0%}% of what it bears unless told"
    )
    options = parser.parse_args()
    console, seen = Console(soft_wrap=True), []
    with receiving() as receiver, running("worker", "scheduler") as bench:
        bench.groups["receiver"] = [receiver.pid]
        listen(bench, receiver.url)
        shop = Shop(bench)
        per_second = options.per_second or SHARE * capacity(shop, receiver)
        console.print(f"{per_second:.0f} payments a second for {options.minutes} minutes")
        for number, minute in enumerate(minutes(bench, shop, options.minutes, per_second), start=1):
            seen.append(minute)
            console.print(line(number, minute), highlight=False)
        receiver.wait_for(shop.accepted * EVENTS_PER_PAYMENT, aftermath.DRAIN_S)
        aftermath.check(bench, shop.accepted, receiver.events())
    table, flat = verdict(seen)
    console.print(table)
    console.print(f"{shop.accepted:,} payments, all settled and delivered; `gateway verify` is clean.")
    RESULTS.mkdir(exist_ok=True)
    document = {"per_second": round(per_second), "flat": flat, "minutes": [asdict(minute) for minute in seen]}
    (RESULTS / "soak.json").write_text(json.dumps(document, indent=1) + "\n")
    if not flat:
        raise SystemExit("Memory grows.")


if __name__ == "__main__":
    main()
