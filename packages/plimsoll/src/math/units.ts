/** Raw derivatives in the units that desks quote. */

import { requireNumber } from "../checks.js";

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
