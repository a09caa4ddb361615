import { gzipSync } from "node:zlib";
import { Reader, sections } from "./wasm.mjs";

const IMPORTS = 2;
const CODE = 10;
/** The custom section of names, and its part that names functions. */
const NAMES = { section: 0, functions: 1 };
/** A little less than gzip looks back. */
const WINDOW_BYTES = 30_000;
/** Bytes of the pieces that functions are compared by. */
const PIECE_BYTES = 5;
/** Shorter ones than so many pieces are alike by chance. */
const PIECES_MIN = 12;
/** What is shared is divided by this power of a function's pieces: below 1, so that of two that are as alike the longer comes first. */
const PIECES_POWER = 0.8;
/** How many orders are tried: which function begins decides some hundred bytes, and nothing says beforehand which does it best. */
const STARTS = 16;

/**
 * A module whose functions have names in the order of which like follows like: gzip looks back 32 kB, and there finds more of what it
 * reads. wasm-opt's `reorder-functions-by-name` sorts them so, and leaves the names out.
 *
 * @param {Uint8Array} module Without names.
 */
export function withFunctionNames(module) {
  const content = (wanted) => [...sections(module)].find(({ id }) => id === wanted)?.content ?? Uint8Array.of(0);
  return Buffer.concat([module, nameSection(importedFunctions(content(IMPORTS)), ranks(bodies(content(CODE))))]);
}

function importedFunctions(imports) {
  const reader = new Reader(imports);
  const count = reader.number();
  for (let i = 0; i < count; i++) {
    for (const _ of ["module", "name"]) reader.bytes();
    if (reader.byte() !== 0) throw new Error("an import that is no function");
    reader.number();
  }
  return count;
}

function bodies(code) {
  const reader = new Reader(code);
  return Array.from({ length: reader.number() }, () => Buffer.from(reader.bytes()));
}

/** Each function's place in the order: of those that begin with one of the longest functions the one that gzips best. */
function ranks(bodies) {
  const numbers = new Map();
  const pieces = bodies.map((body) => {
    const own = new Set();
    for (let at = 0; at + PIECE_BYTES <= body.length; at++) {
      const piece = body.latin1Slice(at, at + PIECE_BYTES);
      if (!numbers.has(piece)) numbers.set(piece, numbers.size);
      own.add(numbers.get(piece));
    }
    return [...own];
  });
  const holders = Array.from(numbers, () => []);
  for (const [i, own] of pieces.entries()) for (const piece of own) holders[piece].push(i);
  const longest = [...bodies.keys()].sort((a, b) => bodies[b].length - bodies[a].length).slice(0, STARTS);
  const orders = longest.map((first) => orderFrom(first, { bodies, pieces, holders }));
  const gzipped = orders.map((order) => gzipSync(Buffer.concat(order.map((i) => bodies[i])), { level: 9 }).length);
  const best = orders[gzipped.indexOf(Math.min(...gzipped))] ?? [];
  const ranks = [];
  for (const [rank, i] of best.entries()) ranks[i] = rank;
  return ranks;
}

/** After one function always the one that shares the greatest part of its pieces with those that gzip still sees. */
function orderFrom(start, { bodies, pieces, holders }) {
  const shared = new Float64Array(bodies.length);
  const inWindow = new Uint32Array(holders.length);
  const count = (i, by) => {
    for (const piece of pieces[i]) {
      const before = inWindow[piece];
      inWindow[piece] = before + by;
      if (before === 0 || before + by === 0) for (const holder of holders[piece]) shared[holder] += by;
    }
  };
  const sizes = pieces.map((own) => Math.max(PIECES_MIN, own.length) ** PIECES_POWER);
  const likeness = (i) => shared[i] / sizes[i];
  const left = new Set(bodies.keys());
  const order = [];
  let [first, bytes] = [0, 0];
  let next = start;
  while (left.delete(next)) {
    order.push(next);
    count(next, 1);
    bytes += bodies[next].length;
    for (; bytes - bodies[order[first]].length > WINDOW_BYTES; first++) {
      count(order[first], -1);
      bytes -= bodies[order[first]].length;
    }
    next = undefined;
    for (const i of left) if (next === undefined || likeness(i) > likeness(next)) next = i;
  }
  return order;
}

function nameSection(imported, ranks) {
  const digits = String(ranks.length).length;
  const names = ranks.map((rank, i) => [...number(imported + i), ...text(String(rank).padStart(digits, "0"))]);
  const functions = [...number(ranks.length), ...names.flat()];
  const part = [NAMES.functions, ...number(functions.length), ...functions];
  const section = [...text("name"), ...part];
  return Buffer.from([NAMES.section, ...number(section.length), ...section]);
}

function text(characters) {
  return [...number(characters.length), ...Buffer.from(characters)];
}

/** See {@link Reader.number}. */
function number(value) {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...number(value >>> 7)];
}
