import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { withFunctionNames } from "../setup/function-order.mjs";

const [IMPORTS, CODE, NAMES] = [2, 10, 0];

test("functions that share pieces are named side by side, the longest first, after those that are imported", () => {
  // bytes that repeat nowhere
  const text = (/** @type {string} */ seed) => [...createHash("sha512").update(seed).digest()];
  const [black, digital] = [text("black"), text("digital")];
  const bodies = [black, digital, black.slice(0, 40), [...digital, ...text("more")]];
  const imported = [1, 1, 109, 1, 102, 0, 0]; // one function, m.f of the first type
  const module = Buffer.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(IMPORTS, imported),
    ...section(CODE, [bodies.length, ...bodies.flatMap((body) => [...number(body.length), ...body])]),
  ]);
  const named = withFunctionNames(module);
  expect(named.subarray(0, module.length)).toEqual(module);
  // "name", then of the functions, 1, how many there are and for each its number and its name
  const names = [
    [1, "2"],
    [2, "1"],
    [3, "3"],
    [4, "0"],
  ];
  const part = [
    names.length,
    ...names.flatMap(([at, name]) => [at, 1, .../** @type {string} */ (name).split("").map((c) => c.charCodeAt(0))]),
  ];
  expect([...named.subarray(module.length)]).toEqual(
    section(NAMES, [4, ...Buffer.from("name"), ...section(1, /** @type {number[]} */ (part))]),
  );
});

/**
 * @param {number} id
 * @param {number[]} content
 */
function section(id, content) {
  return [id, ...number(content.length), ...content];
}

/** @param {number} value Below 2^14. */
function number(value) {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, value >> 7];
}
