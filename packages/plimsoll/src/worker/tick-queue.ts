/** Ticks on their way to workers: gathered into batches of which a few are under way at once, conflated while workers are behind. */
import { NAMES } from "../core/layout.js";
import { refusalOfNaN } from "../options.js";
import type { PriceTick, Tick } from "../types.js";
import { BufferPool } from "./buffer-pool.js";
import { Conflation, type MarketTerms } from "./conflation.js";
import { keepAlive } from "./platform.js";
import { ROW, ROW_WORDS, TARGET } from "./tick-row.js";
import type { TickQueueStats, WorkerTickBuffer } from "./types.js";

const LATE = NAMES.tickStatus.indexOf("rejected-time");
const ROWS_FIRST = 64;
/** One that is being applied, and one that waits at the worker's door, so that it need not wait for the next. */
const SHORT_BATCHES_IN_FLIGHT_MAX = 2;
/**
 * A batch that takes longer makes up for the worker's wait by ten times (a trip to a worker and back is 0.5 ms where processors are
 * busy); what waits at its door meanwhile would only be older than what comes instead.
 */
const BATCH_MS_SHORT = 5;
/** What comes after it comes at the end of the task, and costs a runtime's bookkeeping less than `queueMicrotask`. */
const TASK = Promise.resolve();

export interface TickQueueOptions {
  /** Ticks of a full batch; and how many wait unconflated while workers are behind. */
  readonly capacity: number;
  /** Ticks that an engine takes in one pass. */
  readonly passRowsMax: number;
  readonly conflate: "latest" | "extremes";
  /** Batches under way at once, beside those that calls push ahead; default 2, and 1 after a batch that took 5 ms or longer. */
  readonly batchesInFlightMax?: number | undefined;
  /** How long a tick may wait for company, milliseconds; default: until the end of the task that gives it. */
  readonly flushMs?: number | undefined;
  readonly market: MarketTerms;
}

export interface TickQueueListener {
  /** Sends a batch to every worker; it is the listener's until it gives it to {@link TickQueue.recycle}. */
  post(batch: Float64Array<ArrayBuffer>): void;
  /** A tick has been refused before it was sent. */
  rejected(target: number, handle: number, status: number, timeMs: number): void;
}

/**
 * While fewer batches than may are under way, ticks go out at the end of the task that gives them (or after
 * `flushMs`, or when a batch is full). Else workers are behind and ticks wait, `capacity` of them as they came; then they conflate
 * (see conflation.ts). So it holds at most `capacity` ticks or what conflation keeps of them, whatever a feed gives.
 */
export class TickQueue {
  readonly #listener: TickQueueListener;
  readonly #capacity: number;
  readonly #passRowsMax: number;
  readonly #inFlightMax: number | undefined;
  readonly #flushMs: number | undefined;
  readonly #now: () => number;
  readonly #conflation: Conflation;
  /** Of batches that nobody reads any more: a steady flow allocates none. */
  readonly #buffers = new BufferPool();
  /** Of the batches under way, in their order: when the oldest tick of each was given. */
  readonly #inFlight: number[] = [];
  /** Ticks that wait as they came. */
  #words = new Float64Array(ROWS_FIRST * ROW_WORDS);
  #rows = 0;
  readonly #row = new Float64Array(ROW_WORDS);
  #isConflating = false;
  #oldestMs = 0;
  #batches = 0;
  #batchMs = 0;
  #latencyMs = 0;
  #isScheduled = false;
  readonly #flush = () => {
    this.#isScheduled = false;
    if (!this.#isBehind) this.seal();
  };
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(listener: TickQueueListener, options: TickQueueOptions, now = () => performance.now()) {
    this.#listener = listener;
    this.#capacity = options.capacity;
    this.#passRowsMax = options.passRowsMax;
    this.#inFlightMax = options.batchesInFlightMax;
    this.#flushMs = options.flushMs;
    this.#now = now;
    this.#conflation = new Conflation(options.conflate === "extremes", options.market);
  }

  /** A tick that is a pass of its own: accounts are assessed after it. */
  instrument(handle: number, tick: Tick): void {
    const { mark, index, underlyingPrice, vol, rate, timeMs, source = 0 } = tick;
    const refusal = refusalOfNaN(tick);
    if (refusal !== undefined) {
      this.#listener.rejected(TARGET.instrument, handle, NAMES.tickStatus.indexOf(refusal), timeMs);
      return;
    }
    this.#makeRoom(1);
    this.#push(TARGET.instrument, 1, handle, mark, index, underlyingPrice, vol, rate, timeMs, source);
    this.#schedule();
  }

  asset(handle: number, tick: PriceTick): void {
    this.#price(TARGET.asset, handle, tick);
  }

  underlying(handle: number, tick: PriceTick): void {
    this.#price(TARGET.underlying, handle, tick);
  }

  /** The first `count` rows, as one pass. */
  columns(ticks: WorkerTickBuffer, count: number): void {
    const { instrument, mark, index, underlyingPrice, vol, rate, timeMs, source } = ticks;
    this.#makeRoom(count);
    for (let row = 0; row < count; row++) {
      this.#push(
        TARGET.instrument,
        row === 0 ? count : 0,
        instrument[row] as number,
        mark[row],
        index[row],
        underlyingPrice[row],
        vol[row],
        rate[row],
        timeMs[row],
        source[row] as number,
      );
    }
    this.#schedule();
  }

  /** Sends all that waits, whatever is under way: what comes after it, a call, must see it. */
  seal(): void {
    const rows = this.#waiting;
    if (rows === 0) return;
    const batch = this.#buffers.take(rows * ROW_WORDS);
    if (this.#isConflating) this.#conflation.drainTo(batch, this.#passRowsMax);
    else {
      batch.set(this.#words.subarray(0, rows * ROW_WORDS));
      this.#conflation.pass(batch);
    }
    this.#isConflating = false;
    this.#rows = 0;
    this.#inFlight.push(this.#oldestMs);
    this.#listener.post(batch);
  }

  /** All workers have applied the first of the batches under way; `tookMs` is how long the slowest needed. */
  acknowledge(tookMs: number): void {
    const givenMs = this.#inFlight.shift();
    if (givenMs === undefined) return;
    this.#batches++;
    this.#batchMs = tookMs;
    this.#latencyMs = this.#now() - givenMs;
    if (!this.#isBehind && this.#waiting > 0 && !this.#isScheduled) this.seal();
  }

  /** Takes back a batch that nobody reads any more. */
  recycle(batch: Float64Array<ArrayBuffer>): void {
    this.#buffers.give(batch.buffer);
  }

  get stats(): Omit<TickQueueStats, "sharesMemory"> {
    const oldestMs = this.#inFlight[0] ?? (this.#waiting > 0 ? this.#oldestMs : undefined);
    return {
      depth: this.#waiting,
      ageMs: oldestMs === undefined ? 0 : this.#now() - oldestMs,
      batches: this.#batches,
      batchMs: this.#batchMs,
      latencyMs: this.#latencyMs,
      conflations: this.#conflation.conflations,
      batchesInFlight: this.#inFlight.length,
    };
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#rows = 0;
    this.#isConflating = false;
    this.#conflation.clear();
  }

  get #waiting(): number {
    return this.#isConflating ? this.#conflation.rows : this.#rows;
  }

  get #isBehind(): boolean {
    const byDefault = this.#batchMs < BATCH_MS_SHORT ? SHORT_BATCHES_IN_FLIGHT_MAX : 1;
    return this.#inFlight.length >= (this.#inFlightMax ?? byDefault);
  }

  #price(target: number, handle: number, { price, timeMs, source = 0 }: PriceTick): void {
    this.#makeRoom(1);
    this.#push(target, 1, handle, price, undefined, undefined, undefined, undefined, timeMs, source);
    this.#schedule();
  }

  /** Room for a pass: where it would not fit, what waits is sent, or conflates. */
  #makeRoom(rows: number): void {
    if (this.#isConflating || this.#rows === 0 || this.#rows + rows <= this.#capacity) return;
    if (!this.#isBehind) {
      this.seal();
      return;
    }
    this.#isConflating = true;
    for (let at = 0; at < this.#rows * ROW_WORDS; at += ROW_WORDS) {
      this.#conflate(this.#words, at);
    }
    this.#rows = 0;
  }

  #push(
    target: number,
    passRows: number,
    handle: number,
    mark: number | undefined,
    index: number | undefined,
    underlyingPrice: number | undefined,
    vol: number | undefined,
    rate: number | undefined,
    timeMs: number | undefined,
    source: number,
  ): void {
    if (this.#waiting === 0) this.#oldestMs = this.#now();
    const isConflating = this.#isConflating;
    const rows = isConflating ? this.#row : this.#room();
    const at = isConflating ? 0 : this.#rows++ * ROW_WORDS;
    rows[at + ROW.target] = target;
    rows[at + ROW.rows] = passRows;
    rows[at + ROW.handle] = handle;
    rows[at + ROW.mark] = mark ?? Number.NaN;
    rows[at + ROW.index] = index ?? Number.NaN;
    rows[at + ROW.underlyingPrice] = underlyingPrice ?? Number.NaN;
    rows[at + ROW.vol] = vol ?? Number.NaN;
    rows[at + ROW.rate] = rate ?? Number.NaN;
    rows[at + ROW.timeMs] = timeMs ?? Number.NaN;
    rows[at + ROW.source] = source;
    rows[at + ROW.count] = 1;
    if (isConflating) this.#conflate(rows, 0);
  }

  /** The words of waiting ticks, with room for one more. */
  #room(): Float64Array {
    const used = this.#rows * ROW_WORDS;
    if (used === this.#words.length) {
      const words = new Float64Array(2 * used);
      words.set(this.#words);
      this.#words = words;
    }
    return this.#words;
  }

  #conflate(rows: Float64Array, at: number): void {
    if (this.#conflation.take(rows, at)) return;
    const [target, handle, timeMs] = [rows[at + ROW.target], rows[at + ROW.handle], rows[at + ROW.timeMs]];
    this.#listener.rejected(target as number, handle as number, LATE, timeMs as number);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    if (this.#flushMs === undefined) void TASK.then(this.#flush);
    else {
      this.#timer = setTimeout(this.#flush, this.#flushMs);
      // workers keep the process, where they may
      keepAlive(this.#timer as object, false);
    }
  }
}
