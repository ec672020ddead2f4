"""A call that arrived at the acquirer, and what it will say about it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.simulator.judge import Call
from core.domain.outcome import ActionRequired, Declined, Final
from tests.simulation.moods import Mood


@dataclass
class Heard:
    """`entry` is its place in the book, `turns_at` when its decline turns out to have been a success."""

    call: Call
    mood: Mood
    entry: str
    at: datetime
    answer: Final
    nonsense: int
    turns_at: datetime | None = None

    def __post_init__(self) -> None:
        is_mood_alone = isinstance(self.answer, Declined) and self.answer.code == self.mood.code
        if self.mood.turns_after_s is not None and is_mood_alone:
            self.turns_at = self.decided_at + timedelta(seconds=self.mood.turns_after_s)

    @property
    def decided_at(self) -> datetime:
        return self.at + timedelta(seconds=self.mood.pending_s)

    @property
    def speaks_at(self) -> datetime:
        return self.at + timedelta(seconds=self.mood.silent_s)


def words(answer: Final) -> str:
    match answer:
        case Declined(code=code):
            return f"declined ({code})"
        case ActionRequired():
            return "wants the shopper's proof"
    return "approved"
