/** What the engine and the mathematics both know of volatility surfaces: slices and verdicts, and their words on the wire. */
import { object, requireNumber } from "./checks.js";

/** A slice in Gatheral's raw form: total variance w(k) = a + b(rho(k − m) + √((k − m)² + sigma²)) by k = ln(K/F). */
export interface SviParameters {
  /** With a + b·sigma·√(1 − rho²), the least total variance, ≥ 0. */
  readonly a: number;
  /** ≥ 0. */
  readonly b: number;
  /** Between −1 and 1. */
  readonly rho: number;
  readonly m: number;
  /** > 0. */
  readonly sigma: number;
}

/** Refuses what is no slice. */
export const checkSvi = object<SviParameters>({
  a: requireNumber,
  b: requireNumber,
  rho: requireNumber,
  m: requireNumber,
  sigma: requireNumber,
});

/** An interval of log-moneyness on which there is arbitrage. */
export interface ArbitrageInterval {
  /** Index of the expiry; of calendar arbitrage that of the earlier one. */
  readonly expiry: number;
  /** −∞ where the whole wing is in violation. */
  readonly from: number;
  /** ∞ likewise. */
  readonly to: number;
  /** Least density factor g, or least rise of total variance: what must not be negative. −∞ where a calendar's wing falls without bound. */
  readonly worst: number;
  /** Log-moneyness where that is; ±∞ where it is what a calendar's wing tends to. */
  readonly at: number;
}

/** Where a surface admits arbitrage; both lists are empty where there is none. */
export interface SurfaceVerdict {
  /** Butterflies of one expiry that are worth less than nothing. */
  readonly butterfly: readonly ArbitrageInterval[];
  /** Calendars between an expiry and the next that are. */
  readonly calendar: readonly ArbitrageInterval[];
}

/** The violations in an answer. */
export function arbitrageOf(answer: Float64Array): SurfaceVerdict {
  // of an underlying that has none there is nothing to say
  const [count = 0, ...words] = answer;
  const intervals = Array.from({ length: words.length / 5 }, (_, i) => {
    const [expiry, from, to, worst, at] = words.slice(5 * i, 5 * i + 5) as [number, number, number, number, number];
    return { expiry, from, to, worst, at };
  });
  return { butterfly: intervals.slice(0, count), calendar: intervals.slice(count) };
}

/** a, b, rho, m, sigma. */
export function sviWords({ a, b, rho, m, sigma }: SviParameters): number[] {
  return [a, b, rho, m, sigma];
}
