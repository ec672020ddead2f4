// The attempt that this tab has begun, so that a reload asks what became of it instead of paying again.

import { data } from "./data";

/** Never anything about the card: the key says which attempt, the server knows the rest. */
const NAME = `attempt:${data.order?.id}`;
let memory: string | null = null; // where storage is forbidden, for as long as the page lives

export function beginAttempt(): string {
  const key = crypto.getRandomValues(new Uint32Array(4)).join("-");
  memory = key;
  try {
    sessionStorage.setItem(NAME, key);
  } catch {}
  return key;
}

export function currentAttempt(): string | null {
  try {
    return sessionStorage.getItem(NAME) ?? memory;
  } catch {
    return memory;
  }
}

export function endAttempt(): void {
  memory = null;
  try {
    sessionStorage.removeItem(NAME);
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
