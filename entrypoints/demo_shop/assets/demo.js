// The demo shop's page: three lines pay, the rest shows what the server hears.

const el = (id) => document.getElementById(id);
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });

async function post(path, body) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body ?? {}),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error?.description ?? "The shop does not answer.");
  return answer;
}

function make(tag, className, text) {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text ?? "";
  return element;
}

function step(what, { tone = "", proof, verified, payload } = {}) {
  const item = make("li", "step");
  item.dataset.tone = tone;
  const details = make("details", "");
  const summary = make("summary", "");
  summary.append(make("span", "what", what), make("time", "", clock.format(new Date())));
  if (proof) summary.append(make("span", `proof ${verified ? "verified" : verified === false ? "refused" : ""}`, proof));
  details.append(summary);
  if (payload) details.append(make("pre", "", JSON.stringify(payload, null, 2)));
  item.append(details);
  el("steps").append(item);
}

function showState({ order }) {
  if (!order) return;
  el("order-status").dataset.status = order;
  el("order-status").textContent = order[0].toUpperCase() + order.slice(1);
}

const TONES = { "payment.success": "good", "order.paid": "good", "payment.authorized": "good", "payment.failed": "bad" };

let stream;

function follow(orderId) {
  stream?.close();
  el("steps").replaceChildren();
  el("order-id").textContent = orderId;
  const seen = new Set(); // a stream that was cut off tells everything again
  stream = new EventSource(`demo/orders/${orderId}/stream`);
  stream.addEventListener("state", (message) => showState(JSON.parse(message.data)));
  stream.addEventListener("webhook", (message) => {
    const { event, verified } = JSON.parse(message.data);
    if (seen.has(event.id)) return;
    seen.add(event.id);
    const proof = verified ? "✓ Webhook signature verified" : "✕ Webhook signature refused";
    step(event.event, { tone: TONES[event.event], proof, verified, payload: event });
  });
}

// What a merchant's server does with the result: check the signature, then ship.
async function confirm(payment) {
  const { verified } = await post("demo/confirm", payment);
  const proof = verified ? "✓ Checkout signature verified, ship it" : "✕ Checkout signature refused";
  step("onSuccess", { tone: verified ? "good" : "bad", proof, verified, payload: payment });
}

async function newOrder() {
  el("trouble").textContent = "";
  const order = await post("demo/orders");
  follow(order.order_id);
  step("Order created", { proof: "By the shop's server, with its secret key" });
  return order;
}

async function buying(button, then) {
  button.disabled = true;
  try {
    await then(await newOrder());
  } catch (error) {
    el("trouble").textContent = error.message;
  } finally {
    button.disabled = false;
  }
}

el("buy").addEventListener("click", () =>
  buying(el("buy"), ({ order_id, key }) => {
    new PaymentGateway({
      key,
      orderId: order_id,
      onSuccess: confirm,
      onFailure: ({ code, ...rest }) => step("onFailure", { tone: "bad", proof: code, payload: { code, ...rest } }),
      onClose: () => step("onClose"),
    }).open();
  }),
);

el("hosted").addEventListener("click", () =>
  buying(el("hosted"), ({ order_id, key }) => {
    const query = new URLSearchParams({ order_id, key, return_url: `${location.origin}/demo` });
    location.assign(`checkout?${query}`);
  }),
);

// Back from the page of its own.
const back = new URLSearchParams(location.search);
if (back.get("order_id")) {
  follow(back.get("order_id"));
  confirm({ orderId: back.get("order_id"), paymentId: back.get("payment_id"), signature: back.get("signature") });
  history.replaceState(null, "", location.pathname);
}
