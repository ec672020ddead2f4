"""The payment page as a shopper handles it, on its own or within a shop's modal."""

from dataclasses import dataclass

from playwright.async_api import FrameLocator, Locator, Page, expect

from core.domain.order import Order
from tests.integration.checkout.stage import Stage

GOOD = "4242 4242 4242 4242"
DECLINED = "4000 0000 0000 0002"
POOR = "4000 0000 0000 9995"
SECURE = "4000 0027 6000 3184"


@dataclass(frozen=True)
class Till:
    """`where` is the page, or the frame that shows it."""

    where: Page | FrameLocator

    def __getitem__(self, test_id: str) -> Locator:
        return self.where.get_by_test_id(test_id)

    async def is_in(self, state: str, timeout_s: float = 10) -> None:
        container = self["checkout-container"]
        await expect(container).to_have_attribute("data-state", state, timeout=timeout_s * 1000)

    async def type_card(
        self, number: str = GOOD, expiry: str = "12/31", cvv: str = "123", name: str = "Asha Rao"
    ) -> None:
        await self["method-card"].click()
        await self["card-number-input"].fill(number)
        await self["expiry-input"].fill(expiry)
        await self["cvv-input"].fill(cvv)
        await self["cardholder-name-input"].fill(name)

    async def type_vpa(self, vpa: str = "asha@okbank") -> None:
        await self["method-upi"].click()
        await self["vpa-input"].fill(vpa)

    async def pay_by_card(self, number: str = GOOD) -> None:
        await self.type_card(number)
        await self["pay-button"].click()

    async def pay_by_upi(self, vpa: str = "asha@okbank") -> None:
        await self.type_vpa(vpa)
        await self["pay-button"].click()

    def bank(self) -> FrameLocator:
        """The bank's page, in its frame within ours."""
        return self.where.frame_locator("[data-test-id=challenge-frame]")

    async def answer_bank(self, choice: str) -> None:
        """`approve` or `decline`."""
        await self.bank().get_by_test_id(f"acs-{choice}").click()


async def visit(stage: Stage, page: Page, order: Order | None = None, **query: str) -> Till:
    """The payment page on its own."""
    order = order or await stage.order()
    more = "".join(f"&{name}={value}" for name, value in query.items())
    await page.goto(f"{stage.url}/checkout?order_id={order.id}{more}")
    await page.wait_for_selector("html.ready")
    return Till(page)
