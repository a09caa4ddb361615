import { load } from "../math/loaded.js";
import type { Brought } from "./brought.js";

export * from "../math.js";

/**
 * `loadMath` of `plimsoll/math`, on a module that the caller brings.
 *
 * @throws {ConfigError} `INVALID_VALUE` where `wasm` is missing
 */
export function loadMath(options: Brought): Promise<void> {
  return load(options, {});
}
