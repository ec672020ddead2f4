"""What an answer of the acquirer means; what is not in its documentation means nothing."""

import logging
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from adapters.acquirer.wire import GATEWAY_TIMEOUT, Answer
from core.domain.errors import Unavailable
from core.domain.outcome import ActionRequired, Approved, Declined, Outcome, Pending

Key = Annotated[str, Field(max_length=64)]
Reference = Annotated[str, Field(pattern=r"^[!-~]{1,255}$")]  # it becomes part of later paths
Url = Annotated[str, Field(pattern=r"^https?://[!-~]{1,2000}$")]  # a shopper's browser is sent there
Text = Annotated[str, Field(pattern=r"^[^\x00-\x1f]{1,500}$")]

log = logging.getLogger(__name__)


class Said(BaseModel):
    """Strict about the fields that we know. Others may appear any day: an acquirer's API grows."""

    model_config = ConfigDict(strict=True, frozen=True)


class _Approved(Said):
    outcome: Literal["approved"]
    reference: Reference

    def read(self) -> Approved:
        return Approved(self.reference)


class _Declined(Said):
    outcome: Literal["declined"]
    code: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,64}$")]
    description: Text
    reference: Reference | Literal[""] = ""  # none when there was nothing to refer to

    def read(self) -> Declined:
        return Declined(self.code, self.description, self.reference)


class _ActionRequired(Said):
    outcome: Literal["action_required"]
    url: Url
    expires_at: AwareDatetime
    reference: Reference

    def read(self) -> ActionRequired:
        return ActionRequired(self.url, self.expires_at, self.reference)


class _Pending(Said):
    outcome: Literal["pending"]
    ask_again_at: AwareDatetime
    reference: Reference

    def read(self) -> Pending:
        return Pending(self.ask_again_at, self.reference)


class _Keyed(Said):
    key: Key


class _Trouble(Said):
    code: Annotated[str, Field(max_length=64)]


class _Error(Said):
    error: _Trouble
    key: Key | None = None


Final = Annotated[_Approved | _Declined | _ActionRequired, Field(discriminator="outcome")]
_outcome: TypeAdapter[_Approved | _Declined | _ActionRequired | _Pending] = TypeAdapter(
    Annotated[_Approved | _Declined | _ActionRequired | _Pending, Field(discriminator="outcome")]
)
STATUS = {"approved": 200, "action_required": 200, "pending": 202, "declined": 402}
BUSY = {409: "in_progress", 429: "too_many_requests", GATEWAY_TIMEOUT: "bank_silent"}


def read_outcome(answer: Answer, key: str) -> Outcome:
    """The outcome of the call with this key. Raises Unavailable for anything else: never a guess.

    A decline counts only as the one status and body in which it is documented. Any other 4xx, as from a proxy
    or a changed API, says nothing about the money.
    """
    if answer.status not in STATUS.values():
        raise refused(answer)
    try:
        named = _Keyed.model_validate_json(answer.body)
        said = _outcome.validate_json(answer.body)
    except ValidationError:
        raise garbled() from None  # its text quotes the answer
    if named.key != key or STATUS[said.outcome] != answer.status:
        raise garbled()
    return said.read()


def read_found(answer: Answer, key: str) -> Outcome | None:
    """None when the acquirer itself says that it never received that key; any other 404 is no answer."""
    if answer.status == 404:
        error = _error(answer)
        if error is not None and (error.error.code, error.key) == ("operation_not_found", key):
            return None
    return read_outcome(answer, key)


def refused(answer: Answer) -> Unavailable:
    """What to raise for an answer that is no outcome."""
    error = _error(answer)
    code = error.error.code if error is not None else "unknown"
    if BUSY.get(answer.status) == code:
        return Unavailable("processor_busy", f"The processor is busy: {code}.")
    # A wrong token or a request that it cannot read: asked again all the same, while somebody puts it right.
    log.error("processor_refused", extra={"status": answer.status, "code": code})
    return Unavailable("processor_refused", f"The processor refused to be asked: {answer.status} {code}.")


def garbled() -> Unavailable:
    return Unavailable("processor_garbled", "The processor's answer makes no sense.")


def _error(answer: Answer) -> _Error | None:
    try:
        return _Error.model_validate_json(answer.body)
    except ValidationError:
        return None
