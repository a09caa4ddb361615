/** The kernels and their JavaScript rivals on seeded options, for any runtime: Node, another Node, a page. */
import { greeks, loadMath, ResidentGreeks, ResidentImpliedVol } from "plimsoll/math";
import { requireAgreement } from "../answers.mjs";
import { sampler } from "../harness.mjs";
import { seededOptions } from "../inputs/options.mjs";
import { jsBest, jsNaive } from "../rivals/black.mjs";

export const ROWS = 1_024;
/** Options of a small call. */
const FEW = 16;
const SEED = 6;
/** Columns in the order of the rivals and of the native program. */
const INPUTS = /** @type {const} */ (["spot", "strike", "years", "rate", "carry", "vol", "type"]);
/** Price and Greeks in the order of the rivals. */
const OUTPUTS = /** @type {const} */ (["price", "delta", "gamma", "vega", "theta", "rho", "vanna", "volga", "charm"]);
/** Largest difference to the textbook formula as a share of the column's largest value: what West's distribution function loses. */
const TOLERANCE = 1e-12;

/** Largest relative difference of an implied vol to the vol behind the price: what one rounding of the price does to it, and more. */
const VOL_TOLERANCE = 1e-12;
/** How far vols move from tick to tick. */
const VOL_MOVE = 1.01;

/** @typedef {import("../inputs/options.mjs").Options} Options */

/** All input columns, one after the other. */
export function inputColumns() {
  const options = seededOptions({ rows: ROWS, seed: SEED });
  const columns = new Float64Array(INPUTS.length * ROWS);
  for (const [i, name] of INPUTS.entries()) columns.set(options[name], i * ROWS);
  return columns;
}

/**
 * @typedef {object} Work
 * @property {() => void} run Once over all rows.
 * @property {() => Float64Array[]} figures What the last run has left: views that growing memory would detach.
 */

/** Works by name: each can be sampled, ours have digests of their answers. */
export class Kernel {
  /** @type {Record<string, Work>} */
  #works;
  /** @type {Map<string, () => number>} */
  #samplers = new Map();

  constructor() {
    const options = seededOptions({ rows: ROWS, seed: SEED });
    const book = residentGreeks(options);
    const books = Array.from({ length: ROWS / FEW }, (_, i) => residentGreeks(slice(options, i * FEW, (i + 1) * FEW)));
    this.#works = {
      column: { run: () => book.compute(), figures: () => OUTPUTS.map((output) => book.out[output]) },
      column16: {
        run: () => {
          for (const few of books) few.compute();
        },
        figures: () => books.flatMap((few) => OUTPUTS.map((output) => few.out[output])),
      },
      ...impliedVols(options),
      ...rivals(),
    };
    for (const { run } of Object.values(this.#works)) run();
    requireSameFigures(book, this.#works);
    requireVols(this.#works.impliedVolCold, options);
    requireVols(this.#works.impliedVolWarm, options);
  }

  static async load() {
    await loadMath();
    return new Kernel();
  }

  /**
   * FNV-1a over the bits of all figures, column by column, in hexadecimal.
   *
   * @param {string} work
   */
  digest(work) {
    let hash = 0xcbf29ce484222325n;
    this.#works[work].run();
    for (const column of this.#works[work].figures()) {
      for (const word of new BigUint64Array(column.buffer, column.byteOffset, column.length)) {
        hash = BigInt.asUintN(64, (hash ^ word) * 0x100000001b3n);
      }
    }
    return hash.toString(16).padStart(16, "0");
  }

  /**
   * Nanoseconds per option.
   *
   * @param {string} work
   */
  sample(work) {
    let sample = this.#samplers.get(work);
    if (sample === undefined) {
      sample = sampler(this.#works[work].run, ROWS);
      this.#samplers.set(work, sample);
    }
    return sample();
  }
}

/** @param {Options} options */
function residentGreeks({ type, ...columns }) {
  const book = new ResidentGreeks({ rows: type.length, outputs: OUTPUTS });
  book.isCall.set(type.map((side) => (side > 0 ? 1 : 0)));
  for (const [name, column] of Object.entries(columns)) book[/** @type {keyof typeof columns} */ (name)].set(column);
  return book;
}

/**
 * Vols of out-of-the-money prices, which alternate between the seeded vols and vols a little higher, as from tick to tick: cold, and
 * from the vols found last.
 *
 * @param {Options} options
 * @returns {Record<"impliedVolCold" | "impliedVolWarm", Work>}
 */
function impliedVols(options) {
  const { spot, strike, years, rate, carry, vol } = options;
  const type = strike.map((k, i) => (k < spot[i] * (1 + (rate[i] - carry[i]) * years[i]) ? -1 : 1));
  const prices = [1, VOL_MOVE].map(
    (move) => greeks({ ...options, type, vol: vol.map((sigma) => sigma * move), outputs: ["price"] }).price,
  );
  const work = (/** @type {{ start?: "last" }} */ start) => {
    const quotes = new ResidentImpliedVol({ rows: ROWS });
    quotes.isCall.set(type.map((side) => (side > 0 ? 1 : 0)));
    for (const [name, column] of Object.entries({ spot, strike, years, rate, carry })) {
      quotes[/** @type {"spot"} */ (name)].set(column);
    }
    // the first run, and every other one after it, is at the seeded vols
    let turn = 1;
    quotes.price.set(prices[turn]);
    quotes.compute();
    return {
      run() {
        turn = 1 - turn;
        quotes.price.set(prices[turn]);
        quotes.compute(start);
      },
      figures: () => [quotes.vol],
    };
  };
  return { impliedVolCold: work({}), impliedVolWarm: work({ start: "last" }) };
}

/** @returns {Record<"textbook" | "best", Work>} */
function rivals() {
  const columns = inputColumns();
  const work = (/** @type {typeof jsNaive} */ rival) => {
    const out = new Float64Array(OUTPUTS.length * ROWS);
    const figures = OUTPUTS.map((_, i) => out.subarray(i * ROWS, (i + 1) * ROWS));
    return { run: () => rival(ROWS, ROWS, columns, out), figures: () => figures };
  };
  return { textbook: work(jsNaive), best: work(jsBest) };
}

/**
 * @param {ReturnType<typeof residentGreeks>} book
 * @param {Readonly<Record<string, Work>>} works
 */
function requireSameFigures({ out, status }, works) {
  requireAgreement("status", status, new Uint8Array(ROWS), () => 0);
  for (const [i, output] of OUTPUTS.entries()) {
    const scale = out[output].reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    for (const rival of ["textbook", "best"]) {
      const theirs = works[rival].figures()[i];
      requireAgreement(`${output} beside ${rival}`, out[output], theirs, () => TOLERANCE * scale);
    }
  }
}

/**
 * @param {Work} work
 * @param {Options} options
 */
function requireVols({ figures }, { vol }) {
  requireAgreement("implied vol", figures()[0], vol, (row) => VOL_TOLERANCE * vol[row]);
}

/**
 * @param {Options} options
 * @param {number} from
 * @param {number} to
 */
function slice(options, from, to) {
  return /** @type {Options} */ (
    Object.fromEntries(Object.entries(options).map(([name, column]) => [name, column.slice(from, to)]))
  );
}
