import { Reader, sections } from "./wasm.mjs";

const DATA = 11;
/** The kind of segment that begins at a constant address of the first memory, and the instruction that says it. */
const [AT_ADDRESS, CONSTANT, END] = [0, 0x41, 0x0b];
/** What `core::panic::Location` is in 32 bits: the address and length of a file's path, a line and a column. */
const PLACE_BYTES = 16;
const [PATH_BYTES_MAX, LINES_MAX, COLUMNS_MAX] = [200, 10_000, 300];

/** What panics of Rust's own libraries say. */
const TEXTS_OF_LIBRARIES = [
  "internal error: entered unreachable code: ",
  "index out of bounds: the len is ",
  " out of range for slice of length ",
  "copy_from_slice: source slice length (",
  ") does not match destination slice length (",
  "attempt to join into collection with len > usize::MAX",
  "capacity overflow",
  "assertion failed: psize >= size + min_overhead",
  "assertion failed: psize <= size + max_overhead",
  " > max, or either was NaN. min = ",
];

/**
 * What the panics of a program in Rust say: every text that names an invariant. No refusal begins so.
 *
 * @param {readonly string[]} sources
 */
export function panicTexts(sources) {
  const own = sources.flatMap((source) => [...source.matchAll(/"(invariant: [^"\\{}]+)"/g)]);
  return [...own.map(([, text]) => text), ...TEXTS_OF_LIBRARIES];
}

/**
 * A module whose panics no longer say where they are and what has happened, which nothing reads: crates/wasm/src/runtime.rs traps. The
 * compiler has no stable setting to leave these places, the paths of their files and texts out; as zeros they cost next to nothing gzipped.
 *
 * @param {Uint8Array} module
 * @param {readonly string[]} texts What panics say.
 */
export function withoutPanicPlaces(module, texts = []) {
  const blanked = Buffer.from(module);
  const data = [...sections(blanked)].find(({ id }) => id === DATA);
  const segments = data === undefined ? [] : [...segmentsOf(data.content)];
  const bytesAt = (/** @type {number} */ address, /** @type {number} */ length) => {
    const held = segments.find(({ start, bytes }) => address >= start && address + length <= start + bytes.length);
    return held?.bytes.subarray(address - held.start, address - held.start + length);
  };
  const paths = new Set();
  for (const { start, bytes } of segments) {
    for (let at = -start & 3; at + PLACE_BYTES <= bytes.length; at += 4) {
      const [address, length, line, column] = [0, 4, 8, 12].map((word) => bytes.readUInt32LE(at + word));
      if (length > PATH_BYTES_MAX || line === 0 || line > LINES_MAX || column === 0 || column > COLUMNS_MAX) continue;
      const path = bytesAt(address, length);
      if (!path?.toString("latin1").endsWith(".rs")) continue;
      paths.add(path);
      bytes.fill(0, at, at + PLACE_BYTES);
    }
  }
  // only now: several places are in one file
  for (const path of paths) path.fill(0);
  for (const { bytes } of segments) {
    for (const text of texts) {
      for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text))
        bytes.fill(0, at, at + Buffer.byteLength(text));
    }
  }
  return blanked;
}

/** Segments of a memory's first contents: the address of each and its bytes. */
function* segmentsOf(content) {
  const reader = new Reader(content);
  for (let left = reader.number(); left > 0; left--) {
    if (reader.number() !== AT_ADDRESS || reader.byte() !== CONSTANT) throw new Error("a segment without an address");
    // a number with a sign, which an address below 2^31 has not
    const start = reader.number();
    if (reader.byte() !== END) throw new Error("a segment whose address is computed");
    yield { start, bytes: reader.bytes() };
  }
}
