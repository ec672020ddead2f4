// The bank's own page, in a frame within ours.

import { say } from "./data";
import { announce, el, show, state } from "./screen";

let frame: HTMLIFrameElement | null = null;

export function openChallenge(address: string): void {
  if (frame?.src === address || !/^https?:/.test(address)) return;
  closeChallenge();
  frame = document.createElement("iframe");
  frame.title = el("challenge-title").textContent ?? "";
  frame.setAttribute("data-test-id", "challenge-frame");
  // A bank's page may work as it likes within the frame; what it may not is to take the shop's page away.
  // Our own simulator needs a form only, and a script of our own origin could lift the sandbox.
  const isOurs = new URL(address, location.href).origin == location.origin;
  frame.setAttribute("sandbox", isOurs ? "allow-forms" : "allow-forms allow-scripts allow-same-origin allow-popups");
  frame.referrerPolicy = "no-referrer";
  frame.src = address;
  el("challenge-frame").append(frame);
  el<HTMLAnchorElement>("challenge-link").href = address;
  show("challenge");
  announce(say("challenge"));
  el("challenge-title").focus();
}

export function closeChallenge(): void {
  frame?.remove();
  frame = null;
}

export const isChallenged = (): boolean => state() == "challenge";
