"""Whatever the acquirer does to one call, its repetition under the same key ends with one charge."""

import asyncio
from time import monotonic

import pytest

from adapters.acquirer.circuit import SILENCES, Circuit
from adapters.acquirer.processor import AcquirerProcessor
from core.domain.errors import Unavailable
from core.domain.money import Money
from core.domain.outcome import Approved, Declined, Outcome
from tests.contracts.processor import GOOD, RUPEES, key
from tests.integration.acquirer.service import Service, speaking_to

BEFORE = {
    "hang_before": "processor_silent",
    "error_before": "processor_failed",
    "cut_before": "processor_silent",
    "down": "processor_silent",
    "in_progress": "processor_busy",
    "rate_limited": "processor_busy",
}
AFTER = {
    "hang_after": "processor_silent",
    "error_after": "processor_failed",
    "cut_after": "processor_silent",
    "cut_midway": "processor_silent",
    "drip": "processor_silent",
    "garbled": "processor_garbled",
    "wrong_type": "processor_garbled",
    "oversized": "processor_garbled",
}


async def charge(processor: AcquirerProcessor, mine: str) -> Outcome:
    return await processor.authorize(RUPEES, token=GOOD, capture=True, key=mine)


async def reason(processor: AcquirerProcessor, mine: str) -> str:
    """Why the charge could not be heard of."""
    with pytest.raises(Unavailable) as raised:
        await charge(processor, mine)
    return raised.value.reason


@pytest.mark.parametrize("fault", [*BEFORE, *AFTER])
async def test_one_call_goes_wrong(processor: AcquirerProcessor, acquirer: Service, fault: str) -> None:
    mine = key()
    await acquirer.fault(fault)
    began_s = monotonic()
    assert await reason(processor, mine) == (BEFORE | AFTER)[fault]
    assert monotonic() - began_s < 2, "a whole call has a limit, however its bytes come"
    assert await acquirer.charges() == (fault in AFTER), "asked once: nothing is repeated behind our back"

    found = await processor.find(mine, token=GOOD, reference="")
    assert found == (Approved(f"sim_approved_{mine}") if fault in AFTER else None)
    assert await charge(processor, mine) == Approved(f"sim_approved_{mine}")
    assert await acquirer.charges() == 1


@pytest.mark.parametrize("fault", ["error_after", "cut_before", "garbled", "hang_after"])
async def test_every_call_can_go_wrong(processor: AcquirerProcessor, acquirer: Service, fault: str) -> None:
    held = await processor.authorize(RUPEES, token="tok_sim_approved", capture=False, key=key())
    assert isinstance(held, Approved)
    keys = {name: key() for name in ("resume", "capture", "refund", "void")}
    calls = {
        "resume": lambda: processor.resume(held.reference, key=keys["resume"]),
        "capture": lambda: processor.capture(held.reference, RUPEES, key=keys["capture"]),
        "refund": lambda: processor.refund(held.reference, Money(20_000, "INR"), key=keys["refund"]),
        "void": lambda: processor.void(held.reference, key=keys["void"]),
        "find": lambda: processor.find(keys["capture"], token=GOOD, reference=held.reference),
    }
    for name, call in calls.items():
        await acquirer.fault(fault, calls=[name])
        with pytest.raises(Unavailable):
            await call()
        answer = await call()
        assert isinstance(answer, Declined if name == "void" else Approved)
        assert await call() == answer
    lines = await acquirer.lines()
    assert (sum(line.taken for line in lines), sum(line.given_back for line in lines)) == (50_000, 20_000)
    assert len(lines) == 5


async def test_a_slow_answer_is_waited_for(processor: AcquirerProcessor, acquirer: Service) -> None:
    await acquirer.fault("slow", delay_ms=200)
    assert isinstance(await charge(processor, key()), Approved)


async def test_forgotten_keys_charge_again_which_is_why_they_are_never_repeated_so_late(
    processor: AcquirerProcessor, acquirer: Service
) -> None:
    mine = key()
    await charge(processor, mine)
    await acquirer.faults(forget_keys=True)
    assert await processor.find(mine, token=GOOD, reference="") == Approved(f"sim_approved_{mine}")
    assert await acquirer.charges() == 1
    again = await charge(processor, mine)
    assert await charge(processor, mine) == again != Approved(f"sim_approved_{mine}")
    assert await acquirer.charges() == 2, "so that a gateway that repeats too late is found out"


async def test_the_pool_is_bounded_and_waiting_for_it_is_no_silence(acquirer: Service) -> None:
    await acquirer.fault("hang_before", calls=["authorize"])
    async with speaking_to(acquirer.url, timeout_s=1.5, max_connections=1) as processor:
        hanging = asyncio.create_task(reason(processor, key()))
        await asyncio.sleep(0.1)
        reasons = await asyncio.gather(*(reason(processor, key()) for _ in range(SILENCES + 1)))
        assert set(reasons) == {"processor_busy"}
        assert not processor.circuit.is_open
        assert await hanging == "processor_silent"
        assert isinstance(await charge(processor, key()), Approved)


async def test_a_dead_acquirer_costs_no_time_and_a_living_one_is_noticed(acquirer: Service) -> None:
    now = [0.0]
    circuit = Circuit("test", now_s=lambda: now[0])
    await acquirer.faults({"fault": "hang_before"})
    async with speaking_to(acquirer.url, timeout_s=0.2, circuit=circuit) as processor:
        for _ in range(SILENCES):
            assert await reason(processor, key()) == "processor_silent"
        began_s = monotonic()
        for _ in range(100):
            assert await reason(processor, key()) == "processor_circuit_open"
        assert monotonic() - began_s < 0.2
        now[0] += 1.0
        assert await reason(processor, key()) == "processor_silent", "a probe"
        await acquirer.calm()
        assert await reason(processor, key()) == "processor_circuit_open"
        now[0] += 2.0
        assert isinstance(await charge(processor, key()), Approved)
        assert not circuit.is_open


async def test_many_at_once_share_the_kept_connections(acquirer: Service) -> None:
    async with speaking_to(acquirer.url, timeout_s=10.0, max_connections=4) as processor:
        outcomes = await asyncio.gather(*(charge(processor, key()) for _ in range(40)))
    assert {type(outcome) for outcome in outcomes} == {Approved}
    assert await acquirer.charges() == 40
