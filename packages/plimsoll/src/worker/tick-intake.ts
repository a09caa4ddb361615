/** Ticks as callers give them: refused where they are none, queued for every shard, and counted where shards refuse them. */
import { requireHandle, requireNumber, requireWhole } from "../checks.js";
import { ConfigError } from "../errors.js";
import { guarded } from "../event-stream.js";
import { NAMES } from "../layout.js";
import { checkPriceTick, checkTick } from "../options.js";
import type { AssetHandle, InstrumentHandle, PriceTick, Tick, UnderlyingHandle } from "../types.js";
import type { Market } from "./market.js";
import type { Batch } from "./supervisor.js";
import { TICK_CAPACITY, tickColumns } from "./tick-columns.js";
import { TickQueue } from "./tick-queue.js";
import { REJECTION_WORDS, TARGET_NAMES } from "./tick-row.js";
import type { RejectedTick, TickQueueStats, TickSettings, WorkerEngineStats, WorkerTickBuffer } from "./types.js";

const QUOTE = 0 as AssetHandle;
/** What a tick may have, of whichever kind it is. */
const TICK_FIELDS = ["mark", "index", "underlyingPrice", "vol", "rate", "price", "timeMs", "source"] as const;

export class TickIntake {
  readonly columns: WorkerTickBuffer;
  readonly #market: Market;
  readonly #queue: TickQueue;
  readonly #onRejected: ((tick: RejectedTick) => void) | undefined;
  /** By status. */
  readonly #rejections = new Array<number>(NAMES.tickStatus.length).fill(0);

  /** `post` sends a batch to every shard. */
  constructor(
    market: Market,
    post: (words: Float64Array<ArrayBuffer>) => void,
    { tickQueue, onRejectedTick }: TickSettings,
    capacity?: number,
  ) {
    this.#market = market;
    this.columns = tickColumns(capacity);
    this.#onRejected = onRejectedTick;
    const rejected = (target: number, handle: number, status: number, timeMs: number) =>
      this.#rejected(target, handle, status, timeMs);
    this.#queue = new TickQueue(
      { post, rejected },
      {
        capacity: TICK_CAPACITY,
        conflate: "latest",
        ...tickQueue,
        passRowsMax: this.columns.capacity,
        underlyingOf: (instrument) => market.underlyingOf(instrument),
      },
    );
  }

  get queue(): Omit<TickQueueStats, "sharesMemory"> {
    return this.#queue.stats;
  }

  /** How many ticks have been refused. */
  get rejected(): Pick<WorkerEngineStats, "rejectedTicks" | "rejectedTicksByStatus"> {
    const [, ...statuses] = NAMES.tickStatus;
    const [, ...counts] = this.#rejections;
    return {
      rejectedTicks: counts.reduce((total, count) => total + count),
      rejectedTicksByStatus: Object.fromEntries(
        statuses.map((status, i) => [status, counts[i]]),
      ) as WorkerEngineStats["rejectedTicksByStatus"],
    };
  }

  instrument(instrument: InstrumentHandle, tick: Tick): void {
    this.#check("tick", "instrument", instrument, tick, checkTick);
    this.#queue.instrument(instrument, tick);
  }

  asset(asset: AssetHandle, tick: PriceTick): void {
    if (asset === QUOTE) {
      const expected = "an asset other than the quote asset, whose price is 1";
      throw new ConfigError("NOT_APPLICABLE", { path: "tickAsset.asset", expected, received: "the quote asset" });
    }
    this.#check("tickAsset", "asset", asset, tick, checkPriceTick);
    this.#queue.asset(asset, tick);
  }

  underlying(underlying: UnderlyingHandle, tick: PriceTick): void {
    this.#check("tickUnderlying", "underlying", underlying, tick, checkPriceTick);
    this.#queue.underlying(underlying, tick);
  }

  /** The first `count` rows of the columns. */
  batch(count: number): void {
    requireWhole(count, "applyTicks.count", 0, this.columns.capacity);
    if (count > 0) this.#queue.columns(this.columns, count);
  }

  /** Sends what waits: what comes after it must see it. */
  seal(): void {
    this.#queue.seal();
  }

  end(): void {
    this.#queue.end();
  }

  /** A shard has applied a batch. */
  applied(batch: Batch, shard: number, rejections: Float64Array, tookMs: number): void {
    // the market is the same in all shards, and so is what they refuse
    for (let at = 0; shard === 0 && at < rejections.length; at += REJECTION_WORDS) {
      const [target, handle, status, timeMs] = rejections.subarray(at, at + REJECTION_WORDS);
      this.#rejected(target as number, handle as number, status as number, timeMs as number);
    }
    batch.tookMs = Math.max(batch.tookMs, tookMs);
    if (--batch.left === 0) this.#queue.acknowledge(batch.tookMs);
  }

  /** A shard will not repeat a batch any more. */
  released(batch: Batch): void {
    if (--batch.journals === 0) this.#queue.recycle(batch.words);
  }

  #check<Given extends Tick | PriceTick>(
    method: string,
    target: (typeof TARGET_NAMES)[number],
    handle: number,
    tick: Given,
    checkFields: (tick: Given, path: string) => void,
  ): void {
    const path = `${method}.${target}`;
    requireHandle(handle, path);
    checkFields(tick, method);
    // what is no number, nor missing, would be taken for a fault of the engine
    const fields: Partial<Record<(typeof TICK_FIELDS)[number], unknown>> = tick;
    for (const field of TICK_FIELDS) {
      if (fields[field] !== undefined) requireNumber(fields[field], `${method}.${field}`);
    }
    this.#market.require(target, handle, path);
  }

  #rejected(target: number, handle: number, status: number, timeMs: number): void {
    this.#rejections[status] = (this.#rejections[status] as number) + 1;
    const tick = { target: TARGET_NAMES[target], handle, status: NAMES.tickStatus[status], timeMs } as RejectedTick;
    guarded(() => this.#onRejected?.(tick));
  }
}
