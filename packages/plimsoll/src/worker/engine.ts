/** From options to a pool of workers that are ready. */

import { invalid } from "../checks.js";
import { loadModule } from "../core/loader.js";
import type { Origin } from "../core/origin.js";
import { CHECK, quoteOf } from "../options.js";
import { parallelism, sharesMemory } from "./platform.js";
import type { WorkerEngine, WorkerEngineOptions } from "./types.js";

const READY_TIMEOUT_MS = 10_000;
const SNAPSHOT_EVERY = 1024;
/** A start takes some tens of milliseconds: a worker that does little else is given up, one that a caller's mistakes end is not. */
const FAILURES_PER_MINUTE_MAX = 200;
/** Of the workers that a machine could run, how many are started where the caller does not say. */
const WORKERS_BY_DEFAULT_MAX = 4;

/** What `createWorkerEngine` does, in an entry whose own files are found by `origin`. */
export async function startWorkerEngine(options: WorkerEngineOptions, origin: Origin): Promise<WorkerEngine> {
  const path = "createWorkerEngine";
  CHECK.workerEngine(options, path);
  const {
    workers = defaultWorkers(),
    workerUrl: script = origin.worker,
    readyTimeoutMs = READY_TIMEOUT_MS,
    snapshotEvery = SNAPSHOT_EVERY,
    failuresPerMinuteMax = FAILURES_PER_MINUTE_MAX,
    keepAlive = true,
    tickQueue = {},
    onRejectedTick,
    wasm,
    snapshot,
    ...engine
  } = options;
  if (script === undefined)
    throw invalid(`${path}.workerUrl`, "the address of a script, since this entry brings none", script);
  // on demand, so that whoever stays in the calling thread does not load it
  const [module, { Pool, joined }] = await Promise.all([loadModule(wasm, `${path}.wasm`, origin), import("./pool.js")]);
  const setup = {
    module,
    engine,
    script,
    readyTimeoutMs,
    snapshotEvery,
    failuresPerMinuteMax,
    keepAlive,
    sharesMemory: sharesMemory(tickQueue.sharesMemory),
  };
  // a snapshot's accounts are dealt from the first worker
  const pool = new Pool(
    quoteOf(options),
    snapshot === undefined ? workers : 1,
    setup,
    { tickQueue, ...(onRejectedTick && { onRejectedTick }) },
    snapshot && (await joined([snapshot])),
  );
  await pool.start(snapshot && workers);
  return pool;
}

function defaultWorkers(): number {
  return Math.min(Math.max(parallelism() - 1, 1), WORKERS_BY_DEFAULT_MAX);
}
