/** Bytes before the first section: the magic number and the version. */
const HEADER_BYTES = 8;
/** Number of sections that only tools read. */
const CUSTOM = 0;

/** What is at a place in a module, from there on. */
export class Reader {
  /** @param {Uint8Array} module */
  constructor(module, at = 0) {
    this.module = module;
    this.at = at;
  }

  /** A number in seven bits a byte, the lowest first; the last byte's highest bit is clear. */
  number() {
    let number = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      number += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return number;
    }
  }

  byte() {
    if (this.at >= this.module.length) throw new Error("a WebAssembly module that ends too soon");
    return this.module[this.at++];
  }

  /** So many bytes as its first number says. */
  bytes() {
    const length = this.number();
    this.at += length;
    return this.module.subarray(this.at - length, this.at);
  }
}

/**
 * The sections of a module: the number of each, its bytes with and without what says how long it is.
 *
 * @param {Uint8Array} module
 */
export function* sections(module) {
  const reader = new Reader(module, HEADER_BYTES);
  while (reader.at < module.length) {
    const start = reader.at;
    const id = reader.byte();
    const content = reader.bytes();
    yield { id, content, whole: module.subarray(start, reader.at) };
  }
}

/**
 * A WebAssembly module without its custom sections: what tools have written about it, and what tests read.
 *
 * @param {Uint8Array} module
 */
export function withoutCustomSections(module) {
  const kept = [...sections(module)].filter(({ id }) => id !== CUSTOM).map(({ whole }) => whole);
  return Buffer.concat([module.subarray(0, HEADER_BYTES), ...kept]);
}
