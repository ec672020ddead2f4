"""The simulator's bank: its page, its one answer, and the way back."""

import re

import pytest

from config.container import Gateway
from config.in_memory import work
from tests.contracts.api.client import Api, Json, card

SECURE = "4000 0027 6000 3184"


@pytest.fixture
async def challenge(api: Api, gateway: Gateway) -> Json:
    payment = await api.pay(await api.order(149_900), card=card(SECURE))
    await work(gateway)
    return await api.see(payment)


def path(challenge: Json) -> str:
    address: str = challenge["next_action"]["url"]
    return address.removeprefix("https://pay.example")


async def test_the_page_says_what_is_asked(api: Api, challenge: Json) -> None:
    await api.patch("merchant", {"checkout_origins": ["https://shop.example"]})
    answer = await api.client.get(path(challenge))
    assert answer.status_code == 200
    for words in ("Acme Stores", "INR 1,499.00", "•••• 3184", 'data-choice="open"'):
        assert words in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src" not in policy
    # Two pages are around it: ours, and the shop's around that.
    assert "frame-ancestors https://pay.example https://shop.example" in policy


@pytest.mark.parametrize(("choice", "status"), [("approve", "success"), ("decline", "failed")])
async def test_the_answer_counts(
    api: Api, gateway: Gateway, challenge: Json, choice: str, status: str
) -> None:
    answer = await api.client.post(path(challenge), data={"choice": choice})
    assert answer.status_code == 303
    back = re.sub(r"^\.\./\.\.", "", answer.headers["location"])
    assert back == f"/checkout/3ds/return/{challenge['id']}"
    assert (await api.client.get(back)).status_code == 200
    await work(gateway)
    assert (await api.see(challenge))["status"] == status
    again = await api.client.post(path(challenge), data={"choice": "approve"})  # the first one stands
    assert again.status_code == 303
    assert 'data-choice="chosen"' in (await api.client.get(path(challenge))).text


async def test_no_answer_changes_nothing(api: Api, gateway: Gateway, challenge: Json) -> None:
    for body in (b"", b"choice=maybe", b"\xff", b"choice=approve&" + b"x" * 2_000):
        await api.client.post(path(challenge), content=body)
    await work(gateway)
    assert (await api.see(challenge))["status"] == "requires_action"


async def test_too_late(api: Api, gateway: Gateway, challenge: Json) -> None:
    gateway.clock().advance(minutes=15)
    answer = await api.client.post(path(challenge), data={"choice": "approve"})
    assert 'data-choice="late"' in answer.text


@pytest.mark.parametrize(
    "reference", ["x", "sim_approved_op_0000000000000000", "sim_three_d_secure_op_0000000000000000"]
)
async def test_what_is_no_challenge(api: Api, reference: str) -> None:
    answer = await api.client.get(f"/simulator/acs/{reference}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND_ERROR")
