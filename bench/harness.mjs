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
 * A sample: how long an item takes, nanoseconds.
 *
 * @typedef {() => number | Promise<number>} Sample
 */

/**
 * Samples of work in this thread. The first one warms up.
 *
 * @param {() => void} run One run of the work.
 * @param {number} items How many items a run works through.
 * @returns {() => number}
 */
export function sampler(run, items) {
  let runs = 0;
  return () => {
    if (runs === 0) {
      runFor(WARM_UP_MS, run);
      runs = runFor(SAMPLE_MS, run);
    }
    const start = performance.now();
    for (let i = 0; i < runs; i++) run();
    return ((performance.now() - start) * 1e6) / (runs * items);
  };
}

/**
 * @param {number} durationMs
 * @param {() => void} run
 * @returns {number} how many runs it took
 */
function runFor(durationMs, run) {
  const end = performance.now() + durationMs;
  let runs = 0;
  do {
    run();
    runs++;
  } while (performance.now() < end);
  return runs;
}

/**
 * Times contestants that do the same work, in interleaved rounds; the order is reversed in every other one.
 *
 * @param {Readonly<Record<string, Sample>>} contestants
 * @returns {Promise<Timing>}
 */
export async function measure(contestants) {
  const names = Object.keys(contestants);
  for (const name of names) await contestants[name]();
  /** @type {Record<string, number[]>} */
  const rounds = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) rounds[name].push(await contestants[name]());
  }
  return new Timing(rounds);
}

/** Times of several contestants, in nanoseconds per item, round by round. */
export class Timing {
  #rounds;

  /** @param {Readonly<Record<string, number[]>>} rounds */
  constructor(rounds) {
    this.#rounds = rounds;
  }

  /**
   * Median time of a contestant, nanoseconds per item.
   *
   * @param {string} name
   */
  median(name) {
    return median(this.#rounds[name]);
  }

  /**
   * Median over rounds of one contestant's time over another's.
   *
   * @param {string} name
   * @param {string} over
   */
  ratio(name, over) {
    return median(this.#rounds[name].map((time, round) => time / this.#rounds[over][round]));
  }
}

/** @param {readonly number[]} values */
function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}
