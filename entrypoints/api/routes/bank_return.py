"""Where the bank sends the shopper's browser back."""

from starlette.requests import Request

from core.domain.ids import PAYMENT
from entrypoints.api.answers import HTML, Answer
from entrypoints.api.deps import use
from entrypoints.api.owned import path_id
from entrypoints.api.routing import Routes

routes = Routes("Checkout")

PAGE = b"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Confirming your payment</title>
<style>
  :root { color-scheme: light dark }
  body { font: 16px/1.5 system-ui, sans-serif; margin: 20vh auto 0; max-width: 22rem; padding: 0 1rem }
  h1 { font-size: 20px }
</style>
<h1>Confirming with your bank</h1>
<p>You can go back to the shop. It learns the outcome from us within moments.</p>
"""
POLICY = (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'")


@routes.public("GET", "/checkout/3ds/return/{payment_id}", 200, None, content_type="text/html", errors=(409,))
async def return_from_bank(request: Request) -> Answer:
    """Come back from the bank's page

    The browser is believed in nothing: this only makes us ask the processor.
    """
    await use(request, "resume_payment")(path_id(request, PAYMENT, "Payment", name="payment_id"))
    return Answer(200, PAGE, (POLICY,), HTML)
