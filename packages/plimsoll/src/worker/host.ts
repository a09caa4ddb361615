/** What runs in a worker: an engine, and the order in which the two planes reach it. */
import { invalid } from "../checks.js";
import type { Port } from "../core/host-types.js";
import { InThreadEngine, startEngine } from "../engine/engine.js";
import { ConfigError } from "../errors.js";
import type { Engine, EngineOptions } from "../types.js";
import { answerOf } from "./answer.js";
import { applyBatch } from "./batch.js";
import { type CallName, CHANGES, type VoteName } from "./calls.js";
import { type Control, dataOfError, exposeControl, type Outcome } from "./control.js";
import { DataHost } from "./data-plane.js";
import { failOnRejection, holdLock, isWorker, onMessageFromOutside } from "./platform.js";
import type { SharedMemory } from "./ring.js";

/** The first message to a worker: its two ports. Other messages are not for this package. */
export interface Invitation {
  readonly plimsoll: "host an engine";
  readonly control: Port;
  readonly data: Port;
  /** Beside `data`, where memory can be shared. */
  readonly memory: SharedMemory | undefined;
  /** See {@link Thread.lifeLock}. */
  readonly lifeLock: string | undefined;
}

/** Changes that a worker's own script may make: they are of the market, as its feed is, which will make them again after a crash. */
const OF_THE_FEED: ReadonlySet<CallName> = new Set(["advance", "setSurface", "reassessAll"]);

let isHosting = false;

/** How a worker makes the engine that it hosts from the options given on the other side, a snapshot among them after a crash. */
export type EngineSource = (options: EngineOptions) => Engine | Promise<Engine>;

/**
 * Makes this worker host an engine for the `createWorkerEngine` that started it with `workerUrl`.
 *
 * A worker that owns its feed gives the engine that it ticks itself, so that feed and engine are in one thread: registrations
 * and questions come from the other side, band events go there. What the script itself may change is the market, by ticks, `advance` and
 * `setSurface`; anything else is refused (`NOT_APPLICABLE`), since a crash would lose it.
 *
 * @throws {ConfigError} `INVALID_VALUE` where `source` is no function: an engine that is there already could not be made again;
 *   `NOT_APPLICABLE` anywhere but in a worker, and in one that hosts an engine already
 */
export function hostEngine(source: EngineSource = startHosted): void {
  if (typeof source !== "function") throw invalid("hostEngine.source", "a function that makes an engine", source);
  if (!isWorker()) {
    const expected = "the thread of a worker that createWorkerEngine starts";
    throw new ConfigError("NOT_APPLICABLE", { path: "hostEngine", expected, received: "another thread" });
  }
  if (isHosting) {
    const expected = "one call in a worker, which hosts one engine";
    throw new ConfigError("NOT_APPLICABLE", { path: "hostEngine", expected, received: "a second one" });
  }
  isHosting = true;
  failOnRejection();
  let isInvited = false;
  onMessageFromOutside((message) => {
    const { plimsoll, control, data, memory, lifeLock } = (message ?? {}) as Partial<Invitation>;
    if (isInvited || plimsoll !== "host an engine" || control === undefined || data === undefined) return;
    // who starts the worker is the first to send it one
    isInvited = true;
    new Host({ plimsoll, control, data, memory, lifeLock }, source);
  });
}

/** The module comes with the invitation, so that a worker's script needs no file beside it. */
const startHosted = (options: EngineOptions) => startEngine(options, {});

class Host implements Control {
  #engine: InThreadEngine | undefined;
  #module: WebAssembly.Module | undefined;
  readonly #source: EngineSource;
  readonly #lifeLock: string | undefined;
  readonly #data: DataHost;
  /** Whose turn it is. */
  #next = 1;
  /** A change that waits for the pool to say whether all shards make it, and everything behind it too. */
  #ballot: { readonly item: number; readonly method: CallName; readonly args: readonly unknown[] } | undefined;
  /** What has come before its turn. */
  readonly #early = new Map<number, () => void>();
  /** Records of events that the call or batch under way has caused. */
  #events: Float64Array[] = [];
  #isInTurn = false;

  constructor({ control, data, memory, lifeLock }: Invitation, source: EngineSource) {
    this.#source = source;
    this.#lifeLock = lifeLock;
    this.#data = new DataHost(data, memory, (item, batch) => {
      const kept = this.#isTurnOf(item) ? batch : batch.slice();
      this.#inTurn(item, () => this.#apply(item, kept));
    });
    exposeControl(control, this);
  }

  start = async (module: WebAssembly.Module, options: EngineOptions): Promise<Outcome> => {
    try {
      const given = { ...options, wasm: module };
      const engine = await this.#source(given);
      if (!(engine instanceof InThreadEngine)) throw new TypeError("hostEngine takes what createEngine has made");
      if (options.snapshot === undefined) requireEmpty(engine);
      this.#guard(engine);
      engine.relayEvents((records) => this.#relay(records));
      this.#engine = engine;
      this.#module = module;
      return { value: await holdLock(this.#lifeLock) };
    } catch (error) {
      return { error: dataOfError(error) };
    }
  };

  /** Refuses changes of the script's own: the calling side has the handles and the journal. */
  #guard(engine: InThreadEngine): void {
    const methods = engine as unknown as Record<string, (...args: readonly unknown[]) => unknown>;
    for (const name of CHANGES) {
      const change = methods[name];
      if (OF_THE_FEED.has(name) || change === undefined) continue;
      methods[name] = (...args) => {
        if (this.#isInTurn) return Reflect.apply(change, engine, args);
        const expected = "a call on the calling side, which can repeat it after a crash";
        throw new ConfigError("NOT_APPLICABLE", { path: name, expected, received: "one of the worker's own script" });
      };
    }
  }

  execute = (item: number, method: CallName, args: readonly unknown[]): Promise<Outcome> => {
    return new Promise((resolve) => this.#inTurn(item, () => resolve(this.#call(item, method, args))));
  };

  vote = (item: number, method: VoteName, args: readonly unknown[]): Promise<Outcome> => {
    return new Promise((resolve) => {
      this.#inTurn(item, () => {
        const outcome = outcomeOf(() => (this.#live.checks[method] as (...args: readonly unknown[]) => void)(...args));
        if ("value" in outcome) this.#ballot = { item, method, args };
        else this.#data.done(item, this.#takeEvents());
        resolve(outcome);
      });
    });
  };

  decide = async (isKept: boolean): Promise<Outcome> => {
    if (this.#ballot === undefined) throw new TypeError("there was no vote");
    const { item, method, args } = this.#ballot;
    this.#ballot = undefined;
    let outcome: Outcome = { value: undefined };
    this.#isInTurn = true;
    if (isKept) outcome = this.#call(item, method, args);
    else this.#data.done(item, this.#takeEvents());
    this.#isInTurn = false;
    this.#goOn();
    return outcome;
  };

  /** Runs what has `item` for its place when all before it has run; nothing in it waits. */
  #inTurn(item: number, run: () => void): void {
    if (this.#isTurnOf(item)) this.#take(run);
    else this.#early.set(item, run);
    this.#goOn();
  }

  #isTurnOf(item: number): boolean {
    return item === this.#next && this.#ballot === undefined;
  }

  #take(turn: () => void): void {
    this.#next++;
    this.#isInTurn = true;
    turn();
    this.#isInTurn = false;
  }

  #goOn(): void {
    while (this.#ballot === undefined) {
      const turn = this.#early.get(this.#next);
      if (turn === undefined) return;
      this.#early.delete(this.#next);
      this.#take(turn);
    }
  }

  #call(item: number, method: CallName, args: readonly unknown[]): Outcome {
    const outcome = outcomeOf(() => answerOf(this.#live, this.#module as WebAssembly.Module, method, args));
    const isLost = "error" in outcome && outcome.error.code === "ENGINE_FAULT";
    if (isLost) this.#stop();
    else if (CHANGES.has(method)) this.#data.done(item, this.#takeEvents());
    return outcome;
  }

  #apply(item: number, batch: Float64Array): void {
    try {
      const startMs = performance.now();
      const rejections = applyBatch(this.#live, batch);
      this.#data.done(item, this.#takeEvents(), rejections, performance.now() - startMs, batch);
    } catch (error) {
      this.#stop();
      // uncaught, so that the supervisor hears of it: a batch has nobody whom to answer
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  /** What comes after a fault is for the worker that takes over: here it would find half of what came before. */
  #stop(): void {
    this.#next = Number.NaN;
  }

  get #live(): InThreadEngine {
    if (this.#engine === undefined) throw new TypeError("a call came before `start`");
    return this.#engine;
  }

  #relay(records: Float64Array): void {
    this.#events.push(records);
    // what the worker's own feed has caused belongs to no call
    if (!this.#isInTurn && this.#events.length === 1) {
      queueMicrotask(() => this.#data.done(0, this.#takeEvents()));
    }
  }

  #takeEvents(): Float64Array {
    const events = this.#events;
    this.#events = [];
    if (events.length === 1) return events[0] as Float64Array;
    const words = new Float64Array(events.reduce((length, records) => length + records.length, 0));
    let at = 0;
    for (const records of events) {
      words.set(records, at);
      at += records.length;
    }
    return words;
  }
}

/** @throws {ConfigError} `NOT_APPLICABLE` where the script has registered what only the calling side can give handles to */
function requireEmpty(engine: InThreadEngine): void {
  const { accounts, instruments, assets } = engine.stats();
  // the quote asset comes with the engine
  if (accounts + instruments + assets === 1) return;
  const expected = "a function that makes an engine in which nothing is registered yet";
  const received = `one with ${instruments} instruments, ${accounts} accounts and ${assets} assets`;
  throw new ConfigError("NOT_APPLICABLE", { path: "hostEngine.source", expected, received });
}

function outcomeOf(call: () => unknown): Outcome {
  try {
    return { value: call() };
  } catch (error) {
    return { error: dataOfError(error) };
  }
}
