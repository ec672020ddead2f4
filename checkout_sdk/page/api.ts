// Asking the gateway, patiently: what was not answered is asked again, and a payment always under its one key.

import { data, type Order, type Payment } from "./data";

const TIMEOUT_MS = 15_000;
const LONGEST_PAUSE_MS = 5_000;
const BUG_TRIES = 4; // a 500 is ours; it does not go away by asking for ever

export interface Refusal {
  code: string;
  description: string;
  field?: string;
  reason?: string;
}

export type Answer<T> = { status: number; body: T; error?: never } | { status: number; error: Refusal; body?: never };

/** Relative to the page, so that a gateway below a path works as well. */
export const url = (path: string): string => new URL(`api/v1/${path}`, location.href).href;

/** One question; null when there was no answer that makes sense. */
export async function ask<T>(path: string, init: RequestInit = {}): Promise<(Answer<T> & { wait?: number }) | null> {
  try {
    const response = await fetch(url(path), {
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...init,
    });
    const json = await response.json();
    const wait = Number(response.headers.get("Retry-After")) * 1000;
    return response.ok
      ? { status: response.status, body: json as T, wait }
      : { status: response.status, error: json.error ?? { code: "", description: "" }, wait };
  } catch {
    return null;
  }
}

/** Wait; less when the connection comes back or the shopper comes back to the page. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    addEventListener("online", done);
  });
}

/** Begin the payment. Answers once the gateway has; `onLost` hears of every try that had none. */
export async function pay(instrument: object, key: string, onLost: () => void): Promise<Answer<Payment>> {
  const body = JSON.stringify({ order_id: data.order!.id, ...instrument });
  const headers = { "Content-Type": "application/json", "Idempotency-Key": key };
  for (let tries = 1; ; tries++) {
    // `keepalive` lets the request end even if the page is left in this moment.
    const answer = await ask<Payment>("payments/public", { method: "POST", body, headers, keepalive: true });
    const again = !answer || [409, 429, 502, 503, 504].includes(answer.status) || (answer.status >= 500 && tries < BUG_TRIES);
    if (!again) return answer;
    if (answer?.status != 409) onLost();
    await pause(answer?.wait || Math.min(300 * 2 ** tries, LONGEST_PAUSE_MS));
  }
}

export const findAttempt = (key: string) =>
  ask<Payment>(`orders/${data.order!.id}/public/payments/${encodeURIComponent(key)}`);

export const findPayment = (id: string) => ask<Payment>(`payments/${id}/public`);

export const findOrder = () => ask<Order>(`orders/${data.order!.id}/public`);
