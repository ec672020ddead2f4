// What can be known of a card while it is typed: its network, its grouping, and whether it can be right.

export type Network = "visa" | "mastercard" | "amex" | "rupay" | "";

const NETWORKS: [Network, RegExp][] = [
  ["visa", /^4/],
  ["mastercard", /^(5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/],
  ["amex", /^3[47]/],
  ["rupay", /^(60|65|8[1-9])/],
];

export const MAX_DIGITS = 19;

export const digitsOf = (text: string): string => text.replace(/\D/g, "");

export function networkOf(digits: string): Network {
  return NETWORKS.find(([, prefix]) => prefix.test(digits))?.[0] ?? "";
}

/** `4242 4242 4242 4242`; an American Express card is printed as `3782 822463 10005`. */
export function grouped(text: string): string {
  const digits = digitsOf(text).slice(0, MAX_DIGITS);
  const groups = networkOf(digits) == "amex" ? [4, 6, 9] : [4, 4, 4, 4, 3];
  let from = 0;
  return groups.map((size) => digits.slice(from, (from += size))).filter(Boolean).join(" ");
}

/** ISO/IEC 7812-1 annex B: every second digit from the right doubled, the sum divisible by ten. */
export function passesLuhn(digits: string): boolean {
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 == 0;
}

/** `12 / 31` while it is typed; browsers fill in `12/2031` or `2031-12`. */
export function expiryTyped(text: string, isDeleting = false): string {
  const iso = /^\s*(20\d\d)-(\d\d)\s*$/.exec(text);
  if (iso) return `${iso[2]} / ${iso[1]!.slice(2)}`;
  let digits = digitsOf(text);
  if (/^[2-9]/.test(digits) || /^1\s*\//.test(text)) digits = "0" + digits;
  if (digits.length == 6 && digits.slice(2, 4) == "20") digits = digits.slice(0, 2) + digits.slice(4);
  const month = digits.slice(0, 2);
  const year = digits.slice(2, 4);
  return month.length == 2 && (year || !isDeleting) ? `${month} / ${year}` : month;
}

export function readExpiry(text: string): { month: number; year: number } | null {
  const digits = digitsOf(text);
  const month = Number(digits.slice(0, 2));
  return digits.length == 4 && month >= 1 && month <= 12 ? { month, year: 2000 + Number(digits.slice(2)) } : null;
}

/** Each check answers the name of a sentence, or nothing when all is well. */
export function checkNumber(text: string): string {
  const digits = digitsOf(text);
  if (!digits) return "number_missing";
  if (digits.length < 13) return "number_short";
  return passesLuhn(digits) ? "" : "number_invalid";
}

export function checkExpiry(text: string, now = new Date()): string {
  if (!digitsOf(text)) return "expiry_missing";
  const expiry = readExpiry(text);
  if (!expiry) return "expiry_invalid";
  return expiry.year * 12 + expiry.month < now.getFullYear() * 12 + now.getMonth() + 1 ? "expiry_past" : "";
}

export const cvvDigits = (number: string): number => (networkOf(digitsOf(number)) == "amex" ? 4 : 3);

export function checkCvv(text: string, number: string): string {
  if (!text) return "cvv_missing";
  const known = networkOf(digitsOf(number));
  return text.length == cvvDigits(number) || (!known && text.length == 4) ? "" : "cvv_invalid";
}

export const checkName = (text: string): string => (text.trim() ? "" : "name_missing");

export function checkVpa(text: string): string {
  if (!text) return "vpa_missing";
  return text.length <= 255 && /^[A-Za-z0-9._-]+@[A-Za-z0-9]+$/.test(text) ? "" : "vpa_invalid";
}
