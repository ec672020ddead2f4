"""This tree beside another one, turn by turn: `python -m benchmarks.versus ../other-worktree`.

On a machine whose speed changes within minutes, what a change brought shows only so. Both run on this Python and its
packages; each has servers of its own.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack, nullcontext
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks.merchant import EVENTS_PER_PAYMENT, Receiver, receiving
from benchmarks.servers import running
from benchmarks.trade import Shop, listen
from benchmarks.usage import spent

HERE = Path(__file__).parents[1]
WARM_UP, DRAIN_S = 8_000, 300.0
ROLES = {"accept": (), "complete": ("worker", "scheduler")}


def serve(what: str) -> None:
    """In a process of that tree: for each number on standard input so many payments, and what they took."""
    with ExitStack() as stack:
        receiver: Receiver | None = stack.enter_context(receiving() if ROLES[what] else nullcontext())
        bench = stack.enter_context(running(*ROLES[what]))
        if receiver is not None:
            listen(bench, receiver.url)
        shop = Shop(bench)

        def pay(count: int) -> dict[str, float]:
            requests = shop.requests(count)
            began = time.monotonic()
            with spent(bench.groups) as used:
                result = shop.send(requests)
                if receiver is not None:
                    receiver.wait_for(shop.accepted * EVENTS_PER_PAYMENT, DRAIN_S)
            rates = {"accepted/s": result.per_second}
            if receiver is not None:
                rates["complete/s"] = count / (time.monotonic() - began)
            return rates | {f"{name} µs": cpu_s / count * 1e6 for name, cpu_s in used.items()}

        pay(WARM_UP)
        print(flush=True)
        for line in sys.stdin:
            print(json.dumps(pay(int(line))), flush=True)


def compare(trees: list[Path], what: str, turns: int, count: int) -> list[list[dict[str, float]]]:
    """What each tree took in each of its turns."""
    # By its path, since the other tree may not have it; -P, so that only what it imports is that tree's.
    command = [sys.executable, "-P", __file__, "--serve", what]
    seen: list[list[dict[str, float]]] = [[] for _ in trees]
    with ExitStack() as stack:
        sides = []
        for tree in trees:
            side = stack.enter_context(subprocess.Popen(
                command, cwd=tree, env=os.environ | {"PYTHONPATH": str(tree)}, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            ))  # fmt: skip
            assert side.stdin and side.stdout
            side.stdout.readline()
            sides.append((side.stdin, side.stdout))
        for turn in range(turns):
            for i in (0, 1) if turn % 2 == 0 else (1, 0):
                asked, told = sides[i]
                print(count, file=asked, flush=True)
                seen[i].append(json.loads(told.readline()))
    return seen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("other", type=Path, nargs="?", help="the tree that was before")
    parser.add_argument("--what", choices=ROLES, default="accept", help="with or without worker and receiver")
    parser.add_argument("--turns", type=int, default=8)
    parser.add_argument("--payments", type=int, default=5_000, help="a turn")
    parser.add_argument("--serve", choices=ROLES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        return serve(options.serve)
    if options.other is None:
        parser.error("name the other tree, for example one made by `git worktree add ../other main~5`")
    seen = compare([options.other.resolve(), HERE], options.what, options.turns, options.payments)
    table = Table("median", options.other.name, "this tree", "ratio, turn by turn", title=options.what)
    for name in seen[0][0]:
        pairs = [(other[name], ours[name]) for other, ours in zip(*seen, strict=True)]
        ratio = f"{median(ours / other for other, ours in pairs):.3f}" if all(o for o, _ in pairs) else ""
        table.add_row(name, *(f"{median(side):,.0f}" for side in zip(*pairs, strict=True)), ratio)
    Console().print(table)
    return None


if __name__ == "__main__":
    main()
