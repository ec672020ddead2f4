// Whatever colour a shop has, white text can be read on it, and it can be told from the page.

import { describe, expect, it } from "vitest";
import { accents, contrast, parse } from "../page/colour";

const WHITE: [number, number, number] = [255, 255, 255];
const DARK: [number, number, number] = [22, 24, 29];

describe("a shop's colour", () => {
  it.each(["#ffffff", "#000000", "#ffd400", "#0b7a75", "#f00", "#00ff00", "#7c3aed", "#ff69b4", "#888888"])("%s", (color) => {
    const made = accents(color)!;
    expect(contrast(parse(made["--accent-light"]!)!, WHITE)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(parse(made["--accent-dark"]!)!, WHITE)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(parse(made["--accent-dark"]!)!, DARK)).toBeGreaterThanOrEqual(3);
    expect(contrast(parse(made["--accent-text-light"]!)!, WHITE)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(parse(made["--accent-text-dark"]!)!, DARK)).toBeGreaterThanOrEqual(4.5);
  });

  it("stays as it is when it can", () => expect(accents("#0b5a75")!["--accent-light"]).toBe("#0b5a75"));

  it.each(["", "red", "#12", "url(x)", "#12345g"])("%s is no colour", (color) => expect(accents(color)).toBeNull());

  it("knows black from white", () => expect(contrast([0, 0, 0], WHITE)).toBe(21));
});
