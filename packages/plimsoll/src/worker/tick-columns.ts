/** The columns in which a caller writes a batch of ticks for workers. */
import { ConfigError, shown } from "../errors.js";
import type { WorkerTickBuffer } from "./types.js";

export const TICK_CAPACITY = 1024;
const TICK_CAPACITY_MAX = 2 ** 24;

/** Columns of so many rows with nothing given in them. */
export function tickColumns(capacity = TICK_CAPACITY): WorkerTickBuffer {
  if (!(Number.isInteger(capacity) && capacity >= 1 && capacity <= TICK_CAPACITY_MAX)) {
    const path = "createWorkerEngine.tickCapacity";
    const expected = "a whole number from 1 to 2^24";
    throw new ConfigError("INVALID_VALUE", { path, expected, received: shown(capacity) });
  }
  const absent = () => new Float64Array(capacity).fill(Number.NaN);
  return {
    capacity,
    instrument: new Uint32Array(capacity),
    mark: absent(),
    index: absent(),
    underlyingPrice: absent(),
    vol: absent(),
    rate: absent(),
    timeMs: absent(),
    source: new Uint32Array(capacity),
  };
}
