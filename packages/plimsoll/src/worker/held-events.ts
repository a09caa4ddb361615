/** Events of a shard on their way to the pool: each told once, in order, and none before the fate of what caused it is known. */
import { EVENT_WORDS } from "../core/layout.js";
import type { Entry } from "./asked.js";

export interface RecordListener {
  /** Records of events, each once and in the order of their sequence, that the change or batch of a turn caused. */
  onEvents(records: Float64Array, turn: number): void;
}

export class HeldEvents {
  readonly #listener: RecordListener;
  /** Behind a change that has no verdict. */
  #held: { readonly cause: Entry | undefined; readonly records: Float64Array }[] = [];
  #lastSequence = 0;
  #isPaused = false;

  constructor(listener: RecordListener) {
    this.#listener = listener;
  }

  /** Whether nothing is told at present. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Takes records that a change or batch has caused, or the worker's own feed. */
  take(cause: Entry | undefined, records: Float64Array): void {
    if (this.#held.length === 0 && cause?.verdict !== "open" && !this.#isPaused) this.#pass(cause, records);
    else if (records.length > 0) this.#held.push({ cause, records });
  }

  /** Tells events up to the first that waits for a verdict. */
  tell(): void {
    while (!this.#isPaused) {
      const next = this.#held[0];
      if (next === undefined || next.cause?.verdict === "open") return;
      this.#held.shift();
      this.#pass(next.cause, next.records);
    }
  }

  /**
   * Drops what waits: the worker that takes over causes it again. `isPaused`: nothing of that one is told until it has said where it
   * stands, since it does not repeat the ticks of its own feed.
   */
  drop(isPaused: boolean): void {
    this.#held = [];
    this.#isPaused = isPaused;
  }

  /** From now on what comes after that sequence is told. */
  goOn(sequence: number): void {
    this.#isPaused = false;
    this.#lastSequence = sequence;
  }

  #pass(cause: Entry | undefined, records: Float64Array): void {
    // a worker that replaced another causes again what has been told
    let from = 0;
    while (from < records.length && (records[from] as number) <= this.#lastSequence) from += EVENT_WORDS;
    if (from === records.length) return;
    this.#lastSequence = records[records.length - EVENT_WORDS] as number;
    if (cause?.verdict === "discard") return;
    this.#listener.onEvents(from === 0 ? records : records.subarray(from), cause?.turn ?? 0);
  }
}
