"""The circuits to remote processors, as operators see them: each process has its own."""

from functools import partial
from typing import Any

from prometheus_client import Gauge

from config.container import Gateway
from core.domain.merchant import Mode

STATES = ("closed", "half_open", "open")

CIRCUIT = Gauge(
    "gateway_processor_circuit", "1 for the state that the circuit to a mode's remote processor is in.",
    ["processor", "state"],
)  # fmt: skip


def watch_circuits(gateway: Gateway) -> None:
    """Show, whenever metrics are read, the state of this process's circuit to each remote processor."""
    settings = gateway.settings()
    processors = {
        Mode.TEST: (settings.processor, gateway.acquirer),
        Mode.LIVE: (settings.live_processor, gateway.live_acquirer),
    }
    for mode, (processor, acquirer) in processors.items():
        if processor == "http":
            for state in STATES:
                CIRCUIT.labels(mode, state).set_function(partial(_is_in, acquirer().circuit, state))


def _is_in(circuit: Any, state: str) -> bool:
    return bool(circuit.state == state)
