/**
 * `plimsoll/slim`: `plimsoll` and `plimsoll/math` for those who bring the WebAssembly module, and the worker's script, themselves.
 * Names no file, so that no bundler emits one.
 *
 * @module
 */
import { startEngine } from "../engine/engine.js";
import type { Engine, EngineOptions } from "../types.js";
import { startWorkerEngine } from "../worker/engine.js";
import type { WorkerEngine, WorkerEngineOptions } from "../worker/types.js";
import type { Brought } from "./brought.js";

export * from "../index.js";
export { type EngineSource, hostEngine } from "../worker/host.js";
export type { Brought } from "./brought.js";
/** `plimsoll/math`, whose `loadMath` takes the module too. */
export * as math from "./slim-math.js";

/**
 * `createEngine` of `plimsoll`, on a module that the caller brings.
 *
 * @throws {ConfigError} `INVALID_VALUE` where `wasm` is missing
 */
export function createEngine(options: EngineOptions & Brought): Promise<Engine> {
  return startEngine(options, {});
}

/**
 * `createWorkerEngine` of `plimsoll`, on a module and a script that the caller brings. The script is `plimsoll/worker.js`, or
 * one that calls `hostEngine`.
 *
 * @throws {ConfigError} `INVALID_VALUE` where `wasm` or `workerUrl` is missing
 */
export function createWorkerEngine(
  options: WorkerEngineOptions & Brought & { readonly workerUrl: string | URL },
): Promise<WorkerEngine> {
  return startWorkerEngine(options, {});
}
