"""What a verification comes to."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ports.verification import Difference, Rule

MAX_TOLD = 100  # of each rule

# What is being gone through, how much of it has been, and of about how much, if that is known.
Note = Callable[[str, int, int | None], None]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What differs, at most MAX_TOLD of each rule; the rules of `more` have more. `checked` says how many rows
    of what were looked at, `unread` which books could not be held against them, and why."""

    differences: Sequence[Difference]
    more: Collection[Rule]
    checked: Mapping[str, int]
    unread: Sequence[str]


@dataclass(slots=True)
class Findings:
    """A verdict in the making."""

    differences: list[Difference] = field(default_factory=list)
    checked: Counter[str] = field(default_factory=Counter)
    unread: list[str] = field(default_factory=list)
    _found: Counter[Rule] = field(default_factory=Counter)

    @property
    def wanted(self) -> list[Rule]:
        """The rules of which one more difference would change the verdict."""
        return [rule for rule in Rule if self._found[rule] <= MAX_TOLD]

    def add(self, found: Iterable[Difference]) -> None:
        for difference in found:
            self._found[difference.rule] += 1
            if self._found[difference.rule] <= MAX_TOLD:
                self.differences.append(difference)

    def verdict(self) -> Verdict:
        place = {rule: place for place, rule in enumerate(Rule)}
        differences = sorted(self.differences, key=lambda found: (place[found.rule], found.ids))
        more = [rule for rule in Rule if self._found[rule] > MAX_TOLD]
        return Verdict(differences, more, dict(self.checked), self.unread)
