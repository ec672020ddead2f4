// Speaking with the shop's page that shows us in its modal. Exact origin, exact window and the nonce, or silence.

import { data } from "./data";

export interface Init {
  prefill?: { name?: string; vpa?: string };
  theme?: { color?: string };
  /** The attempt that the shop's page has kept for us. */
  attempt?: string;
}

const nonce = location.hash.slice(1);

/** Whether a shop's page is around us, and one that we may speak with. */
export const isEmbedded = data.parent !== null && nonce !== "" && parent !== window;

export function tell(type: string, message: object = {}): void {
  if (isEmbedded) parent.postMessage({ type, data: message, nonce }, data.parent!);
}

/** Say that we are here; answers with what the shop's page tells us, at once when there is none around us. */
export function greet(onCloseRequest: () => void): Promise<Init> {
  if (!isEmbedded) return Promise.resolve({});
  return new Promise((resolve) => {
    addEventListener("message", ({ source, origin, data: message }: MessageEvent) => {
      if (source !== parent || origin !== data.parent || message?.nonce !== nonce) return;
      if (message.type === "init") resolve(message.data ?? {});
      if (message.type === "close_request") onCloseRequest();
    });
    tell("ready");
  });
}

/** Let the modal be as high as the page. */
export function tellHeight(main: HTMLElement): void {
  const measure = (): void => tell("resize", { height: Math.ceil(main.getBoundingClientRect().height) });
  measure();
  new ResizeObserver(measure).observe(main);
}
