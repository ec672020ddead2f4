// The SDK as a merchant uses it.

import { afterEach, describe, expect, it, vi } from "vitest";
import { PaymentGateway, type PaymentGatewayOptions } from "../src/index";
import { frame, GATEWAY, listening, modal, nonce, speak } from "./browser";

const OPTIONS: PaymentGatewayOptions = { key: "key_test_abc123", orderId: "order_9fK2aaaaaaaaaaaa", baseUrl: GATEWAY };

function opened(more: Partial<PaymentGatewayOptions> = {}): PaymentGateway {
  const gateway = new PaymentGateway({ ...OPTIONS, ...more });
  gateway.open();
  return gateway;
}

afterEach(() => {
  if (modal()) speak("close_modal");
  sessionStorage.clear();
  vi.useRealTimers();
});

describe("options", () => {
  const refused: [string, object | undefined, RegExp][] = [
    ["none", undefined, /key is missing/],
    ["no key", { ...OPTIONS, key: "" }, /key is missing/],
    ["a secret", { ...OPTIONS, key: "secret_test_x" }, /secret/],
    ["no order", { ...OPTIONS, orderId: undefined }, /orderId is missing\. Create an order on your server/],
    ["no gateway", { ...OPTIONS, baseUrl: undefined }, /baseUrl is missing/],
    ["a bad gateway", { ...OPTIONS, baseUrl: "javascript:alert(1)" }, /baseUrl is not an address/],
    ["a callback that is none", { ...OPTIONS, onSuccess: "paid()" }, /onSuccess is not a function/],
  ];
  it.each(refused)("%s is refused in words", (_, options, words) => {
    expect(() => new PaymentGateway(options as PaymentGatewayOptions)).toThrow(TypeError);
    expect(() => new PaymentGateway(options as PaymentGatewayOptions)).toThrow(words);
  });

  it.each(["https://pay.example/", "https://pay.example", "https://pay.example/?a=1#b"])("finds the page of %s", (baseUrl) => {
    opened({ baseUrl });
    expect(frame().src).toMatch(/^https:\/\/pay\.example\/checkout\?order_id=order_9fK2aaaaaaaaaaaa&embedded=true&/);
  });

  it("finds a gateway below a path", () => {
    opened({ baseUrl: "https://example.com/pay/" });
    expect(frame().src).toMatch(/^https:\/\/example\.com\/pay\/checkout\?/);
  });
});

describe("the dialog", () => {
  it("has the structure of the contract", () => {
    opened();
    const found = document.querySelector(
      "#payment-gateway-modal[data-test-id=payment-modal] > .modal-overlay > .modal-content > iframe[data-test-id=payment-iframe] + button.close-button[data-test-id=close-modal-button]",
    );
    expect(found).not.toBeNull();
    expect(modal()!.getAttribute("aria-modal")).toBe("true");
    expect(modal()!.getAttribute("aria-label")).toBe("Payment");
    expect(frame().title).toBe("Payment");
  });

  it("opens once, whoever opens it", () => {
    const gateway = opened();
    gateway.open();
    opened({ orderId: "order_another" });
    expect(document.querySelectorAll("iframe")).toHaveLength(1);
  });

  it("gives the page back as it was", () => {
    document.body.innerHTML = "<button>Buy</button>";
    document.documentElement.style.overflow = "scroll";
    const button = document.querySelector("button")!;
    button.focus();
    const onClose = vi.fn();
    const gateway = opened({ onClose });
    expect(document.documentElement.style.overflow).toBe("hidden");
    gateway.close();
    gateway.close();
    expect(modal()).toBeNull();
    expect(document.documentElement.style.overflow).toBe("scroll");
    expect(document.activeElement).toBe(button);
    expect(onClose).toHaveBeenCalledTimes(1);
    document.documentElement.style.overflow = "";
  });

  it("closes by Escape and by its button", () => {
    opened();
    document.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
    expect(modal()).toBeNull();
    opened();
    document.querySelector<HTMLButtonElement>(".close-button")!.click();
    expect(modal()).toBeNull();
  });

  it("speaks the shopper's language", () => {
    opened({ locale: "hi-IN" });
    expect(frame().title).toBe("भुगतान");
    expect(new URL(frame().src).searchParams.get("locale")).toBe("hi-IN");
  });

  it("says when the page does not answer, until it does", () => {
    vi.useFakeTimers();
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    opened();
    vi.advanceTimersByTime(20_000);
    expect(document.querySelector(".modal-content")!.className).toContain("away");
    expect(error.mock.calls[0]![0]).toContain("checkout_origins");
    speak("ready");
    expect(document.querySelector(".modal-content")!.className).not.toContain("away");
  });
});

describe("messages", () => {
  it("greets the page with what must not be in a URL", () => {
    opened({ prefill: { vpa: "asha@okbank" }, theme: { color: "#0b7a75" } });
    const said = listening();
    speak("ready");
    const init = { prefill: { vpa: "asha@okbank" }, theme: { color: "#0b7a75" }, attempt: undefined };
    expect(said).toHaveBeenCalledWith({ type: "init", data: init, nonce: nonce() }, GATEWAY);
    expect(frame().src).not.toContain("asha");
  });

  it("tells a success once, with the signature", () => {
    const onSuccess = vi.fn();
    opened({ onSuccess });
    const payment = { paymentId: "pay_1", orderId: OPTIONS.orderId, signature: "ab" };
    speak("payment_success", payment);
    speak("payment_success", payment);
    expect(onSuccess.mock.calls).toEqual([[payment]]);
  });

  it("tells every failure", () => {
    const onFailure = vi.fn();
    opened({ onFailure });
    speak("payment_failed", { code: "insufficient_funds" });
    speak("payment_failed", { code: "generic_decline" });
    expect(onFailure.mock.calls.map(([failure]) => failure.code)).toEqual(["insufficient_funds", "generic_decline"]);
  });

  it("is as high as the page", () => {
    opened();
    speak("resize", { height: 512 });
    expect(document.querySelector<HTMLElement>(".modal-content")!.style.height).toBe("512px");
  });

  it("asks before it closes while money is moving", () => {
    const gateway = opened();
    const said = listening();
    speak("busy", { busy: true });
    speak("attempt", { key: "k" });
    speak("resize", { height: 9 });
    gateway.close();
    document.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
    expect(modal()).not.toBeNull();
    expect(said.mock.calls.map(([message]) => message.type)).toEqual(["close_request", "close_request"]);
    speak("busy", { busy: false });
    gateway.close();
    expect(modal()).toBeNull();
  });

  it("keeps the attempt for a page that may not", () => {
    opened();
    speak("attempt", { key: "first" });
    speak("close_modal");
    opened();
    const said = listening();
    speak("ready");
    expect(said.mock.calls[0]![0].data.attempt).toBe("first");
  });

  const strangers: [string, () => Parameters<typeof speak>[2]][] = [
    ["another origin", () => ({ origin: "https://evil.example" })],
    ["another window", () => ({ source: window })],
    ["no window", () => ({ source: null })],
    ["another nonce", () => ({ nonce: "guessed" })],
    ["no nonce", () => ({ nonce: "" })],
  ];
  it.each(strangers)("hears nothing from %s", (_, from) => {
    const heard = vi.fn();
    opened({ onSuccess: heard, onFailure: heard, onClose: heard });
    for (const type of ["payment_success", "payment_failed", "close_modal", "busy", "resize", "ready"]) {
      speak(type, { busy: true, height: 1 }, from());
    }
    expect(heard).not.toHaveBeenCalled();
    expect(document.querySelector<HTMLElement>(".modal-content")!.style.height).toBe("");
  });

  it("ignores what it does not know", () => {
    opened();
    speak("install_toolbar");
    dispatchEvent(new MessageEvent("message", { data: null, source: frame().contentWindow, origin: GATEWAY }));
    dispatchEvent(new MessageEvent("message", { data: "text", source: frame().contentWindow, origin: GATEWAY }));
    expect(modal()).not.toBeNull();
  });
});
