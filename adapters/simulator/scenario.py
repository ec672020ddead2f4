"""What each test card and VPA asks for, as tokens and references carry it."""

import re
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Scenario(StrEnum):
    """How a payment goes. `declined_` is followed by the decline code."""

    APPROVED = "approved"
    DECLINED_GENERIC_DECLINE = "declined_generic_decline"
    DECLINED_PAYMENT_DECLINED = "declined_payment_declined"
    DECLINED_INSUFFICIENT_FUNDS = "declined_insufficient_funds"
    DECLINED_EXPIRED_CARD = "declined_expired_card"
    DECLINED_INCORRECT_CVC = "declined_incorrect_cvc"
    DECLINED_PROCESSING_ERROR = "declined_processing_error"
    DECLINED_UNKNOWN_CARD = "declined_unknown_card"
    THREE_D_SECURE = "three_d_secure"
    REFUND_FAILS = "refund_fails"
    CAPTURE_FAILS = "capture_fails"
    TIMEOUT = "timeout"
    SLOW = "slow"
    CHARGED = "charged"

    @property
    def decline_code(self) -> str | None:
        return self.removeprefix("declined_") if self.startswith("declined_") else None


CARDS = MappingProxyType(
    {
        "4000000000000002": Scenario.DECLINED_GENERIC_DECLINE,
        "4000000000009995": Scenario.DECLINED_INSUFFICIENT_FUNDS,
        "4000000000000069": Scenario.DECLINED_EXPIRED_CARD,
        "4000000000000127": Scenario.DECLINED_INCORRECT_CVC,
        "4000000000000119": Scenario.DECLINED_PROCESSING_ERROR,
        "4000002760003184": Scenario.THREE_D_SECURE,
        "4000000000005126": Scenario.REFUND_FAILS,
        "4000000000005134": Scenario.CAPTURE_FAILS,
    }
)
VPAS = MappingProxyType(  # by the part before the @
    {
        "fail": Scenario.DECLINED_PAYMENT_DECLINED,
        "insufficient": Scenario.DECLINED_INSUFFICIENT_FUNDS,
        "timeout": Scenario.TIMEOUT,
        "slow": Scenario.SLOW,
        "charged": Scenario.CHARGED,
    }
)
_CARD, _UPI = "tok_sim_", "upi:"
_REFERENCE = re.compile(r"sim_([a-z_]+)_([a-z]+_[A-Za-z0-9]{16})", re.ASCII)


def token_of(card_number: str) -> str:
    """The card's token. It says how the payment will go, and nothing about the card."""
    return _CARD + CARDS.get(card_number, Scenario.APPROVED)


def scenario_of(token: str) -> Scenario:
    """How a payment with this token goes; a token that is not the simulator's is declined."""
    if token.startswith(_UPI):
        name = token.removeprefix(_UPI).partition("@")[0]
        return VPAS.get(name.lower(), Scenario.APPROVED)  # banks read a VPA in any case
    try:
        return Scenario(token.removeprefix(_CARD))
    except ValueError:
        return Scenario.DECLINED_UNKNOWN_CARD


@dataclass(frozen=True, slots=True)
class Reference:
    """The simulator's name for a payment: how it goes, and the key that it was begun under."""

    scenario: Scenario
    key: str

    def __str__(self) -> str:
        return f"sim_{self.scenario}_{self.key}"

    @classmethod
    def read(cls, text: str) -> "Reference | None":
        """None for what the simulator never wrote."""
        found = _REFERENCE.fullmatch(text)
        if found is None or found[1] not in frozenset(Scenario):
            return None
        return cls(Scenario(found[1]), found[2])
