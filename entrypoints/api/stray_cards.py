"""Bodies that carry a card number where it would be kept are refused, before anything is done with them."""

from collections.abc import Iterator
from typing import Any

from core.domain.errors import Invalid
from core.domain.stray_card import MANY_DIGITS, holds_card, without_cards

WHERE_IT_BELONGS = ("card", "number")
Path = tuple[str, ...]


def refuse_stray_cards(text: str, body: dict[str, Any]) -> None:
    """Raises Invalid. `text` is the body as it was sent: plain ASCII without a long row of digits is not walked.

    Notes, receipts and reasons are the merchant's own words, and shown to all who may read the order: one card
    number in them, and the merchant's back office, exports and our database are in scope of PCI DSS.
    """
    runs = MANY_DIGITS.findall(text)
    if text.isascii() and "\\u" not in text and (not runs or (len(runs) == 1 and runs[0] in _number(body))):
        return
    for path, value in _texts(body, ()):
        if path != WHERE_IT_BELONGS and holds_card(value):
            field = without_cards(".".join(part[:64] for part in path))
            raise Invalid(
                "misplaced_card_number",
                "There is a card number where none may be. Send it as card.number only; nothing was kept of this.",
                field=field or None,
            )


def _number(body: dict[str, Any]) -> str:
    """The text where a number belongs; a payment by card has no other row of digits."""
    card = body.get("card")
    number = card.get("number") if isinstance(card, dict) else None
    return number if isinstance(number, str) else ""


def _texts(value: object, path: Path) -> Iterator[tuple[Path, str]]:
    """Every text, and every name, with where it stands."""
    match value:
        case str():
            yield path, value
        case dict():
            for name, inner in value.items():
                yield path, name
                yield from _texts(inner, (*path, name))
        case list():
            for place, inner in enumerate(value):
                yield from _texts(inner, (*path, str(place)))
