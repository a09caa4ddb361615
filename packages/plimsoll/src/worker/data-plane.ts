/** The data plane: batches of ticks to a worker, acknowledgements with events back, on a port of its own. */
import type { AssetHandle, Engine, InstrumentHandle, UnderlyingHandle } from "../types.js";
import { ROW, ROW_WORDS, TARGET } from "./tick-row.js";

type ToWorker = readonly [item: number, batch: Float64Array];
type FromWorker = readonly [item: number, events: Float64Array, rejected: number];

/** The calling side's end. */
export class DataLink {
  readonly #port: MessagePort;

  constructor(port: MessagePort, on: { done(item: number, events: Float64Array, rejected: number): void }) {
    this.#port = port;
    port.onmessage = ({ data }: MessageEvent<FromWorker>) => on.done(...data);
  }

  /** Sends a copy of a batch. */
  post(item: number, batch: Float64Array): void {
    this.#port.postMessage([item, batch] satisfies ToWorker);
  }

  close(): void {
    this.#port.close();
  }
}

/** The worker's end. */
export class DataHost {
  readonly #port: MessagePort;

  constructor(port: MessagePort, receive: (item: number, batch: Float64Array) => void) {
    this.#port = port;
    port.onmessage = ({ data }: MessageEvent<ToWorker>) => receive(...data);
  }

  /** Acknowledges an item with the events that it has caused, in one message, so that nothing can part them. */
  done(item: number, events: Float64Array, rejected: number): void {
    this.#port.postMessage([item, events, rejected] satisfies FromWorker, [events.buffer as ArrayBuffer]);
  }
}

/** Applies a batch, pass by pass; returns how many of its ticks were rejected. */
export function applyBatch(engine: Engine, batch: Float64Array): number {
  let rejected = 0;
  for (let at = 0; at < batch.length; at += ROW_WORDS) {
    const target = batch[at + ROW.target] as number;
    const handle = batch[at + ROW.handle] as number;
    const timeMs = batch[at + ROW.timeMs] as number;
    const source = batch[at + ROW.source] as number;
    const price = batch[at + ROW.mark] as number;
    if (target === TARGET.asset) {
      if (engine.tickAsset(handle as AssetHandle, { price, timeMs, source }) !== "applied") rejected++;
    } else if (target === TARGET.underlying) {
      if (engine.tickUnderlying(handle as UnderlyingHandle, { price, timeMs, source }) !== "applied") rejected++;
    } else {
      rejected += applyPass(engine, batch, at);
      at += ROW_WORDS * ((batch[at + ROW.rows] as number) - 1);
    }
  }
  return rejected;
}

function applyPass(engine: Engine, batch: Float64Array, from: number): number {
  const { ticks } = engine;
  const rows = batch[from + ROW.rows] as number;
  for (let row = 0, at = from; row < rows; row++, at += ROW_WORDS) {
    ticks.instrument[row] = batch[at + ROW.handle] as InstrumentHandle;
    ticks.mark[row] = batch[at + ROW.mark] as number;
    ticks.index[row] = batch[at + ROW.index] as number;
    ticks.underlyingPrice[row] = batch[at + ROW.underlyingPrice] as number;
    ticks.vol[row] = batch[at + ROW.vol] as number;
    ticks.rate[row] = batch[at + ROW.rate] as number;
    ticks.timeMs[row] = batch[at + ROW.timeMs] as number;
    ticks.source[row] = batch[at + ROW.source] as number;
  }
  return rows - engine.applyTicks(rows);
}
