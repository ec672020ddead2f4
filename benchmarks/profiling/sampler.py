"""Samples a role's stack by the processor time it uses: `python -m benchmarks.profiling.sampler FILE ROLE`.

SIGUSR1 begins, SIGUSR2 ends and writes the stacks to the file. The timer runs only while the process computes, so
waiting costs no sample; a sample is taken before the next step of Python, which charges a call in C to its caller.
"""

import gc
import json
import os
import signal
import sys
from collections import Counter
from pathlib import Path
from types import CodeType, FrameType

EVERY_S = 0.002  # or as often as the kernel counts
GC_FRAME = "note_collection"

_stacks: Counter[tuple[CodeType, ...]] = Counter()


def _sample(_: int, frame: FrameType | None) -> None:
    stack = []
    while frame is not None:
        stack.append(frame.f_code)
        frame = frame.f_back
    _stacks[tuple(stack)] += 1


def note_collection(phase: str, about: dict[str, int]) -> None:
    """The first step of Python after a collection of garbage: what was sampled during it shows up here."""


def _begin(*_: object) -> None:
    _stacks.clear()
    signal.setitimer(signal.ITIMER_PROF, EVERY_S, EVERY_S)


def _end(file: Path) -> None:
    signal.setitimer(signal.ITIMER_PROF, 0)
    stacks = [
        {"frames": [f"{code.co_filename}:{code.co_qualname}" for code in stack], "samples": samples}
        for stack, samples in _stacks.items()
    ]
    half = file.with_suffix(".half")
    half.write_text(json.dumps(stacks))
    half.rename(file)


def main() -> None:
    file, *arguments = sys.argv[1:]
    gc.callbacks.append(note_collection)
    signal.signal(signal.SIGPROF, _sample)
    signal.signal(signal.SIGUSR1, _begin)
    signal.signal(signal.SIGUSR2, lambda *_: _end(Path(file)))
    sys.argv = ["gateway", *arguments]
    from entrypoints.cli import main as gateway

    gateway()


if __name__ == "__main__":
    assert os.name == "posix"
    main()
