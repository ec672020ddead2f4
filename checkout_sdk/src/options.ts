// What a merchant passes to `new PaymentGateway(…)`, and how it is refused when it cannot work.

export interface PaymentSuccess {
  paymentId: string;
  orderId: string;
  /** Hex HMAC-SHA256 of `orderId|paymentId`. Verify it on your server before you ship. */
  signature: string;
}

export interface PaymentFailure {
  orderId: string;
  paymentId: string;
  /** Stable, for programs: `insufficient_funds`, `authentication_failed` … */
  code: string;
  /** For people, in the shopper's language. */
  message: string;
}

export interface PaymentGatewayOptions {
  /** Your API key's public half, `key_test_…` or `key_live_…`. Never the secret. */
  key: string;
  /** The order that your server created, `order_…`. */
  orderId: string;
  /** The payment succeeded. Called once, at once; the dialog closes by itself two seconds later. */
  onSuccess?: (payment: PaymentSuccess) => void;
  /** An attempt failed. The shopper may try again, so it can be called several times. */
  onFailure?: (payment: PaymentFailure) => void;
  /** The dialog has closed, for whatever reason. */
  onClose?: () => void;
  /** What you know already, so that the shopper need not type it. It never enters a URL. */
  prefill?: { name?: string; vpa?: string };
  /** `color` as `#rrggbb`; darkened until white text on it is readable. */
  theme?: { color?: string };
  /** `en`, `hi`, `en-IN` … By default the browser's language. */
  locale?: string;
  /** Where the gateway is. By default where `checkout.js` came from; needed when you bundle the ES module. */
  baseUrl?: string;
}

const CALLBACKS = ["onSuccess", "onFailure", "onClose"] as const;

function wrong(what: string): never {
  throw new TypeError(`PaymentGateway: ${what}`);
}

/** @internal Throws TypeError; the message says what to do. */
export function checked(options: PaymentGatewayOptions): PaymentGatewayOptions {
  const { key, orderId } = options || {};
  if (!key) wrong("key is missing. Pass your API key, key_….");
  if (/^secret/.test(key)) wrong("key is a secret. Keep it on your server; pass key_….");
  if (!orderId) wrong("orderId is missing. Create an order on your server and pass its id.");
  for (const name of CALLBACKS) {
    if (options[name] && typeof options[name] != "function") wrong(`${name} is not a function.`);
  }
  return options;
}

/** @internal The gateway's address without a slash at its end. Throws TypeError. */
export function gatewayUrl(given: string | undefined, script: string | undefined): string {
  const found = given || script || wrong("baseUrl is missing. Pass your gateway's address, https://….");
  if (!/^https?:\/\/[^/]/.test(found)) wrong("baseUrl is not an address like https://pay.example.");
  return found.replace(/\/*([?#].*)?$/, "");
}
