/** What a benchmark says: rows of ours beside a peer, with a goal for their ratio. */

/**
 * @typedef {object} Row
 * @property {string} work What was done.
 * @property {string} beside What the peer is; empty where there is none.
 * @property {string} runtime Where, such as `node 20.20.2`.
 * @property {number} ours In `unit`.
 * @property {number | null} peer Likewise; null where there is none.
 * @property {number | null} ratio Under a goal `max`, our time over the peer's; else how many times as fast as the peer ours is.
 *   Of a count, the count.
 * @property {{ min: number } | { max: number } | null} goal For the ratio; null where none is set.
 * @property {string} unit
 */

/** This runtime's name. */
export const RUNTIME = `node ${process.versions.node}`;

/** Major version of Node whose V8 the lower goals for a newer compiler begin with: it makes faster code of the rivals. */
const NEW_V8_NODE_MAJOR = 22;

/** Whether this runtime's JavaScript compiler is newer than that of Node 20. */
export const HAS_NEW_V8 = Number.parseInt(process.versions.node, 10) >= NEW_V8_NODE_MAJOR;

/** Nanoseconds in a second. */
const NS = 1e9;

/**
 * A row of two contestants.
 *
 * @param {object} comparison
 * @param {string} comparison.work
 * @param {string} comparison.beside
 * @param {string} [comparison.runtime] Default: this one.
 * @param {import("./harness.mjs").Timing} comparison.timing
 * @param {string} comparison.ours Contestant.
 * @param {string} comparison.peer Contestant.
 * @param {number} [comparison.itemsPerUnit] How many items the unit has; default 1.
 * @param {Row["goal"]} comparison.goal
 * @param {string} comparison.unit `ns per …`, or `…/s`, in which the times are told.
 * @returns {Row}
 */
export function comparison({ work, beside, runtime = RUNTIME, timing, ours, peer, itemsPerUnit = 1, goal, unit }) {
  const told = (/** @type {number} */ ns) => (unit.endsWith("/s") ? NS / (ns * itemsPerUnit) : ns * itemsPerUnit);
  return {
    work,
    beside,
    runtime,
    ours: told(timing.median(ours)),
    peer: told(timing.median(peer)),
    ratio: goal !== null && "max" in goal ? timing.ratio(ours, peer) : timing.ratio(peer, ours),
    goal,
    unit,
  };
}

/**
 * A row without a peer.
 *
 * @param {{ work: string, timing: import("./harness.mjs").Timing, ours: string, unit: string }} measured
 * @returns {Row}
 */
export function alone({ work, timing, ours, unit }) {
  return { work, beside: "", runtime: RUNTIME, ours: timing.median(ours), peer: null, ratio: null, goal: null, unit };
}

/**
 * A row that counts instead of timing: the figure itself is held against the goal.
 *
 * @param {{ work: string, runtime?: string, figure: number, goal: Row["goal"], unit: string }} count
 * @returns {Row}
 */
export function counted({ work, runtime = RUNTIME, figure, goal, unit }) {
  return { work, beside: "", runtime, ours: figure, peer: null, ratio: figure, goal, unit };
}

/**
 * Whether a row meets its goal; null where it has none.
 *
 * @param {Row} row
 */
export function isMet({ ratio, goal }) {
  if (goal === null || ratio === null) return null;
  return "min" in goal ? ratio >= goal.min : ratio <= goal.max;
}

/** How far a goal may be missed before a gate closes: what a ratio varies by on a shared machine. */
const GATE_MARGIN = 0.3;

/**
 * Whether a row misses its goal by more than noise explains.
 *
 * @param {Row} row
 */
export function isFarOff({ ratio, goal }) {
  if (goal === null || ratio === null) return false;
  return "min" in goal ? ratio < goal.min * (1 - GATE_MARGIN) : ratio > goal.max * (1 + GATE_MARGIN);
}
