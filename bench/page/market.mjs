/** The book and the feed: accounts in portions, so that no task is long, and prices that walk. */
import { uniform } from "../inputs/random.mjs";

export const SYMBOLS = 1_000;
export const POSITIONS = 20;
const SEED = 7;
/** Standard deviation of a step of a price at 60 steps a second: some 60 % a year were 1e-5; this one moves for the eye. */
const STEP = 2e-4;
const TIERS = [
  { lower: 0, maxLeverage: 40 },
  { lower: 20_000, maxLeverage: 20 },
  { lower: 200_000, maxLeverage: 10 },
];

export class Market {
  #next = uniform(SEED);
  prices = Float64Array.from({ length: SYMBOLS }, (_, k) => (1 + 9 * this.#next()) * 10 ** (k % 5));
  #targets = this.prices.slice();

  /** @returns {import("plimsoll").InstrumentInput[]} */
  get instruments() {
    return Array.from({ length: SYMBOLS }, (_, k) => ({
      id: `S${k}-PERP`,
      kind: "perp",
      underlying: `S${k}`,
      brackets: { form: "max-leverage", tiers: TIERS, maintenanceShare: 0.5 },
    }));
  }

  /**
   * Accounts `from` to `to` − 1: longs and shorts of some 10,000 each, at 0.4 to 30 times their initial requirement, a few of them near
   * a border.
   *
   * @param {number} from
   * @param {number} to
   * @param {readonly number[]} instruments Handles.
   * @returns {import("plimsoll").AccountColumnsInput}
   */
  accounts(from, to, instruments) {
    const count = to - from;
    const rows = count * POSITIONS;
    const [account, instrument] = [new Uint32Array(rows), new Uint32Array(rows)];
    const [size, entryPrice] = [new Float64Array(rows), new Float64Array(rows)];
    const cash = new Float64Array(count);
    for (let a = 0; a < count; a++) {
      const first = Math.floor(this.#next() * SYMBOLS);
      const stride = 1 + 2 * Math.floor(this.#next() * 24);
      let initial = 0;
      for (let p = 0; p < POSITIONS; p++) {
        const row = a * POSITIONS + p;
        // an odd stride: no symbol twice
        const k = (first + p * stride) % SYMBOLS;
        const price = /** @type {number} */ (this.prices[k]);
        const notional = 2_000 + 16_000 * this.#next();
        account[row] = a;
        instrument[row] = /** @type {number} */ (instruments[k]);
        size[row] = ((this.#next() < 0.5 ? -1 : 1) * Math.max(1, Math.round((notional / price) * 256))) / 256;
        entryPrice[row] = price;
        initial += notional / 40;
      }
      cash[a] = Math.round(initial * (this.#next() < 0.02 ? 0.5 + this.#next() : 3 + 27 * this.#next()));
    }
    const ids = Array.from({ length: count }, (_, a) => `A${from + a}`);
    return { ids, collateral: { USD: cash }, positions: { account, instrument, size, entryPrice } };
  }

  /** Moves every price a step, towards where it began, so that the page may stay open for a day. */
  step() {
    const { prices } = this;
    for (let k = 0; k < SYMBOLS; k++) {
      const price = /** @type {number} */ (prices[k]);
      const pull = /** @type {number} */ (this.#targets[k] / price - 1) / 2_000;
      // a sum of three uniforms has the variance of a quarter
      const noise = 2 * (this.#next() + this.#next() + this.#next() - 1.5);
      prices[k] = price * (1 + pull + STEP * noise);
    }
  }
}
