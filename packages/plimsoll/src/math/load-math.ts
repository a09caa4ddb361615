import { BESIDE } from "../core/beside.js";
import { load, type MathOptions } from "./loaded.js";

/**
 * Loads the WebAssembly module (once per thread) for mathematics alone; its functions are synchronous from then on. A second call
 * does nothing.
 *
 * @throws {LoadError} where the module cannot be had, naming its address
 * @example
 * await loadMath();
 * ln(1); // → 0
 */
export function loadMath(options: MathOptions = {}): Promise<void> {
  return load(options, BESIDE);
}
