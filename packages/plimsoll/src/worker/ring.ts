/**
 * Records of doubles from one thread to another through shared memory: one thread writes, one reads, and neither ever blocks. What does
 * not fit goes by a port beside it. Until that has come, nothing is written, so that all comes in the order in which it was sent.
 */

import { guarded } from "../event-stream.js";

// places of what the two threads tell each other: words written and words read, and messages that have come by the port; all of them
// count on past the ends of an i32
const WRITTEN = 0;
const READ = 1;
const RELEASED = 2;
/** So many that doubles behind them are aligned. */
const COUNTS_BYTES = 16;
/** A power of two: room for four of the longest records. */
const WORDS = 4_096;
const WORDS_MASK = WORDS - 1;
/** A longer record is dearer to copy twice than its buffer is to move. */
const RECORD_WORDS_MAX = WORDS / 4;
/** In the place of a record's length: the record is at the beginning, since it would not fit here. */
const AT_BEGINNING = 0;

/** Memory of a ring from the calling side to a worker and of one back. */
export type SharedMemory = readonly [toWorker: SharedArrayBuffer, fromWorker: SharedArrayBuffer];

export function sharedMemory(): SharedMemory {
  return [Ring.memory(), Ring.memory()];
}

/** One thread's end; each of the two makes its own. */
export class Ring {
  readonly #counts: Int32Array<SharedArrayBuffer>;
  readonly #words: Float64Array<SharedArrayBuffer>;
  #held = 0;
  #isClosed = false;

  /** `memory`: what {@link Ring.memory} has made. */
  constructor(memory: SharedArrayBuffer) {
    this.#counts = new Int32Array(memory, 0, RELEASED + 1);
    this.#words = new Float64Array(memory, COUNTS_BYTES);
  }

  static memory(): SharedArrayBuffer {
    return new SharedArrayBuffer(COUNTS_BYTES + WORDS * Float64Array.BYTES_PER_ELEMENT);
  }

  /** Writes a record, part after part; false where it must go by the port, after {@link hold}. */
  write(...parts: readonly ArrayLike<number>[]): boolean {
    const length = parts.reduce((sum, part) => sum + part.length, 1);
    const written = Atomics.load(this.#counts, WRITTEN);
    let at = written & WORDS_MASK;
    const leftOut = at + length > WORDS ? WORDS - at : 0;
    const next = (written + leftOut + length) | 0;
    const isFull = ((next - Atomics.load(this.#counts, READ)) | 0) > WORDS;
    if (length > RECORD_WORDS_MAX || isFull || Atomics.load(this.#counts, RELEASED) !== this.#held) return false;
    if (leftOut > 0) {
      this.#words[at] = AT_BEGINNING;
      at = 0;
    }
    this.#words[at++] = length;
    for (const part of parts) {
      this.#words.set(part, at);
      at += part.length;
    }
    Atomics.store(this.#counts, WRITTEN, next);
    Atomics.notify(this.#counts, WRITTEN);
    return true;
  }

  /** The writer is about to send a message by the port: nothing is written until the reader has called {@link release} for it. */
  hold(): void {
    this.#held = (this.#held + 1) | 0;
  }

  /** The reader has got a message by the port, and takes what was written before it first. */
  release(take: (record: Float64Array) => void): void {
    this.read(take);
    Atomics.add(this.#counts, RELEASED, 1);
  }

  /**
   * Takes every record that is there, in their order: as it lies in the ring, and only until `take` returns. A copy of each would be a
   * buffer of its own, which the next collection would have to free.
   */
  read(take: (record: Float64Array) => void): void {
    const written = Atomics.load(this.#counts, WRITTEN);
    for (let read = Atomics.load(this.#counts, READ); read !== written && !this.#isClosed; ) {
      const at = read & WORDS_MASK;
      const length = this.#words[at] as number;
      if (length === AT_BEGINNING) {
        read = (read + WORDS - at) | 0;
        continue;
      }
      // as with messages, what one brings about is not the next one's concern
      guarded(() => take(this.#words.subarray(at + 1, at + length)));
      read = (read + length) | 0;
      Atomics.store(this.#counts, READ, read);
    }
  }

  /** Takes every record as it comes, until {@link close}. */
  async listen(take: (record: Float64Array) => void): Promise<void> {
    while (!this.#isClosed) {
      const written = Atomics.load(this.#counts, WRITTEN);
      const { value } = Atomics.waitAsync(this.#counts, WRITTEN, written);
      // what has come meanwhile is read in a task of its own, so that a busy writer leaves the reader's thread time for others
      if (written !== Atomics.load(this.#counts, READ)) Atomics.notify(this.#counts, WRITTEN);
      await value;
      this.read(take);
    }
  }

  /** Ends the listening. */
  close(): void {
    this.#isClosed = true;
    Atomics.notify(this.#counts, WRITTEN);
  }
}
