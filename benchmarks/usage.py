"""What processes use: processor time and memory, as Linux counts them."""

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")
Groups = Mapping[
    str, list[int]
]  # what each group of processes is called, and those that started all its others


def cpu_s(groups: Groups) -> dict[str, float]:
    """Processor seconds so far, user and system, of each group: its processes, their children, and those that ended."""
    used, children = _all_processes()
    return {
        name: sum(used[pid] for root in roots for pid in _family(root, children)) / TICKS_PER_S
        for name, roots in groups.items()
    }


def pss_mb(groups: Groups) -> dict[str, float]:
    """Memory of each group now, a page shared by n processes counted as an nth of a page (PSS)."""
    return _mb(groups, "Pss")


def own_mb(groups: Groups) -> dict[str, float]:
    """Memory that each group has written, without the files it maps: their share is less while others map them too."""
    return _mb(groups, "Pss_Anon")


def _mb(groups: Groups, line: str) -> dict[str, float]:
    _, children = _all_processes()
    return {
        name: sum(_kb(pid, line) for root in roots for pid in _family(root, children)) / 1024
        for name, roots in groups.items()
    }


@contextmanager
def spent(groups: Groups) -> Iterator[dict[str, float]]:
    """What each group used within; filled in at the end."""
    used: dict[str, float] = {}
    before = cpu_s(groups)
    yield used
    used |= {name: after - before[name] for name, after in cpu_s(groups).items()}


def _all_processes() -> tuple[dict[int, int], dict[int, list[int]]]:
    """The ticks that each has used with its ended children, and the children of each."""
    used: dict[int, int] = defaultdict(int)
    children: dict[int, list[int]] = defaultdict(list)
    for folder in PROC.iterdir():
        if not folder.name.isdecimal():
            continue
        with suppress(OSError):  # it may have ended meanwhile
            pid, fields = int(folder.name), fields_of(folder.joinpath("stat").read_text())
            used[pid] = sum(map(int, fields[11:15]))
            children[int(fields[1])].append(pid)
    return used, children


def fields_of(stat: str) -> list[str]:
    """Those after the command, which may itself contain spaces and parentheses (proc_pid_stat(5))."""
    return stat.rpartition(")")[2].split()


def _family(pid: int, children: Mapping[int, list[int]]) -> Iterator[int]:
    yield pid
    for child in children.get(pid, []):
        yield from _family(child, children)


def _kb(pid: int, name: str) -> int:
    with suppress(OSError):
        for line in PROC.joinpath(str(pid), "smaps_rollup").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1])
    return 0
