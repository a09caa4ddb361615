/** The asynchronous half of the family: what `Engine` promises when it runs in workers. */
import type { PlimsollError } from "../errors.js";
import type {
  AccountColumns,
  Assessment,
  AssetHandle,
  BandEvent,
  Engine,
  EngineOptions,
  EngineStats,
  EventOptions,
  InstrumentHandle,
  LiquidationPrices,
  ListenOptions,
  PriceTick,
  Tick,
  TickBuffer,
  TickStatus,
  TopRow,
  UnderlyingHandle,
} from "../types.js";

/** Options of {@link createWorkerEngine}: those of {@link createEngine}, and how it is spread over workers. */
export interface WorkerEngineOptions extends EngineOptions {
  /** How many workers share the accounts; default: one less than the machine runs threads at once, 1 at least, 4 at most. */
  readonly workers?: number;
  /**
   * Script that each worker runs, which calls `hostEngine` of `plimsoll/worker`; default: the file beside this one, found by
   * `import.meta.url`.
   */
  readonly workerUrl?: string | URL;
  /** How long a worker may take until it is ready, milliseconds; default 10,000. */
  readonly readyTimeoutMs?: number;
  /**
   * After how many changes and batches of ticks what has changed in a worker is saved, so that another can take over after a crash; what
   * came since is kept beside it. Default 1,024.
   */
  readonly snapshotEvery?: number;
  /**
   * How many times a worker may fail within a minute: one time more and the whole engine is given up, whatever was answered in between;
   * 1 or more. Default 200.
   */
  readonly failuresPerMinuteMax?: number;
  /** How ticks travel to the workers. */
  readonly tickQueue?: TickQueueSettings;
  /**
   * Is told of every tick that was refused: in the calling thread `tick` would have answered so. Where workers are behind, one may stand
   * for several of its kind: see {@link RejectedTick.count}.
   */
  readonly onRejectedTick?: (tick: RejectedTick) => void;
  /**
   * Whether open workers keep Node, Bun or Deno from ending by itself (those of a script that is no file always keep Deno); a call under
   * way does in any case, ticks that wait for company do not. Default true.
   */
  readonly keepAlive?: boolean;
}

/** The options of {@link WorkerEngineOptions} that are about ticks. */
export type TickSettings = Pick<WorkerEngineOptions, "tickQueue" | "onRejectedTick">;

/** How ticks travel to the workers: in batches, of which a few may be under way at once. */
export interface TickQueueSettings {
  /**
   * Batches sent and not yet applied by every worker, at most; 1 or more. While so many are under way, workers are behind and ticks
   * wait. Default: 2, so that a worker need not wait for the next, and 1 after a batch that took 5 ms or longer, so that ticks wait
   * where newer ones can take their place.
   */
  readonly batchesInFlightMax?: number;
  /** How many ticks wait as they came before they conflate, and how many make a full batch; default 1,024. */
  readonly capacity?: number;
  /**
   * What is left of an instrument's ticks when they conflate: `"latest"` (the default) the last one of those that give the same
   * fields; `"extremes"` also those with the lowest and the highest mark, in the order in which they came, since a wick can
   * liquidate.
   */
  readonly conflate?: "latest" | "extremes";
  /** How long a tick may wait for company, milliseconds; default: until the end of the task that gives it. */
  readonly flushMs?: number;
  /**
   * Whether small batches and their events go through shared memory in the place of messages, where the runtime has it. Default: where
   * that is faster, in pages that are cross-origin isolated and in Deno.
   */
  readonly sharesMemory?: boolean;
}

/** A tick that was refused. */
export interface RejectedTick {
  readonly target: "instrument" | "asset" | "underlying";
  readonly handle: InstrumentHandle | AssetHandle | UnderlyingHandle;
  readonly status: Exclude<TickStatus, "applied">;
  readonly timeMs: number;
  /** How many ticks were refused with it: more than 1 where workers were behind and it took the place of earlier ones. */
  readonly count: number;
}

/** A worker that has been replaced. */
export interface WorkerReplacement {
  /** Which of the workers, from 0. */
  readonly shard: number;
  /** What became of the one before. */
  readonly reason: PlimsollError;
}

/** What subscribers of a worker engine may ask for besides. */
export interface ReplacementListener {
  /** Is told when a worker has been replaced and is up to date again. No event is lost or told twice by it. */
  readonly onReplaced?: (replacement: WorkerReplacement) => void;
}

/** What every query of a worker engine takes last. */
export interface CallOptions {
  /** Gives the call up: its promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Gives it up after so many milliseconds: its promise rejects with a {@link WorkerError}, `CALL_TIMEOUT`. Default: never. */
  readonly timeoutMs?: number;
}

/** An {@link Assessment} whose liquidation prices are asked for, not computed on the spot. */
export interface WorkerAssessment extends Omit<Assessment, "liquidation"> {
  readonly liquidation: {
    /**
     * {@link WorkerEngine.liquidationPrices} of this account, of `whatIf` after the changes, on the engine's state when it is called.
     */
    for(underlying: string | UnderlyingHandle, options?: CallOptions): Promise<LiquidationPrices>;
  };
}

/** Ticks as columns of the calling thread: write rows 0 to n − 1, then `applyTicks(n)`. NaN stands for "not given". */
export type WorkerTickBuffer = Omit<TickBuffer, "status">;

/** How ticks fare on their way to the workers, now. */
export interface TickQueueStats {
  /** Ticks that wait to be sent. */
  readonly depth: number;
  /** Batches of ticks sent and not yet applied by every worker. */
  readonly batchesInFlight: number;
  /** Age of the oldest tick that not every worker has applied, milliseconds; 0 where there is none. */
  readonly ageMs: number;
  /** Batches that every worker has applied. */
  readonly batches: number;
  /** How long the slowest worker took to apply the last of them, milliseconds. */
  readonly batchMs: number;
  /** Age of the oldest tick of the last of them when every worker had applied it, milliseconds. */
  readonly latencyMs: number;
  /** Ticks that later ones have taken the place of, since the workers were behind. */
  readonly conflations: number;
  /** Whether small batches and their events go through shared memory. */
  readonly sharesMemory: boolean;
}

/** What a worker engine holds and has done. */
export interface WorkerEngineStats extends EngineStats {
  /** Workers that share the accounts. */
  readonly workers: number;
  /** {@link WorkerEngine.tickQueue} when it was asked for. */
  readonly tickQueue: TickQueueStats;
  /** Ticks that were refused: what `tick` of an engine in the calling thread answers. */
  readonly rejectedTicks: number;
  /** The same by status. */
  readonly rejectedTicksByStatus: Readonly<Record<Exclude<TickStatus, "applied">, number>>;
  /** Workers that have been replaced after a crash. */
  readonly replacements: number;
}

/** Calls that ask and change nothing: they take {@link CallOptions} last. */
type Query =
  | "account"
  | "instrument"
  | "asset"
  | "underlying"
  | "instruments"
  | "position"
  | "balance"
  | "orders"
  | "liquidationPrices"
  | "displayedLiquidationPrice"
  | "top"
  | "totals"
  | "drainEvents"
  | "digest"
  | "snapshot"
  | "exportAccounts";

/** Members that have a shape of their own on this side. */
type Own =
  | "timeMs"
  | "ticks"
  | "tick"
  | "tickAsset"
  | "tickUnderlying"
  | "applyTicks"
  | "assess"
  | "whatIf"
  | "columns"
  | "events"
  | "subscribe"
  | "stats"
  | "dispose"
  | typeof Symbol.dispose
  | typeof Symbol.asyncDispose;

type Asked<Method> = Method extends (...args: infer Args) => infer Result
  ? (...args: [...args: Args, options?: CallOptions]) => Promise<Result>
  : never;

type Promised<Method> = Method extends (...args: infer Args) => infer Result
  ? (...args: Args) => Promise<Result>
  : Method;

type AsyncFamily = {
  readonly [Member in keyof Engine as Member extends Own ? never : Member]: Member extends Query
    ? Asked<Engine[Member]>
    : Promised<Engine[Member]>;
};

/**
 * An engine in workers: the methods of {@link Engine}, answered by promises. Calls take effect in the order in which they are
 * made, ticks among them, whether their promises are awaited or not.
 *
 * A promise rejects with what the method of {@link Engine} throws, and then nothing has changed; with a {@link WorkerError}
 * where a worker failed; with a {@link DisposedError} where the engine was disposed before it could answer.
 */
export interface WorkerEngine extends AsyncFamily {
  /** The engine's time, milliseconds since the epoch. */
  readonly timeMs: Promise<number>;
  /** Columns for a batch of ticks. */
  readonly ticks: WorkerTickBuffer;
  /** How ticks fare on their way, told at once and without a call to the workers. */
  readonly tickQueue: TickQueueStats;
  /**
   * Sends a tick to every worker; what becomes of it is in `stats()`.
   *
   * @throws {HandleError} for a handle that is unknown or stale
   */
  tick(instrument: InstrumentHandle, tick: Tick): void;
  /** Sends an asset's price to every worker. */
  tickAsset(asset: AssetHandle, tick: PriceTick): void;
  /** Sends an underlying's reference price to every worker. */
  tickUnderlying(underlying: UnderlyingHandle, tick: PriceTick): void;
  /** Sends the first `count` rows of `ticks`, which are applied as one batch; the rows may be written again at once. */
  applyTicks(count: number): void;
  /** Resolves when everything before it, ticks and calls, has been applied by every worker. */
  flush(options?: CallOptions): Promise<void>;
  /**
   * Changes how many workers share the accounts, which move to where the new number puts them. Calls and ticks wait meanwhile;
   * nothing is lost, and handles stay as they are. Where it rejects, all is as it was.
   *
   * @throws {ConfigError} `INVALID_VALUE`
   * @throws {LoadError} where a new worker does not start
   */
  resize(workers: number): Promise<void>;
  /** Assesses an account now. */
  assess(account: Parameters<Engine["assess"]>[0], options?: CallOptions): Promise<WorkerAssessment>;
  /** The assessment after changes that are not made. */
  whatIf(...args: [...Parameters<Engine["whatIf"]>, options?: CallOptions]): Promise<WorkerAssessment>;
  /** Every account's figures as they are when the call's turn comes: a copy, in the order of registration. */
  columns(options?: CallOptions): Promise<AccountColumns>;
  /** Band crossings from now on, as they come; ends when the engine is disposed or the signal aborts. */
  events(options?: EventOptions & ReplacementListener): AsyncIterableIterator<BandEvent>;
  /** Calls `listener` with every band crossing from now on; what it throws harms nobody else. Returns what ends it. */
  subscribe(listener: (event: BandEvent) => void, options?: ListenOptions & ReplacementListener): () => void;
  /** The accounts that come first by a figure. */
  top(...args: [...Parameters<Engine["top"]>, options?: CallOptions]): Promise<TopRow[]>;
  /** What the engine holds and has done, on both sides. */
  stats(options?: CallOptions): Promise<WorkerEngineStats>;
  /**
   * Lets calls under way and ticks given come to their end, then ends the workers. Later calls are refused with
   * {@link DisposedError}. A second call waits for the same end.
   */
  dispose(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
