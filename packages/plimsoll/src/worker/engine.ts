/** `createWorkerEngine`. */
import { loadModule } from "../loader.js";
import { CHECK } from "../options.js";
import { parallelism } from "./platform.js";
import type { WorkerEngine, WorkerEngineOptions } from "./types.js";

const READY_TIMEOUT_MS = 10_000;
/** Of the workers that a machine could run, how many are started where the caller does not say. */
const WORKERS_BY_DEFAULT_MAX = 4;

/**
 * Starts an engine in workers: the methods of {@link createEngine}'s, answered by promises, off the calling thread.
 *
 * @throws {LoadError} `WORKER_LOAD_FAILED` naming the address of a worker's script that is not ready in time; as
 *   {@link createEngine} for the WebAssembly module, which is compiled once and given to all workers
 * @throws {ConfigError} for an option that cannot be taken
 * @example
 * const app = await createWorkerEngine({ model: venues.hyperliquid(), workers: 2 });
 * const eth = await app.addInstrument({ id: "ETH-PERP", kind: "perp", underlying: "ETH", maxLeverage: 25 });
 * const alice = await app.addAccount({ id: "alice", collateral: { USDC: 10_000 } });
 * await app.setPosition(alice, eth, { size: 2, entryPrice: 3_000 });
 * app.tick(eth, { mark: 3_100, timeMs: 1 });
 * (await app.assess(alice)).equity; // → 10200
 * await app.dispose();
 */
export async function createWorkerEngine(options: WorkerEngineOptions = {}): Promise<WorkerEngine> {
  const path = "createWorkerEngine";
  CHECK.workerEngine(options, path);
  const { workers = defaultWorkers(), workerUrl, readyTimeoutMs = READY_TIMEOUT_MS, keepAlive = true } = options;
  const { workers: _, workerUrl: __, readyTimeoutMs: ___, keepAlive: ____, wasm, ...engine } = options;
  const quote = engine.quote ?? engine.model?.quote ?? "USD";
  // on demand, so that whoever stays in the calling thread does not load it
  const [module, { Pool }] = await Promise.all([loadModule(wasm, `${path}.wasm`), import("./pool.js")]);
  const pool = new Pool(quote, workers, { module, engine, url: workerUrl, readyTimeoutMs, keepAlive });
  await pool.start();
  return pool;
}

function defaultWorkers(): number {
  return Math.min(Math.max(parallelism() - 1, 1), WORKERS_BY_DEFAULT_MAX);
}
