// Take a payment in a modal: `new PaymentGateway({key, orderId, onSuccess}).open()`.

import { show, ID, type Dialog } from "./dialog";
import { checked, gatewayUrl, type PaymentFailure, type PaymentGatewayOptions, type PaymentSuccess } from "./options";

export type { PaymentFailure, PaymentGatewayOptions, PaymentSuccess } from "./options";

/** How long the page may take to say that it is there. */
const PATIENCE_MS = 15e3;

let script: string | undefined;

/** @internal Where this script came from, when it was loaded by its tag. */
export function loadedFrom(base: string | undefined): void {
  script = base;
}

interface Message {
  type: string;
  nonce: string;
  data: PaymentSuccess & PaymentFailure & { height: number; busy: boolean; key: string };
}

export class PaymentGateway {
  #options: PaymentGatewayOptions;
  #dialog: Dialog | undefined;
  #base = "";
  #origin = "";
  #nonce = "";
  #busy = false;
  #paid = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Throws TypeError when `key`, `orderId` or the gateway's address is missing. Safe to call on a server. */
  constructor(options: PaymentGatewayOptions) {
    this.#options = checked(options);
    if (typeof document == "undefined") return;
    this.#base = gatewayUrl(options.baseUrl, script);
    this.#origin = new URL(this.#base).origin;
  }

  /** Show the payment page. Does nothing while one is shown already, by this object or another. */
  open(): void {
    if (document.getElementById(ID)) return;
    const { locale, orderId, key } = this.#options;
    this.#busy = this.#paid = false;
    this.#nonce = crypto.getRandomValues(new Uint32Array(4)).join("");
    const query = new URLSearchParams({ order_id: orderId, embedded: "true", key, origin: location.origin });
    if (locale) query.set("locale", locale);
    addEventListener("message", this.#hear);
    const dialog = (this.#dialog = show(
      /^hi\b/.test(locale || navigator.language)
        ? { title: "भुगतान", close: "बंद करें", away: "भुगतान पेज नहीं खुला। बंद करके फिर कोशिश करें।" }
        : { title: "Payment", close: "Close", away: "The payment page cannot be reached. Close this and try again." },
      // The nonce travels in the fragment, which is sent to no server and leaves in no referrer.
      `${this.#base}/checkout?${query}#${this.#nonce}`,
      () => this.close(),
    ));
    dialog.close.onclick = () => this.close();
    this.#timer = setTimeout(() => {
      dialog.content.classList.add("away");
      console.error(`PaymentGateway: no answer from ${this.#base}. Is ${location.origin} among your checkout_origins?`);
    }, PATIENCE_MS);
  }

  /** Close the payment page. While money is moving the shopper is asked first. */
  close(): void {
    if (this.#busy) this.#say("close_request");
    else this.#end();
  }

  #say(type: string, data?: unknown): void {
    this.#dialog?.frame.contentWindow?.postMessage({ type, data, nonce: this.#nonce }, this.#origin);
  }

  // Which attempt is under way, kept for a reload: browsers may deny a frame any storage of its own.
  #attempt(key?: string): string | undefined {
    const name = ID + this.#options.orderId;
    try {
      if (key != null) sessionStorage[name] = key;
      return sessionStorage[name];
    } catch {}
  }

  #end(): void {
    if (!this.#dialog) return;
    clearTimeout(this.#timer);
    removeEventListener("message", this.#hear);
    this.#dialog.remove();
    this.#dialog = undefined;
    this.#options.onClose?.();
  }

  // Only the page that we opened is heard: its window, its origin, and the nonce that we gave it.
  #hear = ({ source, origin, data: message }: MessageEvent<Message | null>): void => {
    const dialog = this.#dialog;
    if (!dialog || source !== dialog.frame.contentWindow || origin !== this.#origin || message?.nonce !== this.#nonce) return;
    const { type, data } = message;
    const { prefill, theme, onSuccess, onFailure } = this.#options;
    const classes = dialog.content.classList;
    if (type == "busy") this.#busy = data.busy;
    else if (type == "ready") {
      this.#busy = false;
      clearTimeout(this.#timer);
      classes.remove("away");
      this.#say("init", { prefill, theme, attempt: this.#attempt() });
    } else if (type == "resize") {
      dialog.content.style.height = data.height + "px";
      if (!classes.contains("ready") && document.activeElement != dialog.close) dialog.frame.contentWindow!.focus();
      classes.add("ready");
    } else if (type == "attempt") this.#attempt(data.key);
    else if (type == "payment_success" && !this.#paid) {
      this.#paid = true;
      onSuccess?.(data);
    } else if (type == "payment_failed") onFailure?.(data);
    else if (type == "close_modal") this.#end();
  };
}

export default PaymentGateway;
