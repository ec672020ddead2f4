"""How a verification goes through tables and books, whoever answers it."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from core.domain.errors import Unavailable
from core.domain.ids import new_id, new_uuid
from core.domain.merchant import Mode
from core.domain.money import Money
from core.domain.operation import Kind
from core.domain.outcome import Approved
from core.use_cases import compare_book
from core.use_cases.verdict import MAX_TOLD, Findings
from core.use_cases.verify import Verify
from ports.book import Line
from ports.verification import LAST, Difference, Page, Rule, Span, Suspect, Walk

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


def line(number: int) -> Line:
    return Line(f"op_{number:04}", "ref", Kind.AUTHORIZE, Money(100, "INR"), True, Approved("ref"), NOON)


@dataclass
class Answers:
    """Places are what was given for a walk, one span each; differs as told."""

    places: dict[Walk, list[str]] = field(default_factory=dict)
    found: dict[Walk, list[Difference]] = field(default_factory=dict)
    suspects: list[Suspect] = field(default_factory=list)
    checked: list[tuple[Walk, str, str]] = field(default_factory=list)
    wanted: list[Collection[Rule]] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    weighed: list[Sequence[Suspect]] = field(default_factory=list)

    async def size(self, walk: Walk) -> int | None:
        return len(self.places[walk]) if walk in self.places else None

    async def span(self, walk: Walk, after: str, limit: int) -> Span:
        to = next((place for place in self.places.get(walk, []) if place > after), LAST)
        return Span(after, to, 1, is_last=to == LAST)

    async def check(self, walk: Walk, span: Span, rules: Collection[Rule], *, limit: int) -> list[Difference]:
        self.checked.append((walk, span.after, span.to))
        self.wanted.append(rules)
        return [found for found in self.found.get(walk, []) if found.rule in rules][:limit]

    async def compare(self, page: Page, *, limit: int, room: int) -> tuple[list[Difference], list[Suspect]]:
        self.pages.append(page)
        return [], self.suspects[:room]

    async def weigh(self, suspects: Sequence[Suspect]) -> list[Difference]:
        self.weighed.append(suspects)
        return [Difference(Rule.BOOK_NET, (suspects[0].payment_id,), "")]


@dataclass
class Book:
    """As many lines as told, and then perhaps silence."""

    count: int
    breaks: bool = False

    async def lines(self, after: str = "") -> AsyncIterator[Line]:
        for number in range(self.count):
            if line(number).key > after:
                yield line(number)
        if self.breaks:
            raise Unavailable("processor_silent", "The processor did not answer.")


async def test_tables_are_gone_through_hand_in_hand_by_time():
    answers = Answers({
        Walk.ORDERS: ["order_000001", "order_000004"], Walk.PAYMENTS: ["pay_000002", "pay_000005"],
        Walk.EVENTS: ["evt_000003", "evt_000006"],
    })  # fmt: skip
    await Verify(answers, lambda mode: None)()
    begun = [walk for walk, after, _ in answers.checked if walk in answers.places]
    assert begun == [Walk.ORDERS, Walk.PAYMENTS, Walk.EVENTS] * 3
    assert {to for _, _, to in answers.checked[-3:]} == {LAST}


async def test_since_begins_at_its_time_and_leaves_keys_out():
    answers = Answers()
    await Verify(answers, lambda mode: None)(since=NOON)
    time = new_id("", NOON, lambda count: "")
    assert {(walk, after) for walk, after, _ in answers.checked} == {
        (Walk.ORDERS, f"order{time}"), (Walk.PAYMENTS, f"pay{time}"), (Walk.EVENTS, f"evt{time}"), (Walk.JOBS, ""),
        (Walk.DELIVERIES, new_uuid(NOON, bytes(10))),
    }  # fmt: skip
    before_all = datetime(1970, 1, 1, tzinfo=UTC)
    answers.checked.clear()
    await Verify(answers, lambda mode: None)(since=before_all)
    assert (Walk.PAYMENTS, "pay_000000", LAST) in answers.checked


async def test_of_each_rule_a_hundred_are_told_and_that_there_are_more():
    many = [Difference(Rule.AMOUNTS, (f"pay_{number:03}",), "") for number in range(MAX_TOLD + 50)]
    few = [Difference(Rule.JOB_PARKED, ("job_1",), "")]
    answers = Answers({Walk.PAYMENTS: ["pay_1", "pay_2"]}, {Walk.PAYMENTS: many, Walk.JOBS: few})
    verdict = await Verify(answers, lambda mode: None)()
    assert len(verdict.differences) == MAX_TOLD + 1
    assert (verdict.more, verdict.differences[-1].rule) == ([Rule.AMOUNTS], Rule.JOB_PARKED)
    assert Rule.AMOUNTS in answers.wanted[0]
    assert Rule.AMOUNTS not in answers.wanted[-1], "nobody asks for what would not be told"


async def test_a_book_is_sent_in_pages_that_leave_no_gap(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(compare_book, "PAGE_LINES", 2)
    answers = Answers()
    await Verify(answers, {Mode.TEST: Book(5)}.get)()
    spans = [(page.span.after, page.span.to, len(page.lines or ())) for page in answers.pages]
    assert spans == [("", "op_0001", 2), ("op_0001", "op_0003", 2), ("op_0003", LAST, 1)]
    assert {page.mode for page in answers.pages} == {Mode.TEST}


async def test_our_own_book_is_compared_where_it_stands():
    answers, book = Answers({Walk.BOOK: ["op_1", "op_2"]}), Book(0)
    verdict = await Verify(answers, {Mode.TEST: book}.get, book)()
    assert [(page.span.to, page.lines) for page in answers.pages] == [
        ("op_1", None),
        ("op_2", None),
        (LAST, None),
    ]
    assert verdict.checked["test book"] == 3
    never_written = Answers()
    assert (await Verify(never_written, {Mode.TEST: book}.get, book)()).unread == []
    assert never_written.pages == []


async def test_a_book_that_breaks_off_is_told_and_what_was_read_counts(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(compare_book, "PAGE_LINES", 2)
    answers = Answers(suspects=[Suspect("op_1", "pay_1", 0, 1, 0, False)])
    verdict = await Verify(answers, {Mode.TEST: Book(3, breaks=True)}.get)()
    assert verdict.unread == ["test book: The processor did not answer."]
    assert [found.rule for found in verdict.differences] == [Rule.BOOK_NET]
    assert (await Verify(answers, {Mode.TEST: Book(3, breaks=True)}.get)(books=False)).unread == []


async def test_suspects_are_weighed_payment_by_payment_and_are_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(compare_book, "WEIGHED", 2)
    monkeypatch.setattr(compare_book, "MAX_SUSPECTS", 5)
    monkeypatch.setattr(compare_book, "PAGE_LINES", 1)
    suspects = [Suspect(f"op_{number}", f"pay_{number % 2}", 0, 1, 0, False) for number in range(4)]
    answers = Answers(suspects=suspects)
    verdict = await Verify(answers, {Mode.TEST: Book(9)}.get)()
    assert len(answers.pages) == 2
    assert verdict.unread == ["test book: after 5 differences it was read no further."]
    assert [{suspect.payment_id for suspect in batch} for batch in answers.weighed] == [{"pay_0"}, {"pay_1"}]
    assert sum(map(len, answers.weighed)) == 5


async def test_progress_is_told_with_what_is_known_of_the_whole():
    told: list[tuple[str, int, int | None]] = []
    answers = Answers(
        {Walk.ORDERS: ["order_1"], Walk.PAYMENTS: [], Walk.EVENTS: [], Walk.JOBS: [], Walk.KEYS: []}
    )
    await Verify(answers, lambda mode: None)(note=lambda *note: told.append(note))
    assert [note for note in told if note[0] == "orders"] == [("orders", 1, 1), ("orders", 2, 1)]
    told.clear()
    await Verify(answers, lambda mode: None)(since=NOON, note=lambda *note: told.append(note))
    assert {total for _, _, total in told} == {None}


def test_a_verdict_is_in_the_order_of_the_rules():
    findings = Findings()
    findings.add([Difference(Rule.BOOK_NET, ("pay_2",), ""), Difference(Rule.BOOK_NET, ("pay_1",), "")])
    findings.add([Difference(Rule.ONE_OPEN, ("order_1",), "")])
    assert [found.ids[0] for found in findings.verdict().differences] == ["order_1", "pay_1", "pay_2"]
