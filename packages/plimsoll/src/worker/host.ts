/** What runs in a worker: an engine, and the order in which the two planes reach it. */
import { createEngine, InThreadEngine } from "../engine.js";
import { FaultError } from "../errors.js";
import type { Engine, EngineOptions } from "../types.js";
import { answerOf, CALLS, type CallName } from "./calls.js";
import { type Control, dataOfError, exposeControl, type Outcome } from "./control.js";
import { applyBatch, DataHost } from "./data-plane.js";
import { onMessageFromOutside } from "./platform.js";

/** The first message to a worker: its two ports. Other messages are not for this package. */
export interface Invitation {
  readonly plimsoll: "host an engine";
  readonly control: MessagePort;
  readonly data: MessagePort;
}

/** Engine that a worker hosts, or how it makes one from the options given on the other side. */
export type EngineSource = Engine | ((options: EngineOptions) => Engine | Promise<Engine>);

/**
 * Makes this worker host an engine for the `createWorkerEngine` that started it with `workerUrl`.
 *
 * A worker that owns its feed gives the engine that it ticks itself, so that feed and engine are in one thread: registrations
 * and questions come from the other side, band events go there.
 */
export function hostEngine(source: EngineSource = createEngine): void {
  onMessageFromOutside((message) => {
    const { plimsoll, control, data } = (message ?? {}) as Partial<Invitation>;
    if (plimsoll !== "host an engine" || control === undefined || data === undefined) return;
    new Host(control, data, source);
  });
}

class Host implements Control {
  #engine: InThreadEngine | undefined;
  readonly #source: EngineSource;
  readonly #data: DataHost;
  /** Whose turn it is. */
  #next = 1;
  /** What has come before its turn. */
  readonly #early = new Map<number, () => void>();
  /** Records of events that the call or batch under way has caused. */
  #events: Float64Array[] = [];
  #isInTurn = false;

  constructor(control: MessagePort, data: MessagePort, source: EngineSource) {
    this.#source = source;
    this.#data = new DataHost(data, (item, batch) => this.#inTurn(item, () => this.#apply(item, batch)));
    exposeControl(control, { start: this.start, execute: this.execute } as Control);
  }

  start = async (module: WebAssembly.Module | undefined, options: EngineOptions): Promise<Outcome> => {
    try {
      const given = module === undefined ? options : { ...options, wasm: module };
      const engine = typeof this.#source === "function" ? await this.#source(given) : this.#source;
      if (!(engine instanceof InThreadEngine)) throw new TypeError("hostEngine takes what createEngine has made");
      engine.relayEvents((records) => this.#relay(records));
      this.#engine = engine;
      return { value: undefined };
    } catch (error) {
      return { error: dataOfError(error) };
    }
  };

  execute = (item: number, method: string, args: readonly unknown[]): Promise<Outcome> => {
    return new Promise((resolve) => this.#inTurn(item, () => resolve(this.#call(item, method, args))));
  };

  /** Runs what has `item` for its place when all before it has run; nothing in it waits. */
  #inTurn(item: number, run: () => void): void {
    this.#early.set(item, run);
    for (;;) {
      const turn = this.#early.get(this.#next);
      if (turn === undefined) return;
      this.#early.delete(this.#next++);
      this.#isInTurn = true;
      turn();
      this.#isInTurn = false;
    }
  }

  #call(item: number, method: string, args: readonly unknown[]): Outcome {
    let outcome: Outcome;
    try {
      outcome = { value: answerOf(this.#live, method as CallName, args) };
    } catch (error) {
      outcome = { error: dataOfError(error) };
      if (error instanceof FaultError) return outcome;
    }
    if (CALLS[method as CallName] === "change") this.#data.done(item, this.#takeEvents(), 0);
    return outcome;
  }

  #apply(item: number, batch: Float64Array): void {
    try {
      const rejected = applyBatch(this.#live, batch);
      this.#data.done(item, this.#takeEvents(), rejected);
    } catch (error) {
      // uncaught, so that the supervisor hears of it: a batch has nobody whom to answer
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  get #live(): InThreadEngine {
    if (this.#engine === undefined) throw new TypeError("a call came before `start`");
    return this.#engine;
  }

  #relay(records: Float64Array): void {
    this.#events.push(records);
    // what the worker's own feed has caused belongs to no call
    if (!this.#isInTurn && this.#events.length === 1) {
      queueMicrotask(() => this.#data.done(0, this.#takeEvents(), 0));
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
