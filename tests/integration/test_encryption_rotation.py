"""From an old encryption key to a new one, over PostgreSQL, while the gateway is in use."""

import asyncio
import re
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from dependency_injector import providers

from adapters.memory.job_queue import MemoryJobQueue
from config.container import Gateway
from config.settings import Settings
from core.domain.idempotency import KeyUse
from core.domain.merchant import Account, Mode
from core.use_cases import rotate_encryption
from core.use_cases.keyed import Keyed
from ports.sealed_rows import SEALED
from tests.integration.api.conftest import SETTINGS
from tests.integration.postgres_databases import connect, empty, migrated

OLD, NEW = (f"{id}:{b64encode(id[0].encode() * 32).decode()}" for id in ("old", "new"))
ENDPOINTS = 12
TEXTS = """
    SELECT table_name, column_name FROM information_schema.columns
    WHERE table_schema = 'public' AND data_type IN ('text', 'jsonb')"""


@pytest.fixture(scope="module")
def migrated_url(postgres_url: str) -> Iterator[str]:
    with migrated(postgres_url) as url:
        yield url


@pytest.fixture
def url(migrated_url: str) -> str:
    empty(migrated_url)
    return migrated_url


@asynccontextmanager
async def running(url: str, *keys: str) -> AsyncIterator[Gateway]:
    """A process whose settings have these encryption keys."""
    settings = SETTINGS | {"encryption_keys": ",".join(keys)}
    gateway = Gateway(settings=Settings(database_url=url, **settings))
    gateway.override_providers(job_queue=providers.Object(MemoryJobQueue(gateway.clock())))
    yield gateway
    await gateway.announcer().drain()
    await gateway.database().close()


async def furnish(gateway: Gateway) -> tuple[Account, dict[str, str], Any]:
    """Something sealed in every place: an account, its endpoints with their secrets, what was made at first."""
    created = await gateway.create_merchant()("Acme Stores", "owner@acme.example")
    account = Account(created.merchant.id, Mode.TEST)
    secrets = {}
    for number in range(ENDPOINTS):
        made = await gateway.create_endpoint()(
            account, "key_x", f"https://shop.example/{number}",
            keyed=Keyed(KeyUse("scope", f"k{number}", "f"), lambda made: (201, gateway.cipher().seal(made.secret))),
        )  # fmt: skip
        if number % 3 == 0:
            made = await gateway.rotate_secret()(account, "key_x", made.endpoint.id)
        secrets[made.endpoint.id] = made.secret
    return account, secrets, created


def sealing_keys(url: str) -> set[str]:
    """The keys by whose ids anything in any column of any table begins, whether we know of it or not."""
    found: set[str] = set()
    with connect(url) as admin:
        for table, column in admin.execute(TEXTS).fetchall():
            for (text,) in admin.execute(f'SELECT "{column}"::text FROM "{table}"').fetchall():  # type: ignore[arg-type]  # not a literal
                found |= set(re.findall(r"\bv1\.(\w+)\.", text or ""))
    return found


async def test_all_is_sealed_anew_and_the_old_key_can_go(url: str) -> None:
    async with running(url, OLD) as before:
        account, secrets, created = await furnish(before)
    assert sealing_keys(url) == {"old"}
    async with running(url, NEW, OLD) as between:
        rotation = await between.rotate_encryption()()
        assert rotation.is_done
        assert rotation.resealed == {"Merchant": 1, "Endpoint": ENDPOINTS, "KeyRecord": ENDPOINTS}
        assert {*rotation.resealed} == {kind.__name__ for kind in SEALED}, "each was tried"
        assert (await between.rotate_encryption()()).resealed == {}
    assert sealing_keys(url) == {"new"}
    async with running(url, NEW) as after:
        cipher = after.cipher()
        async with after.uow().begin() as tx:
            merchant = await tx.merchants.get(account.merchant_id)
            for mode in Mode:
                assert cipher.open(merchant.signing_secret(mode)) == created.signing_secrets[mode]
            endpoints = await tx.endpoints.of(account.merchant_id)
            assert {endpoint.id: cipher.open(endpoint.secret) for endpoint in endpoints} == secrets
            assert sum(endpoint.old_secret is not None for endpoint in endpoints) == ENDPOINTS // 3
            for endpoint in endpoints:
                if endpoint.old_secret is not None:
                    assert cipher.open(endpoint.old_secret).startswith("whsec_")
            for number in range(ENDPOINTS):
                record = await tx.keys.find("scope", f"k{number}")
                assert cipher.open(record.body).startswith("whsec_")


async def test_it_goes_on_where_it_was_broken_off(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotate_encryption, "BATCH", 5)
    async with running(url, OLD) as before:
        await furnish(before)

    def break_off(kind: str, done: int) -> None:
        if (kind, done) == ("Endpoint", 10):
            raise KeyboardInterrupt

    async with running(url, NEW, OLD) as between:
        with pytest.raises(KeyboardInterrupt):
            await between.rotate_encryption()(break_off)
        assert sealing_keys(url) == {"old", "new"}
        rotation = await between.rotate_encryption()()
        assert rotation.resealed == {"Endpoint": ENDPOINTS - 10, "KeyRecord": ENDPOINTS}
    assert sealing_keys(url) == {"new"}


async def test_nothing_is_lost_of_what_changes_meanwhile(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Secrets are rotated and endpoints changed by processes with both settings while all is sealed anew."""
    monkeypatch.setattr(rotate_encryption, "BATCH", 3)
    async with running(url, OLD) as before:
        account, secrets, _ = await furnish(before)
    async with (
        running(url, NEW, OLD) as between,
        running(url, NEW, OLD) as process,
        running(url, OLD, NEW) as late,
    ):

        async def change(gateway: Gateway, ids: list[str]) -> None:
            for id in ids:
                secrets[id] = (await gateway.rotate_secret()(account, "key_x", id)).secret
                await gateway.update_endpoint()(account, "key_x", id, {"description": f"of {id}"})

        ids = sorted(secrets)
        rotation, *_ = await asyncio.gather(
            between.rotate_encryption()(), change(process, ids[::2]), change(late, ids[1::2])
        )
        assert not rotation.unreadable
        # `late` runs with the old settings: what it has sealed last is found once it has stopped.
        assert (await between.rotate_encryption()()).is_done
    assert sealing_keys(url) == {"new"}
    async with running(url, NEW) as after, after.uow().begin() as tx:
        endpoints = await tx.endpoints.of(account.merchant_id)
    assert {endpoint.id: after.cipher().open(endpoint.secret) for endpoint in endpoints} == secrets
    assert {endpoint.description for endpoint in endpoints} == {f"of {id}" for id in secrets}


async def test_what_no_key_opens_is_told_and_the_rest_is_done(url: str) -> None:
    async with running(url, OLD) as before:
        _, secrets, _ = await furnish(before)
    lost = sorted(secrets)[3]
    with connect(url) as admin:
        admin.execute("UPDATE endpoints SET secret = 'v1.gone.xyz' WHERE id = %s", (lost,))
    async with running(url, NEW, OLD) as between:
        rotation = await between.rotate_encryption()()
    assert not rotation.is_done
    assert rotation.unreadable == [("Endpoint", lost)]
    assert rotation.resealed["Endpoint"] == ENDPOINTS - 1
