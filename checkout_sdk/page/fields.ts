// The fields: grouped as one types, checked as one leaves them, each with its error beside it.

import * as card from "./card";
import { say } from "./data";
import { el } from "./screen";

type Input = HTMLInputElement;

export const number = el<Input>("number");
export const expiry = el<Input>("expiry");
export const cvv = el<Input>("cvv");
export const holder = el<Input>("holder");
export const vpa = el<Input>("vpa");

const CHECKS = new Map<Input, () => string>([
  [number, () => card.checkNumber(number.value)],
  [expiry, () => card.checkExpiry(expiry.value)],
  [cvv, () => card.checkCvv(cvv.value, number.value)],
  [holder, () => card.checkName(holder.value)],
  [vpa, () => card.checkVpa(vpa.value.trim())],
]);

/** The sentence beside the field; none when it is well. */
export function setError(input: Input, name: string): void {
  const error = el(`${input.id}-error`);
  error.textContent = name && say(name, { digits: card.cvvDigits(number.value) });
  input.setAttribute("aria-invalid", String(!!name));
}

function check(input: Input): boolean {
  const name = CHECKS.get(input)!();
  setError(input, name);
  return !name;
}

/** Check what will be sent. The focus goes to the first field that is not well. */
export function checkAll(inputs: Input[]): boolean {
  const wrong = inputs.filter((input) => !check(input));
  wrong[0]?.focus();
  return !wrong.length;
}

/** Rewrite a value as it is typed; the caret stays behind the same digit. */
function retype(input: Input, format: (text: string) => string): void {
  const caret = input.selectionStart ?? input.value.length;
  const isAtEnd = caret == input.value.length;
  const before = card.digitsOf(input.value.slice(0, caret)).length;
  input.value = format(input.value);
  if (isAtEnd || document.activeElement !== input) return;
  let place = 0;
  for (let seen = 0; seen < before && place < input.value.length; place++) {
    if (/\d/.test(input.value[place]!)) seen++;
  }
  input.setSelectionRange(place, place);
}

function showNetwork(): void {
  const network = card.networkOf(card.digitsOf(number.value));
  el("network").dataset.network = network;
  el("network-name").textContent = network && network[0]!.toUpperCase() + network.slice(1);
}

function typed(input: Input, event: Event): void {
  const isDeleting = (event as InputEvent).inputType?.startsWith("delete");
  if (input === number) {
    retype(input, card.grouped);
    showNetwork();
  }
  if (input === expiry) retype(input, (text) => card.expiryTyped(text, isDeleting));
  if (input === cvv) input.value = card.digitsOf(input.value).slice(0, 4);
  // An error goes as soon as it is mended; a new one waits until the field is left.
  if (input.getAttribute("aria-invalid") == "true" && !CHECKS.get(input)!()) setError(input, "");
}

/** Once it is sent: only what the receipt shows stays in the field. */
export function maskCard(): void {
  if (!number.value) return;
  number.value = "•••• •••• •••• " + card.digitsOf(number.value).slice(-4);
  cvv.value = "•••";
}

/** Forget what must not stay: also in the browser's memory of the page. */
export function forgetCard(): void {
  number.value = cvv.value = "";
  showNetwork();
  for (const input of CHECKS.keys()) setError(input, "");
}

export function wireFields(): void {
  for (const input of CHECKS.keys()) {
    input.addEventListener("input", (event) => typed(input, event));
    input.addEventListener("blur", () => input.value && check(input));
  }
  addEventListener("pagehide", forgetCard);
}
