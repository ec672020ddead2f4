// checkout.js as a script tag loads it.

import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it, vi } from "vitest";
import "./browser";

const code = readFileSync("lib/checkout.js", "utf8");

type Constructor = new (options: object) => { open(): void; close(): void };

function load(src: string): Constructor {
  const tag = document.createElement("script");
  tag.src = src;
  vi.spyOn(document, "currentScript", "get").mockReturnValue(tag);
  (0, eval)(code);
  return (globalThis as unknown as { PaymentGateway: Constructor }).PaymentGateway;
}

function pageOf(PaymentGateway: Constructor): string {
  const gateway = new PaymentGateway({ key: "key_test_abc123", orderId: "order_x" });
  gateway.open();
  const { src } = document.querySelector("iframe")!;
  gateway.close();
  return src.split("?")[0]!;
}

describe("the script", () => {
  it.each([
    ["https://pay.example/checkout.js", "https://pay.example/checkout"],
    ["https://pay.example/checkout.js?v=2", "https://pay.example/checkout"],
    ["https://pay.example/checkout/v/0123456789abcdef/checkout.js", "https://pay.example/checkout"],
    ["https://example.com/gateway/checkout.js", "https://example.com/gateway/checkout"],
  ])("finds its gateway from %s", (src, page) => {
    delete (globalThis as { PaymentGateway?: unknown }).PaymentGateway;
    expect(pageOf(load(src))).toBe(page);
  });

  it("stays the first when it is loaded twice", () => {
    const first = load("https://pay.example/checkout.js");
    expect(load("https://other.example/checkout.js")).toBe(first);
  });

  it("is below 3 kB", () => expect(gzipSync(code, { level: 9 }).length).toBeLessThan(3000));
});
