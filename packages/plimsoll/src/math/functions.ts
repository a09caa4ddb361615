/** Option prices, Greeks and implied vols on columns, and the functions beneath them. */

import { requireNumber } from "../checks.js";
import { NAMES } from "../core/layout.js";
import { DEFAULT_GREEKS, maskOf, placesOf, requireOfModel } from "./figures.js";
import { checkInputs } from "./inputs.js";
import { inTurns, loadedCore, turnBook } from "./loaded.js";
import { CHECK } from "./options.js";
import type {
  Asked,
  DefaultGreeks,
  GreekName,
  GreeksInput,
  ImpliedVolInput,
  SingleOption,
  StatusColumn,
} from "./types.js";

export { ConfigError, DisposedError, LoadError, PlimsollError } from "../errors.js";
export type { ArbitrageInterval, SurfaceVerdict, SviParameters } from "../surface.js";
export { ResidentChain, ResidentStrikePairs } from "./chain.js";
export {
  AMERICAN_STATUSES,
  type AmericanStatus,
  american,
  americanOf,
  type ContractColumns,
  digital,
  digitalOf,
  doubleNoTouch,
  doubleNoTouchOf,
  noTouch,
  noTouchOf,
  oneTouch,
  oneTouchOf,
  touchProbability,
  touchProbabilityOf,
} from "./contracts.js";
export type { MathOptions } from "./loaded.js";
export { ResidentGreeks, ResidentImpliedVol } from "./resident.js";
export {
  calibrateSsvi,
  calibrateSvi,
  type FitError,
  forwardFromParity,
  type SmileGreeksColumns,
  type SmileGreeksInput,
  type SmileMoves,
  type SurfaceVolColumns,
  smileGreeks,
  ssviSlice,
  surfaceArbitrage,
  surfaceVol,
  sviTotalVariance,
  type TotalVarianceColumns,
} from "./surface.js";
export type * from "./types.js";

/** Name of a row's status in {@link greeks}. */
export type GreeksStatus = (typeof NAMES.mathStatus)[number];
/** Name of a row's status in {@link impliedVol}. */
export type ImpliedVolStatus = (typeof NAMES.volStatus)[number];

/**
 * Names of the numbers in the status of {@link greeks}.
 *
 * @example
 * GREEKS_STATUSES[0]; // → "ok"
 */
export const GREEKS_STATUSES: readonly GreeksStatus[] = NAMES.mathStatus;

/**
 * Names of the numbers in the status of {@link impliedVol}.
 *
 * @example
 * IMPLIED_VOL_STATUSES[1]; // → "below-intrinsic"
 */
export const IMPLIED_VOL_STATUSES: readonly ImpliedVolStatus[] = NAMES.volStatus;

/**
 * Price and Greeks of every row, in new columns; bad rows have a status and NaN. {@link ResidentGreeks} copies and allocates
 * nothing.
 *
 * @throws {ConfigError} `INVALID_VALUE` naming a column of another length, an unknown output, model or type, or a figure
 *   that the model does not have: `premiumAdjustedDelta` under `bachelier`
 * @throws {LoadError} `NOT_LOADED` before {@link loadMath}
 * @example
 * const { price, delta, status } = greeks({ type: "call", spot: 100, strike: [90, 100], years: 1, vol: 0.2 });
 * price[1].toFixed(6); // → "7.965567"
 * GREEKS_STATUSES[status[0]]; // → "ok"
 */
export function greeks<const Names extends readonly GreekName[] = DefaultGreeks>(
  input: GreeksInput<Names>,
): Asked<Names, Float64Array> & StatusColumn {
  CHECK.greeks(input, "greeks");
  return computeGreeks("greeks", input);
}

/** Checked but for its columns; `method` begins the path of errors. */
function computeGreeks<Names extends readonly GreekName[]>(
  method: string,
  input: GreeksInput<Names>,
): Asked<Names, Float64Array> & StatusColumn {
  const book = turnBook();
  const outputs: readonly GreekName[] = input.outputs ?? DEFAULT_GREEKS;
  const places = placesOf(outputs);
  const mask = maskOf(places);
  const checked = checkInputs(method, input, { vol: input.vol });
  requireOfModel(outputs, checked.model, `${method}.outputs`);
  const figures = places.map(() => new Float64Array(checked.rows));
  const status = inTurns(checked, (from, count) => {
    book.greeks(checked.model, mask, count);
    for (let k = 0; k < places.length; k++) {
      figures[k]?.set(book.output(places[k] as number).subarray(0, count), from);
    }
  });
  const result: Record<string, Float64Array | Uint8Array> = { status };
  for (const [k, name] of outputs.entries()) result[name] = figures[k] as Float64Array;
  return result as Asked<Names, Float64Array> & StatusColumn;
}

/**
 * The vol that gives each row's price, with a status where none does.
 *
 * @throws {ConfigError} as {@link greeks}
 * @throws {LoadError} `NOT_LOADED` before {@link loadMath}
 * @example
 * const { vol, status } = impliedVol({ type: "call", price: [7.965567455405804, 0], spot: 100, strike: [100, 50], years: 1 });
 * vol[0].toFixed(12); // → "0.200000000000"
 * IMPLIED_VOL_STATUSES[status[1]]; // → "below-intrinsic"
 */
export function impliedVol(input: ImpliedVolInput): { readonly vol: Float64Array } & StatusColumn {
  CHECK.impliedVol(input, "impliedVol");
  return solveVols("impliedVol", input);
}

/** Checked but for its columns; `method` begins the path of errors. */
function solveVols(method: string, input: ImpliedVolInput): { readonly vol: Float64Array } & StatusColumn {
  const book = turnBook();
  const { price, start } = input;
  const checked = checkInputs(method, input, start === undefined ? { price } : { price, vol: start }, { vol: "start" });
  const vol = new Float64Array(checked.rows);
  const status = inTurns(checked, (from, count) => {
    book.impliedVol(checked.model, start !== undefined, count);
    vol.set(book.output(0).subarray(0, count), from);
  });
  return { vol, status };
}

/**
 * Price and Greeks of one option, with the name of its status.
 *
 * @throws {ConfigError} as {@link greeks}
 * @throws {LoadError} `NOT_LOADED` before {@link loadMath}
 * @example
 * greeksOf({ type: "call", spot: 100, strike: 100, years: 1, vol: 0.2 }).price.toFixed(6); // → "7.965567"
 * greeksOf({ type: "call", forward: -5, strike: -5, years: 1, vol: 20, model: "bachelier" }).price.toFixed(6); // → "7.978846"
 * greeksOf({ type: "put", forward: 100, strike: 90, years: 1, vol: -1, outputs: ["delta"] }); // → { status: "invalid-input", delta: NaN }
 */
export function greeksOf<const Names extends readonly GreekName[] = DefaultGreeks>(
  option: SingleOption & { readonly vol: number; readonly outputs?: Names },
): Asked<Names, number> & { readonly status: GreeksStatus } {
  CHECK.greeksOf(option, "greeksOf");
  const { status, ...columns } = computeGreeks<Names>("greeksOf", { ...option, strike: [option.strike] });
  const result: Record<string, number | string> = { status: GREEKS_STATUSES[status[0] as number] as GreeksStatus };
  for (const [name, column] of Object.entries(columns as Record<string, Float64Array>))
    result[name] = column[0] as number;
  return result as Asked<Names, number> & { readonly status: GreeksStatus };
}

/**
 * The vol that gives one option's price, NaN beside a status where none does. With a `start` near the answer, such as the last tick's
 * vol, the search is faster; a bad one costs time, not accuracy.
 *
 * @throws {ConfigError} as {@link greeks}
 * @throws {LoadError} `NOT_LOADED` before {@link loadMath}
 * @example
 * impliedVolOf({ type: "put", spot: 100, strike: 100, years: 0, price: 1 }); // → { vol: NaN, status: "expired" }
 * impliedVolOf({ type: "call", spot: 100, strike: 100, years: 1, price: 8, start: 0.2 }).vol.toFixed(4); // → "0.2009"
 */
export function impliedVolOf(option: SingleOption & { readonly price: number; readonly start?: number }): {
  readonly vol: number;
  readonly status: ImpliedVolStatus;
} {
  CHECK.impliedVolOf(option, "impliedVolOf");
  const { vol, status } = solveVols("impliedVolOf", { ...option, strike: [option.strike] });
  return { vol: vol[0] as number, status: IMPLIED_VOL_STATUSES[status[0] as number] as ImpliedVolStatus };
}

const POINTS_PER_UNIT = 100;
const DAYS_PER_YEAR = 365;

/**
 * A figure per vol point (1 % of vol) from one per 1.0 of vol. `times` is how often vol is in the figure's denominator:
 *
 * | figure | raw unit, P being the price's | per vol point | per day |
 * | --- | --- | --- | --- |
 * | price | P | | |
 * | delta, dualDelta | P per unit of spot, of strike | | |
 * | gamma, dualGamma | P per unit² | | |
 * | speed | P per unit³ | | |
 * | vega | P per 1.0 of vol | ÷ 100 | |
 * | vanna | P per unit and 1.0 of vol | ÷ 100 | |
 * | zomma | P per unit² and 1.0 of vol | ÷ 100 | |
 * | volga | P per (1.0 of vol)² | ÷ 100, twice | |
 * | ultima | P per (1.0 of vol)³ | ÷ 100, three times | |
 * | theta | P per year of calendar time that passes | | ÷ 365 |
 * | charm | P per unit and year that passes | | ÷ 365 |
 * | color | P per unit² and year that passes | | ÷ 365 |
 * | veta | P per 1.0 of vol and year that passes | ÷ 100 | ÷ 365 |
 * | rho, psi | P per 1.0 of rate, of carry; {@link perRatePoint} gives them per 1 % | | |
 * | elasticity, probabilityInTheMoney | pure numbers | | |
 *
 * @example
 * perVolPoint(38.5); // → 0.385
 * Float64Array.of(38.5, 20).map(perVolPoint); // → Float64Array.of(0.385, 0.2)
 */
export function perVolPoint(figure: number): number {
  return requireNumber(figure, "perVolPoint.figure") / POINTS_PER_UNIT;
}

/**
 * A figure per 1 % of rate or carry from one per 1.0, as rho is mostly quoted; {@link perVolPoint} has the table.
 *
 * @example
 * perRatePoint(53.2); // → 0.532
 */
export function perRatePoint(figure: number): number {
  return requireNumber(figure, "perRatePoint.figure") / POINTS_PER_UNIT;
}

/**
 * A figure per day from one per year of 365 days; {@link perVolPoint} has the table.
 *
 * @example
 * perDay(-3.65); // → -0.01
 */
export function perDay(figure: number): number {
  return requireNumber(figure, "perDay.figure") / DAYS_PER_YEAR;
}

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
