"""The acquirer's lists and tokens, read as strictly as its outcomes."""

from typing import Annotated

from pydantic import AwareDatetime, Field, ValidationError

from adapters.acquirer.answers import Final, Key, Reference, Said, garbled, refused
from adapters.acquirer.wire import Answer
from core.domain.money import MAX_MINOR, Money
from core.domain.operation import Kind
from ports.book import Line


class _Line(Said):
    key: Key
    reference: Reference
    kind: Kind
    amount: Annotated[int, Field(ge=0, le=MAX_MINOR)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    takes: bool
    outcome: Final
    at: AwareDatetime

    def read(self) -> Line:
        amount = Money(self.amount, self.currency)
        return Line(self.key, self.reference, self.kind, amount, self.takes, self.outcome.read(), self.at)


class _Page(Said):
    data: list[_Line]
    has_more: bool


class _Token(Said):
    token: Annotated[str, Field(pattern=r"^[!-~]{1,255}$")]


def read_page(answer: Answer, after: str) -> tuple[list[Line], bool]:
    """The lines of one page, and whether there are more. Raises Unavailable."""
    if answer.status != 200:
        raise refused(answer)
    try:
        page = _Page.model_validate_json(answer.body)
    except ValidationError:
        raise garbled() from None
    keys = [after, *(line.key for line in page.data)]
    if keys != sorted(set(keys)) or (page.has_more and not page.data):
        raise garbled()  # it would go round for ever
    return [line.read() for line in page.data], page.has_more


def read_token(answer: Answer) -> str:
    """Raises Unavailable."""
    if answer.status != 201:
        raise refused(answer)
    try:
        return _Token.model_validate_json(answer.body).token
    except ValidationError:
        raise garbled() from None
