/** The tick columns. They move only when memory grows, which leaves the old views with length 0. */
import type { Core } from "./core.js";
import type { TickBuffer } from "./types.js";

interface TickViews {
  readonly instrument: Uint32Array;
  readonly mark: Float64Array;
  readonly index: Float64Array;
  readonly underlyingPrice: Float64Array;
  readonly vol: Float64Array;
  readonly rate: Float64Array;
  readonly timeMs: Float64Array;
  readonly source: Uint32Array;
  readonly status: Uint8Array;
}

export class CoreTickBuffer implements TickBuffer {
  readonly capacity: number;
  readonly #core: () => Core;
  #views: TickViews | undefined;

  constructor(core: () => Core, capacity: number) {
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
