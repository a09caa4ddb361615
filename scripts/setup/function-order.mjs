import { gzipSync } from "node:zlib";
import { Reader, sections } from "./wasm.mjs";

const IMPORTS = 2;
const CODE = 10;
/** The custom section of names, and its part that names functions. */
const NAMES = { section: 0, functions: 1 };
/** A little less than gzip looks back. */
const WINDOW_BYTES = 30_000;
/** Bytes of the pieces that functions are compared by. */
const PIECE_BYTES = 4;
/** Shorter ones than so many pieces are alike by chance. */
const PIECES_MIN = 12;
/** How many orders are tried: which function begins decides some hundred bytes, and nothing says beforehand which does it best. */
const STARTS = 12;

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
  const pieces = bodies.map((body) => {
    const own = new Set();
    for (let at = 0; at + PIECE_BYTES <= body.length; at++) own.add(body.readUInt32LE(at));
    return own;
  });
  const holders = new Map();
  for (const [i, own] of pieces.entries()) {
    for (const piece of own) {
      const known = holders.get(piece);
      if (known === undefined) holders.set(piece, [i]);
      else known.push(i);
    }
  }
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
  const shared = bodies.map(() => 0);
  const inWindow = new Map();
  const count = (i, by) => {
    for (const piece of pieces[i]) {
      const before = inWindow.get(piece) ?? 0;
      inWindow.set(piece, before + by);
      if (before === 0 || before + by === 0) for (const holder of holders.get(piece)) shared[holder] += by;
    }
  };
  const likeness = (i) => shared[i] / Math.max(PIECES_MIN, pieces[i].size);
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
    next = [...left].reduce((most, i) => (most === undefined || likeness(i) > likeness(most) ? i : most), undefined);
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
