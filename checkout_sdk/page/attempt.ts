// The attempt that this tab has begun, so that a reload asks what became of it instead of paying again.

import { data } from "./data";
import { tell } from "./parent";

/** Never anything about the card: the key says which attempt, the server knows the rest. */
const NAME = `attempt:${data.order?.id}`;

/** `kept` by the shop's page, for browsers that deny a frame any storage. */
export function recallAttempt(kept = ""): string {
  try {
    return sessionStorage.getItem(NAME) || kept;
  } catch {
    return kept;
  }
}

export function beginAttempt(): string {
  const key = crypto.getRandomValues(new Uint32Array(4)).join("-");
  keep(key);
  return key;
}

export const endAttempt = (): void => keep("");

function keep(key: string): void {
  tell("attempt", { key });
  try {
    sessionStorage.setItem(NAME, key);
  } catch {}
}

/** The way of paying that this device used last. */
export function rememberedMethod(): string | null {
  try {
    return localStorage.getItem("method");
  } catch {
    return null;
  }
}

export function rememberMethod(method: string): void {
  try {
    localStorage.setItem("method", method);
  } catch {}
}
