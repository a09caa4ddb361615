/**
 * The data plane: batches of ticks to a worker, acknowledgements with events back, on a port of its own, and where memory is shared
 * through rings beside it. A small batch is copied as it is sent. A large one goes in a buffer that is lent to the worker and comes back
 * with the acknowledgement, so a steady flow of them allocates none.
 */

import { NAMES } from "../core/layout.js";
import { FaultError, PlimsollError } from "../errors.js";
import type { AssetHandle, Engine, InstrumentHandle, TickStatus, UnderlyingHandle } from "../types.js";
import { BufferPool } from "./buffer-pool.js";
import { Ring, type SharedMemory } from "./ring.js";
import { ROW, ROW_WORDS, TARGET } from "./tick-row.js";

type ToWorker = readonly [item: number, batch: Float64Array<ArrayBuffer>];
type FromWorker = readonly [
  item: number,
  events: Float64Array,
  rejections: Float64Array,
  tookMs: number,
  lent: ArrayBuffer | undefined,
];

/** How an acknowledgement begins in shared memory; its rejections follow, then its events. */
type AcknowledgementHead = readonly [item: number, tookMs: number, rejectionWords: number];
const HEAD_WORDS = 3;

/** What the calling side hears. */
export interface DataListener {
  /**
   * An item has been carried out; `events` are records of the engine, `rejections` the ticks refused (see tick-row.ts), only for now,
   * `tookMs` how long a batch took.
   */
  done(item: number, events: Float64Array, rejections: Float64Array, tookMs: number): void;
}

const NOTHING: Float64Array = new Float64Array(0);
/** From how many numbers on a buffer is moved: below that the bookkeeping of a move costs both threads more than a copy does. */
const MOVED_WORDS_MIN = 1_024;

/** The calling side's end. */
export class DataLink {
  readonly #port: MessagePort;
  readonly #outbound: Ring | undefined;
  readonly #inbound: Ring | undefined;
  readonly #buffers = new BufferPool();

  constructor(port: MessagePort, memory: SharedMemory | undefined, on: DataListener) {
    this.#port = port;
    [this.#outbound, this.#inbound] = memory?.map((half) => new Ring(half)) ?? [];
    const take = (record: Float64Array) => {
      const [item, tookMs, rejectionWords] = record as unknown as AcknowledgementHead;
      const at = HEAD_WORDS + rejectionWords;
      on.done(item, record.slice(at), record.subarray(HEAD_WORDS, at), tookMs);
    };
    port.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      this.#inbound?.release(take);
      const [item, events, rejections, tookMs, lent] = data;
      if (lent !== undefined) this.#buffers.give(lent);
      on.done(item, events, rejections, tookMs);
    };
    void this.#inbound?.listen(take);
  }

  /** Sends a copy of a batch. */
  post(item: number, batch: Float64Array<ArrayBuffer>): void {
    if (this.#outbound?.write([item], batch)) return;
    this.#outbound?.hold();
    if (batch.length < MOVED_WORDS_MIN) {
      this.#port.postMessage([item, batch] satisfies ToWorker);
      return;
    }
    const copy = this.#buffers.take(batch.length);
    copy.set(batch);
    this.#port.postMessage([item, copy] satisfies ToWorker, [copy.buffer]);
  }

  close(): void {
    this.#port.close();
    this.#inbound?.close();
  }
}

/** The worker's end. */
export class DataHost {
  readonly #port: MessagePort;
  readonly #outbound: Ring | undefined;

  /** `receive` has a batch only for now, unless it copies it. */
  constructor(
    port: MessagePort,
    memory: SharedMemory | undefined,
    receive: (item: number, batch: Float64Array) => void,
  ) {
    this.#port = port;
    const [inbound, outbound] = memory?.map((half) => new Ring(half)) ?? [];
    this.#outbound = outbound;
    const take = (record: Float64Array) => receive(record[0] as number, record.subarray(1));
    port.onmessage = ({ data: [item, batch] }: MessageEvent<ToWorker>) => {
      inbound?.release(take);
      receive(item, batch);
    };
    void inbound?.listen(take);
  }

  /**
   * Acknowledges an item with the events that it has caused, in one message, so that nothing can part them. `events` and the `batch`
   * that the item was are not to be read afterwards.
   */
  done(item: number, events: Float64Array, rejections = NOTHING, tookMs = 0, batch?: Float64Array): void {
    const lent = batch !== undefined && batch.length >= MOVED_WORDS_MIN ? (batch.buffer as ArrayBuffer) : undefined;
    const head: AcknowledgementHead = [item, tookMs, rejections.length];
    if (lent === undefined && this.#outbound?.write(head, rejections, events)) return;
    this.#outbound?.hold();
    const moved = lent === undefined ? [] : [lent];
    if (events.length >= MOVED_WORDS_MIN) moved.push(events.buffer as ArrayBuffer);
    this.#port.postMessage([item, events, rejections, tookMs, lent] satisfies FromWorker, moved);
  }
}

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
