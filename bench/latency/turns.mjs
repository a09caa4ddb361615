/** Ways from a tick to its event, timed in turns; for Node and for pages. */
import { WrongAnswer } from "../answers.mjs";

/** Single ticks of a round, each after the event of the one before; enough that the first, after a rest, does not decide the p99. */
const SINGLES = 400;
export const BURST = 1_000;
/** Until the runtime has compiled what a tick runs through, in both threads. */
const WARM_UP_TICKS = 5_000;
const US = 1_000;

/** @typedef {{ worker: number[], [name: string]: number[] }} Times by contestant, microseconds */

/**
 * Times contestants that are started in the order in which they are given, and then those that are started in the other order: one
 * that is started later finds warmer code, and another place on the machine. Each time they take turns, and are ended.
 *
 * @template {string} Name
 * @param {Record<Name, () => Promise<import("./engines.mjs").Contestant>>} starts
 * @param {number} rounds in all
 * @param {() => Promise<unknown>} nextTask
 * @param {(contestant: import("./engines.mjs").Contestant) => void} [afterSingle] is told whose single tick has been timed
 * @returns {Promise<{ singles: Record<Name, number[]>, bursts: Record<Name, number[]> }>} microseconds
 */
export async function inTurns(starts, rounds, nextTask, afterSingle) {
  const names = /** @type {Name[]} */ (Object.keys(starts));
  /** @type {() => Record<Name, number[]>} */
  const none = () => /** @type {any} */ (Object.fromEntries(names.map((name) => [name, []])));
  const [singles, bursts] = [none(), none()];
  const ofFirst = Math.ceil(rounds / 2);
  await inOneOrder(names, ofFirst);
  await inOneOrder([...names].reverse(), rounds - ofFirst);
  return { singles, bursts };

  /**
   * @param {Name[]} order
   * @param {number} rounds
   */
  async function inOneOrder(order, rounds) {
    /** @type {[Name, import("./engines.mjs").Contestant][]} */
    const contestants = [];
    for (const name of order) contestants.push([name, await starts[name]()]);
    let last = 0;
    for (let round = -1; round < rounds; round++) {
      const ofRound = round < 0 ? WARM_UP_TICKS : SINGLES;
      for (const [name, contestant] of round % 2 === 0 ? contestants : [...contestants].reverse()) {
        for (let n = last + 1; n <= last + ofRound; n++) {
          const ms = await contestant.run(n, n);
          if (round >= 0) {
            singles[name].push(ms * US);
            afterSingle?.(contestant);
          }
          await nextTask();
        }
        const ms = await contestant.run(last + ofRound + 1, last + ofRound + BURST);
        if (round >= 0) bursts[name].push(ms * US);
      }
      last += ofRound + BURST;
    }
    const digests = await Promise.all(contestants.map(([, contestant]) => contestant.digest()));
    if (new Set(digests).size > 1) throw new WrongAnswer(`digests after ${last} ticks: ${digests.join(", ")}`);
    for (const [, contestant] of contestants) await contestant.end();
  }
}
