/** A seeded market and book of accounts, as columns, for the engine and for its rivals alike. */
import { uniform } from "./random.mjs";

/** Instruments of the market. */
export const INSTRUMENTS = 2_000;
/** Price vectors that the market steps through; every price differs between two of them. */
const PRICE_VECTORS = 4;
/** Sizes are multiples of 2^−8, exact both as doubles and as lots of 10^−8. */
const SIZE_STEP = 2 ** -8;
/** Entry prices are multiples of 2^−10, so that size × entry price is exact. */
const PRICE_STEP = 2 ** -10;
/** Powers of ten, written out: `**` is allowed to differ in the last digit from engine to engine. */
const DECADES = [1, 10, 100, 1_000, 10_000];
/** Lowest notional of a position, quote units; others lie up to four decades above. */
const NOTIONAL_MIN = 10;
/** Far above what any account needs: no band is crossed, and no event is written by either side. */
const CASH = 1_000_000;
/** Maximum leverage of the three tiers, scaled per instrument by 1, 1/2 or 1/4; maintenance is half the initial rate. */
const TIER_LEVERAGES = [40, 20, 10];
/** Notional at which the second and third tier begin, quote units: all three are in use. */
const TIER_LOWER = [0, 2_000, 20_000];

/**
 * @typedef {object} Book
 * @property {number} accounts
 * @property {Int32Array} offsets Positions of account a are rows offsets[a] to offsets[a + 1] − 1.
 * @property {Int32Array} account Account of each position.
 * @property {Int32Array} instrument Instrument of each position, 0 to {@link INSTRUMENTS} − 1; none twice in an account.
 * @property {Float64Array} size Signed size of each position.
 * @property {Float64Array} entryPrice
 * @property {Float64Array} cash Balance of each account, quote units.
 * @property {readonly Float64Array[]} prices Mark of every instrument, several vectors.
 * @property {readonly (readonly { lower: number, maxLeverage: number }[])[]} tiers Margin table of each instrument.
 */

/**
 * A book of `accounts` × `positions`. Instrument k is held in proportion to 1 / (k + 2), so a few are held by most accounts and
 * most by few (Zipf–Mandelbrot).
 *
 * @param {{ accounts: number, positions: number, seed: number }} shape
 * @returns {Book}
 */
export function seededBook({ accounts, positions, seed }) {
  const next = uniform(seed);
  const base = Float64Array.from({ length: INSTRUMENTS }, (_, k) => (1 + 9 * next()) * decade(k % 5));
  const prices = Array.from({ length: PRICE_VECTORS }, () => base.map((price) => price * (0.99 + 0.02 * next())));
  const tiers = Array.from({ length: INSTRUMENTS }, (_, k) =>
    TIER_LEVERAGES.map((leverage, i) => ({
      lower: /** @type {number} */ (TIER_LOWER[i]),
      maxLeverage: leverage / 2 ** (k % 3),
    })),
  );
  const pick = instrumentPicker(next);
  const rows = accounts * positions;
  const book = {
    accounts,
    offsets: Int32Array.from({ length: accounts + 1 }, (_, a) => a * positions),
    account: new Int32Array(rows),
    instrument: new Int32Array(rows),
    size: new Float64Array(rows),
    entryPrice: new Float64Array(rows),
    cash: new Float64Array(accounts).fill(CASH),
    prices,
    tiers,
  };
  const holder = new Int32Array(INSTRUMENTS).fill(-1);
  for (let row = 0; row < rows; row++) {
    const account = Math.floor(row / positions);
    let instrument = pick();
    while (holder[instrument] === account) instrument = pick();
    holder[instrument] = account;
    const price = /** @type {number} */ (base[instrument]);
    const notional = (1 + 9 * next()) * NOTIONAL_MIN * decade(Math.floor(4 * next()));
    const lots = Math.max(1, Math.round(notional / price / SIZE_STEP));
    book.account[row] = account;
    book.instrument[row] = instrument;
    book.size[row] = (next() < 0.5 ? -1 : 1) * lots * SIZE_STEP;
    book.entryPrice[row] = Math.round((price * (0.9 + 0.2 * next())) / PRICE_STEP) * PRICE_STEP;
  }
  return book;
}

/** @param {number} exponent */
function decade(exponent) {
  return /** @type {number} */ (DECADES[exponent]);
}

/**
 * A run that steps through the book's price vectors, so that every price moves in each.
 *
 * @param {Book} book
 * @param {(prices: Float64Array) => void} assess
 */
export function inPriceTurns({ prices }, assess) {
  let turn = 0;
  return () => {
    turn = (turn + 1) % prices.length;
    assess(prices[turn]);
  };
}

/** @param {() => number} next */
function instrumentPicker(next) {
  const cumulative = new Float64Array(INSTRUMENTS);
  let total = 0;
  for (let k = 0; k < INSTRUMENTS; k++) {
    total += 1 / (k + 2);
    cumulative[k] = total;
  }
  return () => {
    const target = next() * total;
    let [low, high] = [0, INSTRUMENTS - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (/** @type {number} */ (cumulative[middle]) < target) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}
