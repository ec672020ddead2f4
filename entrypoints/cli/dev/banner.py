"""What a developer needs to know once everything runs."""

import os
from pathlib import Path

from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from entrypoints.cli.console import out, say
from entrypoints.cli.dev.prepare import TEST_KEY


def show_banner(url: str, data_dir: Path) -> None:
    """Where everything is, and a curl that works when pasted: no border, no wrapping."""
    places = {
        "API": f"{url}/api/v1",
        "Health": f"{url}/health",
        "Demo shop": f"{url}/demo",
        "Documentation": f"{url}/docs",
        "PostgreSQL": os.environ["GATEWAY_DATABASE_URL"],
        "Redis": os.environ["GATEWAY_REDIS_URL"],
        "Data": str(data_dir),
        "Test merchant": f"{TEST_KEY.id} / {TEST_KEY.secret}",
    }
    if out.is_terminal:
        grid = Table.grid(padding=(0, 2))
        for name, place in places.items():
            grid.add_row(Text(name, style="dim"), Text(place))
        out.print(
            Panel(
                grid, title="The gateway is running", title_align="left", border_style="green", expand=False
            )
        )
    else:
        say("The gateway is running")
        for name, place in places.items():
            say(f"{name}: {place}")
    say("\nAn order of ₹500.00, to be pasted into another terminal:\n")
    say(
        f"curl -s {url}/api/v1/orders \\\n"
        f"  -H 'X-Api-Key: {TEST_KEY.id}' -H 'X-Api-Secret: {TEST_KEY.secret}' \\\n"
        "  -H 'Content-Type: application/json' \\\n"
        '  -d \'{"amount": 50000, "receipt": "first"}\'\n'
    )
