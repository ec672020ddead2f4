"""axe-core over whatever is on show, in every frame of it."""

import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

SCRIPT = Path(__file__).parents[3] / "checkout_sdk/node_modules/axe-core/axe.min.js"
MISSING = "no axe-core: run `npm ci` in checkout_sdk"
RUN = """async () => {
  const { violations } = await axe.run(document, { iframes: false, resultTypes: ["violations"] });
  return violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.html}`));
}"""


@cache
def source() -> str:
    if not SCRIPT.exists():
        (pytest.fail if os.environ.get("REQUIRE_BROWSER") else pytest.skip)(MISSING)
    return SCRIPT.read_text(encoding="utf-8")


async def complaints(page: Page, *, only: str = "") -> list[Any]:
    """What axe finds, by frame; `only` those whose address contains it."""
    found: list[Any] = []
    for frame in page.frames:
        runs_scripts = frame == page.main_frame or "/simulator/" not in frame.url  # that one is sandboxed
        if runs_scripts and only in frame.url and frame.url != "about:blank":
            await frame.evaluate(source())
            found += [(frame.url, complaint) for complaint in await frame.evaluate(RUN)]
    return found
