// Builds the SDK and the payment page's assets. --check says whether what is committed is current; --keep keeps
// this checkout.js for merchants who pin it.

import { build } from "esbuild";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const ASSETS = at("../entrypoints/checkout/assets/");
const SDK_LIMIT = 3000; // bytes, gzipped
const PAGE_LIMIT = 30000; // page and SDK together

const shared = { bundle: true, write: false, minify: true, target: "es2022", legalComments: "none", charset: "utf8" };

async function bundle(entry, options = {}) {
  const { outputFiles } = await build({ ...shared, entryPoints: [at(entry)], ...options });
  return outputFiles[0].text;
}

/** The types, by file. */
function declarations() {
  const folder = mkdtempSync(join(tmpdir(), "checkout-types-"));
  execFileSync(at("node_modules/.bin/tsc"), ["-p", at("tsconfig.types.json"), "--outDir", folder], { stdio: "inherit" });
  const files = readdirSync(folder).map((name) => [at(`lib/${name}`), readFileSync(join(folder, name), "utf8")]);
  rmSync(folder, { recursive: true });
  return files;
}

const sdk = await bundle("src/global.ts", { format: "iife" });
const built = new Map([
  [at("lib/checkout.js"), sdk],
  [at("lib/index.js"), await bundle("src/index.ts", { format: "esm", minify: false })],
  [ASSETS + "checkout.js", sdk],
  [ASSETS + "page.js", await bundle("page/main.ts", { format: "iife" })],
  [ASSETS + "page.css", await bundle("page/page.css", { loader: { ".css": "css" } })],
  ...declarations(),
]);

const size = (text) => gzipSync(text, { level: 9 }).length;
const stale = [];
for (const [path, text] of built) {
  const name = relative(at(".."), path);
  console.log(`${name.padEnd(40)} ${String(text.length).padStart(7)} bytes ${String(size(text)).padStart(6)} gzipped`);
  if (existsSync(path) && readFileSync(path, "utf8") === text) continue;
  stale.push(name);
  if (process.argv.includes("--check")) continue;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

if (process.argv.includes("--keep")) {
  const { version } = JSON.parse(readFileSync(at("package.json"), "utf8"));
  const kept = `${ASSETS}kept/${version}.js`;
  if (existsSync(kept) && readFileSync(kept, "utf8") !== sdk) throw new Error(`${version} is kept already, and differs.`);
  mkdirSync(dirname(kept), { recursive: true });
  writeFileSync(kept, sdk);
}

const page = [ASSETS + "page.js", ASSETS + "page.css"].reduce((sum, path) => sum + size(built.get(path)), size(sdk));
const faults = [];
if (process.argv.includes("--check") && stale.length) faults.push(`Not current: ${stale.join(", ")}. Run: npm run build`);
if (size(sdk) >= SDK_LIMIT) faults.push(`checkout.js has ${size(sdk)} bytes gzipped, the limit is ${SDK_LIMIT}.`);
if (page >= PAGE_LIMIT) faults.push(`Page and SDK have ${page} bytes gzipped, the limit is ${PAGE_LIMIT}.`);
faults.forEach((fault) => console.error(fault));
process.exitCode = faults.length ? 1 : 0;
