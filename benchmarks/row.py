"""A row of the table: what was measured, what is to be reached, and whether it was."""

from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

from benchmarks.figures import percentile
from benchmarks.load import Result


@dataclass(frozen=True)
class Goal:
    """What is to be reached; medians count."""

    at_least_per_second: float | None = None
    of_limit: float | None = None
    p50_below_ms: float | None = None
    p99_below_ms: float | None = None
    at_most_mb: float | None = None

    def __str__(self) -> str:
        said = {
            "≥ {:,.0f}/s": self.at_least_per_second,
            "p50 < {:g} ms": self.p50_below_ms,
            "p99 < {:g} ms": self.p99_below_ms,
            "≤ {:g} MB": self.at_most_mb,
        }
        words = [text.format(figure) for text, figure in said.items() if figure is not None]
        return ", ".join(words + ([f"≥ {self.of_limit:.0%} of the limit"] if self.of_limit else []))


@dataclass
class Row:
    """One thing measured several times. `cpu_us` are processor microseconds an operation, by process group."""

    name: str
    what: str
    goal: Goal = field(default_factory=Goal)
    operations: int = 0
    per_second: list[float] = field(default_factory=list)
    p50_ms: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)
    of_limit: list[float] = field(default_factory=list)
    cpu_us: dict[str, float] = field(default_factory=dict)
    mb: dict[str, float] = field(default_factory=dict)
    uncounted: str = ""  # why it is no figure, if it is none

    def add(self, result: Result) -> None:
        """One more measurement under load."""
        self.note(len(result.latencies_ms), result.per_second, result.cpu_s)
        self.time(result.latencies_ms)

    def time(self, latencies_ms: list[float]) -> None:
        self.p50_ms.append(percentile(latencies_ms, 0.5))
        self.p99_ms.append(percentile(latencies_ms, 0.99))

    def note(self, operations: int, per_second: float, cpu_s: dict[str, float]) -> None:
        total = self.operations + operations
        for group, seconds in cpu_s.items():
            before_us = self.cpu_us.get(group, 0.0) * self.operations
            self.cpu_us[group] = (before_us + seconds * 1e6) / total
        self.operations = total
        self.per_second.append(per_second)

    @property
    def reached(self) -> bool | None:
        """None where nothing was asked for."""
        goal = self.goal
        if self.uncounted:
            return False
        met = [
            bool(figures) and passes(median(figures))
            for wanted, figures, passes in (
                (
                    goal.at_least_per_second,
                    self.per_second,
                    lambda figure: figure >= goal.at_least_per_second,
                ),
                (goal.of_limit, self.of_limit, lambda figure: figure >= goal.of_limit),
                (goal.p50_below_ms, self.p50_ms, lambda figure: figure < goal.p50_below_ms),
                (goal.p99_below_ms, self.p99_ms, lambda figure: figure < goal.p99_below_ms),
                (goal.at_most_mb, [sum(self.mb.values())], lambda figure: figure <= goal.at_most_mb),
            )
            if wanted is not None
        ]
        return all(met) if met else None

    def document(self) -> dict[str, Any]:
        """For programs."""
        document = asdict(self) | {"goal": str(self.goal), "reached": self.reached}
        for name in ("per_second", "p50_ms", "p99_ms", "of_limit"):
            document[name] = [round(figure, 3) for figure in document[name]]
        for name in ("cpu_us", "mb"):
            document[name] = {group: round(figure, 1) for group, figure in document[name].items()}
        return document
