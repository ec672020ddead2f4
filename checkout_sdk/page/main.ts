// The payment page: ready in one go, then handed to the shopper.

import { data } from "./data";
import { paint } from "./colour";
import { wireFields } from "./fields";
import { again, expire, isBusy, lost, resume, submit } from "./flow";
import { focusFirst, prefill, wireForm } from "./form";
import { isChallenged } from "./challenge";
import { wireCopy } from "./outcome";
import { greet, isEmbedded, tell, tellHeight } from "./parent";
import { amount, say } from "./data";
import { banner, el, main, show, state, text, trouble } from "./screen";

const LONGEST_TIMER_MS = 2 ** 31 - 1;
const NOTICES = {
  expired: { title: "expired_title", message: "expired", icon: "clock" },
  paid: { title: "paid_title", message: "paid", icon: "tick" },
  unknown: { title: "unknown_title", message: "unknown" },
  away: { title: "away_title", message: "away", retry: "retry" },
  link: { title: "link_title", message: "link" },
} as const;

/** Leaving asks first while money is moving. */
function leave(): void {
  if (!isBusy()) return tell("close_modal");
  text("leave-text", say(isChallenged() ? "leave_challenge" : "leave_pending"));
  el<HTMLDialogElement>("leave").showModal();
  el("leave-stay").focus();
}

function wireLeaving(): void {
  const dialog = el<HTMLDialogElement>("leave");
  el("leave-stay").addEventListener("click", () => dialog.close());
  el("leave-go").addEventListener("click", () => {
    dialog.close();
    tell("close_modal");
  });
  if (!isEmbedded) return;
  addEventListener("keydown", (event) => {
    if (event.key != "Escape" || dialog.open) return;
    event.preventDefault();
    leave();
  });
}

function wireConnection(): void {
  addEventListener("offline", () => (state() == "form" ? banner("offline") : lost(true)));
  addEventListener("online", () => {
    lost(false);
    if (el("banner").hidden || state() != "form") return;
    banner("online");
    setTimeout(() => banner(""), 4_000);
  });
  if (!navigator.onLine) banner("offline");
}

function wireExpiry(): void {
  const left = (data.expires_in_s ?? Infinity) * 1000;
  if (left < LONGEST_TIMER_MS) setTimeout(expire, left);
}

function ready(): void {
  document.documentElement.classList.add("ready");
  tellHeight(main);
  performance.mark("usable");
}

async function start(): Promise<void> {
  const greeting = greet(leave); // first, so that the answer comes while the rest is done
  document.documentElement.classList.toggle("embedded", isEmbedded);
  paint(data.order?.theme.color);
  if (data.order) text("amount", amount());
  wireForm(submit);
  wireFields();
  wireCopy();
  wireLeaving();
  wireConnection();
  wireExpiry();
  el("retry").addEventListener("click", () => (data.notice == "away" ? location.reload() : again()));
  el("done").addEventListener("click", () => tell("close_modal"));
  el("another-way").addEventListener("click", again);
  const { prefill: known, theme, attempt } = await greeting;
  prefill(known);
  paint(theme?.color);
  const isResumed = resume(attempt);
  // A keyboard that comes up by itself hides half of a phone, so only a mouse's user is put into the field.
  if (state() == "form" && !isEmbedded && !data.notice && matchMedia("(pointer: fine)").matches) focusFirst();
  ready();
  if (!(await isResumed) && data.notice) trouble(NOTICES[data.notice as keyof typeof NOTICES]);
}

if (!data.order && data.notice) show("error");
void start();
