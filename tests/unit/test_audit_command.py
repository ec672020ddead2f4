"""`gateway audit verify` over a gateway in memory."""

import asyncio
import json
import re

import pytest
from typer.testing import CliRunner, Result

from config.container import Gateway
from config.in_memory import in_memory
from core.domain.audit import AuditEntry
from entrypoints.cli import audit
from entrypoints.cli.app import app
from entrypoints.cli.troubles import Exit


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """Six entries, of which four are sealed."""
    gateway = in_memory()

    async def fill() -> None:
        for name in ("acme", "rival"):
            await gateway.create_merchant()(name, f"owner@{name}.example")
        await gateway.seal_audit()()
        await gateway.create_merchant()("late", "owner@late.example")

    asyncio.run(fill())
    monkeypatch.setattr(audit, "once", lambda task: asyncio.run(task(gateway)))
    return gateway


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["audit", "verify", *arguments])


def test_a_chain_that_holds_says_its_head_and_its_tail(gateway: Gateway) -> None:
    ended = run()
    assert ended.exit_code == 0
    said = re.fullmatch(
        r"The chain holds: 4 links\. Note its head elsewhere: (4:[0-9a-f]{64})\n"
        r"Not sealed yet: 2, the oldest of 2\S+Z\.\n",
        ended.stdout,
    )
    assert said is not None, ended.stdout
    assert run("--anchor", said[1]).exit_code == 0
    ended = run("--anchor", f"5:{said[1][2:]}")
    assert (ended.exit_code, ended.stdout.splitlines()[0][:8]) == (Exit.FAILED, "Not seal")
    assert "broken at link 5" in ended.stderr
    assert run("--anchor", "head").exit_code == Exit.USAGE


def test_a_broken_link_is_named_with_its_entry(gateway: Gateway) -> None:
    entries = gateway.store().rows
    id = gateway.audit_chain().seals[3].entry_id
    entries.get(AuditEntry, id).actor = "somebody else"
    ended = run()
    assert ended.exit_code == Exit.FAILED
    what, do = ended.stderr.splitlines()
    assert what == f"The chain is broken at link 3: {id} is not what was sealed."
    assert do.startswith("The 2 links before it hold.")
    document = json.loads(run("--json").stdout)
    assert document == {
        "clean": False, "sound": 2, "head": None,
        "broken": {"breach": "changed", "link": 3, "ids": [id]},
        "unsealed": {"count": 2, "oldest": document["unsealed"]["oldest"]},
    }  # fmt: skip


def test_an_empty_log_is_no_trouble(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "once", lambda task: asyncio.run(task(in_memory())))
    assert (run().exit_code, run().stdout) == (0, "Nothing is sealed yet.\n")
