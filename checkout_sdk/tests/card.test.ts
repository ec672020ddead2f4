// What is known of a card while it is typed.

import { describe, expect, it } from "vitest";
import * as card from "../page/card";

const NOW = new Date(2026, 5, 15);

describe("numbers", () => {
  it.each([
    ["4242424242424242", "visa", "4242 4242 4242 4242"],
    ["5555555555554444", "mastercard", "5555 5555 5555 4444"],
    ["2221000000000009", "mastercard", "2221 0000 0000 0009"],
    ["2720990000000007", "mastercard", "2720 9900 0000 0007"],
    ["378282246310005", "amex", "3782 822463 10005"],
    ["6521111111111117", "rupay", "6521 1111 1111 1117"],
    ["8100000000000000", "rupay", "8100 0000 0000 0000"],
    ["6304000000000000000", "", "6304 0000 0000 0000 000"],
  ])("%s is %s", (digits, network, grouped) => {
    expect(card.networkOf(digits)).toBe(network);
    expect(card.grouped(digits)).toBe(grouped);
  });

  it.each([
    ["", "number_missing"],
    ["4242", "number_short"],
    ["4242 4242 4242 4243", "number_invalid"],
    ["4242-4242-4242-4242", ""],
    ["3782 822463 10005", ""],
  ])("%s: %s", (text, error) => expect(card.checkNumber(text)).toBe(error));

  it("are never longer than a card's", () => expect(card.digitsOf(card.grouped("4".repeat(40)))).toHaveLength(19));
});

describe("the date", () => {
  it.each([
    ["1", "1"], ["12", "12 / "], ["5", "05 / "], ["123", "12 / 3"], ["1231", "12 / 31"], ["1/", "01 / "],
    ["12/2031", "12 / 31"], ["12 / 31", "12 / 31"], ["2031-12", "12 / 31"], ["12312", "12 / 31"],
  ])("%s is written %s", (typed, written) => expect(card.expiryTyped(typed)).toBe(written));

  it("can be deleted over its stroke", () => expect(card.expiryTyped("12 / ", true)).toBe("12"));

  it.each([
    ["", "expiry_missing"], ["12", "expiry_invalid"], ["13 / 31", "expiry_invalid"], ["00 / 31", "expiry_invalid"],
    ["05 / 26", "expiry_past"], ["06 / 26", ""], ["01 / 27", ""],
  ])("%s: %s", (text, error) => expect(card.checkExpiry(text, NOW)).toBe(error));
});

describe("the rest", () => {
  it.each([
    ["", "4242", "cvv_missing"], ["12", "4242", "cvv_invalid"], ["123", "4242", ""], ["1234", "4242", "cvv_invalid"],
    ["123", "3782", "cvv_invalid"], ["1234", "3782", ""], ["1234", "9", ""],
  ])("code %s for %s: %s", (code, number, error) => expect(card.checkCvv(code, number)).toBe(error));

  it.each([
    ["", "vpa_missing"], ["asha", "vpa_invalid"], ["asha@", "vpa_invalid"], ["asha@ok bank", "vpa_invalid"],
    ["asha.rao-1_x@okbank", ""], ["a@b@c", "vpa_invalid"], ["a".repeat(260) + "@b", "vpa_invalid"],
  ])("%s: %s", (vpa, error) => expect(card.checkVpa(vpa)).toBe(error));

  it("a name is more than spaces", () => {
    expect(card.checkName("  ")).toBe("name_missing");
    expect(card.checkName("अाशा")).toBe("");
  });
});
