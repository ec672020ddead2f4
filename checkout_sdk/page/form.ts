// The form: the two ways of paying, and what is sent for each.

import { digitsOf, readExpiry } from "./card";
import { data, say } from "./data";
import { checkAll, cvv, expiry, holder, number, setError, vpa } from "./fields";
import { announce, el } from "./screen";
import { rememberedMethod, rememberMethod } from "./attempt";
import type { Refusal } from "./api";

export type Method = "upi" | "card";

const radio = (method: Method): HTMLInputElement => el<HTMLInputElement>(`method-${method}`);

export const method = (): Method => (radio("upi").checked ? "upi" : "card");

export const takes = (way: Method): boolean => !!data.order?.methods.includes(way);

function choose(way: Method): void {
  radio(way).checked = true;
  el("upi-form").hidden = way != "upi";
  el("card-form").hidden = way != "card";
}

export function wireForm(onSubmit: () => void): void {
  const only = takes("upi") ? (takes("card") ? null : "upi") : "card";
  el("methods").hidden = only != null;
  choose(only ?? (rememberedMethod() == "card" ? "card" : "upi"));
  for (const way of ["upi", "card"] as const) {
    radio(way).addEventListener("change", () => {
      choose(way);
      rememberMethod(way);
    });
  }
  el("pay").textContent = say("pay");
  el("form").addEventListener("submit", (event) => {
    event.preventDefault();
    onSubmit();
  });
}

/** What is sent, once every field is well. */
export function readForm(): object | null {
  if (method() == "upi") return checkAll([vpa]) ? { method: "upi", vpa: vpa.value.trim() } : null;
  if (!checkAll([number, expiry, cvv, holder])) return null;
  const { month, year } = readExpiry(expiry.value)!;
  return {
    method: "card",
    card: {
      number: digitsOf(number.value),
      expiry_month: month,
      expiry_year: year,
      cvv: cvv.value,
      holder_name: holder.value.trim(),
    },
  };
}

/** Where the shopper goes on typing after a decline. */
export function focusFirst(): void {
  (method() == "upi" ? vpa : number).focus();
}

export function prefill(known: { name?: string; vpa?: string } = {}): void {
  if (known.name && !holder.value) holder.value = known.name;
  if (known.vpa && !vpa.value) vpa.value = known.vpa;
}

const FIELDS: [RegExp, HTMLInputElement, string][] = [
  [/vpa/, vpa, "vpa_invalid"],
  [/number/, number, "number_invalid"],
  [/expiry/, expiry, "expiry_invalid"],
  [/cvv/, cvv, "cvv_invalid"],
  [/holder/, holder, "name_missing"],
];

/** Put the server's objection beside its field; false when it is about none. */
export function blame({ code, field = "" }: Refusal): boolean {
  const found = FIELDS.find(([name]) => name.test(field));
  if (!found) return false;
  setError(found[1], code == "EXPIRED_CARD" ? "expiry_past" : found[2]);
  announce(el(`${found[1].id}-error`).textContent ?? "");
  found[1].focus();
  return true;
}
