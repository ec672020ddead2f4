"""Which statements a group needs to write its jobs without waiting for another writer in a circle."""

import pytest

from adapters.postgres.group import lay_out
from adapters.postgres.job_statements import DONE, LOCK, PUT, PUT_OFF
from adapters.unit_of_work.store import Changes, NewJob
from core.domain.job import Job, JobKind
from core.domain.operation import Kind
from tests.factories import a_payment, an_operation, an_order

JOB_STATEMENTS = {statement.name: statement for statement in (DONE, LOCK, PUT, PUT_OFF)}
OPERATION = an_operation(a_payment(an_order()), Kind.AUTHORIZE)
HELD = Job("job_held", JobKind.DELIVER_EVENT, "d", lease=2)


def put(target_id: str) -> NewJob:
    return NewJob(f"job_{target_id}", JobKind.PROCESS_OPERATION, target_id, 0)


@pytest.mark.parametrize(
    ("changes", "statements"),
    [
        (Changes(done=[HELD]), [DONE]),
        (Changes(puts=[put("old")]), [PUT]),
        (Changes(puts=[put("old"), put("older")]), [LOCK, PUT]),
        (Changes(done=[HELD], puts=[put("old")]), [LOCK, DONE, PUT]),
        (Changes(done=[HELD], put_off=[(Job("job_other", HELD.kind, "e"), 1.0)]), [LOCK, DONE, PUT_OFF]),
        (Changes(inserts=[OPERATION], done=[HELD], puts=[put(OPERATION.id)]), [DONE, PUT]),
        (
            Changes(inserts=[OPERATION], done=[HELD], puts=[put(OPERATION.id), put("old")]),
            [LOCK, DONE, PUT],
        ),
    ],
)
def test_rows_that_others_may_touch_are_locked_in_one_go(changes: Changes, statements: list[object]) -> None:
    parts = lay_out([changes])
    assert [part.statement for part in parts if part.statement.name in JOB_STATEMENTS] == statements


def test_only_those_are_looked_up_that_may_be_there() -> None:
    changes = Changes(inserts=[OPERATION], done=[HELD], puts=[put(OPERATION.id), put("old")])
    [lock] = [part for part in lay_out([changes]) if part.statement is LOCK]
    assert lock.parameters == [b'{"job_held"}', b'{"process_operation"}', b'{"old"}']
