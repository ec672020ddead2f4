"""How long until a shopper can type, on a slow phone: `python -m benchmarks.checkout_load [--json]`."""

import argparse
import asyncio
import json
import statistics
import sys
from dataclasses import asdict, dataclass
from typing import Any

from playwright.async_api import Browser, Page

from tests.integration.checkout.browser import MISSING, chromium, find_chromium
from tests.integration.checkout.stage import Stage, a_stage

NETWORK = {
    "offline": False,
    "latency": 150,  # ms a round trip
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}
SLOWER = 4
PHONE = {"width": 390, "height": 844}
SHIFTS = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 100);
})"""
# Until the page within has said how high it is, and is shown.
OPEN = """(orderId) => new Promise((done) => {
  const began = performance.now();
  new MutationObserver((_, observer) => {
    if (!document.querySelector(".modal-content.ready")) return;
    observer.disconnect();
    done(performance.now() - began);
  }).observe(document.body, { subtree: true, childList: true, attributes: true });
  new PaymentGateway({ key: "key_test_abc123", orderId }).open();
})"""
IDLE_MS = 500  # a shopper does not buy while the shop is still loading
USABLE = "performance.getEntriesByName('usable')[0].startTime"


@dataclass(frozen=True)
class Load:
    """One cold visit. `shift` is as Chromium scores it, `bytes` as they came over the wire."""

    usable_ms: float
    shift: float
    bytes: int


async def slow_page(browser: Browser) -> tuple[Page, list[int]]:
    """A page of a fresh profile, throttled, and the sizes of all that it loads."""
    context = await browser.new_context(viewport=PHONE, is_mobile=True, has_touch=True, locale="en-IN")  # type: ignore[arg-type]  # a TypedDict to Playwright
    page = await context.new_page()
    session = await context.new_cdp_session(page)
    sizes: list[int] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
    await session.send("Network.enable")
    await session.send("Network.emulateNetworkConditions", NETWORK)
    await session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    return page, sizes


async def hosted(stage: Stage, browser: Browser) -> Load:
    """The page of its own, from the address to the form."""
    order = await stage.order()
    page, sizes = await slow_page(browser)
    await page.goto(f"{stage.url}/checkout?order_id={order.id}")
    await page.wait_for_selector("html.ready")
    load = Load(await page.evaluate(USABLE), await page.evaluate(SHIFTS), sum(sizes))
    await page.context.close()
    return load


async def modal(stage: Stage, browser: Browser) -> Load:
    """Within a shop that is loaded already, from `open()` to the form."""
    page, sizes = await slow_page(browser)
    await page.goto(f"{stage.url}/demo")
    await page.wait_for_timeout(IDLE_MS)
    order = await stage.order()
    sizes.clear()
    usable = await page.evaluate(OPEN, order.id)
    load = Load(usable, await page.evaluate(SHIFTS), sum(sizes))
    await page.context.close()
    return load


async def measure(runs: int) -> dict[str, dict[str, Any]]:
    """Medians by way of loading."""
    figures: dict[str, dict[str, Any]] = {}
    async with a_stage() as stage, chromium() as browser:
        for visit in (hosted, modal):
            loads = [asdict(await visit(stage, browser)) for _ in range(runs)]
            figures[visit.__name__] = {
                name: round(statistics.median(load[name] for load in loads), 3) for name in loads[0]
            }
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="for programs")
    chosen = parser.parse_args()
    if find_chromium() is None:
        sys.exit(MISSING)
    figures = asyncio.run(measure(chosen.runs))
    if chosen.json:
        print(json.dumps(figures))
        return
    print(f"1.6 Mbit/s, 150 ms round trip, processor {SLOWER}x slower, cold cache, median of {chosen.runs}")
    for name, figure in figures.items():
        print(
            f"{name:<8} usable {figure['usable_ms']:.0f} ms, layout shift {figure['shift']}, {figure['bytes']:,} bytes"
        )


if __name__ == "__main__":
    main()
