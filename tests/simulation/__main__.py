"""`python -m tests.simulation --seeds 1000`, or `--seed 7 --trace` to read one history in words."""

import argparse
import sys
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor

from rich.progress import track

from tests.simulation.simulate import Outcome, simulate


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, help="this one only")
    parser.add_argument("--trace", action="store_true", help="print the history in words")
    parser.add_argument("--seeds", type=int, default=200, help="so many, from 0")
    parser.add_argument("--jobs", type=int, default=2, help="in so many processes")
    options = parser.parse_args()
    if options.seed is not None:
        outcome = simulate(options.seed, trace=options.trace)
        print("\n".join(outcome.lines))
        return _report([outcome])
    with ProcessPoolExecutor(options.jobs) as pool:
        outcomes = pool.map(simulate, range(options.seeds), chunksize=10)
        return _report(track(outcomes, "Simulating", total=options.seeds))


def _report(outcomes: Iterable[Outcome]) -> int:
    count = wrong = 0
    for outcome in outcomes:
        count += 1
        if outcome.wrong:
            wrong += 1
            print(f"Seed {outcome.seed}: {'; '.join(outcome.wrong)}")
            print(f"Replay it: make simulate SEED={outcome.seed}")
    print(f"{count} histories, {wrong} with something wrong.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
