/** Names of figures and models, and how callers choose among them. */

import { invalid } from "../checks.js";
import { NAMES } from "../core/layout.js";
import type { Asked, DefaultGreeks, GreekName } from "./types.js";

export const DEFAULT_GREEKS: DefaultGreeks = ["price", "delta", "gamma", "vega", "theta", "rho"];

/** Figures of a surface's vol: itself, and its derivatives. */
export const VOL_FIGURES = ["vol", "byStrike", "byStrikeTwice", "byForward", "byForwardTwice", "byYears"] as const;

/** The numbers of figures. */
export function placesOf(outputs: readonly GreekName[]): number[] {
  return outputs.map((name) => NAMES.mathFigure.indexOf(name));
}

/** Refuses a figure that the model with this number does not have. */
export function requireOfModel(outputs: readonly GreekName[], model: number, path: string): void {
  const place = NAMES.mathModel[model] === "bachelier" ? outputs.indexOf("premiumAdjustedDelta") : -1;
  if (place >= 0) throw invalid(`${path}[${place}]`, "a figure of the model bachelier", outputs[place]);
}

/** A mask with the bit of each number. */
export function maskOf(places: readonly number[]): number {
  return places.reduce((bits, place) => bits | (1 << place), 0);
}

/** How many of the mask's bits lie below this one: a figure's place among those that there is room for. */
function rankIn(mask: number, place: number): number {
  let rank = 0;
  for (let bit = 0; bit < place; bit++) rank += (mask >> bit) & 1;
  return rank;
}

/** How many bits of a mask are set. */
export function countOnes(mask: number): number {
  let count = 0;
  for (let bits = mask; bits !== 0; bits &= bits - 1) count++;
  return count;
}

/** An object whose properties are the columns as they lie now. */
export function namedColumns<Names extends readonly GreekName[]>(
  outputs: Names,
  mask: number,
  column: (rank: number) => Float64Array,
): Asked<Names, Float64Array> {
  const columns = {} as Asked<Names, Float64Array>;
  for (const name of new Set(outputs)) {
    const rank = rankIn(mask, NAMES.mathFigure.indexOf(name));
    Object.defineProperty(columns, name, { enumerable: true, get: () => column(rank) });
  }
  return columns;
}
