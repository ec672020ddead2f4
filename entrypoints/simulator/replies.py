"""How outcomes, refusals and lines of the book read in JSON."""

from dataclasses import asdict, dataclass
from json import dumps
from typing import Any

from starlette.types import Receive, Scope, Send

from core.domain.errors import Unavailable
from core.domain.outcome import ActionRequired, Approved, Declined, Outcome, Pending
from ports.book import Line

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that can still be broken before it is sent."""

    status: int
    document: Document
    content_type: str = "application/json"
    raw: bytes | None = None  # what is sent in place of the document

    @property
    def body(self) -> bytes:
        if self.raw is not None:
            return self.raw
        return dumps(self.document, ensure_ascii=False).encode()

    def start(self, length: int) -> Document:
        headers = [(b"content-type", self.content_type.encode()), (b"content-length", b"%d" % length)]
        return {"type": "http.response.start", "status": self.status, "headers": headers}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = self.body
        await send(self.start(len(body)))
        await send({"type": "http.response.body", "body": body})


def outcome_reply(outcome: Outcome, key: str) -> Reply:
    match outcome:
        case Declined():
            status = 402
        case Pending():
            status = 202
        case _:
            status = 200
    return Reply(status, {"key": key, **outcome_document(outcome)})


def outcome_document(outcome: Outcome) -> Document:
    fields = asdict(outcome)
    match outcome:
        case Approved():
            return {"outcome": "approved", **fields}
        case Declined():
            return {"outcome": "declined", **fields}
        case ActionRequired(expires_at=expires_at):
            return {"outcome": "action_required", **fields, "expires_at": expires_at.isoformat()}
        case Pending(ask_again_at=ask_again_at):
            return {"outcome": "pending", **fields, "ask_again_at": ask_again_at.isoformat()}


def line_document(line: Line) -> Document:
    return {
        "key": line.key,
        "reference": line.reference,
        "kind": line.kind.value,
        "amount": line.amount.minor,
        "currency": line.amount.currency,
        "takes": line.takes,
        "outcome": outcome_document(line.outcome),
        "at": line.at.isoformat(),
    }


def error_reply(status: int, code: str, message: str, **more: str) -> Reply:
    return Reply(status, {"error": {"code": code, "message": message}, **more})


def silence_reply(error: Unavailable) -> Reply:
    """A scenario that is silent is a bank that does not answer; anything else is an accident of ours."""
    if error.reason == "processor_silent":
        return error_reply(504, "bank_silent", "The bank has not answered yet.")
    return error_reply(503, "unavailable", error.description)
