/** Prices, Greeks and implied vols of European options, on columns and of one option. */

import { NAMES } from "../core/layout.js";
import { DEFAULT_GREEKS, maskOf, placesOf, requireOfModel } from "./figures.js";
import { checkInputs } from "./inputs.js";
import { inTurns, turnBook } from "./loaded.js";
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
