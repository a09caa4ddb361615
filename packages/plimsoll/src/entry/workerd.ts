/**
 * `plimsoll` on workerd.
 *
 * @module
 */
import { startEngine } from "../engine/engine.js";
import type { Engine, EngineOptions } from "../types.js";
import { startWorkerEngine } from "../worker/engine.js";
import type { WorkerEngine, WorkerEngineOptions } from "../worker/types.js";
import { COMPILED } from "./compiled.js";

export * from "../index.js";

/** `createEngine` of `plimsoll`, on the module that the runtime has compiled. */
export function createEngine(options: EngineOptions = {}): Promise<Engine> {
  return startEngine(options, COMPILED);
}

/**
 * Refuses: workerd starts no workers.
 *
 * @throws {ConfigError} `INVALID_VALUE` for the script, {@link LoadError} `WORKER_LOAD_FAILED` where one is given
 */
export function createWorkerEngine(options: WorkerEngineOptions = {}): Promise<WorkerEngine> {
  return startWorkerEngine(options, COMPILED);
}
