/**
 * `plimsoll/inline`: `plimsoll` and `plimsoll/math` in one file, the WebAssembly module within it. A third larger than the two
 * files of `plimsoll`, and nothing to serve, copy or find.
 *
 * @module
 */
import workerSource from "#inlined/worker.js";
import { startEngine } from "../engine/engine.js";
import type { Engine, EngineOptions } from "../types.js";
import { startWorkerEngine } from "../worker/engine.js";
import type { WorkerEngine, WorkerEngineOptions } from "../worker/types.js";
import { INLINED } from "./inlined.js";

export * from "../index.js";
export { type EngineSource, hostEngine } from "../worker/host.js";
/** `plimsoll/math`. */
export * as math from "./inline-math.js";

/** `createEngine` of `plimsoll`, whose module needs no address. */
export function createEngine(options: EngineOptions = {}): Promise<Engine> {
  return startEngine(options, INLINED);
}

/**
 * `createWorkerEngine` of `plimsoll`. One file cannot lie beside itself as the worker's script, so `workerUrl` says what workers
 * run: a script of your own, or {@link inlineWorkerUrl}.
 *
 * @throws {ConfigError} `INVALID_VALUE` where `workerUrl` is missing
 */
export function createWorkerEngine(
  options: WorkerEngineOptions & { readonly workerUrl: string | URL },
): Promise<WorkerEngine> {
  return startWorkerEngine(options, INLINED);
}

let inlineUrl: URL | undefined;

/**
 * Address of a worker's script that is made from this file: a `blob:`, or a `data:` address in Node. It is made by this call only,
 * since a page's security policy must allow it: `worker-src blob:`.
 */
export function inlineWorkerUrl(): URL {
  inlineUrl ??= new URL(
    typeof Worker === "function"
      ? URL.createObjectURL(new Blob([workerSource], { type: "text/javascript" }))
      : `data:text/javascript,${encodeURIComponent(workerSource)}`,
  );
  return inlineUrl;
}
