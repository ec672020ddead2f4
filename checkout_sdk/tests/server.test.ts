// @vitest-environment node
// On a server there is no page to show, and nothing to break.

import { expect, it } from "vitest";

it("can be imported and constructed where there is no document", async () => {
  expect(typeof document).toBe("undefined");
  const { PaymentGateway } = await import("../src/index");
  expect(() => new PaymentGateway({ key: "key_test_abc123", orderId: "order_x" })).not.toThrow();
  expect(() => new PaymentGateway({ key: "key_test_abc123", orderId: "" })).toThrow(/orderId/);
  await import("../src/global");
  expect((globalThis as { PaymentGateway?: unknown }).PaymentGateway).toBe(PaymentGateway);
});

it("imports as it is published", async () => {
  const published = await import("../lib/index.js" as string);
  expect(published.default).toBe(published.PaymentGateway);
});
