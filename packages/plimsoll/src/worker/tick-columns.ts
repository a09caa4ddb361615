/** The columns in which a caller writes a batch of ticks for workers. */
import type { WorkerTickBuffer } from "./types.js";

export const TICK_CAPACITY = 1024;

/** Columns of so many rows with nothing given in them. */
export function tickColumns(capacity = TICK_CAPACITY): WorkerTickBuffer {
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
