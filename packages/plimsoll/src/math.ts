/**
 * `plimsoll/math`: option prices, Greeks and implied vols on columns, and the functions beneath them, without an engine.
 *
 * @module
 */
export * from "./math/functions.js";
export { loadMath } from "./math/load-math.js";
