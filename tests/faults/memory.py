"""What a client remembers: every request that it was answered, and everything that it heard on the way."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Note:
    """One request under its key, and the answer that stands for it."""

    path: str
    body: dict[str, Any]
    key: str
    status: int
    answer: str


@dataclass
class Memory:
    """`heard` counts answers by status, and silences as `timeout`, `cut` and `refused`; `slowest_s` is the
    longest that each of them took."""

    notes: list[Note] = field(default_factory=list)
    ended: dict[str, str] = field(default_factory=dict)  # the last status seen of each payment
    heard: Counter[str] = field(default_factory=Counter)
    slowest_s: dict[str, float] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    def hear(self, what: str, seconds: float) -> None:
        self.heard[what] += 1
        self.slowest_s[what] = max(self.slowest_s.get(what, 0.0), round(seconds, 3))

    def troubles(self) -> Counter[str]:
        """What was not an answer to the request."""
        return Counter({what: count for what, count in self.heard.items() if what not in ("200", "201")})

    def to_json(self) -> dict[str, Any]:
        return {**vars(self), "notes": [vars(note) for note in self.notes]}

    @classmethod
    def read(cls, document: dict[str, Any]) -> "Memory":
        notes = [Note(**note) for note in document.pop("notes")]
        return cls(notes=notes, heard=Counter(document.pop("heard")), **document)
