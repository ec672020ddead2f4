// The script tag's entry: the global `PaymentGateway`, set once however often the script is loaded.

import { loadedFrom, PaymentGateway } from "./index";

const OURS = /\/(checkout\/v\/[^/]+\/)?checkout\.js([?#].*)?$/;

if (typeof document != "undefined") {
  const own = document.currentScript as HTMLScriptElement | null;
  // A script without a current one was loaded as a module; its tag is found by its address.
  const src = [own, ...document.scripts].map((tag) => tag?.src || "").find((address) => OURS.test(address));
  loadedFrom(src?.replace(OURS, "/"));
}

const scope = globalThis as { PaymentGateway?: unknown };
scope.PaymentGateway ??= PaymentGateway;
