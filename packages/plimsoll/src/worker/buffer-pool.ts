/** Buffers that are used again, so that a steady flow of batches allocates none. */

/** What is kept at most: more than a journal between two of its cuts, 1,024 counts of 512 numbers, in buffers of up to twice the size. */
const KEPT_BYTES_MAX = 2 ** 23;
const WORDS_MIN = 64;

/** Pools of buffers whose sizes are powers of two. */
export class BufferPool {
  readonly #kept = new Map<number, ArrayBuffer[]>();
  #keptBytes = 0;

  /** An array of so many words, whatever is in them. */
  take(words: number): Float64Array<ArrayBuffer> {
    const bytes = 8 * Math.max(WORDS_MIN, 2 ** Math.ceil(Math.log2(words)));
    const buffer = this.#kept.get(bytes)?.pop();
    if (buffer !== undefined) this.#keptBytes -= bytes;
    return new Float64Array(buffer ?? new ArrayBuffer(bytes), 0, words);
  }

  /** Takes back what nobody reads any more. */
  give(buffer: ArrayBuffer): void {
    const bytes = buffer.byteLength;
    if (this.#keptBytes + bytes > KEPT_BYTES_MAX) return;
    this.#keptBytes += bytes;
    let kept = this.#kept.get(bytes);
    if (kept === undefined) {
      kept = [];
      this.#kept.set(bytes, kept);
    }
    kept.push(buffer);
  }
}
