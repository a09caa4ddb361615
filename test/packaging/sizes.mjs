/** What each entry of the package weighs: the files that it loads, gzipped. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

export const DIST = fileURLToPath(new URL("../../packages/plimsoll/dist", import.meta.url));

/** Of both main entries together, which the goal is about. */
const ALL = "all of plimsoll and plimsoll/math";

/** Entries, each with the files that it loads besides its imports. */
const ENTRIES = {
  plimsoll: ["index.js", "plimsoll.wasm"],
  "plimsoll/math": ["math.js", "plimsoll.wasm"],
  "plimsoll/inline": ["inline.js"],
  "plimsoll/slim": ["slim.js", "plimsoll.wasm"],
  "plimsoll/worker": ["host.js", "plimsoll.wasm"],
  "plimsoll on workerd": ["workerd.js", "plimsoll.wasm"],
  "plimsoll/math on workerd": ["workerd-math.js", "plimsoll.wasm"],
  [ALL]: ["index.js", "math.js", "plimsoll.wasm"],
  "a worker's script": ["worker.js"],
};

/** Their names. */
export const ENTRY_NAMES = Object.keys(ENTRIES);

/** Gzipped kilobytes, in thousands of bytes, that all of `plimsoll` and `plimsoll/math` may weigh: the goal. */
export const GZIPPED_KB_GOAL = 90;

/**
 * What each entry weighs.
 *
 * @returns {{ entry: string, isAll: boolean, files: string[], kilobytes: number, kilobytesGzipped: number }[]} in thousands of bytes
 */
export function sizesOfEntries(dist = DIST) {
  return Object.entries(ENTRIES).map(([entry, loaded]) => {
    const files = filesOf(loaded, dist);
    const contents = files.map((file) => readFileSync(path.join(dist, file)));
    const sum = (/** @type {number[]} */ bytes) => bytes.reduce((total, count) => total + count, 0) / 1000;
    return {
      entry,
      isAll: entry === ALL,
      files,
      kilobytes: sum(contents.map((content) => content.length)),
      kilobytesGzipped: sum(contents.map((content) => gzipSync(content, { level: 9 }).length)),
    };
  });
}

/**
 * These files and all that they import, at once or on demand, all in one folder.
 *
 * @param {readonly string[]} files
 */
export function filesOf(files, dist = DIST) {
  /** @type {Set<string>} */
  const found = new Set();
  const visit = (/** @type {string} */ file) => {
    if (found.has(file)) return;
    found.add(file);
    if (!file.endsWith(".js")) return;
    const imported = /\b(?:from|import)\s*\(?"\.\/([^"]+)"/g;
    for (const [, next] of readFileSync(path.join(dist, file), "utf8").matchAll(imported)) visit(next);
  };
  for (const file of files) visit(file);
  return [...found];
}

/** The binaries that are there. */
export function binaries(dist = DIST) {
  return readdirSync(dist).filter((file) => file.endsWith(".wasm"));
}
