// What is on show: one state at a time, said aloud, with the focus where one goes on.

import { say } from "./data";
import { isEmbedded } from "./parent";

export type State = "form" | "processing" | "challenge" | "success" | "error";

export const el = <T extends HTMLElement = HTMLElement>(id: string): T => document.getElementById(id) as T;

export const main = el("main");
export const state = (): State => main.dataset.state as State;

/** Show a state. The sheet keeps its height, so that nothing below or around it moves. */
export function show(next: State): void {
  main.style.minHeight = next == "form" || next == "challenge" ? "" : `${main.offsetHeight}px`;
  main.dataset.state = next;
  el("fields").inert = next != "form";
}

/** Said by screen readers, without moving the focus. */
export function announce(text: string): void {
  el("live").textContent = text;
}

export function text(id: string, content: string): void {
  const element = el(id);
  if (element.textContent != content) element.textContent = content;
}

/** What we are waiting for, in the place of the button. */
export function progress(message: string, hint: string): void {
  text("processing-message", say(message));
  text("processing-hint", say(hint));
  announce(say(message));
}

export interface Trouble {
  title: string;
  message: string;
  more?: string;
  icon?: "alert" | "clock" | "tick";
  retry?: string | undefined;
}

/** What went wrong, and the way out. */
export function trouble({ title, message, more, icon = "alert", retry }: Trouble): void {
  text("error-title", say(title));
  text("error-message", say(message));
  text("error-more", more ? say(more) : "");
  el("error-state").dataset.icon = icon;
  text("retry", retry ? say(retry) : "");
  el("retry").hidden = !retry;
  el("done").hidden = !!retry || !isEmbedded;
  show("error");
  el("error-title").focus();
}

/** A line above the form: offline, back again, or what became of the last try. */
export function banner(message: string): void {
  text("banner", message ? say(message) : "");
  el("banner").hidden = !message;
}
