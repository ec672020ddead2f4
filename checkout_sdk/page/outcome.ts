// How a payment ended, for the shopper and for the shop's page.

import { data, say, type Payment } from "./data";
import { takes } from "./form";
import { isEmbedded, tell } from "./parent";
import { announce, el, show, text, trouble } from "./screen";

const LINGER_MS = 2_000;
const OWN_WORDS = [
  "insufficient_funds", "expired_card", "incorrect_cvc", "processing_error",
  "authentication_failed", "authentication_abandoned", "superseded",
];

let isOver = false;

export function announceSuccess(payment: Payment): void {
  if (isOver) return;
  isOver = true;
  const words = say(payment.status == "authorized" ? "authorized" : "success");
  text("success-message", words);
  text("payment-id", payment.id);
  text("success-next", isEmbedded ? say("closing") : data.return_url ? say("returning") : "");
  show("success");
  announce(`${el("success-title").textContent}. ${words}`);
  el("success-title").focus();
  const { id: paymentId, order_id: orderId, signature } = payment;
  tell("payment_success", { paymentId, orderId, signature });
  if (isEmbedded) setTimeout(() => tell("close_modal"), LINGER_MS);
  else if (data.return_url) setTimeout(() => location.replace(comeBack(payment)), LINGER_MS);
}

/** The shop's return address, with what its server needs to trust the visit. */
function comeBack(payment: Payment): string {
  const address = new URL(data.return_url!);
  address.searchParams.set("order_id", payment.order_id);
  address.searchParams.set("payment_id", payment.id);
  address.searchParams.set("signature", payment.signature ?? "");
  return address.href;
}

export function announceDecline(payment: Payment): void {
  const code = payment.decline_code ?? payment.error_code ?? "";
  const isCard = payment.method == "card";
  const plain = isCard ? (takes("upi") ? "declined_card" : "declined_card_only") : "declined_upi";
  const known = OWN_WORDS.find((name) => name == payment.decline_code || name == payment.error_code);
  const message = payment.status == "voided" ? "voided" : known ?? plain;
  const another = isCard ? "retry_card" : "retry_upi";
  trouble({
    title: payment.status == "voided" ? "voided_title" : "declined_title",
    message,
    more: "not_charged",
    retry: known && !["insufficient_funds", "expired_card"].includes(known) ? "retry" : another,
  });
  announce(`${say(message)} ${say("not_charged")}`);
  tell("payment_failed", { orderId: payment.order_id, paymentId: payment.id, code, message: say(message) });
}

/** Let the shopper keep the payment's id. */
export function wireCopy(): void {
  el("copy").addEventListener("click", async () => {
    const id = el("payment-id").textContent ?? "";
    try {
      await navigator.clipboard.writeText(id);
      el("copy").textContent = say("copied");
      announce(say("copied"));
    } catch {
      getSelection()?.selectAllChildren(el("payment-id"));
    }
  });
}
