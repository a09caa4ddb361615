/** `jsNaive` of `black.mjs` limited to price and five Greeks: the same text without the outputs that are not asked for. */
import { ncdfWest } from "./black.mjs";

/**
 * @param {import("../inputs/options.mjs").Options} options
 * @param {Record<"price" | "delta" | "gamma" | "vega" | "theta" | "rho", Float64Array>} outputs
 */
export function textbookFiveGreeks({ type, spot, strike, years, rate, carry, vol }, outputs) {
  const { price, delta, gamma, vega, theta, rho } = outputs;
  for (let i = 0; i < spot.length; i++) {
    const s = spot[i];
    const k = strike[i];
    const t = years[i];
    const r = rate[i];
    const q = carry[i];
    const sigma = vol[i];
    const side = type[i];
    const rootT = Math.sqrt(t);
    const sd = sigma * rootT;
    const d1 = (Math.log(s / k) + (r - q + 0.5 * sigma * sigma) * t) / sd;
    const d2 = d1 - sd;
    const carryFactor = Math.exp(-q * t);
    const discount = Math.exp(-r * t);
    const n1 = ncdfWest(side * d1);
    const n2 = ncdfWest(side * d2);
    const density = 0.3989422804014327 * Math.exp(-0.5 * d1 * d1);
    price[i] = side * (s * carryFactor * n1 - k * discount * n2);
    delta[i] = side * carryFactor * n1;
    gamma[i] = (carryFactor * density) / (s * sd);
    vega[i] = s * carryFactor * density * rootT;
    theta[i] =
      (-s * carryFactor * density * sigma) / (2 * rootT) + q * side * s * carryFactor * n1 - r * side * k * discount * n2;
    rho[i] = side * t * k * discount * n2;
  }
}
