/** In the worker: a batch of ticks on its way into the engine. */
import { NAMES } from "../core/layout.js";
import { FaultError, PlimsollError } from "../errors.js";
import type { AssetHandle, Engine, InstrumentHandle, TickStatus, UnderlyingHandle } from "../types.js";
import { ROW, ROW_WORDS, TARGET } from "./tick-row.js";

/** Applies a batch, pass by pass; returns the ticks that were refused, where there were any. */
export function applyBatch(engine: Engine, batch: Float64Array): Float64Array | undefined {
  const rejections: number[] = [];
  const note = (at: number, status: number) => {
    const word = (field: number) => batch[at + field] as number;
    rejections.push(word(ROW.target), word(ROW.handle), status, word(ROW.timeMs), word(ROW.count));
  };
  for (let at = 0; at < batch.length; ) {
    const rows = batch[at + ROW.rows] as number;
    if (batch[at + ROW.target] === TARGET.instrument) applyPass(engine, batch, at, rows, note);
    else {
      const status = applyPrice(engine, batch, at);
      if (status !== "applied") note(at, NAMES.tickStatus.indexOf(status));
    }
    at += rows * ROW_WORDS;
  }
  return rejections.length === 0 ? undefined : Float64Array.from(rejections);
}

function applyPrice(engine: Engine, batch: Float64Array, at: number): TickStatus {
  const handle = batch[at + ROW.handle] as number;
  const tick = {
    price: batch[at + ROW.mark] as number,
    timeMs: batch[at + ROW.timeMs] as number,
    source: batch[at + ROW.source] as number,
  };
  try {
    if (batch[at + ROW.target] === TARGET.asset) return engine.tickAsset(handle as AssetHandle, tick);
    return engine.tickUnderlying(handle as UnderlyingHandle, tick);
  } catch (error) {
    // in a batch a status, as of instruments: only a failure of the engine itself is one of the worker
    if (error instanceof PlimsollError && !(error instanceof FaultError)) return "rejected-handle";
    throw error;
  }
}

/** In parts, where the worker's own engine takes fewer rows at once than the calling side supposes. */
function applyPass(
  engine: Engine,
  batch: Float64Array,
  from: number,
  rows: number,
  note: (at: number, status: number) => void,
): void {
  const { capacity, instrument, mark, index, underlyingPrice, vol, rate, timeMs, source } = engine.ticks;
  const count = Math.min(rows, capacity);
  for (let row = 0, at = from; row < count; row++, at += ROW_WORDS) {
    instrument[row] = batch[at + ROW.handle] as InstrumentHandle;
    mark[row] = batch[at + ROW.mark] as number;
    index[row] = batch[at + ROW.index] as number;
    underlyingPrice[row] = batch[at + ROW.underlyingPrice] as number;
    vol[row] = batch[at + ROW.vol] as number;
    rate[row] = batch[at + ROW.rate] as number;
    timeMs[row] = batch[at + ROW.timeMs] as number;
    source[row] = batch[at + ROW.source] as number;
  }
  if (engine.applyTicks(count) < count) {
    const { status } = engine.ticks;
    for (let row = 0; row < count; row++) if (status[row] !== 0) note(from + row * ROW_WORDS, status[row] as number);
  }
  if (count < rows) applyPass(engine, batch, from + count * ROW_WORDS, rows - count, note);
}
