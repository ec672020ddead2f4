"""The processes that `gateway dev` and `--workers` start, and start again."""

import asyncio

import pytest

from benchmarks.processes import free_port
from entrypoints.cli.child import Child


async def test_one_that_is_started_again_while_all_ends_does_not_stay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GATEWAY_PROCESSOR_TOKEN", "token-of-a-test-0123456789")
    monkeypatch.setenv("GATEWAY_PROCESSOR_CALLBACK_SECRET", "whsec_" + "c2VjcmV0b2ZhdGVzdHNlY3JldG9mYXRlc3Q=")
    stop = asyncio.Event()
    said: list[str] = []

    class Late(Child):
        """All others are told to stop just while this one is being started for the second time."""

        async def start(self) -> None:
            again = self._process is not None
            await super().start()
            if again:
                stop.set()

    child = Late(
        "simulator", ["simulator", "--memory", "--port", str(free_port())], lambda _, line: said.append(line)
    )
    await child.start()
    kept = asyncio.create_task(child.keep(stop))
    child.kill()
    async with asyncio.timeout(30):
        await kept
    assert not child.is_running, said
