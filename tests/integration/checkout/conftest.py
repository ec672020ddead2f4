"""One browser, one gateway and one merchant's shop for all browser tests; a fresh profile for each."""

import os
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from tests.integration.checkout.browser import MISSING, chromium, find_chromium
from tests.integration.checkout.shop import Shop
from tests.integration.checkout.stage import Stage, a_stage

# What a browser says of tests that are about just that.
EXPECTED = (
    "Failed to load resource",
    "net::ERR",
    "Content Security Policy",
    "frame-ancestors",
    "no answer from",
)
expect.set_options(timeout=15_000)  # of patience with a busy machine; what is right passes at once


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them in the loop that the gateway runs in."""
    here = os.path.dirname(__file__)
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    if find_chromium() is None:
        (pytest.fail if os.environ.get("REQUIRE_BROWSER") else pytest.skip)(MISSING)
    async with chromium() as browser:
        yield browser


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stage(browser: Browser) -> AsyncIterator[Stage]:
    async with a_stage(simulator_delay_ms=150) as stage:
        yield stage


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shop(stage: Stage) -> AsyncIterator[Shop]:
    shop = await Shop.start(stage)
    await stage.allow(checkout_origins=(shop.origin(),))
    yield shop
    await shop.served.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(locale="en-IN", reduced_motion="reduce")
    context.set_default_timeout(10_000)
    yield context
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(context: BrowserContext) -> AsyncIterator[Page]:
    """A page whose scripts must not fail, and that must not complain."""
    page = await context.new_page()
    faults: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and not any(words in message.text for words in EXPECTED):
            faults.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    assert faults == []
