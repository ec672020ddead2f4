// One attempt to pay, from the button to its end, and from a reload onwards.

import { findAttempt, findOrder, pause, pay, type Refusal } from "./api";
import { beginAttempt, endAttempt, recallAttempt } from "./attempt";
import { data, type Payment } from "./data";
import { forgetCard, maskCard } from "./fields";
import { follow, isEnded } from "./follow";
import { blame, focusFirst, readForm } from "./form";
import { closeChallenge, openChallenge } from "./challenge";
import { announceDecline, announceSuccess } from "./outcome";
import { tell } from "./parent";
import { banner, progress, show, state, trouble } from "./screen";

const LONG_MS = 12_000;
const LOOK_UPS = 4;
const ELSEWHERE_MS = 3_000;

let stopFollowing = (): void => {};
let longTimer: ReturnType<typeof setTimeout> | undefined;
let round = 0; // what was begun before the shopper began anew has no say any more
let waitingFor: [string, string] = ["sending", "confirming_hint"];

/** Whether leaving now would leave money in between. */
export const isBusy = (): boolean => state() == "processing" || state() == "challenge";

function wait(message: string, hint: string): void {
  waitingFor = [message, hint];
  if (state() != "processing") {
    show("processing");
    document.getElementById("processing-state")!.focus();
  }
  progress(message, hint);
}

/** The gateway cannot be reached, or can be again. */
export function lost(isAway: boolean): void {
  if (state() != "processing") return;
  if (!isAway) progress(...waitingFor);
  else if (navigator.onLine) progress("reconnecting", "reconnecting_hint");
  else progress("paused", "reconnecting_hint");
}

/** The button. Whatever is clicked, one payment: the form is gone from reach until this one has ended. */
export async function submit(): Promise<void> {
  if (state() != "form") return;
  if (!navigator.onLine) return banner("offline");
  const instrument = readForm();
  if (!instrument) return;
  banner("");
  tell("busy", { busy: true });
  wait("sending", "confirming_hint");
  const key = beginAttempt();
  const { body, error } = await pay(instrument, key, () => lost(true));
  if (error) return refused(error);
  maskCard();
  track(body);
}

/** After a reload: ask what became of the attempt; false when there is none to ask about. */
export async function resume(kept?: string): Promise<boolean> {
  const key = recallAttempt(kept);
  if (!key || !data.order) return false;
  tell("busy", { busy: true });
  document.getElementById("fields")!.hidden = true;
  wait("loading", "confirming_hint");
  // The request may still be on its way when the reloaded page asks, so "not found" is asked again.
  for (let misses = 0; misses < LOOK_UPS; ) {
    const answer = await findAttempt(key);
    if (answer?.body) {
      track(answer.body);
      return true;
    }
    if (answer?.status == 404 || answer?.status == 400) misses++;
    else lost(true);
    await pause(600);
  }
  again();
  if (data.notice) return false;
  banner("nothing_sent");
  return true;
}

function track(payment: Payment): void {
  stopFollowing();
  clearTimeout(longTimer);
  change(payment);
  if (isEnded(payment) && (payment.signature || payment.status == "failed" || payment.status == "voided")) return;
  stopFollowing = follow(payment.id, change, lost);
  longTimer = setTimeout(() => state() == "processing" && wait(waitingFor[0], "long_hint"), LONG_MS);
}

function change(payment: Payment): void {
  const { status, next_action: action } = payment;
  tell("busy", { busy: !isEnded(payment) });
  if (status == "requires_action" && action) return openChallenge(action.url);
  closeChallenge();
  if (status == "pending") {
    if (payment.method == "upi") wait("approve", "approve_hint");
    else wait("confirming", "confirming_hint");
  } else if (status == "authorized" || status == "success") {
    // The answer to the first request may come without the signature; the stream brings it.
    forgetCard();
    if (payment.signature) announceSuccess(payment);
  } else {
    endAttempt();
    forgetCard();
    announceDecline(payment);
  }
}

function refused(error: Refusal): void {
  endAttempt();
  tell("busy", { busy: false });
  const { reason } = error;
  if (reason == "payment_in_progress") return void elsewhere();
  if (reason == "order_already_paid") return trouble({ title: "paid_title", message: "paid", icon: "tick" });
  if (reason == "order_expired") return expire();
  if (reason == "too_many_attempts") return trouble({ title: "attempts_title", message: "attempts" });
  if (error.field) {
    show("form");
    if (blame(error)) return;
  }
  trouble({ title: "problem_title", message: "problem", retry: "retry" });
}

export function expire(): void {
  if (!isBusy()) trouble({ title: "expired_title", message: "expired", icon: "clock" });
}

/** Another window pays this order: wait with it, and say so when it has. */
async function elsewhere(): Promise<void> {
  const mine = round;
  trouble({ title: "elsewhere_title", message: "elsewhere", icon: "clock", retry: "retry" });
  for (; mine == round; await pause(ELSEWHERE_MS)) {
    const answer = await findOrder();
    if (mine == round && answer?.body?.status == "paid") {
      return trouble({ title: "paid_title", message: "paid", icon: "tick" });
    }
  }
}

/** Back to the form: after a decline, or instead of the bank's page. */
export function again(): void {
  round++;
  stopFollowing();
  clearTimeout(longTimer);
  closeChallenge();
  endAttempt();
  forgetCard();
  tell("busy", { busy: false });
  document.getElementById("fields")!.hidden = false;
  show("form");
  focusFirst();
}
