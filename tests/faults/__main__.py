"""`python -m tests.faults [names…]`: does each fault in turn, and exits 1 when anything was lost, doubled or wrong.

One site serves them all, so that what an earlier fault left behind would be found later; after a failure the
next scenario gets a new one. Linux only: it looks for processes in /proc.
"""

import argparse
import asyncio
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from rich.console import Console

from tests.faults.report import RESULTS, announce, keep, show, tell
from tests.faults.run import Row, run
from tests.faults.scenario import Fault
from tests.faults.scenarios import faults
from tests.faults.site import Site, a_site

LEASE_S = 10.0


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="scenarios, or the beginning of their names; all by default")
    parser.add_argument("--list", action="store_true", help="say which there are")
    parser.add_argument("--lease", type=float, default=LEASE_S, help="seconds; 30 in production")
    options = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 160)
    if options.list:
        for fault in faults():
            console.print(f"{fault.name:28} {fault.words}", markup=False, highlight=False)
        return
    rows = asyncio.run(run_all(list(chosen(options.names)), options.lease, console))
    show(console, rows)
    console.print(f"{keep(rows)}", style="dim")
    sys.exit(not rows or not all(row.passed for row in rows))


def chosen(names: Sequence[str]) -> Iterator[Fault]:
    for fault in faults():
        if not names or any(fault.name.startswith(name) for name in names):
            yield fault


async def run_all(wanted: Sequence[Fault], lease_s: float, console: Console) -> list[Row]:
    rows: list[Row] = []
    async with AsyncExitStack() as stack:
        site: Site | None = None
        for place, fault in enumerate(wanted, start=1):
            announce(console, fault, place, len(wanted))
            if site is None:
                site = await stack.enter_async_context(a_site(lease_s=lease_s))
            rows.append(await run(site, fault))
            tell(console, rows[-1])
            keep(rows)  # a run that is broken off has not been for nothing
            if not rows[-1].passed:
                console.print(f"  logs: {_keep_logs(site, fault)}", style="dim")
            if not rows[-1].passed or rows[-1].is_spent:
                await stack.aclose()
                site = None
    return rows


def _keep_logs(site: Site, fault: Fault) -> Path:
    folder = RESULTS / fault.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for log in site.folder.glob("*.log"):
        shutil.copy(log, folder)
    return folder


if __name__ == "__main__":
    main()
