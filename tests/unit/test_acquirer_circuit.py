"""The circuit breaker opens after silences in a row, and lets one call at a time see whether that is over."""

import asyncio

import pytest

from adapters.acquirer.circuit import FIRST_PAUSE_S, LAST_PAUSE_S, SILENCES, Circuit, Silence
from core.domain.errors import Unavailable

SILENT = Silence("processor_silent", "No answer.")
BUSY = Unavailable("processor_busy", "Later.")


class Time:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def circuit(time: Time) -> Circuit:
    return Circuit("test", now_s=time)


def call(circuit: Circuit, error: BaseException | None = None) -> str:
    """How one call ended: `answered`, or the reason of what was raised."""
    try:
        with circuit.attempt():
            if error is not None:
                raise error
    except Unavailable as raised:
        return raised.reason
    return "answered"


def opened(circuit: Circuit) -> Circuit:
    assert {call(circuit, SILENT) for _ in range(SILENCES)} == {"processor_silent"}
    assert circuit.is_open
    return circuit


def test_it_opens_after_so_many_silences_in_a_row_and_not_before(circuit: Circuit) -> None:
    for _ in range(3):
        for _ in range(SILENCES - 1):
            call(circuit, SILENT)
        assert not circuit.is_open
        assert call(circuit) == "answered"
    opened(circuit)
    assert call(circuit) == "processor_circuit_open"


def test_a_refusal_neither_opens_nor_forgives(circuit: Circuit) -> None:
    for _ in range(SILENCES * 2):
        assert call(circuit, BUSY) == "processor_busy"
    assert not circuit.is_open
    for _ in range(SILENCES - 1):
        call(circuit, SILENT)
    call(circuit, BUSY)
    call(circuit, SILENT)
    assert circuit.is_open


def test_when_the_pause_is_over_an_answer_closes_it(circuit: Circuit, time: Time) -> None:
    opened(circuit)
    time.now_s += FIRST_PAUSE_S - 0.01
    assert call(circuit) == "processor_circuit_open"
    time.now_s += 0.01
    assert [call(circuit) for _ in range(3)] == ["answered"] * 3
    assert not circuit.is_open
    assert call(circuit, SILENT) == "processor_silent"
    assert not circuit.is_open


def test_each_silent_probe_doubles_the_pause_up_to_a_limit(circuit: Circuit, time: Time) -> None:
    opened(circuit)
    pauses, pause_s = [], FIRST_PAUSE_S
    for _ in range(7):
        time.now_s += pause_s
        assert call(circuit, SILENT) == "processor_silent"
        began = time.now_s
        while True:
            try:
                with circuit.attempt():
                    raise BUSY  # a probe that says nothing leaves everything as it is
            except Unavailable as error:
                if error.reason == "processor_busy":
                    break
            time.now_s += 0.5
        pause_s = time.now_s - began
        pauses.append(pause_s)
    assert pauses == [2, 4, 8, LAST_PAUSE_S, LAST_PAUSE_S, LAST_PAUSE_S, LAST_PAUSE_S]


async def test_one_call_at_a_time_probes_and_the_others_do_not_wait(circuit: Circuit, time: Time) -> None:
    opened(circuit)
    time.now_s += FIRST_PAUSE_S
    may_end = asyncio.Event()

    async def probe() -> None:
        with circuit.attempt():
            await may_end.wait()

    probing = asyncio.create_task(probe())
    await asyncio.sleep(0)
    assert [call(circuit) for _ in range(3)] == ["processor_circuit_open"] * 3
    may_end.set()
    await probing
    assert call(circuit) == "answered"


async def test_a_probe_that_is_cancelled_lets_the_next_one_try(circuit: Circuit, time: Time) -> None:
    opened(circuit)
    time.now_s += FIRST_PAUSE_S

    async def probe() -> None:
        with circuit.attempt():
            await asyncio.sleep(60)

    probing = asyncio.create_task(probe())
    await asyncio.sleep(0)
    probing.cancel()
    await asyncio.gather(probing, return_exceptions=True)
    assert circuit.is_open
    assert call(circuit) == "answered"


async def test_calls_that_were_under_way_when_it_opened_do_not_lengthen_the_pause(
    circuit: Circuit, time: Time
) -> None:
    may_end = asyncio.Event()

    async def silent() -> None:
        with circuit.attempt():
            await may_end.wait()
            raise SILENT

    calls = [asyncio.create_task(silent()) for _ in range(SILENCES * 4)]
    await asyncio.sleep(0)
    may_end.set()
    await asyncio.gather(*calls, return_exceptions=True)
    time.now_s += FIRST_PAUSE_S
    assert call(circuit) == "answered"


def test_it_says_when_to_come_back(circuit: Circuit) -> None:
    opened(circuit)
    with pytest.raises(Unavailable) as raised, circuit.attempt():
        pass
    assert raised.value.retry_after_s == 1
