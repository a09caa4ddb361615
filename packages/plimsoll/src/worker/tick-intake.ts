/** Ticks as callers give them: refused where they are none, queued for every shard, and counted where shards refuse them. */
import { type KnownFields, requireHandle, requireWhole } from "../checks.js";
import { NAMES, QUOTE_ASSET } from "../core/layout.js";
import type { Registry } from "../engine/registry.js";
import { TICK_CAPACITY } from "../engine/ticks.js";
import { ConfigError } from "../errors.js";
import { guarded } from "../event-stream.js";
import { PRICE_TICK, requireNumbers, requireTick, TICK } from "../options.js";
import type { AssetHandle, InstrumentHandle, PriceTick, Tick, UnderlyingHandle } from "../types.js";
import type { Batch } from "./asked.js";
import type { Market } from "./market.js";
import { TickQueue, type TickQueueListener } from "./tick-queue.js";
import { REJECTION_WORDS, TARGET_NAMES } from "./tick-row.js";
import type { RejectedTick, TickSettings, WorkerEngineStats, WorkerTickBuffer } from "./types.js";

export class TickIntake {
  readonly columns: WorkerTickBuffer;
  readonly queue: TickQueue;
  readonly #market: Market;
  readonly #onRejected: ((tick: RejectedTick) => void) | undefined;
  /** By status. */
  readonly #rejections = new Array<number>(NAMES.tickStatus.length).fill(0);

  /** `post` sends a batch to every shard. */
  constructor(
    market: Market,
    post: (words: Float64Array<ArrayBuffer>) => void,
    { tickQueue, onRejectedTick }: TickSettings,
    capacity = TICK_CAPACITY,
  ) {
    this.#market = market;
    this.columns = columnsOf(capacity);
    this.#onRejected = onRejectedTick;
    const rejected: TickQueueListener["rejected"] = (...tick) => this.#rejected(...tick);
    // undefined is what is not given, as everywhere
    const { capacity: waitingMax = TICK_CAPACITY, conflate = "latest", ...settings } = tickQueue ?? {};
    this.queue = new TickQueue(
      { post, rejected },
      {
        ...settings,
        capacity: waitingMax,
        conflate,
        passRowsMax: capacity,
        market,
      },
    );
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
    this.#check("tick", "tick.instrument", this.#market.instruments, instrument, tick, TICK);
    this.queue.instrument(instrument, tick);
  }

  asset(asset: AssetHandle, tick: PriceTick): void {
    if (asset === QUOTE_ASSET) {
      const expected = "an asset other than the quote asset, whose price is 1";
      throw new ConfigError("NOT_APPLICABLE", { path: "tickAsset.asset", expected, received: "the quote asset" });
    }
    this.#check("tickAsset", "tickAsset.asset", this.#market.assets, asset, tick, PRICE_TICK);
    this.queue.asset(asset, tick);
  }

  underlying(underlying: UnderlyingHandle, tick: PriceTick): void {
    const { underlyings } = this.#market;
    this.#check("tickUnderlying", "tickUnderlying.underlying", underlyings, underlying, tick, PRICE_TICK);
    this.queue.underlying(underlying, tick);
  }

  /** The first `count` rows of the columns. */
  batch(count: number): void {
    requireWhole(count, "applyTicks.count", 0, this.columns.capacity);
    if (count > 0) this.queue.columns(this.columns, count);
  }

  /** A shard has applied a batch. */
  applied(batch: Batch, shard: number, rejections: Float64Array, tookMs: number): void {
    // the market is the same in all shards, and so is what they refuse
    for (let at = 0; shard === 0 && at < rejections.length; at += REJECTION_WORDS) {
      const [target, handle, status, timeMs, count] = rejections.subarray(at, at + REJECTION_WORDS);
      this.#rejected(target as number, handle as number, status as number, timeMs as number, count as number);
    }
    batch.tookMs = Math.max(batch.tookMs, tookMs);
    if (--batch.left === 0) this.queue.acknowledge(batch.tookMs);
  }

  /** A shard will not repeat a batch any more. */
  released(batch: Batch): void {
    if (--batch.journals === 0) this.queue.recycle(batch.words);
  }

  /** Refuses without an allocation where there is nothing to refuse. */
  #check(
    method: string,
    path: string,
    known: Registry<number>,
    handle: number,
    tick: Tick | PriceTick,
    fields: KnownFields,
  ): void {
    requireHandle(handle, path);
    requireTick(tick, fields, method);
    requireNumbers(tick, fields, method);
    this.#market.require(known, handle, path);
  }

  #rejected(target: number, handle: number, status: number, timeMs: number, count = 1): void {
    this.#rejections[status] = (this.#rejections[status] as number) + count;
    const tick = {
      target: TARGET_NAMES[target],
      handle,
      status: NAMES.tickStatus[status],
      timeMs,
      count,
    } as RejectedTick;
    // where it stands for none, the one that took its place has stood for it
    if (count === 0) return;
    guarded(() => this.#onRejected?.(tick));
  }
}

/** Columns of so many rows with nothing given in them. */
function columnsOf(capacity: number): WorkerTickBuffer {
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
