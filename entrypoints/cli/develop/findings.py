"""What an answer to a probe says about the receiver, in words."""

from dataclasses import dataclass
from enum import StrEnum

from ports.webhook_sender import Response

SHOWN = 80  # characters of an answer's body


class Mark(StrEnum):
    GOOD = "✓"
    WRONG = "✗"
    NOTE = "!"


@dataclass(frozen=True, slots=True)
class Finding:
    """`what` was looked at, and what was found."""

    mark: Mark
    what: str
    says: str


def accepts(what: str, response: Response) -> Finding:
    """What a genuine event must get: a 2xx."""
    if response.status is None or _is_redirect(response):
        return _no_use(what, response)
    if _is_success(response):
        return Finding(Mark.GOOD, what, f"Answered {response.status} in {response.duration_ms} ms.")
    says = f"Answered {response.status}{_excerpt(response)}; only a 2xx counts as received."
    if response.status in (400, 401, 403):
        says += " Is the secret right, and is the raw body verified, before any parsing?"
    return Finding(Mark.WRONG, what, says)


def refuses(what: str, response: Response, danger: str, *, proves: bool) -> Finding:
    """What a false event must get: a 4xx. Who refuses genuine ones as well has proved nothing by it."""
    if response.status is None or _is_redirect(response):
        return _no_use(what, response)
    if _is_success(response):
        return Finding(Mark.WRONG, what, f"Answered {response.status}. {danger}")
    if not proves:
        says = f"Answered {response.status}, but it does not accept a genuine event either."
        return Finding(Mark.NOTE, what, says)
    if response.status >= 500:
        says = f"Answered {response.status}: refused, but by failing. A 400 or 401 would say what is wrong."
        return Finding(Mark.NOTE, what, says)
    return Finding(Mark.GOOD, what, f"Refused with {response.status}.")


def repeats(what: str, first: Response, second: Response) -> Finding:
    """The same event is delivered more than once when an answer is lost on its way."""
    if second.status == first.status:
        return Finding(Mark.GOOD, what, f"Answered {second.status} again.")
    came = second.status if second.status is not None else second.error
    says = f"Answered {first.status} at first, and {came} when the same webhook-id came again."
    return Finding(Mark.WRONG, what, f"{says} Say 2xx to what you already have.")


def _no_use(what: str, response: Response) -> Finding:
    if response.status is None:
        return Finding(Mark.WRONG, what, f"No answer. {response.error}.")
    says = f"Redirects ({response.status}), which are never followed. Give the final URL."
    return Finding(Mark.WRONG, what, says)


def _is_success(response: Response) -> bool:
    return response.status is not None and 200 <= response.status < 300


def _is_redirect(response: Response) -> bool:
    return response.status is not None and 300 <= response.status < 400


def _excerpt(response: Response) -> str:
    line = response.body.strip().partition("\n")[0][:SHOWN]
    return f" (“{line}”)" if line and line.isprintable() else ""
