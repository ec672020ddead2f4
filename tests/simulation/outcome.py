"""How a history ended, and how much happened in it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figures:
    """How much happened in it: calls of the API, payments, events, POSTs to receivers, faults and other lines
    of the trace, steps of the event loop; and the seconds of processor time it took."""

    requests: int
    payments: int
    events: int
    posts: int
    lines: int
    steps: int
    cpu_s: float


@dataclass(frozen=True)
class Outcome:
    """How a history ended. `wrong` is empty when all is well; `lines` only with a trace."""

    seed: int
    wrong: tuple[str, ...]
    digest: str
    figures: Figures
    lines: tuple[str, ...] = ()
