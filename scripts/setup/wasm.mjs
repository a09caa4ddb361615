/** Bytes before the first section: the magic number and the version. */
const HEADER_BYTES = 8;
/** Number of sections that only tools read. */
const CUSTOM = 0;

/**
 * A WebAssembly module without its custom sections: what tools have written about it, and what tests read.
 *
 * @param {Uint8Array} module
 */
export function withoutCustomSections(module) {
  const kept = [module.subarray(0, HEADER_BYTES)];
  for (let start = HEADER_BYTES; start < module.length; ) {
    // after a section's number its length in seven bits a byte, the lowest first; the last byte's highest bit is clear
    let at = start + 1;
    let length = 0;
    for (let shift = 0, isLast = false; !isLast && at < module.length; shift += 7, at++) {
      length += (module[at] & 0x7f) * 2 ** shift;
      isLast = module[at] < 0x80;
    }
    const end = at + length;
    if (module[start] !== CUSTOM) kept.push(module.subarray(start, end));
    start = end;
  }
  return Buffer.concat(kept);
}
