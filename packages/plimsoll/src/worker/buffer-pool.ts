/** Buffers that are used again, so that a steady flow of batches allocates none. */

/** Buffers of a size that are kept at most: more than are ever under way at once. */
const KEPT_MAX = 16;
const WORDS_MIN = 64;

/** Pools of buffers whose sizes are powers of two. */
export class BufferPool {
  readonly #kept = new Map<number, ArrayBuffer[]>();

  /** An array of so many words, whatever is in them. */
  take(words: number): Float64Array<ArrayBuffer> {
    const bytes = 8 * Math.max(WORDS_MIN, 2 ** Math.ceil(Math.log2(words)));
    const buffer = this.#kept.get(bytes)?.pop() ?? new ArrayBuffer(bytes);
    return new Float64Array(buffer, 0, words);
  }

  /** Takes back what nobody reads any more. */
  give(buffer: ArrayBuffer): void {
    const bytes = buffer.byteLength;
    let kept = this.#kept.get(bytes);
    if (kept === undefined) {
      kept = [];
      this.#kept.set(bytes, kept);
    }
    if (kept.length < KEPT_MAX) kept.push(buffer);
  }
}
