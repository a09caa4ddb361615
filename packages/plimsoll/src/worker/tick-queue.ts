/** Ticks on their way to workers: gathered into batches, a few of which are under way at once. */
import type { PriceTick, Tick } from "../types.js";
import { ROW_WORDS, TARGET } from "./tick-row.js";
import type { WorkerTickBuffer } from "./types.js";

export interface TickQueueOptions {
  /** Rows that may wait. */
  readonly capacity: number;
  readonly conflate: "latest" | "extremes";
  /** Batches that may be under way, beside those that calls push ahead. */
  readonly batchesInFlightMax?: number;
}

const ROWS_FIRST = 64;

export class TickQueue {
  readonly #post: (batch: Float64Array, id: number) => void;
  readonly #inFlightMax: number;
  readonly #inFlight = new Set<number>();
  #words = new Float64Array(ROWS_FIRST * ROW_WORDS);
  #length = 0;
  #lastId = 0;
  #rejected = 0;
  #isScheduled = false;

  constructor(post: (batch: Float64Array, id: number) => void, options: TickQueueOptions) {
    this.#post = post;
    this.#inFlightMax = options.batchesInFlightMax ?? 4;
  }

  instrument(handle: number, tick: Tick): void {
    const { mark, index, underlyingPrice, vol, rate, timeMs, source = 0 } = tick;
    // NaN in a row means "not given", so one that was given is refused here
    if ([mark, index, underlyingPrice, vol, rate].some(Number.isNaN)) {
      this.#rejected++;
      return;
    }
    this.#push(TARGET.instrument, 1, handle, mark, index, underlyingPrice, vol, rate, timeMs, source);
    this.#schedule();
  }

  asset(handle: number, { price, timeMs, source = 0 }: PriceTick): void {
    this.#push(TARGET.asset, 1, handle, price, undefined, undefined, undefined, undefined, timeMs, source);
    this.#schedule();
  }

  underlying(handle: number, { price, timeMs, source = 0 }: PriceTick): void {
    this.#push(TARGET.underlying, 1, handle, price, undefined, undefined, undefined, undefined, timeMs, source);
    this.#schedule();
  }

  columns(ticks: WorkerTickBuffer, count: number): void {
    for (let row = 0; row < count; row++) {
      const { instrument, mark, index, underlyingPrice, vol, rate, timeMs, source } = ticks;
      this.#push(
        TARGET.instrument,
        count,
        instrument[row],
        mark[row],
        index[row],
        underlyingPrice[row],
        vol[row],
        rate[row],
        timeMs[row],
        source[row],
      );
    }
    this.#schedule();
  }

  seal(): void {
    if (this.#length === 0) return;
    const id = ++this.#lastId;
    this.#inFlight.add(id);
    const batch = this.#words.slice(0, this.#length);
    this.#length = 0;
    this.#post(batch, id);
  }

  acknowledge(id: number): void {
    this.#inFlight.delete(id);
    this.#schedule();
  }

  get stats(): { depth: number; ageMs: number; conflations: number; rejected: number } {
    return { depth: this.#length / ROW_WORDS, ageMs: 0, conflations: 0, rejected: this.#rejected };
  }

  end(): void {
    this.#length = 0;
  }

  #schedule(): void {
    if (this.#isScheduled || this.#length === 0) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      if (this.#inFlight.size < this.#inFlightMax) this.seal();
    });
  }

  #push(...row: (number | undefined)[]): void {
    if (this.#length + ROW_WORDS > this.#words.length) {
      const words = new Float64Array(2 * this.#words.length);
      words.set(this.#words);
      this.#words = words;
    }
    for (const word of row) this.#words[this.#length++] = word ?? Number.NaN;
  }
}
