// The dialog around the payment page: what it looks like, and how it takes the page over and gives it back.

export const ID = "payment-gateway-modal";

// `all: initial` and the id keep a shop's own `.modal-content` rules out. Set as a constructed sheet, which
// a shop's Content-Security-Policy lets pass where it would refuse a <style>.
const D = "#" + ID;
const CSS = `${D},${D} *{all:initial;box-sizing:border-box}
${D}{position:fixed;inset:0;width:100%;height:100%;max-width:none;max-height:none;z-index:2147483647}
${D}::backdrop{display:none}
${D} .modal-overlay{position:absolute;inset:0;display:flex;align-items:center;justify-content:center;background:rgba(13,15,18,.6);animation:pg-in .18s ease-out}
${D} .modal-content{position:relative;width:400px;height:640px;max-height:calc(100% - 32px);border-radius:10px;overflow:hidden;background:#fff;color:#565d6b;font:16px/24px system-ui,sans-serif;text-align:center;box-shadow:0 16px 48px rgba(13,15,18,.3)}
${D} .modal-content::before{content:"";position:absolute;inset:0;margin:auto;width:28px;height:28px;border:3px solid;border-top-color:transparent;border-radius:50%;opacity:.5;animation:pg-turn .8s linear infinite}
${D} iframe{position:relative;width:100%;height:100%;opacity:0;transition:opacity .15s ease-out}
${D} .ready iframe{opacity:1}
${D} .ready::before,${D} .away::before,${D} p{display:none}
${D} p{position:absolute;inset:35% 32px auto;font:inherit;text-align:inherit;color:inherit}
${D} .away p{display:block}
${D} .close-button{position:absolute;top:16px;inset-inline-end:8px;width:48px;height:48px;border-radius:10px;cursor:pointer;color:inherit;font:28px/48px Arial,sans-serif;text-align:center}
${D} .close-button:hover{background:rgba(128,136,150,.16)}
${D} .close-button:focus-visible{outline:2px solid;outline-offset:-6px}
@keyframes pg-in{from{opacity:0}}
@keyframes pg-turn{to{transform:rotate(1turn)}}
@media(max-width:480px){${D} .modal-content{width:100%;height:100%!important;max-height:none;border-radius:0}}
@media(prefers-color-scheme:dark){${D} .modal-content{background:#16181d;color:#a7afbd;box-shadow:0 0 0 1px #2c313a}}
@media(prefers-reduced-motion:reduce){${D} *,${D} ::before{animation:none!important;transition:none!important}}`;

export interface Words {
  title: string;
  close: string;
  away: string;
}

export interface Dialog {
  content: HTMLElement;
  frame: HTMLIFrameElement;
  close: HTMLButtonElement;
  /** Give the page back as it was found. */
  remove(): void;
}

function add<K extends keyof HTMLElementTagNameMap>(
  parent: Node, tag: K, className = "", testId = "",
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  element.className = className;
  if (testId) element.setAttribute("data-test-id", testId);
  return parent.appendChild(element);
}

let styled = false;

function style(): void {
  if (styled) return;
  styled = true;
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  } catch {
    add(document.head, "style").textContent = CSS;
  }
}

/** Show the dialog with the page at `address` in it. `onEscape` is also what the back gesture of a phone calls. */
export function show(words: Words, address: string, onEscape: () => void): Dialog {
  style();
  const before = document.activeElement;
  const root = document.documentElement.style;
  const { overflow, scrollbarGutter } = root;
  // The space of a scrollbar is kept, so that the page behind does not jump.
  if (innerWidth > document.documentElement.clientWidth) root.scrollbarGutter = "stable";
  root.overflow = "hidden";

  const dialog = add(document.createDocumentFragment(), "dialog", "", "payment-modal");
  dialog.id = ID;
  dialog.setAttribute("aria-modal", "true");
  dialog.setAttribute("aria-label", words.title);
  const overlay = add(dialog, "div", "modal-overlay");
  const content = add(overlay, "div", "modal-content");
  const away = add(content, "p");
  away.textContent = words.away;
  away.setAttribute("role", "alert");
  const frame = add(content, "iframe", "", "payment-iframe");
  frame.title = words.title;
  frame.allow = "clipboard-write";
  frame.src = address;
  const close = add(content, "button", "close-button", "close-modal-button");
  close.type = "button";
  close.textContent = "×";
  close.setAttribute("aria-label", words.close);

  const back = (event: Event) => {
    event.preventDefault();
    onEscape();
  };
  const escape = (event: KeyboardEvent) => event.key == "Escape" && back(event);
  // A browser may close a dialog by force (a second Escape); only `remove` does so for good.
  const reopen = () => dialog.isConnected && dialog.showModal();
  dialog.addEventListener("cancel", back);
  dialog.addEventListener("close", reopen);
  document.addEventListener("keydown", escape, true);
  document.body.append(dialog); // the page is on its way before anything is laid out
  dialog.showModal();
  frame.focus();

  return {
    content, frame, close,
    remove() {
      document.removeEventListener("keydown", escape, true);
      dialog.removeEventListener("close", reopen);
      dialog.close();
      dialog.remove();
      root.overflow = overflow;
      root.scrollbarGutter = scrollbarGutter;
      (before as HTMLElement | null)?.focus?.();
    },
  };
}
