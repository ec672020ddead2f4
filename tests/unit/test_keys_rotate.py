"""`gateway keys rotate` over a gateway in memory, and which key has sealed what."""

import asyncio
from base64 import b64encode

import pytest
from typer.testing import CliRunner, Result

from adapters.system.cipher import AesGcmCipher
from config.container import Gateway
from config.in_memory import in_memory
from core.domain.merchant import Account, Mode
from entrypoints.cli import rotation
from entrypoints.cli.app import app

KEYS = {id: bytes([number]) * 32 for number, id in enumerate(("old", "new", "other"))}


def settings(*ids: str) -> str:
    return ",".join(f"{id}:{b64encode(KEYS[id]).decode()}" for id in ids)


def cipher(*ids: str) -> AesGcmCipher:
    return AesGcmCipher({id: KEYS[id] for id in ids}, b"p" * 32)


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """A merchant with an endpoint, whose secrets were sealed by the old key; the new one comes first now."""
    gateway = in_memory(encryption_keys=settings("old"))

    async def fill() -> None:
        merchant = (await gateway.create_merchant()("Acme", "owner@acme.example")).merchant
        await gateway.create_endpoint()(Account(merchant.id, Mode.TEST), "key_x", "https://shop.example/hook")

    asyncio.run(fill())
    gateway.cipher.override(cipher("new", "old"))
    monkeypatch.setattr(rotation, "once", lambda task: asyncio.run(task(gateway)))
    return gateway


def run() -> Result:
    return CliRunner().invoke(app, ["keys", "rotate"])


def test_it_says_what_was_done_and_that_the_old_key_may_go(gateway: Gateway) -> None:
    ended = run()
    assert (ended.exit_code, ended.stderr) == (0, "")
    advice = "old seals nothing any more. Remove it from GATEWAY_ENCRYPTION_KEYS once every process has new first.\n"
    assert ended.stdout == "Sealed anew with new: 1 merchants, 1 webhook endpoints.\n" + advice
    assert run().stdout == "Sealed anew with new: nothing.\n" + advice


def test_a_key_that_is_missing_is_told_and_the_old_one_may_not_go(gateway: Gateway) -> None:
    gateway.cipher.override(cipher("new", "other"))
    ended = run()
    assert ended.exit_code == 1
    assert "seals nothing any more" not in ended.stdout
    what, do = ended.stderr.splitlines()
    assert what.startswith("2 cannot be opened with the keys in GATEWAY_ENCRYPTION_KEYS: mer_")
    assert do == "Add the key that sealed them, and run this again."


def test_a_process_that_goes_on_sealing_with_the_old_key_is_noticed(gateway: Gateway) -> None:
    """As one that was not restarted: whatever it touches between two passes is sealed by the old key again."""
    rows = gateway.sealed_rows()
    replace = rows.replace

    async def undo(pairs: list[tuple[object, object]]) -> int:
        done: int = await replace(pairs)
        await replace([(new, old) for old, new in pairs])
        return done

    rows.replace = undo
    ended = run()
    assert ended.exit_code == 1
    assert "seals nothing any more" not in ended.stdout
    assert ended.stderr.splitlines()[0] == "Others go on sealing with old."


def test_a_sealed_text_names_its_key() -> None:
    both, old = cipher("new", "old"), cipher("old")
    assert both.key_ids() == ("new", "old")
    sealed = old.seal("secret")
    assert (both.key_of(sealed), both.key_of(both.seal("secret"))) == ("old", "new")
    assert both.open(sealed) == "secret"
    for never in ('{"id":"x"}', "", "v1", "v1.old", "v2.old.abc"):
        with pytest.raises(LookupError):
            both.key_of(never)
