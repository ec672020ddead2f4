"""What a process knows of API keys, and for how long."""

from datetime import timedelta

import pytest

from config.container import Gateway
from core.domain.merchant import ApiKey
from entrypoints.api.auth import KNOWN_FOR, KeyRing
from tests.contracts.api.client import Api


@pytest.fixture
def ring() -> KeyRing:
    return KeyRing()


async def revoke(gateway: Gateway, id: str) -> None:
    async with gateway.uow().begin() as tx:
        (await tx.api_keys.get(id)).revoked_at = gateway.clock()()


async def found(ring: KeyRing, gateway: Gateway, id: str) -> ApiKey:
    key = await ring.find(gateway, id)
    assert key is not None
    return key


async def test_a_key_is_known_for_three_seconds_and_then_read_again(
    ring: KeyRing, gateway: Gateway, api: Api
):
    id = api.credentials["X-Api-Key"]
    await found(ring, gateway, id)
    await revoke(gateway, id)
    assert timedelta() < KNOWN_FOR <= timedelta(seconds=3)
    gateway.clock().advance(seconds=KNOWN_FOR.total_seconds() - 0.001)
    assert (await found(ring, gateway, id)).revoked_at is None
    gateway.clock().advance(seconds=0.001)
    assert (await found(ring, gateway, id)).revoked_at is not None


async def test_a_clock_that_is_set_back_does_not_keep_a_key_alive(ring: KeyRing, gateway: Gateway, api: Api):
    id = api.credentials["X-Api-Key"]
    await found(ring, gateway, id)
    await revoke(gateway, id)
    gateway.clock().advance(hours=-1)
    assert (await found(ring, gateway, id)).revoked_at is not None
