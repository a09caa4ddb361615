/**
 * The data plane: batches of ticks to a worker, acknowledgements with events back, on a port of its own, and where memory is shared
 * through rings beside it. A small batch is copied as it is sent. A large one goes in a buffer that is lent to the worker and comes back
 * with the acknowledgement, so a steady flow of them allocates none.
 */

import { BufferPool } from "./buffer-pool.js";
import { Ring, type SharedMemory } from "./ring.js";

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
