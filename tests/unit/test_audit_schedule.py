"""The scheduler seals the audit log, says where its chain ends, and leaves it alone while another leads."""

import asyncio

import pytest

from config.container import Gateway
from config.in_memory import in_memory
from entrypoints import scheduler
from entrypoints.scheduler import schedule


@pytest.fixture
async def gateway(monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """With a merchant, whose two keys are two entries."""
    monkeypatch.setattr(scheduler, "RENEW_S", 0.01)
    gateway = in_memory(audit_seal_interval_s=0.01)
    await gateway.create_merchant()("Acme", "owner@acme.example")
    return gateway


async def test_the_one_that_leads_seals_what_is_new(gateway: Gateway, caplog: pytest.LogCaptureFixture):
    caplog.set_level("INFO")
    stop = asyncio.Event()
    running = asyncio.create_task(schedule(gateway, stop))
    async with asyncio.timeout(20):
        while (head := await gateway.audit_chain().head()) is None:
            await asyncio.sleep(0.01)
    stop.set()
    await running
    said = [record for record in caplog.records if record.msg == "audit_sealed"]
    assert [(record.count, record.head) for record in said] == [(2, f"2:{head.hash}")]  # type: ignore[attr-defined]  # what `extra=` added


async def test_who_does_not_lead_seals_nothing(gateway: Gateway):
    await gateway.coordination().lead(scheduler.ROLE, "another", ttl_s=60)
    stop = asyncio.Event()
    running = asyncio.create_task(schedule(gateway, stop))
    await asyncio.sleep(0.2)
    stop.set()
    await running
    assert await gateway.audit_chain().head() is None
