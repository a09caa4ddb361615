import { BESIDE } from "../core/beside.js";
import type { Engine, EngineOptions } from "../types.js";
import { startEngine } from "./engine.js";

/**
 * Loads the WebAssembly module (once per thread) and starts an engine in the calling thread; every call after this is synchronous.
 *
 * @throws {LoadError} where the module cannot be had, naming its address
 * @throws {ConfigError} for an option that cannot be taken
 * @example
 * const bot = await createEngine({ quote: "USDT", model: venues.binanceUsdm(), staleAfterMs: 5_000 });
 * bot.quote; // → "USDT"
 * bot.dispose();
 */
export function createEngine(options: EngineOptions = {}): Promise<Engine> {
  return startEngine(options, BESIDE);
}
