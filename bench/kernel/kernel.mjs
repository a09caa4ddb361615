/** The kernels and their JavaScript rivals on seeded options, for any runtime: Node, another Node, a page. */
import {
  greeks,
  loadMath,
  ResidentChain,
  ResidentGreeks,
  ResidentImpliedVol,
  ResidentStrikePairs,
} from "plimsoll/math";
import { requireAgreement } from "../answers.mjs";
import { sampler } from "../harness.mjs";
import { seededChains, seededOptions } from "../inputs/options.mjs";
import { jsBest, jsNaive } from "../rivals/black.mjs";

export const ROWS = 1_024;
/** Options of a small call. */
const FEW = 16;
/** Strikes of a chain. */
export const STRIKES = 128;
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

/** All input columns, one after the other: those of the options, then those of the chains. */
export function inputColumns() {
  const sets = [seededOptions({ rows: ROWS, seed: SEED }), seededChains({ rows: ROWS, strikes: STRIKES, seed: SEED })];
  const columns = new Float64Array(sets.length * INPUTS.length * ROWS);
  for (const [k, options] of sets.entries()) {
    for (const [i, name] of INPUTS.entries()) columns.set(options[name], (k * INPUTS.length + i) * ROWS);
  }
  return columns;
}

/**
 * @typedef {object} Work
 * @property {() => void} run Once over all rows.
 * @property {number} [options] How many that are; default {@link ROWS}.
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
      ...chains(seededChains({ rows: ROWS, strikes: STRIKES, seed: SEED })),
      ...impliedVols(options),
      ...rivals(),
    };
    for (const { run } of Object.values(this.#works)) run();
    requireSameFigures(book, this.#works);
    requireChainFigures(this.#works);
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
      const { run, options = ROWS } = this.#works[work];
      sample = sampler(run, options);
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
 * Chains as listed, and the call and the put of each of their strikes. A run is a tick of every chain's underlying.
 *
 * @param {Options} options
 * @returns {Record<"chain" | "pairs", Work>}
 */
function chains(options) {
  const books = Array.from({ length: ROWS / STRIKES }, (_, i) => {
    const { type, spot, strike, years, rate, carry, vol } = slice(options, i * STRIKES, (i + 1) * STRIKES);
    const listed = new ResidentChain({ type, strike, outputs: OUTPUTS });
    const pairs = new ResidentStrikePairs({ strike, outputs: OUTPUTS });
    for (const book of [listed, pairs]) {
      book.setClock({ years: years[0], rate: rate[0], carry: carry[0] });
      book.vol.set(vol);
    }
    return { spot: spot[0], listed, pairs };
  });
  return {
    chain: {
      run: () => {
        for (const { spot, listed } of books) listed.compute(spot);
      },
      figures: () => OUTPUTS.map((output) => joined(books.map(({ listed }) => listed.out[output]))),
    },
    pairs: {
      run: () => {
        for (const { spot, pairs } of books) pairs.compute(spot);
      },
      options: 2 * ROWS,
      figures: () =>
        /** @type {const} */ (["call", "put"]).flatMap((side) =>
          OUTPUTS.map((output) => joined(books.map(({ pairs }) => pairs[side][output]))),
        ),
    },
  };
}

/** @param {readonly Float64Array[]} columns */
function joined(columns) {
  return Float64Array.from(columns.flatMap((column) => [...column]));
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

/**
 * The rivals over the options' columns, and over the chains' for their answers alone: they take as long.
 *
 * @returns {Record<"textbook" | "best" | "textbookChain" | "textbookCalls" | "textbookPuts", Work>}
 */
function rivals() {
  const columns = inputColumns();
  const ofChains = columns.subarray(INPUTS.length * ROWS);
  const ofSide = (/** @type {number} */ side) => ofChains.slice().fill(side, INPUTS.indexOf("type") * ROWS);
  const work = (/** @type {typeof jsNaive} */ rival, /** @type {Float64Array} */ columns) => {
    const out = new Float64Array(OUTPUTS.length * ROWS);
    const figures = OUTPUTS.map((_, i) => out.subarray(i * ROWS, (i + 1) * ROWS));
    return { run: () => rival(ROWS, ROWS, columns, out), figures: () => figures };
  };
  return {
    textbook: work(jsNaive, columns),
    best: work(jsBest, columns),
    textbookChain: work(jsNaive, ofChains),
    textbookCalls: work(jsNaive, ofSide(1)),
    textbookPuts: work(jsNaive, ofSide(-1)),
  };
}

/**
 * @param {ReturnType<typeof residentGreeks>} book
 * @param {Readonly<Record<string, Work>>} works
 */
function requireSameFigures({ status }, works) {
  requireAgreement("status", status, new Uint8Array(ROWS), () => 0);
  for (const rival of ["textbook", "best"]) requireFigures(rival, works.column.figures(), works[rival].figures());
}

/** @param {Readonly<Record<string, Work>>} works */
function requireChainFigures({ chain, pairs, textbookChain, textbookCalls, textbookPuts }) {
  requireFigures("textbook of chains", chain.figures(), textbookChain.figures());
  const bothSides = [...textbookCalls.figures(), ...textbookPuts.figures()];
  requireFigures("textbook of strike pairs", pairs.figures(), bothSides);
}

/**
 * @param {string} rival
 * @param {readonly Float64Array[]} ours One column per output, or per output and side.
 * @param {readonly Float64Array[]} theirs
 */
function requireFigures(rival, ours, theirs) {
  for (const [i, column] of ours.entries()) {
    const scale = column.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const what = `${OUTPUTS[i % OUTPUTS.length]} beside ${rival}`;
    requireAgreement(what, column, theirs[i], () => TOLERANCE * scale);
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
