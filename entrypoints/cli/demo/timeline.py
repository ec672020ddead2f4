"""A payment's history, for reading."""

from collections.abc import Callable
from typing import Any

from entrypoints.cli.console import say, show
from entrypoints.cli.demo.shop import Document, Shop

COLUMNS = ("Time", "What", "Which", "Details")


async def show_timeline(shop: Shop, payment: Document) -> None:
    history = (await shop.get(f"payments/{payment['id']}/timeline"))["data"]
    say(f"\nWhat happened to {payment['id']}")
    show(COLUMNS, ((_time(entry), entry["type"], entry["name"], _details(entry)) for entry in history))


def _time(entry: Document) -> str:
    """Hours to milliseconds of `2026-01-31T12:00:00.123456Z`."""
    return str(entry["at"])[11:23].rstrip("Z")


def _details(entry: Document) -> str:
    parts: dict[str, Callable[[Any], str]] = {
        "amount": lambda value: f"{value / 100:.2f} {entry['currency']}",
        "outcome": str,
        "code": str,
        "reference": str,
        "sequence": lambda value: f"number {value}",
        "number": lambda value: f"attempt {value}",
        "response_code": lambda value: f"HTTP {value}",
        "duration_ms": lambda value: f"in {value} ms",
        "error": str,
    }
    return ", ".join(part(entry[name]) for name, part in parts.items() if entry.get(name) is not None)
