"""Every status × operation × outcome, against the table of the money rules written out a second time."""

from datetime import timedelta
from itertools import product

import pytest

from core.domain.errors import Refused
from core.domain.instrument import CardToken
from core.domain.operation import Cause, Kind, Operation, OperationStatus
from core.domain.order import Capture, Order, OrderStatus
from core.domain.outcome import ActionRequired, Approved, Declined, Final
from core.domain.payment import ALLOWED, Payment, Reversal, Status
from core.domain.settle import settle
from core.domain.transitions import Then
from tests.factories import NOW, a_payment, an_order, fresh_id

LATER = NOW + timedelta(minutes=1)
APPROVED = Approved("ref_1")
DECLINED = Declined("insufficient_funds", "The card has insufficient funds.")
ACTION = ActionRequired("https://bank.example/acs", NOW + timedelta(minutes=15), "ref_1")
OUTCOMES: tuple[Final, ...] = (APPROVED, DECLINED, ACTION)

PAID = ("payment.success", "order.paid")
HELD = ("payment.authorized",)
FAILED = ("payment.failed",)
CHALLENGED = ("payment.requires_action",)

# (status, kind, cause, capture, outcome) → (status after, events, then). What is not here changes nothing.
EXPECTED = {
    ("pending", "authorize", "requested", "automatic", Approved): ("success", PAID, None),
    ("pending", "authorize", "requested", "manual", Approved): ("authorized", HELD, Then.EXPIRE_HOLD),
    ("pending", "authorize", "requested", "any", Declined): ("failed", FAILED, None),
    ("pending", "authorize", "requested", "any", ActionRequired): (
        "requires_action", CHALLENGED, Then.EXPIRE_CHALLENGE,
    ),
    ("pending", "resume", "requested", "automatic", Approved): ("success", PAID, None),
    ("pending", "resume", "requested", "manual", Approved): ("authorized", HELD, Then.EXPIRE_HOLD),
    ("pending", "resume", "requested", "any", Declined): ("failed", FAILED, None),
    ("pending", "resume", "requested", "any", ActionRequired): ("requires_action", (), None),
    ("authorized", "capture", "requested", "manual", Approved): ("success", PAID, None),
    ("authorized", "capture", "requested", "manual", Declined): (
        "authorized", ("payment.capture_failed",), None,
    ),
    ("authorized", "void", "requested", "manual", Approved): ("voided", ("payment.voided",), None),
    ("authorized", "void", "requested", "manual", Declined): ("authorized", ("payment.void_failed",), None),
    ("authorized", "void", "expired", "manual", Approved): ("voided", ("payment.voided",), None),
    ("authorized", "void", "expired", "manual", Declined): ("voided", ("payment.voided",), None),
    ("success", "refund", "requested", "any", Approved): ("success", ("refund.processed",), None),
    ("success", "refund", "requested", "any", Declined): ("success", ("refund.failed",), None),
    ("failed", "void", "reversal", "any", Approved): ("failed", ("payment.reversed",), None),
    ("failed", "void", "reversal", "any", Declined): ("failed", (), Then.REVERSE_BY_REFUND),
    ("failed", "refund", "reversal", "any", Approved): ("failed", ("payment.reversed",), None),
    ("failed", "refund", "reversal", "any", Declined): ("failed", (), Then.REVERSE_TOMORROW),
    ("voided", "void", "reversal", "any", Approved): ("voided", ("payment.reversed",), None),
    ("voided", "void", "reversal", "any", Declined): ("voided", (), Then.REVERSE_BY_REFUND),
    ("voided", "refund", "reversal", "any", Approved): ("voided", ("payment.reversed",), None),
    ("voided", "refund", "reversal", "any", Declined): ("voided", (), Then.REVERSE_TOMORROW),
}  # fmt: skip

# The same for an operation that was settled as the fifth word says, and of which other news comes late.
EXPECTED_LATE = {
    ("requires_action", "authorize", "automatic", "action_required", Approved): ("success", PAID, None),
    ("requires_action", "authorize", "manual", "action_required", Approved): (
        "authorized", HELD, Then.EXPIRE_HOLD,
    ),
    ("requires_action", "authorize", "any", "action_required", Declined): ("failed", FAILED, None),
    ("requires_action", "resume", "automatic", "action_required", Approved): ("success", PAID, None),
    ("requires_action", "resume", "manual", "action_required", Approved): (
        "authorized", HELD, Then.EXPIRE_HOLD,
    ),
    ("requires_action", "resume", "any", "action_required", Declined): ("failed", FAILED, None),
    ("authorized", "capture", "manual", "declined", Approved): ("success", PAID, None),
    ("authorized", "void", "manual", "declined", Approved): ("voided", ("payment.voided",), None),
    ("success", "refund", "any", "declined", Approved): ("success", ("refund.processed",), None),
    ("failed", "authorize", "any", "declined", Approved): ("failed", (), Then.REVERSE_BY_VOID),
    ("failed", "authorize", "any", "action_required", Approved): ("failed", (), Then.REVERSE_BY_VOID),
    ("failed", "resume", "any", "declined", Approved): ("failed", (), Then.REVERSE_BY_VOID),
    ("failed", "resume", "any", "action_required", Approved): ("failed", (), Then.REVERSE_BY_VOID),
    ("voided", "capture", "manual", "declined", Approved): ("voided", (), Then.REVERSE_BY_VOID),
}  # fmt: skip

MAY_CHALLENGE = (Kind.AUTHORIZE, Kind.RESUME)
CAUSES = {
    Kind.VOID: tuple(Cause),
    Kind.REFUND: (Cause.REQUESTED, Cause.REVERSAL),
}


def steps() -> list[tuple[Status, Kind, Cause, Capture]]:
    """Every operation that can be open in a status."""
    can_be_open = []
    for status, kind, capture in product(Status, Kind, Capture):
        for cause in CAUSES.get(kind, (Cause.REQUESTED,)):
            reversing = cause is Cause.REVERSAL
            allowed = status in (Status.FAILED, Status.VOIDED) if reversing else ALLOWED[kind][0] is status
            if kind is Kind.RESUME:
                allowed = status is Status.PENDING
            if (
                status in (Status.AUTHORIZED, Status.VOIDED)
                and capture is Capture.AUTOMATIC
                and not reversing
            ):
                allowed = False  # only a manual payment is ever authorized
            if allowed:
                can_be_open.append((status, kind, cause, capture))
    return can_be_open


def a_case(
    status: Status,
    kind: Kind,
    cause: Cause,
    capture: Capture,
    settled: OperationStatus = OperationStatus.OPEN,
) -> tuple[Payment, Operation, Order]:
    order = an_order(capture=capture, status=OrderStatus.ATTEMPTED, attempts=1)
    payment = a_payment(order, CardToken("tok_1", "visa", "4242"))
    payment.status = status
    if status is Status.SUCCESS:
        payment.amount_captured, order.status = payment.amount.minor, OrderStatus.PAID
        order.amount_paid = payment.amount.minor
    if cause is Cause.REVERSAL:
        payment.reversal = Reversal.OPEN
    amount = payment.amount.of(20_000 if kind in (Kind.CAPTURE, Kind.REFUND) else 50_000)
    operation = Operation(fresh_id("op"), payment.id, payment.account, kind, amount, NOW, cause)
    operation.status = settled
    if settled is OperationStatus.OPEN:
        if operation.is_refund:
            payment.refund_reserved = amount.minor
        if kind in (Kind.CAPTURE, Kind.VOID) and cause is not Cause.REVERSAL:
            payment.pending_operation = kind
    return payment, operation, order


def check(payment: Payment, order: Order, facts: list, then: Then | None, expected: tuple) -> None:
    status, events, owed = expected
    assert payment.status == status
    assert tuple(fact.name for fact in facts) == events
    assert [fact.sequence for fact in facts] == list(range(1, len(events) + 1))
    assert then is owed
    given_back = payment.amount_refunded + payment.refund_reserved
    assert 0 <= given_back <= payment.amount_captured <= payment.amount.minor
    assert (order.status is OrderStatus.PAID) == (status == "success")
    assert order.amount_paid == (payment.amount_captured if status == "success" else 0)


@pytest.mark.parametrize(("status", "kind", "cause", "capture"), steps())
@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda outcome: type(outcome).__name__)
def test_every_open_operation_and_outcome(status, kind, cause, capture, outcome):
    payment, operation, order = a_case(status, kind, cause, capture)
    if outcome is ACTION and kind not in MAY_CHALLENGE:
        with pytest.raises(AssertionError):  # the caller treats it as silence
            settle(payment, operation, outcome, order, at=LATER)
        return
    settled = settle(payment, operation, outcome, order, at=LATER)
    expected = next(
        (EXPECTED[key] for each in (capture.value, "any")
         if (key := (status.value, kind.value, cause.value, each, type(outcome))) in EXPECTED),
        (status.value, (), None),
    )  # fmt: skip
    check(payment, order, settled.facts, settled.then, expected)
    assert operation.status is not OperationStatus.OPEN
    assert operation.settled_at == LATER
    assert payment.pending_operation is None
    assert payment.refund_reserved == 0
    again = settle(payment, operation, outcome, order, at=LATER)
    assert (again.facts, again.then) == ([], None), "hearing the same again changes nothing"


def settled_before() -> list[tuple[Status, Kind, Capture, OperationStatus]]:
    """Every operation that can have been settled, and how, by the time a payment is in a status."""
    cases = []
    for status, kind, capture, before in product(Status, Kind, Capture, list(OperationStatus)[1:]):
        challenged = before is OperationStatus.ACTION_REQUIRED
        impossible = (
            (status in (Status.AUTHORIZED, Status.VOIDED) and capture is Capture.AUTOMATIC)
            or (challenged and kind not in MAY_CHALLENGE)
            or (status is Status.REQUIRES_ACTION and kind in MAY_CHALLENGE and not challenged)
            or (status is Status.PENDING and before is not OperationStatus.ACTION_REQUIRED)
            or (status is Status.PENDING and kind is Kind.RESUME)
        )
        if not impossible:
            cases.append((status, kind, capture, before))
    return cases


@pytest.mark.parametrize(("status", "kind", "capture", "before"), settled_before())
@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda outcome: type(outcome).__name__)
def test_late_news_of_a_settled_operation(status, kind, capture, before, outcome):
    if outcome is ACTION and kind not in MAY_CHALLENGE:
        return
    payment, operation, order = a_case(status, kind, Cause.REQUESTED, capture, before)
    settled = settle(payment, operation, outcome, order, at=LATER)
    expected = next(
        (EXPECTED_LATE[key] for each in (capture.value, "any")
         if (key := (status.value, kind.value, each, before.value, type(outcome))) in EXPECTED_LATE),
        (status.value, (), None),
    )  # fmt: skip
    check(payment, order, settled.facts, settled.then, expected)


def test_every_edge_of_the_second_table_is_walked():
    walked = {(status.value, kind.value, cause.value) for status, kind, cause, _ in steps()}
    assert {key[:3] for key in EXPECTED} == walked


def test_a_charge_is_given_back_once_whoever_reports_it():
    payment, authorize, order = a_case(
        Status.FAILED, Kind.AUTHORIZE, Cause.REQUESTED, Capture.AUTOMATIC, OperationStatus.DECLINED
    )
    assert settle(payment, authorize, APPROVED, order, at=LATER).then is Then.REVERSE_BY_VOID
    payment.request(Kind.VOID, fresh_id("op"), 50_000, at=LATER, cause=Cause.REVERSAL)
    resume = Operation(fresh_id("op"), payment.id, payment.account, Kind.RESUME, payment.amount, NOW)
    resume.status = OperationStatus.DECLINED
    assert settle(payment, resume, APPROVED, order, at=LATER).then is None


def test_a_late_refund_that_no_longer_fits_is_flagged_and_moves_nothing():
    payment, refund, order = a_case(
        Status.SUCCESS, Kind.REFUND, Cause.REQUESTED, Capture.AUTOMATIC, OperationStatus.DECLINED
    )
    payment.amount_refunded = 40_000
    assert settle(payment, refund, APPROVED, order, at=LATER).facts == []
    assert payment.amount_refunded == 40_000
    assert refund.code == "late_success_exceeds_captured"


def test_a_challenge_keeps_its_first_deadline():
    payment, resume, order = a_case(Status.PENDING, Kind.RESUME, Cause.REQUESTED, Capture.AUTOMATIC)
    payment.next_action_expires_at = NOW
    settle(payment, resume, ACTION, order, at=LATER)
    assert payment.next_action_expires_at == NOW


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("kind", Kind)
def test_what_may_be_requested_when(status, kind):
    payment, _, _ = a_case(status, Kind.AUTHORIZE, Cause.REQUESTED, Capture.MANUAL, OperationStatus.APPROVED)
    if ALLOWED[kind][0] is status:
        operation = payment.request(kind, fresh_id("op"), 100, at=LATER)
        assert (operation.kind, operation.amount.minor, operation.payment_id) == (kind, 100, payment.id)
    else:
        with pytest.raises(Refused):
            payment.request(kind, fresh_id("op"), 100, at=LATER)


def test_one_operation_at_a_time_except_refunds():
    payment, _, _ = a_case(Status.AUTHORIZED, Kind.CAPTURE, Cause.REQUESTED, Capture.MANUAL)
    with pytest.raises(Refused, match="in progress"):
        payment.request(Kind.VOID, fresh_id("op"), 50_000, at=LATER)
    paid, _, _ = a_case(
        Status.SUCCESS, Kind.REFUND, Cause.REQUESTED, Capture.MANUAL, OperationStatus.APPROVED
    )
    paid.request(Kind.REFUND, fresh_id("rfnd"), 30_000, at=LATER)
    paid.request(Kind.REFUND, fresh_id("rfnd"), 20_000, at=LATER)
    with pytest.raises(Refused, match="exceeds available"):
        paid.request(Kind.REFUND, fresh_id("rfnd"), 1, at=LATER)


def test_a_capture_may_not_exceed_what_is_held():
    payment, _, _ = a_case(
        Status.AUTHORIZED, Kind.CAPTURE, Cause.REQUESTED, Capture.MANUAL, OperationStatus.DECLINED
    )
    with pytest.raises(Refused, match="exceeds authorized"):
        payment.request(Kind.CAPTURE, fresh_id("op"), 50_001, at=LATER)
