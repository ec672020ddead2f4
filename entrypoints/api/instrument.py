"""From a body to what the core is told to charge; a card becomes a token here and is forgotten."""

from starlette.requests import Request

from core.domain.errors import NotFound
from core.domain.ids import ORDER, is_id
from core.domain.instrument import Instrument, read_card, read_vpa
from core.domain.merchant import Mode
from entrypoints.api.bodies import CardPaymentBody, UpiPaymentBody
from entrypoints.api.deps import use
from entrypoints.api.seats import waiting_elsewhere


async def read_instrument(
    request: Request, wanted: UpiPaymentBody | CardPaymentBody, mode: Mode | None
) -> Instrument:
    """Raises Invalid, NotFound when the order id cannot be one, Unavailable when the mode has no processor.

    With no mode the order says which: a live card must not reach the test mode's tokenizer.
    """
    if wanted.method == "upi":
        upi = read_vpa(wanted.vpa)
        _check_order_id(wanted.order_id)
        return upi
    sent = wanted.card
    card = read_card(
        sent.number, sent.expiry_month, sent.expiry_year, sent.cvv, sent.holder_name,
        now=use(request, "clock")(),
    )  # fmt: skip
    _check_order_id(wanted.order_id)
    if mode is None:
        async with use(request, "uow").begin() as tx:
            mode = (await tx.orders.get(wanted.order_id)).account.mode
    use(request, "processor_for")(mode)
    with waiting_elsewhere(request.scope):
        token: Instrument = await use(request, "tokenizer_for")(mode).tokenize(card)
    return token


def _check_order_id(id: str) -> None:
    if not is_id(id, ORDER):
        raise NotFound("Order")
