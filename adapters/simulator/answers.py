"""What the scenario alone says to a call."""

from datetime import datetime, timedelta
from types import MappingProxyType

from adapters.simulator.scenario import Reference, Scenario
from core.domain.ids import made_at
from core.domain.operation import Kind
from core.domain.outcome import ActionRequired, Approved, Declined, Final

CHALLENGE = timedelta(minutes=15)

DECLINES = MappingProxyType(
    {
        "generic_decline": "The bank declined the card. Use another card, or ask the bank.",
        "payment_declined": "The bank declined the payment. Try again, or pay in another way.",
        "insufficient_funds": "The account has insufficient funds.",
        "expired_card": "The card has expired. Use another card.",
        "incorrect_cvc": "The security code of the card is not correct.",
        "processing_error": "The bank could not process the card. Try again in a while.",
        "unknown_card": "The card is not known here. Enter it again.",
        "authentication_failed": "The bank could not confirm that the card is yours.",
        "refund_failed": "The bank did not accept the refund.",
        "capture_failed": "The bank did not accept the capture. The money is still held.",
        "unknown_reference": "There is no such payment.",
        "not_authorized": "The payment holds no money.",
        "already_captured": "The payment was captured already.",
        "already_voided": "The payment was voided already.",
        "amount_too_large": "The amount is more than what is left of the payment.",
        "currency_mismatch": "The payment was made in another currency.",
    }
)

LATER_DECLINES = MappingProxyType(  # of payments that began well
    {
        (Scenario.REFUND_FAILS, Kind.REFUND): "refund_failed",
        (Scenario.CAPTURE_FAILS, Kind.CAPTURE): "capture_failed",
    }
)


def declined(code: str, reference: object) -> Declined:
    return Declined(code, DECLINES[code], str(reference))


def answer(kind: Kind, reference: Reference, choice: bool | None, base_url: str) -> Final:
    """The answer to a call that nothing else speaks against; `choice` is the shopper's at the 3-D Secure page."""
    scenario = reference.scenario
    begins = kind in (Kind.AUTHORIZE, Kind.RESUME)
    if scenario.decline_code is not None:
        return declined(scenario.decline_code if begins else "not_authorized", reference)
    if (scenario, kind) in LATER_DECLINES:
        return declined(LATER_DECLINES[scenario, kind], reference)
    if scenario is Scenario.THREE_D_SECURE and begins:
        return _authenticated(reference, choice if kind is Kind.RESUME else None, base_url)
    return Approved(str(reference))


def challenge_ends_at(reference: Reference) -> datetime:
    return made_at(reference.key) + CHALLENGE


def _authenticated(reference: Reference, choice: bool | None, base_url: str) -> Final:
    if choice is None:
        url = f"{base_url}/simulator/acs/{reference}"
        return ActionRequired(url, challenge_ends_at(reference), str(reference))
    return Approved(str(reference)) if choice else declined("authentication_failed", reference)
