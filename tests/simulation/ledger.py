"""The acquirer's book: what each call has left, and what that means for the next."""

from dataclasses import replace
from datetime import datetime

from adapters.simulator.answers import declined
from adapters.simulator.book import Line, Totals
from adapters.simulator.judge import Call, judge
from adapters.simulator.scenario import Reference, Scenario
from core.domain.operation import Kind
from core.domain.outcome import Approved, Final

_PREFIX = str(Reference(Scenario.APPROVED, ""))


def reference_of(entry: str) -> Reference:
    """The processor's payment that began with this entry."""
    return Reference(Scenario.APPROVED, entry)


def read_reference(text: str) -> Reference:
    return reference_of(text.removeprefix(_PREFIX))


class Ledger:
    """Lines by entry: the key of the call, and something more when the same key came again as a stranger."""

    def __init__(self) -> None:
        self._lines: dict[str, Line] = {}
        self._turned: set[str] = set()

    def __len__(self) -> int:
        return len(self._lines)

    def lines(self) -> list[Line]:
        return [self._lines[entry] for entry in sorted(self._lines)]

    def begun_at(self, reference: Reference) -> datetime | None:
        line = self._lines.get(reference.key)
        return line.at if line is not None else None

    def is_begun(self, reference: Reference) -> bool:
        """Whether money was ever held or taken under it."""
        return Totals.of(self._of(reference)).is_begun

    def enter(self, call: Call, wish: Final, entry: str, now: datetime) -> Line:
        if call.kind is Kind.VOID and str(call.reference) in self._turned:
            wish = Approved(str(call.reference))
        self._lines[entry] = replace(judge(call, wish, self._of(call.reference), at=now), key=entry)
        return self._lines[entry]

    def let_go(self, entry: str) -> Final:
        """A hold is gone, though whoever wanted it gone hears that there was none."""
        line = self._lines[entry]
        self._lines[entry] = replace(line, outcome=Approved(line.reference))
        return declined("not_authorized", line.reference)

    def turn(self, call: Call, entry: str, now: datetime) -> Line:
        """What was no success turns out to be one, if nothing speaks against it by now."""
        others = [line for line in self._of(call.reference) if line.key != entry]
        line = replace(judge(call, Approved(str(call.reference)), others, at=now), key=entry)
        if line.approved and not (call.kind is Kind.AUTHORIZE and Totals.of(others).is_begun):
            self._lines[entry] = line
            self._turned.add(line.reference)
        return self._lines[entry]

    def _of(self, reference: Reference) -> list[Line]:
        return [line for line in self._lines.values() if line.reference == str(reference)]
