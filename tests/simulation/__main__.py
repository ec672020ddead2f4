"""`python -m tests.simulation --seeds 1000`, or `--seed 7 --trace` to read one history in words."""

import argparse
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager

from rich.console import Console
from rich.progress import track

from tests.simulation.outcome import Figures, Outcome
from tests.simulation.simulate import simulate

CHUNK = 10
MEANS = ("requests", "payments", "events", "posts", "lines", "steps")


def main() -> int:
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # whoever reads a trace may stop halfway
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, help="this one only")
    parser.add_argument("--trace", action="store_true", help="print the history in words")
    parser.add_argument("--seeds", type=int, default=200, help="so many")
    parser.add_argument("--first", type=int, default=0, help="from this one on")
    parser.add_argument("--jobs", type=int, default=2, help="in so many processes")
    options = parser.parse_args()
    began_s = time.monotonic()
    if options.seed is not None:
        outcome = simulate(options.seed, trace=options.trace)
        print("\n".join(outcome.lines))
        return _report([outcome], began_s)
    seeds = range(options.first, options.first + options.seeds)
    with _simulated(seeds, options.jobs) as outcomes:
        # Its progress goes beside the report, so that the latter can be kept in a file.
        shown = track(outcomes, "Simulating", total=len(seeds), console=Console(stderr=True))
        return _report(shown, began_s)


@contextmanager
def _simulated(seeds: range, jobs: int) -> Iterator[Iterable[Outcome]]:
    with ProcessPoolExecutor(jobs) as pool:
        try:
            yield pool.map(simulate, seeds, chunksize=CHUNK)
        finally:
            pool.shutdown(cancel_futures=True)


def _report(outcomes: Iterable[Outcome], began_s: float) -> int:
    figures: list[Figures] = []
    wrong = 0
    for outcome in outcomes:
        figures.append(outcome.figures)
        if outcome.wrong:
            wrong += 1
            print(f"Seed {outcome.seed}: {'; '.join(outcome.wrong)}")
            print(f"Replay it: make simulate SEED={outcome.seed}", flush=True)
    cpu_s, took_s = sum(one.cpu_s for one in figures), time.monotonic() - began_s
    means = ", ".join(
        f"{sum(getattr(one, name) for one in figures) / len(figures):.0f} {name}" for name in MEANS
    )
    print(f"{len(figures)} histories, {wrong} with something wrong.")
    print(f"On average one has {means}.")
    print(
        f"{cpu_s:.1f} s of processor time: {60 * len(figures) / cpu_s:.0f} seeds a minute on one core; "
        f"{took_s:.1f} s by the clock on the wall."
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
