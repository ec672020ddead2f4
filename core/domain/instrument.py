"""What a shopper pays with."""

import re
from dataclasses import dataclass, field
from datetime import datetime

from core.domain.errors import Invalid

VPA = re.compile(r"[A-Za-z0-9._-]+@[A-Za-z0-9]+", re.ASCII)
_NETWORKS = (
    ("visa", re.compile(r"4")),
    ("mastercard", re.compile(r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720")),
    ("amex", re.compile(r"3[47]")),
    ("rupay", re.compile(r"60|65|8[1-9]")),
)


@dataclass(frozen=True, slots=True)
class Card:
    """A card as typed. It lives in one request's memory only, and never shows itself."""

    number: str = field(repr=False)
    expiry_month: int = field(repr=False)
    expiry_year: int = field(repr=False)
    cvv: str = field(repr=False)
    holder_name: str = field(repr=False)

    @property
    def network(self) -> str:
        return network(self.number)

    @property
    def last4(self) -> str:
        return self.number[-4:]


@dataclass(frozen=True, slots=True)
class CardToken:
    """A processor's stand-in for a card, with what may be shown of it."""

    token: str
    network: str
    last4: str


@dataclass(frozen=True, slots=True)
class Upi:
    """A virtual payment address: `name@bank`."""

    vpa: str

    @property
    def token(self) -> str:
        return f"upi:{self.vpa}"


Instrument = CardToken | Upi


def network(number: str) -> str:
    """The card network, by the issuer identification ranges that each scheme publishes."""
    return next((name for name, prefix in _NETWORKS if prefix.match(number)), "unknown")


def passes_luhn(digits: str) -> bool:
    """ISO/IEC 7812-1 annex B: every second digit from the right doubled, the sum divisible by ten."""
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0


def read_vpa(vpa: str) -> Upi:
    """A checked VPA. Raises Invalid."""
    if len(vpa) > 255 or not VPA.fullmatch(vpa):
        raise Invalid(
            "invalid_vpa", "The VPA must look like name@bank, for example asha@okbank.", field="vpa"
        )
    return Upi(vpa)


def read_card(number: str, month: int, year: int, cvv: str, holder_name: str, *, now: datetime) -> Card:
    """A checked card; spaces and dashes in the number are dropped, a two-digit year is 20xx. Raises Invalid."""
    digits = number.replace(" ", "").replace("-", "")
    if not (digits.isascii() and digits.isdigit() and 13 <= len(digits) <= 19):
        raise _bad_card("number", "The card number must have 13 to 19 digits.")
    if not passes_luhn(digits):
        raise _bad_card("number", "The card number is not valid. Check it for a typing error.")
    if not 1 <= month <= 12:
        raise _bad_card("expiry_month", "The expiry month must be 1 to 12.")
    year = year + 2000 if 0 <= year <= 99 else year
    if not 2000 <= year <= 2099:
        raise _bad_card("expiry_year", "The expiry year must have two or four digits.")
    if (year, month) < (now.year, now.month):
        raise Invalid("expired_card", "The card has expired. Use another card.", field="card.expiry_year")
    if not (cvv.isascii() and cvv.isdigit() and len(cvv) in (3, 4)):
        raise _bad_card("cvv", "The security code must have 3 or 4 digits.")
    if not holder_name.strip():
        raise _bad_card("holder_name", "The name on the card is missing.")
    return Card(digits, month, year, cvv, holder_name.strip())


def _bad_card(field: str, description: str) -> Invalid:
    return Invalid("invalid_card", description, field=f"card.{field}")
