// What the server put on the page, and the shapes of its public answers.

export interface Payment {
  id: string;
  order_id: string;
  amount: number;
  currency: string;
  method: "upi" | "card";
  status: "pending" | "requires_action" | "authorized" | "success" | "failed" | "voided";
  next_action?: { type: "redirect"; url: string; expires_at: string };
  error_code?: string;
  error_description?: string;
  decline_code?: string;
  signature?: string;
}

export interface Order {
  id: string;
  amount: number;
  currency: string;
  status: "created" | "attempted" | "paid" | "expired";
  merchant_name: string;
  methods: string[];
  expires_at: string | null;
  theme: { color?: string };
}

export interface PageData {
  order: Order | null;
  /** Why there is nothing to pay here: `expired`, `paid`, `unknown`, `away`, `link`. */
  notice: string | null;
  locale: string;
  /** How long the order is good for; by the server's clock, since the shopper's may be wrong. */
  expires_in_s: number | null;
  /** The shop's origin, when it shows us in its modal and has registered it. */
  parent: string | null;
  /** Where the shopper goes afterwards, when the shop has registered it. */
  return_url: string | null;
  words: Record<string, string>;
}

export const data: PageData = JSON.parse(document.getElementById("data")!.textContent!);

/** A sentence in the reader's language; `{merchant}` and `{amount}` are always known. */
export function say(name: string, more: Record<string, string | number> = {}): string {
  const known: Record<string, string | number> = { merchant: data.order?.merchant_name ?? "", amount: amount(), ...more };
  return (data.words[name] ?? "").replace(/\{(\w+)\}/g, (_, key: string) => String(known[key] ?? ""));
}

let written: string | undefined;

/** The amount as its currency and the reader's locale write it. Once: a slow phone takes a while over it. */
export function amount(): string {
  return (written ??= data.order ? money(data.order.amount, data.order.currency, data.locale) : "");
}

export function money(minor: number, currency: string, locale: string): string {
  const format = new Intl.NumberFormat(locale, { style: "currency", currency });
  return format.format(minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}
