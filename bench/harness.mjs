/**
 * Timing: contestants take turns in every round, a ratio is taken inside a round, and what is told is the median over rounds.
 *
 * A shared machine slows down for seconds at a time; contestants that take turns slow down together, so their ratio stays.
 */

/** Rounds of a measurement, odd so that the median is one of them. */
export const ROUNDS = 11;
/** A sample is the best of so many stretches: what interrupts one only ever lengthens it. */
export const STRETCHES = 3;
/** What a stretch lasts at least: a thousand times the clock's resolution. */
const STRETCH_MS = 4;
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
      runs = runFor(STRETCH_MS, run);
    }
    let best = Number.POSITIVE_INFINITY;
    for (let stretch = 0; stretch < STRETCHES; stretch++) {
      const start = clockMs();
      for (let i = 0; i < runs; i++) run();
      best = Math.min(best, clockMs() - start);
    }
    return (best * 1e6) / (runs * items);
  };
}

/** Processor time of this process, which others on the machine do not lengthen; where there is none, in a page, the wall's. */
const clockMs =
  typeof process === "undefined"
    ? () => performance.now()
    : () => {
        const { user, system } = process.cpuUsage();
        return (user + system) / 1e3;
      };

/**
 * @param {number} durationMs
 * @param {() => void} run
 * @returns {number} how many runs it took
 */
function runFor(durationMs, run) {
  const end = clockMs() + durationMs;
  let runs = 0;
  do {
    run();
    runs++;
  } while (clockMs() < end);
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
export function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}
