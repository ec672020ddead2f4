"""What merchants and shoppers may send."""

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from iso4217 import Currency
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    WithJsonSchema,
)

from config.settings import MAX_OVERLAP_S
from core.domain.money import MAX_MINOR
from core.domain.order import MIN_ORDER_MINOR

MAX_EXPIRES_IN_S = 365 * 24 * 3600
MAX_URLS = 20
# What has no minor unit (gold, the test code) is no money one can pay with.
CURRENCIES = frozenset(currency.code for currency in Currency if currency.exponent is not None)
EXPIRY = re.compile(r"\d{1,2}|\d{4}", re.ASCII)
ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::\d{1,5})?", re.ASCII)


def _currency(code: str) -> str:
    if code not in CURRENCIES:
        raise ValueError("must be an active ISO 4217 code in capitals, for example INR.")
    return code


def _origin(origin: str) -> str:
    if not ORIGIN.fullmatch(origin) or not _has_sound_port(origin):
        raise ValueError("must be an exact origin, for example https://shop.example: no path, small letters.")
    return origin


def _return_url(url: str) -> str:
    parts = urlsplit(url) if url.isprintable() and " " not in url and "\\" not in url else None
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise ValueError("must be an absolute http or https URL without a user name.")
    if not _has_sound_port(url):
        raise ValueError("has a port that does not exist.")
    return url


def _expiry(value: object) -> int:
    if type(value) is int:
        return value
    if isinstance(value, str) and EXPIRY.fullmatch(value):
        return int(value)
    raise ValueError("must be a number, as text or integer: a month 1 to 12, a year of two or four digits.")


def _has_sound_port(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


EXPIRY_SCHEMA = {"anyOf": [{"type": "integer"}, {"type": "string", "pattern": "^([0-9]{1,2}|[0-9]{4})$"}]}
Expiry = Annotated[int, BeforeValidator(_expiry), WithJsonSchema(EXPIRY_SCHEMA)]
Amount = Annotated[int, Field(ge=1, le=MAX_MINOR, description="Minor units: 50000 is ₹500.00.")]
NoteName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,39}$")]
Notes = Annotated[dict[NoteName, Annotated[str, Field(max_length=256)]], Field(max_length=15)]


class Body(BaseModel):
    """Strict: a number is a number. Unknown fields are ignored and never stored."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True, hide_input_in_errors=True)


class OrderBody(Body):
    amount: Annotated[int, Field(ge=MIN_ORDER_MINOR, le=MAX_MINOR, description="Minor units.")]
    currency: Annotated[str, AfterValidator(_currency)] = "INR"
    receipt: Annotated[str, Field(max_length=255)] | None = None
    notes: Notes | None = None
    capture: Literal["automatic", "manual"] = "automatic"
    expires_in: Annotated[int, Field(ge=1, le=MAX_EXPIRES_IN_S, description="Seconds.")] | None = None


class CardBody(Body):
    """Never shown: not in a log, not in an error."""

    number: Annotated[str, Field(max_length=64, repr=False)]
    expiry_month: Annotated[Expiry, Field(repr=False)]
    expiry_year: Annotated[Expiry, Field(repr=False)]
    cvv: Annotated[str, Field(max_length=4, repr=False)]
    holder_name: Annotated[str, Field(max_length=255, repr=False)]


class UpiPaymentBody(Body):
    order_id: str
    method: Literal["upi"]
    vpa: str


class CardPaymentBody(Body):
    order_id: str
    method: Literal["card"]
    card: CardBody


class AmountBody(Body):
    amount: Amount


class RefundBody(Body):
    amount: Amount
    reason: Annotated[str, Field(max_length=255)] | None = None


class ApiKeyBody(Body):
    scope: Literal["full", "read_only", "checkout"] = "full"
    description: Annotated[str, Field(max_length=255)] | None = None
    expires_in: Annotated[int, Field(ge=1, le=MAX_EXPIRES_IN_S, description="Seconds.")] | None = None


class RollBody(Body):
    overlap_s: Annotated[int, Field(ge=0, le=MAX_OVERLAP_S, description="Seconds.")] | None = None


class Theme(Body):
    color: Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")] | None = None


class MerchantChanges(Body):
    name: Annotated[str, Field(min_length=1, max_length=255)] = ""
    checkout_origins: Annotated[
        list[Annotated[str, AfterValidator(_origin)]], Field(max_length=MAX_URLS)
    ] = []
    return_urls: Annotated[list[Annotated[str, AfterValidator(_return_url)]], Field(max_length=MAX_URLS)] = []
    theme: Theme = Theme()


PaymentBody = Annotated[UpiPaymentBody | CardPaymentBody, Field(discriminator="method")]

ORDER, PAYMENT = TypeAdapter(OrderBody), TypeAdapter[UpiPaymentBody | CardPaymentBody](PaymentBody)
AMOUNT, REFUND = TypeAdapter(AmountBody), TypeAdapter(RefundBody)
API_KEY, ROLL = TypeAdapter(ApiKeyBody), TypeAdapter(RollBody)
MERCHANT_CHANGES = TypeAdapter(MerchantChanges)
