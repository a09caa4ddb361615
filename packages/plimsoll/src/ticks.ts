/** The tick columns, each fetched through the core's one function for views. */
import type { Core } from "./core.js";
import { ConfigError, shown } from "./errors.js";
import type { TickBuffer } from "./types.js";

export class CoreTickBuffer implements TickBuffer {
  readonly capacity: number;
  readonly #core: () => Core;

  constructor(core: () => Core, capacity: number) {
    if (!(Number.isInteger(capacity) && capacity >= 1 && capacity <= 2 ** 24)) {
      const expected = "a whole number from 1 to 2^24";
      throw new ConfigError("INVALID_VALUE", {
        path: "createEngine.tickCapacity",
        expected,
        received: shown(capacity),
      });
    }
    this.#core = core;
    this.capacity = capacity;
    core().exports.reserve_ticks(capacity);
  }

  get instrument(): Uint32Array {
    return this.#core().view("tickInstrument");
  }
  get mark(): Float64Array {
    return this.#core().view("tickMark");
  }
  get index(): Float64Array {
    return this.#core().view("tickIndex");
  }
  get underlyingPrice(): Float64Array {
    return this.#core().view("tickUnderlyingPrice");
  }
  get vol(): Float64Array {
    return this.#core().view("tickVol");
  }
  get rate(): Float64Array {
    return this.#core().view("tickRate");
  }
  get timeMs(): Float64Array {
    return this.#core().view("tickTimeMs");
  }
  get source(): Uint32Array {
    return this.#core().view("tickSource");
  }
  get status(): Uint8Array {
    return this.#core().view("tickStatus");
  }
}
