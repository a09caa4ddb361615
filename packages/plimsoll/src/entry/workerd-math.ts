/**
 * `plimsoll/math` on workerd.
 *
 * @module
 */
import { load, type MathOptions } from "../math/loaded.js";
import { COMPILED } from "./compiled.js";

export * from "../math.js";

/** `loadMath` of `plimsoll/math`, on the module that the runtime has compiled. */
export function loadMath(options: MathOptions = {}): Promise<void> {
  return load(options, COMPILED);
}
