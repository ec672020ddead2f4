"""The simulator without a gateway around it, for a process of its own."""

from dependency_injector import providers

from adapters.simulator.memory_book import MemoryBook
from config.container import Gateway
from config.settings import Settings


def simulator_alone(settings: Settings, *, memory: bool) -> Gateway:
    """Only `simulator`, `tokenizer`, `book`, `challenges` and `clock` of it are used; it always keeps its book,
    in the simulator's schema of the database or, with `memory`, for as long as the process lives."""
    alone = {"simulator_book": True, "processor": "simulator", "live_processor": "none"}
    gateway = Gateway(settings=settings.model_copy(update=alone))
    if memory:
        gateway.book.override(providers.Singleton(MemoryBook))
    return gateway
