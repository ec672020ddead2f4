"""Pictures of every state, phone and desktop, light and dark: `python -m tests.integration.checkout.screenshots`."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page

from tests.integration.checkout.browser import MISSING, chromium, find_chromium
from tests.integration.checkout.stage import Stage, a_stage
from tests.integration.checkout.states import STATES, arrive
from tests.integration.checkout.till import SECURE, Till

FOLDER = Path(__file__).parents[3] / "docs" / "screenshots"
SIZES: dict[str, dict[str, Any]] = {
    "phone": {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True},
    "desktop": {"viewport": {"width": 1280, "height": 860}},
}
SCHEMES = ("light", "dark")
SETTLED_MS = 450

Scene = Callable[[Stage, Page], Awaitable[None]]


async def modal(stage: Stage, page: Page) -> Till:
    await page.goto(f"{stage.url}/demo")
    await page.get_by_test_id("buy-button").click()
    await page.wait_for_selector("#payment-gateway-modal .ready")
    return Till(page.frame_locator("[data-test-id=payment-iframe]"))


async def shop(stage: Stage, page: Page) -> None:
    await page.goto(f"{stage.url}/demo")


async def modal_card(stage: Stage, page: Page) -> None:
    await (await modal(stage, page)).type_card()


async def modal_challenge(stage: Stage, page: Page) -> None:
    till = await modal(stage, page)
    await till.pay_by_card(SECURE)
    await till.bank().get_by_test_id("acs-approve").wait_for()


async def modal_leaving(stage: Stage, page: Page) -> None:
    till = await modal(stage, page)
    await till.pay_by_upi("timeout@okbank")
    await till.is_in("processing")
    await page.get_by_test_id("close-modal-button").click()
    await till["leave-dialog"].wait_for()


async def modal_success(stage: Stage, page: Page) -> None:
    till = await modal(stage, page)
    await till.pay_by_card()
    await till.is_in("success")


async def shop_paid(stage: Stage, page: Page) -> None:
    await modal_success(stage, page)
    await page.wait_for_selector("#payment-gateway-modal", state="detached")
    await page.wait_for_timeout(1_000)


def state(name: str) -> Scene:
    async def scene(stage: Stage, page: Page) -> None:
        steps, arrival = STATES[name]
        await steps(stage, page, await arrive(stage, page, arrival))

    return scene


SCENES: dict[str, Scene] = {name: state(name) for name in STATES} | {
    "shop": shop,
    "modal-card": modal_card,
    "modal-challenge": modal_challenge,
    "modal-leaving": modal_leaving,
    "modal-success": modal_success,
    "shop-paid": shop_paid,
}


async def shoot(stage: Stage, browser: Browser, name: str, size: str, scheme: Any) -> None:
    context = await browser.new_context(locale="en-IN", color_scheme=scheme, **SIZES[size])
    page = await context.new_page()
    await SCENES[name](stage, page)
    await page.wait_for_timeout(SETTLED_MS)
    path = FOLDER / f"{name}-{size}-{scheme}.png"
    await page.screenshot(path=path, full_page=name == "shop-paid")
    await context.close()


async def main(wanted: list[str]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    async with a_stage(simulator_delay_ms=150) as stage, chromium() as browser:
        for name in wanted or SCENES:
            for size in SIZES:
                for scheme in SCHEMES:
                    await shoot(stage, browser, name, size, scheme)
            print(name)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenes", nargs="*", choices=[[], *SCENES], metavar="scene", help=", ".join(SCENES))
    options = parser.parse_args()
    if find_chromium() is None:
        sys.exit(MISSING)
    asyncio.run(main(options.scenes))
