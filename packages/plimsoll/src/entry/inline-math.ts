import { load, type MathOptions } from "../math/loaded.js";
import { INLINED } from "./inlined.js";

export * from "../math.js";

/** `loadMath` of `plimsoll/math`, whose module needs no address. */
export function loadMath(options: MathOptions = {}): Promise<void> {
  return load(options, INLINED);
}
