// src/dialog.ts
var ID = "payment-gateway-modal";
var D = "#" + ID;
var CSS = `${D},${D} *{all:initial;box-sizing:border-box}
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
function add(parent, tag, className = "", testId = "") {
  const element = document.createElement(tag);
  element.className = className;
  if (testId) element.setAttribute("data-test-id", testId);
  return parent.appendChild(element);
}
var styled = false;
function style() {
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
function show(words, address, onEscape) {
  style();
  const before = document.activeElement;
  const root = document.documentElement.style;
  const { overflow, scrollbarGutter } = root;
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
  const back = (event) => {
    event.preventDefault();
    onEscape();
  };
  const escape = (event) => event.key == "Escape" && back(event);
  const reopen = () => dialog.isConnected && dialog.showModal();
  dialog.addEventListener("cancel", back);
  dialog.addEventListener("close", reopen);
  document.addEventListener("keydown", escape, true);
  document.body.append(dialog);
  dialog.showModal();
  frame.focus();
  return {
    content,
    frame,
    close,
    remove() {
      document.removeEventListener("keydown", escape, true);
      dialog.removeEventListener("close", reopen);
      dialog.close();
      dialog.remove();
      root.overflow = overflow;
      root.scrollbarGutter = scrollbarGutter;
      before?.focus?.();
    }
  };
}

// src/options.ts
var CALLBACKS = ["onSuccess", "onFailure", "onClose"];
function wrong(what) {
  throw new TypeError(`PaymentGateway: ${what}`);
}
function checked(options) {
  const { key, orderId } = options || {};
  if (!key) wrong("key is missing. Pass your API key, key_….");
  if (/^secret/.test(key)) wrong("key is a secret. Keep it on your server; pass key_….");
  if (!orderId) wrong("orderId is missing. Create an order on your server and pass its id.");
  for (const name of CALLBACKS) {
    if (options[name] && typeof options[name] != "function") wrong(`${name} is not a function.`);
  }
  return options;
}
function gatewayUrl(given, script2) {
  const found = given || script2 || wrong("baseUrl is missing. Pass your gateway's address, https://….");
  if (!/^https?:\/\/[^/]/.test(found)) wrong("baseUrl is not an address like https://pay.example.");
  return found.replace(/\/*([?#].*)?$/, "");
}

// src/index.ts
var PATIENCE_MS = 15e3;
var script;
function loadedFrom(base) {
  script = base;
}
var PaymentGateway = class {
  #options;
  #dialog;
  #base = "";
  #origin = "";
  #nonce = "";
  #busy = false;
  #paid = false;
  #timer;
  /** Throws TypeError when `key`, `orderId` or the gateway's address is missing. Safe to call on a server. */
  constructor(options) {
    this.#options = checked(options);
    if (typeof document == "undefined") return;
    this.#base = gatewayUrl(options.baseUrl, script);
    this.#origin = new URL(this.#base).origin;
  }
  /** Show the payment page. Does nothing while one is shown already, by this object or another. */
  open() {
    if (document.getElementById(ID)) return;
    const { locale, orderId, key } = this.#options;
    this.#busy = this.#paid = false;
    this.#nonce = crypto.getRandomValues(new Uint32Array(4)).join("");
    const query = new URLSearchParams({ order_id: orderId, embedded: "true", key, origin: location.origin });
    if (locale) query.set("locale", locale);
    addEventListener("message", this.#hear);
    const dialog = this.#dialog = show(
      /^hi\b/.test(locale || navigator.language) ? { title: "भुगतान", close: "बंद करें", away: "भुगतान पेज नहीं खुला। बंद करके फिर कोशिश करें।" } : { title: "Payment", close: "Close", away: "The payment page cannot be reached. Close this and try again." },
      // The nonce travels in the fragment, which is sent to no server and leaves in no referrer.
      `${this.#base}/checkout?${query}#${this.#nonce}`,
      () => this.close()
    );
    dialog.close.onclick = () => this.close();
    this.#timer = setTimeout(() => {
      dialog.content.classList.add("away");
      console.error(`PaymentGateway: no answer from ${this.#base}. Is ${location.origin} among your checkout_origins?`);
    }, PATIENCE_MS);
  }
  /** Close the payment page. While money is moving the shopper is asked first. */
  close() {
    if (this.#busy) this.#say("close_request");
    else this.#end();
  }
  #say(type, data) {
    this.#dialog?.frame.contentWindow?.postMessage({ type, data, nonce: this.#nonce }, this.#origin);
  }
  // Which attempt is under way, kept for a reload: browsers may deny a frame any storage of its own.
  #attempt(key) {
    const name = ID + this.#options.orderId;
    try {
      if (key != null) sessionStorage[name] = key;
      return sessionStorage[name];
    } catch {
    }
  }
  #end() {
    if (!this.#dialog) return;
    clearTimeout(this.#timer);
    removeEventListener("message", this.#hear);
    this.#dialog.remove();
    this.#dialog = void 0;
    this.#options.onClose?.();
  }
  // Only the page that we opened is heard: its window, its origin, and the nonce that we gave it.
  #hear = ({ source, origin, data: message }) => {
    const dialog = this.#dialog;
    if (!dialog || source !== dialog.frame.contentWindow || origin !== this.#origin || message?.nonce !== this.#nonce) return;
    const { type, data } = message;
    const { prefill, theme, onSuccess, onFailure } = this.#options;
    const classes = dialog.content.classList;
    if (type == "busy") this.#busy = data.busy;
    else if (type == "ready") {
      this.#busy = false;
      clearTimeout(this.#timer);
      classes.remove("away");
      this.#say("init", { prefill, theme, attempt: this.#attempt() });
    } else if (type == "resize") {
      dialog.content.style.height = data.height + "px";
      if (!classes.contains("ready") && document.activeElement != dialog.close) dialog.frame.contentWindow.focus();
      classes.add("ready");
    } else if (type == "attempt") this.#attempt(data.key);
    else if (type == "payment_success" && !this.#paid) {
      this.#paid = true;
      onSuccess?.(data);
    } else if (type == "payment_failed") onFailure?.(data);
    else if (type == "close_modal") this.#end();
  };
};
var index_default = PaymentGateway;
export {
  PaymentGateway,
  index_default as default,
  loadedFrom
};
