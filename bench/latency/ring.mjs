/** Rows of doubles from one thread to another through shared memory: one writes, one reads, and a reader that waits is woken. */

const WRITTEN = 0;
const READ = 1;
const CONTROL_BYTES = 8;

export class Ring {
  #control;
  #words;
  #rows;
  #rowWords;

  /** @param {{ shared: SharedArrayBuffer, rows: number, rowWords: number }} memory as {@link Ring.memory} makes it */
  constructor({ shared, rows, rowWords }) {
    this.#control = new Int32Array(shared, 0, 2);
    this.#words = new Float64Array(shared, CONTROL_BYTES);
    this.#rows = rows;
    this.#rowWords = rowWords;
  }

  /**
   * @param {number} rows
   * @param {number} rowWords
   */
  static memory(rows, rowWords) {
    return { shared: new SharedArrayBuffer(CONTROL_BYTES + 8 * rows * rowWords), rows, rowWords };
  }

  /** @param {...number} row */
  push(...row) {
    const written = Atomics.load(this.#control, WRITTEN);
    if (written - Atomics.load(this.#control, READ) === this.#rows) throw new Error(`${this.#rows} rows wait already`);
    this.#words.set(row, (written % this.#rows) * this.#rowWords);
    Atomics.store(this.#control, WRITTEN, written + 1);
    Atomics.notify(this.#control, WRITTEN);
  }

  /**
   * Hands every row to `take`, as it comes, for ever.
   *
   * @param {(row: Float64Array) => void} take
   */
  async read(take) {
    for (let read = 0; ; ) {
      const waited = /** @type {any} */ (Atomics).waitAsync(this.#control, WRITTEN, read);
      if (waited.async) await waited.value;
      for (const written = Atomics.load(this.#control, WRITTEN); read < written; read++) {
        const at = (read % this.#rows) * this.#rowWords;
        take(this.#words.subarray(at, at + this.#rowWords));
        Atomics.store(this.#control, READ, read + 1);
      }
    }
  }
}
