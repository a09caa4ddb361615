/** The tick columns. They move only when memory grows, which leaves the old views with length 0. */
import type { Core } from "../core/core.js";
import type { TickBuffer } from "../types.js";

/** Rows where the caller does not say how many. */
export const TICK_CAPACITY = 1024;

type TickViews = Omit<TickBuffer, "capacity">;

export class CoreTickBuffer implements TickBuffer {
  readonly capacity: number;
  readonly #core: () => Core;
  #views: TickViews | undefined;

  constructor(core: () => Core, capacity = TICK_CAPACITY) {
    this.#core = core;
    this.capacity = capacity;
    core().exports.reserve_ticks(capacity);
  }

  get #live(): TickViews {
    const core = this.#core();
    if (this.#views !== undefined && this.#views.mark.length > 0) return this.#views;
    this.#views = {
      instrument: core.view("tickInstrument"),
      mark: core.view("tickMark"),
      index: core.view("tickIndex"),
      underlyingPrice: core.view("tickUnderlyingPrice"),
      vol: core.view("tickVol"),
      rate: core.view("tickRate"),
      timeMs: core.view("tickTimeMs"),
      source: core.view("tickSource"),
      status: core.view("tickStatus"),
    };
    return this.#views;
  }

  get instrument(): Uint32Array {
    return this.#live.instrument;
  }
  get mark(): Float64Array {
    return this.#live.mark;
  }
  get index(): Float64Array {
    return this.#live.index;
  }
  get underlyingPrice(): Float64Array {
    return this.#live.underlyingPrice;
  }
  get vol(): Float64Array {
    return this.#live.vol;
  }
  get rate(): Float64Array {
    return this.#live.rate;
  }
  get timeMs(): Float64Array {
    return this.#live.timeMs;
  }
  get source(): Uint32Array {
    return this.#live.source;
  }
  get status(): Uint8Array {
    return this.#live.status;
  }
}
