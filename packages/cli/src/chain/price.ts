import { greeks, impliedVol, loadMath } from "plimsoll/math";
import type { ModelFigures } from "./errors.js";
import type { ChainRow } from "./read.js";

const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;
const DAYS_PER_YEAR = 365;
const POINTS_PER_UNIT = 100;

/** Whether implied volatility finds its way back from our own prices. */
export interface ImpliedVolCheck {
  readonly solved: number;
  /** Rows whose price holds no volatility any more: it is its own bound to the last bit. */
  readonly unsolvable: number;
  /** Largest |vol − implied vol of price(vol)| over the solved; 1.0 = 100 %. */
  readonly worstRoundTrip: number;
  /**
   * Largest |price(solved vol) − price(vol)| over the solved, as a share of max(forward, strike). Deep in the money the time value is a few
   * units in the last place of the price, so many vols give the same price and the round trip tells nothing: then this does.
   */
  readonly worstRepricing: number;
}

/**
 * Prices every row by Black's formula on the forward of its expiry: rate 0, years of 365 days from the reading to expiry.
 *
 * Figures come back in the file's units: price in coin, gamma per USD, vega in USD per volatility point, theta in USD per day, rho in USD per
 * percentage point. The published rho is that of a spot option at its forward, K·T·N(d₂); the forward option's own would be −T·price.
 */
export async function priceChain(
  rows: readonly ChainRow[],
): Promise<{ figures: ModelFigures; impliedVol: ImpliedVolCheck }> {
  await loadMath();
  const column = (cell: (row: ChainRow) => number) => Float64Array.from(rows, cell);
  const forward = column((row) => row.forward);
  const strike = column((row) => row.strike);
  const years = column((row) => (row.expiryMs - row.timeMs) / YEAR_MS);
  const vol = column((row) => row.vol);
  const type = Int8Array.from(rows, (row) => (row.side === "call" ? 1 : -1));
  const model = greeks({ type, spot: forward, strike, years, rate: 0, carry: 0, vol });
  const figures: ModelFigures = {
    price: model.price.map((price, k) => price / (forward[k] as number)),
    delta: model.delta,
    gamma: model.gamma,
    vega: model.vega.map((vega) => vega / POINTS_PER_UNIT),
    theta: model.theta.map((theta) => theta / DAYS_PER_YEAR),
    rho: model.rho.map((rho) => rho / POINTS_PER_UNIT),
  };
  const solved = impliedVol({ type, forward, strike, years, price: model.price }).vol;
  const again = greeks({ type, spot: forward, strike, years, rate: 0, carry: 0, vol: solved }).price;
  let count = 0;
  let worstRoundTrip = 0;
  let worstRepricing = 0;
  rows.forEach((row, k) => {
    const found = solved[k] as number;
    if (Number.isNaN(found)) return;
    count += 1;
    const repricing = Math.abs((again[k] as number) - (model.price[k] as number)) / Math.max(row.forward, row.strike);
    worstRoundTrip = Math.max(worstRoundTrip, Math.abs(row.vol - found));
    worstRepricing = Math.max(worstRepricing, repricing);
  });
  const check = { solved: count, unsolvable: rows.length - count, worstRoundTrip, worstRepricing };
  return { figures, impliedVol: check };
}

/**
 * Theta in USD per day as the exchange publishes it: at the formula's rate over the next day, or over what is left to expiry where that is
 * less, and never more than the option's mark. Found by comparison (tests: data.test.ts); the exchange does not state it.
 */
export function thetaByExchangeRule(rows: readonly ChainRow[], theta: Float64Array): Float64Array {
  return theta.map((perDay, k) => {
    const { expiryMs, timeMs, forward, published } = rows[k] as ChainRow;
    const days = Math.min(1, (expiryMs - timeMs) / DAY_MS);
    const mark = published.price === undefined ? Number.POSITIVE_INFINITY : published.price * forward;
    return -Math.min(-perDay * days, mark);
  });
}
