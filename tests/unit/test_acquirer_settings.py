"""Which processor moves the money of which mode, and what cannot be left out then."""

from typing import Any

import pytest
from pydantic import ValidationError

from adapters.acquirer.processor import AcquirerProcessor
from adapters.simulator.processor import SimulatorProcessor
from adapters.simulator.tokenizer import SimulatorTokenizer
from config.in_memory import in_memory
from config.settings import Settings
from core.domain.errors import Unavailable
from core.domain.merchant import Mode

TEST = {"processor": "http", "processor_url": "http://127.0.0.1:8100", "processor_token": "t"}
LIVE = {"live_processor": "http", "live_processor_url": "https://live.example", "live_processor_token": "l"}


def test_by_default_the_simulator_moves_test_money_and_nobody_live_money() -> None:
    gateway = in_memory()
    assert isinstance(gateway.processor_for()(Mode.TEST), SimulatorProcessor)
    assert isinstance(gateway.tokenizer_for()(Mode.TEST), SimulatorTokenizer)
    assert gateway.book_for()(Mode.TEST) is gateway.book()
    assert in_memory(simulator_book=False).book_for()(Mode.TEST) is None
    with pytest.raises(Unavailable):
        gateway.processor_for()(Mode.LIVE)
    assert gateway.book_for()(Mode.LIVE) is None


@pytest.mark.parametrize(
    ("settings", "remote"), [(TEST, {Mode.TEST}), (LIVE, {Mode.LIVE}), (TEST | LIVE, set(Mode))]
)
def test_who_is_remote_charges_tokenizes_and_shows_its_book(
    settings: dict[str, Any], remote: set[Mode]
) -> None:
    gateway = in_memory(**settings)
    found = {mode: gateway.processor_for()(mode) for mode in remote}
    for mode, processor in found.items():
        assert isinstance(processor, AcquirerProcessor)
        assert (
            gateway.tokenizer_for()(mode)
            is gateway.book_for()(mode)
            is gateway.processor_for()(mode)
            is processor
        )
    assert len({id(processor) for processor in found.values()}) == len(remote), "each mode has its own"


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        (TEST | {"processor_url": ""}, "processor_url"),
        (TEST | {"processor_url": "127.0.0.1:8100"}, "processor_url"),
        (TEST | {"processor_token": ""}, "processor_token"),
        (LIVE | {"live_processor_url": ""}, "live_processor_url"),
        (LIVE | {"live_processor_url": "http://live.example"}, "live_processor_url"),
        (LIVE | {"live_processor_token": ""}, "live_processor_token"),
        ({"live_processor": "simulator"}, "live_processor"),
        ({"processor": "none"}, "processor"),
        ({"processor_timeout_s": 13}, "processor_timeout_s"),
    ],
)
def test_what_is_missing_is_missed_at_the_start(settings: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as raised:
        Settings(**settings)
    assert [error["loc"] for error in raised.value.errors()] == [(field,)]
