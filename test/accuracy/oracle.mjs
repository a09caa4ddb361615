/** Reference files: the format that `test/oracle/generate.py` writes. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** @typedef {Readonly<Record<string, string | null>>} Row inputs and figures as decimal strings; null where none exists */
/** @typedef {{ about: Readonly<Record<string, unknown>>, sections: ReadonlyMap<string, readonly Row[]> }} Oracle */

/** A file that cannot be read as an oracle; the message is one line. */
export class UnusableOracle extends Error {}

/**
 * Reads an oracle, plain or gzipped.
 *
 * @param {string} file
 * @returns {Oracle}
 */
export function readOracle(file) {
  const content = parse(file);
  const sections = new Map(Object.entries(content).filter(([, rows]) => Array.isArray(rows)));
  if (![...sections.values()].some((rows) => rows.length > 0)) {
    throw new UnusableOracle(`${file}: no rows; expected sections such as "bsm" and "iv"`);
  }
  return { about: content.about ?? {}, sections };
}

/** @param {string} file */
function parse(file) {
  try {
    const bytes = readFileSync(file);
    const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
    const content = JSON.parse((isGzip ? gunzipSync(bytes) : bytes).toString("utf8"));
    if (typeof content !== "object" || content === null) throw new Error("expected an object of sections");
    return content;
  } catch (error) {
    throw new UnusableOracle(`${file}: ${error instanceof Error ? error.message.replaceAll(/\s*\n\s*/g, " ") : error}`);
  }
}

/**
 * A column of numbers; every row must have it.
 *
 * @param {readonly Row[]} rows
 * @param {string} name
 * @param {string} section
 */
export function column(rows, name, section) {
  return Float64Array.from(rows, (row, index) => {
    const text = row[name];
    const value = typeof text === "string" ? Number(text) : Number.NaN;
    if (Number.isNaN(value))
      throw new UnusableOracle(`${section}[${index}].${name}: a decimal was expected, not ${text}`);
    return value;
  });
}
