/**
 * Timing: contestants take turns in every round, a ratio is taken inside a round, and what is told is the median over rounds.
 *
 * A shared machine slows down for seconds at a time; contestants that take turns slow down together, so their ratio stays.
 */

/** Rounds of a measurement, odd so that the median is one of them. */
export const ROUNDS = 11;
/** What a sample lasts at least: thousands of times the clock's resolution. */
const SAMPLE_MS = 12;
/** What each contestant runs before the first round: V8 has then compiled its hot loops for good. */
const WARM_UP_MS = 150;

/**
 * @typedef {object} Contestant
 * @property {string} name
 * @property {() => void} run One run of the work.
 * @property {number} items How many items a run works through; times are per item.
 */

/** Times of several contestants, in nanoseconds per item, round by round. */
export class Timing {
  /** @type {Map<string, number[]>} */
  #rounds;

  /** @param {Map<string, number[]>} rounds */
  constructor(rounds) {
    this.#rounds = rounds;
  }

  /**
   * Median time of a contestant, nanoseconds per item.
   *
   * @param {string} name
   */
  median(name) {
    return median(this.#of(name));
  }

  /**
   * Median over rounds of the time of `slower` over that of `faster`: how many times as fast the latter is.
   *
   * @param {string} slower
   * @param {string} faster
   */
  ratio(slower, faster) {
    const divisors = this.#of(faster);
    return median(this.#of(slower).map((time, round) => time / /** @type {number} */ (divisors[round])));
  }

  /** @param {string} name */
  #of(name) {
    const times = this.#rounds.get(name);
    if (times === undefined) throw new Error(`no contestant ${name}`);
    return times;
  }
}

/**
 * Times contestants that do the same work, in interleaved rounds; the order turns round every other round.
 *
 * @param {readonly Contestant[]} contestants
 * @returns {Timing}
 */
export function measure(contestants) {
  for (const { run } of contestants) for (const end = performance.now() + WARM_UP_MS; performance.now() < end; ) run();
  const runs = contestants.map(({ run }) => runsPerSample(run));
  const rounds = new Map(contestants.map(({ name }) => [name, /** @type {number[]} */ ([])]));
  for (let round = 0; round < ROUNDS; round++) {
    const order = [...contestants.keys()];
    if (round % 2 === 1) order.reverse();
    for (const at of order) {
      const { name, run, items } = /** @type {Contestant} */ (contestants[at]);
      const count = /** @type {number} */ (runs[at]);
      const start = performance.now();
      for (let i = 0; i < count; i++) run();
      rounds.get(name)?.push(((performance.now() - start) * 1e6) / (count * items));
    }
  }
  return new Timing(rounds);
}

/** @param {() => void} run */
function runsPerSample(run) {
  const start = performance.now();
  let runs = 0;
  do {
    run();
    runs++;
  } while (performance.now() - start < SAMPLE_MS);
  return runs;
}

/** @param {readonly number[]} values */
function median(values) {
  return /** @type {number} */ (values.toSorted((a, b) => a - b)[values.length >> 1]);
}
