/** What a new worker does to be where the old one was: it starts from a checkpoint and repeats the changes and batches since. */
import type { Checkpoint } from "../engine/engine.js";
import { type Batch, type Entry, NUMBERS_PER_COUNT, numbersIn } from "./asked.js";
import { joined } from "./pieces.js";

export interface JournalListener {
  /** A batch will not be repeated any more, and nobody here reads it. */
  onReleased(batch: Batch): void;
}

export class Journal {
  readonly #everyWeight: number;
  readonly #listener: JournalListener;
  #base: Uint8Array<ArrayBuffer> | undefined;
  /** What has changed since the base, in bytes that come after its own. */
  #changes: Uint8Array<ArrayBuffer> | undefined;
  #entries: Entry[] = [];
  #weight = 0;
  /** What has been journaled since the base was asked for. */
  #weightSinceBase = 0;
  /** What it may weigh before a checkpoint takes its place. */
  #weightMax: number;
  /** Whether the last checkpoint might not be a base: the next lull asks for one, so that it is not made in the thick of things. */
  #mayOweBase = false;

  /** `everyWeight`: after how much a checkpoint is due, at least; `snapshot`: what the first worker starts from, which is the journal's. */
  constructor(everyWeight: number, listener: JournalListener, snapshot: Uint8Array<ArrayBuffer> | undefined) {
    this.#everyWeight = everyWeight;
    this.#weightMax = everyWeight;
    this.#listener = listener;
    this.#base = snapshot;
  }

  /** What a worker starts from, in bytes that can move there; undefined where that is nothing yet. Nothing may be cut meanwhile. */
  async snapshot(): Promise<Uint8Array | undefined> {
    if (this.#base === undefined) return undefined;
    return joined(this.#changes === undefined ? [this.#base] : [this.#base, this.#changes]);
  }

  /** In their order. */
  get entries(): readonly Entry[] {
    return this.#entries;
  }

  add(entry: Entry): void {
    this.#entries.push(entry);
    const { weight } = entry;
    this.#weight += weight;
    this.#weightSinceBase += weight;
  }

  /** As if it had never been added. */
  forget(entry: Entry): void {
    this.#entries = this.#entries.filter((other) => other !== entry);
  }

  /** Whether a checkpoint should take its place now. */
  get isDue(): boolean {
    return this.#weight >= this.#weightMax;
  }

  /** Whether that is worth it where nothing else is to do. */
  get isWorthCutting(): boolean {
    return this.#weight >= this.#everyWeight || this.#mayOweBase;
  }

  /**
   * Puts a checkpoint in the place of the entries so far: what `take` gives, which has it from the worker, or nothing where that is
   * another one by then. In a lull it may be a base however soon after another, where one is due.
   */
  async cut(take: (mayBeBase: boolean) => Promise<Checkpoint | undefined>, isLull = false): Promise<void> {
    const weighsMoreThanBase = this.#weightSinceBase >= numbersIn(this.#base) / NUMBERS_PER_COUNT;
    const mayBeBase = isLull || this.#base === undefined || weighsMoreThanBase;
    this.#weight = 0;
    this.#mayOweBase = !mayBeBase;
    const upTo = this.#entries.at(-1)?.order ?? 0;
    try {
      const checkpoint = await take(mayBeBase);
      if (checkpoint === undefined) return;
      const { isBase, bytes } = checkpoint;
      if (isBase) {
        if (this.#base !== undefined) free(this.#base.buffer);
        this.#base = bytes;
        this.#weightSinceBase = 0;
      }
      if (this.#changes !== undefined) free(this.#changes.buffer);
      this.#changes = isBase ? undefined : bytes;
      const covered = this.#entries.findIndex(({ order }) => order > upTo);
      this.#release(this.#entries.splice(0, covered < 0 ? this.#entries.length : covered));
      // as with bases: a journal as large as a checkpoint doubles what is kept, and no more is copied than is journaled
      this.#weightMax = Math.max(this.#everyWeight, isBase ? 0 : numbersIn(bytes) / NUMBERS_PER_COUNT);
    } catch {
      // the journal is as it was; where it was the checkpoint that failed, for want of memory, the next one is not soon
      this.#weightMax *= 2;
    }
  }

  /** Nobody will repeat anything any more. */
  clear(): void {
    this.#release(this.#entries.splice(0));
  }

  #release(entries: Iterable<Entry>): void {
    for (const { batch } of entries) if (batch !== undefined) this.#listener.onReleased(batch);
  }
}

/** Gives a buffer's memory back at once, where the runtime can: as garbage it would bring major collections about. */
function free(buffer: ArrayBuffer & { transfer?: (length: number) => unknown }): void {
  buffer.transfer?.(0);
}
