import { BESIDE } from "../core/beside.js";
import { startWorkerEngine } from "./engine.js";
import type { WorkerEngine, WorkerEngineOptions } from "./types.js";

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
export function createWorkerEngine(options: WorkerEngineOptions = {}): Promise<WorkerEngine> {
  return startWorkerEngine(options, BESIDE);
}
