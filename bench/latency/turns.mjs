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
 * Times contestants, and ends them.
 *
 * @template {string} Name
 * @param {Record<Name, import("./engines.mjs").Contestant>} contestants
 * @param {number} rounds
 * @param {() => Promise<unknown>} nextTask
 * @param {(name: Name) => void} [afterSingle] is told whose single tick has been timed
 * @returns {Promise<{ singles: Record<Name, number[]>, bursts: Record<Name, number[]> }>} microseconds
 */
export async function inTurns(contestants, rounds, nextTask, afterSingle) {
  const names = /** @type {Name[]} */ (Object.keys(contestants));
  /** @type {() => Record<Name, number[]>} */
  const none = () => /** @type {any} */ (Object.fromEntries(names.map((name) => [name, []])));
  const [singles, bursts] = [none(), none()];
  let last = 0;
  for (let round = -1; round < rounds; round++) {
    const ofRound = round < 0 ? WARM_UP_TICKS : SINGLES;
    for (const name of round % 2 === 0 ? names : [...names].reverse()) {
      for (let n = last + 1; n <= last + ofRound; n++) {
        const ms = await contestants[name].run(n, n);
        if (round >= 0) {
          singles[name].push(ms * US);
          afterSingle?.(name);
        }
        await nextTask();
      }
      const ms = await contestants[name].run(last + ofRound + 1, last + ofRound + BURST);
      if (round >= 0) bursts[name].push(ms * US);
    }
    last += ofRound + BURST;
  }
  const digests = await Promise.all(names.map((name) => contestants[name].digest()));
  if (new Set(digests).size > 1) throw new WrongAnswer(`digests after ${last} ticks: ${digests.join(", ")}`);
  for (const name of names) await contestants[name].end();
  return { singles, bursts };
}
