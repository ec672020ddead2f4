"""Which processor a payment goes to: chosen by its mode."""

from dataclasses import dataclass

from core.domain.errors import Unavailable
from core.domain.merchant import Mode
from ports.processor import Processor


@dataclass(frozen=True)
class ProcessorFor:
    """The simulator serves test mode; live mode has a processor only if one is configured."""

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
