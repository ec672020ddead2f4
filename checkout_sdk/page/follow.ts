// Following one payment: server-sent events, and polling where they do not get through.

import { findPayment, pause, url } from "./api";
import type { Payment } from "./data";

const ENDED = ["authorized", "success", "failed", "voided"];
const POLL_MS = 4_000; // beside an open stream: a proxy may hold it back without a sign
const FIRST_POLL_MS = 700; // once the stream is known to be broken
const LONGEST_POLL_MS = 5_000;

export const isEnded = (payment: Payment): boolean => ENDED.includes(payment.status);

/** Tell every change until the payment has ended. `onLost` hears whether the gateway is away. Answers how to stop. */
export function follow(id: string, onChange: (payment: Payment) => void, onLost: (isAway: boolean) => void): () => void {
  let stream: EventSource | null = null;
  let isStopped = false;
  let last = "";

  const stop = (): void => {
    isStopped = true;
    stream?.close();
    document.removeEventListener("visibilitychange", look);
  };

  const hear = (payment: Payment): void => {
    if (isStopped) return;
    onLost(false);
    const text = JSON.stringify(payment);
    if (isEnded(payment)) stop();
    if (text != last) onChange(payment);
    last = text;
  };

  const poll = async (): Promise<boolean> => {
    const answer = await findPayment(id);
    if (answer?.body) hear(answer.body);
    return !!answer?.body;
  };

  // Back from the bank's app: timers have slept meanwhile.
  const look = (): void => void (document.visibilityState == "visible" && poll());

  const listen = (): void => {
    stream = new EventSource(url(`payments/${id}/public/stream`));
    stream.addEventListener("payment", (event) => hear(JSON.parse(event.data)));
    stream.onerror = async () => {
      stream?.close();
      stream = null;
      if (!isStopped && !(await poll())) onLost(true);
    };
  };

  const watch = async (): Promise<void> => {
    listen();
    let failures = 0;
    while (!isStopped) {
      await pause(stream ? POLL_MS : Math.min(FIRST_POLL_MS * 2 ** failures, LONGEST_POLL_MS));
      if (isStopped) return;
      if (await poll()) {
        failures = 0;
        if (!stream && !isStopped) listen();
      } else {
        failures++;
        stream?.close();
        stream = null;
        onLost(true);
      }
    }
  };

  document.addEventListener("visibilitychange", look);
  void watch();
  return stop;
}
