// What jsdom leaves out of a dialog, and a way to speak as the payment page would.

import { vi } from "vitest";

HTMLDialogElement.prototype.showModal ??= function (this: HTMLDialogElement) {
  this.setAttribute("open", "");
};
HTMLDialogElement.prototype.close ??= function (this: HTMLDialogElement) {
  this.removeAttribute("open");
};

export const GATEWAY = "https://pay.example";

export const modal = (): HTMLElement | null => document.getElementById("payment-gateway-modal");

export const frame = (): HTMLIFrameElement => document.querySelector<HTMLIFrameElement>("[data-test-id=payment-iframe]")!;

export const nonce = (): string => new URL(frame().src).hash.slice(1);

/** A message as it reaches the shop's page; by default from our own page. */
export function speak(
  type: string,
  data: object = {},
  from: { source?: MessageEventSource | null; origin?: string; nonce?: string } = {},
): void {
  const message = { type, data, nonce: from.nonce ?? nonce() };
  const source = "source" in from ? from.source! : frame().contentWindow;
  dispatchEvent(new MessageEvent("message", { data: message, source, origin: from.origin ?? GATEWAY }));
}

/** What the shop's page says to ours. */
export function listening() {
  return vi.spyOn(frame().contentWindow!, "postMessage").mockImplementation(() => {});
}
