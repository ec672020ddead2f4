"""Cards and VPAs, as API.md has them."""

import pytest

from tests.contracts.api.client import Api, Json, card, payment_of, refused


@pytest.mark.parametrize(
    ("number", "network"),
    [
        ("4111 1111 1111 1111", "visa"),
        ("2223 0031 2200 3222", "mastercard"),
        ("3782 822463 10005", "amex"),
        ("6011 1111 1111 1117", "rupay"),
        ("3056 9309 0259 04", "unknown"),
    ],
)
async def test_every_network_is_accepted(api: Api, number: str, network: str):
    payment = await api.pay(await api.order(), card=card(number))
    assert payment["card_network"] == network


@pytest.mark.parametrize(("month", "year"), [(1, 2031), ("1", "31"), ("01", "2031"), (12, 31)])
async def test_an_expiry_is_text_or_integer_of_two_or_four_digits(api: Api, month: object, year: object):
    await api.pay(await api.order(), card=card(expiry_month=month, expiry_year=year))


WRONG_CARDS: list[tuple[Json, str, str]] = [
    ({"number": "4242 4242 4242 4241"}, "INVALID_CARD", "card.number"),
    ({"number": "4242"}, "INVALID_CARD", "card.number"),
    ({"number": "4242x42424242424"}, "INVALID_CARD", "card.number"),
    ({"number": 4242424242424242}, "INVALID_CARD", "card.number"),
    ({"number": "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢"}, "INVALID_CARD", "card.number"),
    ({"number": "4" * 100}, "INVALID_CARD", "card.number"),
    ({"expiry_month": 13}, "INVALID_CARD", "card.expiry_month"),
    ({"expiry_month": 0}, "INVALID_CARD", "card.expiry_month"),
    ({"expiry_month": True}, "INVALID_CARD", "card.expiry_month"),
    ({"expiry_month": 1.0}, "INVALID_CARD", "card.expiry_month"),
    ({"expiry_month": "١"}, "INVALID_CARD", "card.expiry_month"),
    ({"expiry_year": "203"}, "INVALID_CARD", "card.expiry_year"),
    ({"expiry_year": 203}, "INVALID_CARD", "card.expiry_year"),
    ({"expiry_year": None}, "INVALID_CARD", "card.expiry_year"),
    ({"expiry_year": 2020}, "EXPIRED_CARD", "card.expiry_year"),
    ({"expiry_year": "20"}, "EXPIRED_CARD", "card.expiry_year"),
    ({"cvv": "12"}, "INVALID_CARD", "card.cvv"),
    ({"cvv": "12345"}, "INVALID_CARD", "card.cvv"),
    ({"cvv": "12a"}, "INVALID_CARD", "card.cvv"),
    ({"cvv": 123}, "INVALID_CARD", "card.cvv"),
    ({"holder_name": " "}, "INVALID_CARD", "card.holder_name"),
    ({"holder_name": "x" * 256}, "INVALID_CARD", "card.holder_name"),
]


async def test_a_wrong_card_says_which_field(api: Api):
    order = await api.order()
    for changes, code, field in WRONG_CARDS:
        for path in ("payments", "payments/public"):
            answer = await api.post(path, payment_of(order, card=card(**changes)))
            error = refused(answer, 400, code, field=field)
            assert "4242" not in str(error)


async def test_a_card_is_complete(api: Api):
    order = await api.order()
    for name in card():
        incomplete = {key: value for key, value in card().items() if key != name}
        answer = await api.post("payments", payment_of(order, card=incomplete))
        refused(answer, 400, "INVALID_CARD", field=f"card.{name}")


WRONG_VPAS: list[object] = [
    "asha",
    "@okbank",
    "asha@",
    "a b@ok",
    "asha@ok-bank",
    "a@b@c",
    "x" * 256 + "@b",
    7,
    None,
    "ä@b",
    "a@b\n",
]


async def test_a_wrong_vpa_says_so(api: Api):
    order = await api.order()
    for vpa in WRONG_VPAS:
        refused(await api.post("payments", payment_of(order, vpa=vpa)), 400, "INVALID_VPA", field="vpa")
