/** The kernels and their JavaScript rivals on seeded options, for any runtime: Node, another Node, a page. */
import { greeks, loadMath } from "plimsoll/math";
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

/** All input columns, one after the other. */
export function inputColumns() {
  const options = seededOptions({ rows: ROWS, seed: SEED });
  const columns = new Float64Array(INPUTS.length * ROWS);
  for (const [i, name] of INPUTS.entries()) columns.set(options[name], i * ROWS);
  return columns;
}

/** Works by name: each can be sampled, ours have digests of their answers. */
export class Kernel {
  /** @type {Record<string, { run: () => unknown, figures?: () => Float64Array[] }>} */
  #works;
  /** @type {Map<string, () => number>} */
  #samplers = new Map();

  constructor() {
    const options = seededOptions({ rows: ROWS, seed: SEED });
    const few = Array.from({ length: ROWS / FEW }, (_, i) => slice(options, i * FEW, (i + 1) * FEW));
    const columns = inputColumns();
    const textbook = new Float64Array(OUTPUTS.length * ROWS);
    const best = new Float64Array(OUTPUTS.length * ROWS);
    this.#works = {
      column: {
        run: () => greeks({ ...options, outputs: OUTPUTS }),
        figures: () => figuresOf(greeks({ ...options, outputs: OUTPUTS })),
      },
      column16: {
        run: () => {
          for (const rows of few) greeks({ ...rows, outputs: OUTPUTS });
        },
      },
      textbook: { run: () => jsNaive(ROWS, ROWS, columns, textbook) },
      best: { run: () => jsBest(ROWS, ROWS, columns, best) },
    };
    this.#works.textbook.run();
    this.#works.best.run();
    for (const [i, figures] of figuresOf(greeks({ ...options, outputs: OUTPUTS })).entries()) {
      const scale = figures.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      for (const [name, rival] of Object.entries({ textbook, best })) {
        const theirs = rival.subarray(i * ROWS, (i + 1) * ROWS);
        requireAgreement(`${OUTPUTS[i]} beside ${name}`, figures, theirs, () => TOLERANCE * scale);
      }
    }
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
    for (const column of this.#works[work].figures?.() ?? []) {
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

/**
 * @param {import("../inputs/options.mjs").Options} options
 * @param {number} from
 * @param {number} to
 */
function slice(options, from, to) {
  return /** @type {import("../inputs/options.mjs").Options} */ (
    Object.fromEntries(Object.entries(options).map(([name, column]) => [name, column.slice(from, to)]))
  );
}

/** @param {Record<(typeof OUTPUTS)[number], Float64Array>} answer */
function figuresOf(answer) {
  return OUTPUTS.map((output) => answer[output]);
}
