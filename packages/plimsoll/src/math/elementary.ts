/** The functions that prices are made of. */

import { requireNumber } from "../checks.js";
import { NAMES } from "../core/layout.js";
import { loadedCore } from "./loaded.js";

/**
 * eˣ, the same bits on every host.
 *
 * @example
 * exp(0); // → 1
 */
export function exp(x: number): number {
  return elementary("exp", x);
}

/**
 * eˣ − 1, relatively accurate near zero.
 *
 * @example
 * expm1(1e-20); // → 1e-20
 */
export function expm1(x: number): number {
  return elementary("expm1", x);
}

/**
 * Natural logarithm.
 *
 * @example
 * ln(1); // → 0
 */
export function ln(x: number): number {
  return elementary("ln", x);
}

/**
 * Normal density.
 *
 * @example
 * normPdf(0).toFixed(15); // → "0.398942280401433"
 */
export function normPdf(x: number): number {
  return elementary("normPdf", x);
}

/**
 * Normal distribution function, relatively accurate in the left tail.
 *
 * @example
 * normCdf(-1).toFixed(12); // → "0.158655253931"
 */
export function normCdf(x: number): number {
  return elementary("normCdf", x);
}

/**
 * Complementary error function, relatively accurate in the right tail.
 *
 * @example
 * erfc(1).toFixed(12); // → "0.157299207050"
 */
export function erfc(x: number): number {
  return elementary("erfc", x);
}

/**
 * The Mills ratio (1 − Φ(x)) / φ(x), which neither overflows nor cancels in the right tail.
 *
 * @example
 * millsRatio(0).toFixed(12); // → "1.253314137316"
 */
export function millsRatio(x: number): number {
  return elementary("millsRatio", x);
}

function elementary(name: (typeof NAMES.mathFunction)[number], x: number): number {
  return loadedCore().exports.math_value(NAMES.mathFunction.indexOf(name), requireNumber(x, `${name}.x`));
}
