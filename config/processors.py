"""Who moves the money of each mode, and what else is known of them: chosen by the settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from adapters.acquirer.callbacks import SignedCallbacks
from adapters.acquirer.circuit import Circuit
from adapters.acquirer.processor import AcquirerProcessor
from adapters.simulator.processor import SimulatorProcessor
from config.settings import Settings
from core.domain.errors import Unavailable
from core.domain.merchant import Mode
from ports.book import ProcessorBook
from ports.callbacks import Callbacks
from ports.clock import Clock
from ports.processor import Processor, Tokenizer

T = TypeVar("T")


@dataclass(frozen=True)
class ByMode(Generic[T]):
    """One for test mode, one for live mode."""

    test: T
    live: T

    def __call__(self, mode: Mode) -> T:
        return self.live if mode is Mode.LIVE else self.test


@dataclass(frozen=True)
class ProcessorFor:
    """Live mode has a processor only if one is configured."""

    test: Processor
    live: Processor | None

    def __call__(self, mode: Mode) -> Processor:
        """Raises Unavailable when the mode has none."""
        processor = self.live if mode is Mode.LIVE else self.test
        if processor is None:
            raise Unavailable(
                "no_live_processor", "No live processor is configured, so live payments cannot be taken."
            )
        return processor


def simulator(settings: Settings, clock: Clock, book: Any) -> SimulatorProcessor:
    """The simulator within this process. Without its book on, it keeps nothing but the answers to challenges."""
    return SimulatorProcessor(
        clock, book, settings.public_url, book if settings.simulator_book else None,
        delay_ms=settings.simulator_delay_ms,
        always=settings.test_payment_success if settings.test_mode else None,
        processing_delay_ms=settings.test_processing_delay_ms,
    )  # fmt: skip


def acquirer_of(settings: Settings, mode: Mode) -> AcquirerProcessor:
    """The remote processor of a mode. It opens nothing until it is asked."""
    of_mode = {
        Mode.TEST: (settings.processor_url, settings.processor_token),
        Mode.LIVE: (settings.live_processor_url, settings.live_processor_token),
    }
    url, token = of_mode[mode]
    return AcquirerProcessor(
        url, token.get_secret_value(), circuit=Circuit(mode), timeout_s=settings.processor_timeout_s,
        connect_timeout_s=settings.processor_connect_timeout_s,
        max_connections=settings.processor_max_connections,
    )  # fmt: skip


def tokenizers(settings: Settings, test: Tokenizer, live_acquirer: AcquirerProcessor) -> ByMode[Tokenizer]:
    """Who charges a card also makes its token. Without a live processor nobody asks for a live token."""
    return ByMode(test, live_acquirer if settings.live_processor == "http" else test)


def books(
    settings: Settings, book: ProcessorBook, acquirer: AcquirerProcessor, live_acquirer: AcquirerProcessor
) -> ByMode[ProcessorBook | None]:
    """What each processor says has moved; None where there is no book to ask for."""
    kept = book if settings.simulator_book else None
    return ByMode(
        acquirer if settings.processor == "http" else kept,
        live_acquirer if settings.live_processor == "http" else None,
    )


def callbacks(settings: Settings, clock: Clock) -> Mapping[Mode, Callbacks]:
    """How the processor of each mode signs what it says unasked; one without a secret is never believed."""
    secrets = {
        Mode.TEST: settings.processor_callback_secret,
        Mode.LIVE: settings.live_processor_callback_secret,
    }
    tolerance_s = settings.processor_callback_tolerance_s
    return {
        mode: SignedCallbacks(clock, secret.get_secret_value(), tolerance_s)
        for mode, secret in secrets.items()
    }
