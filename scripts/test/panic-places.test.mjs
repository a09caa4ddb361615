import { expect, test } from "vitest";
import { panicTexts, withoutPanicPlaces } from "../setup/panic-places.mjs";

const DATA = 11;

test("places of panics and the paths of their files are blank, and all else is as it was", () => {
  const start = 1024;
  const [path, text] = ["src/lib.rs", "src/lib.rst"];
  const word = (/** @type {number} */ value) => [...new Uint8Array(Uint32Array.of(value).buffer)];
  const place = (/** @type {number} */ address, /** @type {number} */ length, /** @type {number} */ line) => [
    ...[address, length, line, 5].flatMap(word),
  ];
  const first = [...Buffer.from(path.padEnd(12)), ...Buffer.from(text.padEnd(12))];
  const kept = [
    ...place(start + 12, text.length, 7), // its text is no path
    ...place(start, path.length, 0), // no line
    ...place(start, 9_999, 7), // reaches out of the segment
  ];
  const content = [...first, ...place(start, path.length, 7), ...kept, ...place(start, path.length, 8)];
  const blank = [
    ...Array(path.length).fill(0),
    ...first.slice(path.length),
    ...Array(16).fill(0),
    ...kept,
    ...Array(16).fill(0),
  ];
  expect([...withoutPanicPlaces(moduleOf(start, content))]).toEqual([...moduleOf(start, blank)]);
});

test("what panics say is blank wherever it is, and what refusals say stays", () => {
  const source =
    'list.first().expect("invariant: there is one"); refuse("one that there is"); panic!("invariant: {} of them", 2);';
  const texts = panicTexts([source]);
  expect(texts.filter((text) => text.startsWith("invariant"))).toEqual(["invariant: there is one"]);
  const says = [
    "one that there is",
    "invariant: there is one",
    "capacity",
    "capacity overflow",
    "invariant: there is one",
  ];
  const blank = says.map((text) => (texts.includes(text) ? "\0".repeat(text.length) : text));
  const moduleWith = (/** @type {string[]} */ said) => moduleOf(1024, [...Buffer.from(said.join(""))]);
  expect([...withoutPanicPlaces(moduleWith(says), texts)]).toEqual([...moduleWith(blank)]);
});

test("a module without data stays as it is", () => {
  expect([...withoutPanicPlaces(HEADER)]).toEqual([...HEADER]);
});

const HEADER = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/**
 * @param {number} start
 * @param {number[]} bytes
 */
function moduleOf(start, bytes) {
  const segment = [0, 0x41, ...number(start), 0x0b, ...number(bytes.length), ...bytes];
  return Buffer.from([...HEADER, DATA, ...number(1 + segment.length), 1, ...segment]);
}

/** @param {number} value Below 2^14. */
function number(value) {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, value >> 7];
}
