/** Seeded option rows, every input different in each, as columns. */
import { uniform } from "./random.mjs";

/**
 * @typedef {object} Options
 * @property {Float64Array} type +1 for a call, −1 for a put.
 * @property {Float64Array} spot
 * @property {Float64Array} strike
 * @property {Float64Array} years
 * @property {Float64Array} rate
 * @property {Float64Array} carry
 * @property {Float64Array} vol
 */

/**
 * Rows of a listed market: strikes within 30 % of spot, a week to two years, vols from 15 to 95 %.
 *
 * @param {{ rows: number, seed: number }} shape
 * @returns {Options}
 */
export function seededOptions({ rows, seed }) {
  const next = uniform(seed);
  const column = (/** @type {number} */ low, /** @type {number} */ high) =>
    Float64Array.from({ length: rows }, () => low + (high - low) * next());
  const spot = column(50, 150);
  const moneyness = column(0.7, 1.3);
  return {
    type: column(-1, 1).map((side) => (side < 0 ? -1 : 1)),
    spot,
    strike: spot.map((price, i) => price * moneyness[i]),
    years: column(7 / 365, 2),
    rate: column(-0.01, 0.06),
    carry: column(0, 0.04),
    vol: column(0.15, 0.95),
  };
}

/**
 * The same market as option chains: every `strikes` rows in a row have the spot, time, rate and carry of the first of them.
 *
 * @param {{ rows: number, strikes: number, seed: number }} shape
 * @returns {Options}
 */
export function seededChains({ rows, strikes, seed }) {
  const options = seededOptions({ rows, seed });
  const shared = (/** @type {Float64Array} */ column) => column.map((_, i) => column[i - (i % strikes)]);
  const spot = shared(options.spot);
  return {
    ...options,
    spot,
    strike: options.strike.map((strike, i) => (strike / options.spot[i]) * spot[i]),
    years: shared(options.years),
    rate: shared(options.rate),
    carry: shared(options.carry),
  };
}
