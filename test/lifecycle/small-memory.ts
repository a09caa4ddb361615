/** The module with a bound on its memory, so that a test runs out of it without filling the machine's. */
const HEADER_BYTES = 8;
const MEMORY_SECTION = 5;
const PAGE_BYTES = 65_536;

/** The package's module with room for `bytes` beyond what it starts with. */
export function moduleWithRoomFor(module: Uint8Array, bytes: number): Uint8Array<ArrayBuffer> {
  for (let at = HEADER_BYTES; at < module.length; ) {
    const section = module[at];
    const size = readUnsigned(module, at + 1);
    const content = at + 1 + size.length;
    if (section === MEMORY_SECTION) {
      // one memory: flags 0, its first pages; with flags 1 its last ones follow
      const pages = readUnsigned(module, content + 2).value;
      const pagesMax = pages + Math.ceil(bytes / PAGE_BYTES);
      const bounded = [1, 1, ...unsigned(pages), ...unsigned(pagesMax)];
      const parts = [
        module.subarray(0, at),
        [MEMORY_SECTION, ...unsigned(bounded.length), ...bounded],
        module.subarray(content + size.value),
      ];
      return Uint8Array.from(parts.flatMap((part) => [...part]));
    }
    at = content + size.value;
  }
  throw new Error("the module has no memory");
}

/** LEB128, as WebAssembly writes its numbers. */
function readUnsigned(bytes: Uint8Array, at: number): { value: number; length: number } {
  let [value, length] = [0, 0];
  for (;;) {
    const byte = bytes[at + length] as number;
    value += (byte & 0x7f) * 2 ** (7 * length++);
    if (byte < 0x80) return { value, length };
  }
}

function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(Math.floor(value / 0x80))];
}
