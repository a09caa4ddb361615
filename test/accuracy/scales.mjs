/**
 * What an error in each figure is a share of. First order: the greatest value the figure can have; higher order: the peak of
 * its own closed form over d₁ in [−10, 10], the other inputs held. Coin-settled options add the terms that dividing by S
 * brings. docs/pricing.md lists them.
 *
 * Scales need few digits, so the platform's functions serve.
 */
import { normCdf } from "plimsoll/math";

/** @typedef {import("./models.mjs").OutputColumn} OutputColumn */
/** @typedef {import("./models.mjs").Section} Section */
/** @typedef {{ isCall: boolean, spot: number, strike: number, years: number, rate: number, carry: number, vol: number }} Option */

const STEPS = 2000;
const D1_MAX = 10;
const PEAK_DENSITY = 1 / Math.sqrt(2 * Math.PI);

/** d₁, φ(d₁), Φ(d₁) and Φ(−d₁) along the search for peaks. */
function points() {
  return Array.from({ length: STEPS + 1 }, (_, i) => {
    const d1 = D1_MAX * ((2 * i) / STEPS - 1);
    return { d1, density: PEAK_DENSITY * Math.exp((-d1 * d1) / 2), below: normCdf(d1), above: normCdf(-d1) };
  });
}
/** @type {ReturnType<typeof points> | undefined} */
let search;

/**
 * The scale of every output of one option.
 *
 * @param {Section} section
 * @param {Option} option
 * @returns {Record<Exclude<OutputColumn, "elasticity">, number>}
 */
export function scales(section, option) {
  if (section === "bachelier") return { ...ofAmounts(option), ...peaksOfAmounts(option) };
  const quote = { ...inQuote(section, option), ...peaks(option) };
  return section === "inverse" ? inCoin(option, quote) : quote;
}

/** @param {Section} section @param {Option} option */
function inQuote(section, { spot, strike, years, rate, carry, vol }) {
  const ofSpot = Math.exp(-carry * years);
  const ofStrike = Math.exp(-rate * years);
  const root = Math.sqrt(years);
  return {
    price: Math.max(spot, strike),
    delta: ofSpot,
    vega: spot * ofSpot * root * PEAK_DENSITY,
    theta:
      (spot * ofSpot * PEAK_DENSITY * vol) / (2 * root) +
      Math.abs(rate) * strike * ofStrike +
      Math.abs(carry) * spot * ofSpot,
    rho: section === "black76" ? years * Math.max(spot, strike) : strike * years * ofStrike,
    psi: spot * years * ofSpot,
    dual_delta: ofStrike,
    delta_premium_adjusted: (strike * ofStrike) / spot,
    probability_in_the_money: 1,
  };
}

/** @param {Option} option */
function peaks({ isCall, spot, strike, years, rate, carry, vol }) {
  search ??= points();
  const ofSpot = Math.exp(-carry * years);
  const ofStrike = Math.exp(-rate * years);
  const root = Math.sqrt(years);
  const deviation = vol * root;
  const drift = (rate - carry) / deviation;
  let [gamma, vanna, volga, charm, speed] = [0, 0, 0, 0, 0];
  let [zomma, color, veta, ultima, dual_gamma] = [0, 0, 0, 0, 0];
  for (const { d1, density, below, above } of search) {
    const d2 = d1 - deviation;
    const product = d1 * d2;
    const gammaHere = (ofSpot * density) / (spot * deviation);
    const vega = spot * ofSpot * density * root;
    const delta = ofSpot * (isCall ? below : -above);
    const decay = drift - d2 / (2 * years);
    gamma = Math.max(gamma, gammaHere);
    vanna = Math.max(vanna, Math.abs((ofSpot * density * d2) / vol));
    volga = Math.max(volga, Math.abs((vega * product) / vol));
    charm = Math.max(charm, Math.abs(carry * delta - ofSpot * density * decay));
    speed = Math.max(speed, Math.abs((gammaHere / spot) * (d1 / deviation + 1)));
    zomma = Math.max(zomma, Math.abs((gammaHere * (product - 1)) / vol));
    color = Math.max(color, Math.abs(gammaHere * (carry + 1 / (2 * years) + decay * d1)));
    veta = Math.max(veta, Math.abs(vega * (carry + drift * d1 - (1 + product) / (2 * years))));
    ultima = Math.max(ultima, Math.abs((vega / vol ** 2) * (product * (1 - product) + d1 ** 2 + d2 ** 2)));
    dual_gamma = Math.max(dual_gamma, (ofStrike * density) / (strike * deviation));
  }
  return { gamma, vanna, volga, charm, speed, zomma, color, veta, ultima, dual_gamma };
}

/** Under Bachelier's model, `spot` being the forward. @param {Option} option */
function ofAmounts({ spot, strike, years, rate, vol }) {
  const discount = Math.exp(-rate * years);
  const root = Math.sqrt(years);
  const price = Math.max(Math.abs(spot), Math.abs(strike), vol * root);
  return {
    price,
    delta: discount,
    vega: discount * root * PEAK_DENSITY,
    theta: Math.abs(rate) * price + (discount * PEAK_DENSITY * vol) / (2 * root),
    rho: years * price,
    // Neither is a figure of this model.
    psi: Number.NaN,
    delta_premium_adjusted: Number.NaN,
    dual_delta: discount,
    probability_in_the_money: 1,
  };
}

/** The same search over d. @param {Option} option */
function peaksOfAmounts({ years, rate, vol }) {
  search ??= points();
  const discount = Math.exp(-rate * years);
  const root = Math.sqrt(years);
  const deviation = vol * root;
  let [gamma, vanna, volga, charm, speed, zomma, color, veta, ultima] = [0, 0, 0, 0, 0, 0, 0, 0, 0];
  for (const { d1: d, density, below } of search) {
    const gammaHere = (discount * density) / deviation;
    const vega = discount * density * root;
    const square = d * d;
    gamma = Math.max(gamma, gammaHere);
    vanna = Math.max(vanna, Math.abs((discount * density * d) / vol));
    volga = Math.max(volga, (vega * square) / vol);
    charm = Math.max(charm, Math.abs(discount * (rate * below + (density * d) / (2 * years))));
    speed = Math.max(speed, Math.abs((gammaHere * d) / deviation));
    zomma = Math.max(zomma, Math.abs((gammaHere * (square - 1)) / vol));
    color = Math.max(color, Math.abs(gammaHere * (rate + (1 - square) / (2 * years))));
    veta = Math.max(veta, Math.abs(vega * (rate - (1 + square) / (2 * years))));
    ultima = Math.max(ultima, Math.abs((vega / vol ** 2) * square * (square - 3)));
  }
  return { gamma, vanna, volga, charm, speed, zomma, color, veta, ultima, dual_gamma: gamma };
}

/**
 * @param {Option} option
 * @param {ReturnType<typeof inQuote> & ReturnType<typeof peaks>} quote
 */
function inCoin({ spot, strike, years, rate }, quote) {
  const delta = (strike * Math.exp(-rate * years)) / spot ** 2;
  const vega = quote.vega / spot;
  const theta = quote.theta / spot;
  const gamma = (quote.gamma + 2 * delta) / spot;
  const vanna = (quote.vanna + vega) / spot;
  const charm = (quote.charm + theta) / spot;
  return {
    price: quote.price / spot,
    delta,
    vega,
    theta,
    gamma,
    vanna,
    charm,
    rho: quote.rho / spot,
    psi: quote.psi / spot,
    volga: quote.volga / spot,
    veta: quote.veta / spot,
    ultima: quote.ultima / spot,
    dual_delta: quote.dual_delta / spot,
    dual_gamma: quote.dual_gamma / spot,
    speed: (quote.speed + 3 * gamma) / spot,
    zomma: (quote.zomma + 2 * vanna) / spot,
    color: (quote.color + 2 * charm) / spot,
    delta_premium_adjusted: quote.delta_premium_adjusted,
    probability_in_the_money: 1,
  };
}
