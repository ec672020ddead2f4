// The shop's colour, moved until text can be read on it and it can be told from what is behind it.

type Rgb = [number, number, number];

const WHITE: Rgb = [255, 255, 255];
const BLACK: Rgb = [0, 0, 0];
/** `--surface` of the dark scheme in page.css. */
const DARK: Rgb = [22, 24, 29];
const TEXT = 4.5; // WCAG 2.2, 1.4.3
const SHAPE = 3; // WCAG 2.2, 1.4.11

export function parse(color: string): Rgb | null {
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(color);
  const long = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(short ? "#" + short.slice(1).map((c) => c + c).join("") : color);
  return long && (long.slice(1).map((part) => parseInt(part, 16)) as Rgb);
}

/** WCAG's relative luminance. */
function luminance(rgb: Rgb): number {
  const [r, g, b] = rgb.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function contrast(one: Rgb, other: Rgb): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** The colour mixed with as little of `towards` as it takes to stand out from `from`. */
function moved(rgb: Rgb, towards: Rgb, from: Rgb, ratio: number): Rgb {
  for (let step = 0; step <= 100; step++) {
    const mixed = rgb.map((part, index) => Math.round(part + ((towards[index]! - part) * step) / 100)) as Rgb;
    if (contrast(mixed, from) >= ratio) return mixed;
  }
  return towards;
}

const css = (rgb: Rgb): string => `#${rgb.map((part) => part.toString(16).padStart(2, "0")).join("")}`;

/** What the style sheet needs: a button's ground that carries white text, and the same hue as text, in both schemes. */
export function accents(color: string): Record<string, string> | null {
  const rgb = parse(color);
  if (!rgb) return null;
  const ground = moved(rgb, BLACK, WHITE, TEXT);
  return {
    "--accent-light": css(ground),
    "--accent-dark": css(moved(ground, WHITE, DARK, SHAPE)),
    "--accent-text-light": css(ground),
    "--accent-text-dark": css(moved(rgb, WHITE, DARK, TEXT)),
  };
}

/** Set through the CSSOM, which a Content-Security-Policy without inline styles lets pass. */
export function paint(color: string | undefined): void {
  for (const [name, value] of Object.entries((color && accents(color)) || {})) {
    document.documentElement.style.setProperty(name, value);
  }
}
