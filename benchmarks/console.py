"""Where tables go: to a terminal as wide as it is, to a file wide enough."""

from rich.console import Console

WIDTH = 150


def wide() -> Console:
    console = Console()
    if not console.is_terminal:
        console.width = WIDTH
    return console
