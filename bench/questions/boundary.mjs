/** What does crossing into the engine cost, per call and per batch? */
import { WrongAnswer } from "../answers.mjs";
import { measure, sampler } from "../harness.mjs";
import { seededBook } from "../inputs/book.mjs";
import { EngineWithBook } from "../inputs/engine.mjs";
import { IncrementalRival } from "../rivals/book.mjs";
import { alone, comparison } from "../row.mjs";

export const name = "boundary";

const SEED = 20;
const SHAPE = { accounts: 100, positions: 10, seed: SEED };
/** Calls or ticks of a run. */
const ITEMS = 4_096;
/** Ticks of a batch; 1,024 is the default capacity of an engine's tick columns. */
const BATCHES = [1, 16, 1_024];
const BESIDE = "plain JavaScript";

export async function run() {
  const book = seededBook(SHAPE);
  const ours = await EngineWithBook.of(book);
  const rival = new IncrementalRival(book, book.prices[0]);
  const { engine } = ours;
  const unheld = book.tiers.findIndex((_, k) => !book.instrument.includes(k));
  const handle = ours.instruments[unheld];
  const [low, high] = [book.prices[0][unheld], book.prices[1][unheld]];

  let rivalMs = 0;
  const runs = {
    call() {
      let sum = 0;
      for (let i = 0; i < ITEMS; i++) sum += engine.timeMs;
      if (!(sum >= 0)) throw new WrongAnswer("the engine's time is no number");
    },
    tick() {
      for (let i = 0; i < ITEMS; i++) ours.tick(unheld, i & 1 ? low : high);
    },
    rival() {
      for (let i = 0; i < ITEMS; i++) {
        if (!rival.tick(unheld, i & 1 ? low : high, ++rivalMs)) throw new WrongAnswer("the rival rejected a tick");
      }
    },
    ...Object.fromEntries(BATCHES.map((size) => [batchName(size), () => batches(ours, handle, size, low, high)])),
  };
  const before = engine.stats();
  for (const run of Object.values(runs)) run();
  const after = engine.stats();
  const expected = ITEMS * (1 + BATCHES.length);
  if (after.ticks - before.ticks !== expected || after.assessments !== before.assessments) {
    const took = `${after.ticks - before.ticks} ticks and ${after.assessments - before.assessments} assessments`;
    throw new WrongAnswer(`ticks on an instrument that nobody holds: ${took}, expected ${expected} and none`);
  }
  const timing = await measure(
    Object.fromEntries(Object.entries(runs).map(([name, run]) => [name, sampler(run, ITEMS)])),
  );
  engine.dispose();
  const beside = (/** @type {string} */ work, /** @type {string} */ name) =>
    comparison({ work, beside: BESIDE, timing, ours: name, peer: "rival", goal: null, unit: "ns per tick" });
  return [
    alone({ work: "a call that does nothing", timing, ours: "call", unit: "ns per call" }),
    beside("one tick that nobody holds", "tick"),
    ...BATCHES.map((size) => beside(`ticks that nobody holds, batches of ${size}`, batchName(size))),
  ];
}

/** @param {number} size */
function batchName(size) {
  return `batch of ${size}`;
}

/**
 * @param {EngineWithBook} ours
 * @param {import("plimsoll").InstrumentHandle} handle
 * @param {number} size
 * @param {number} low
 * @param {number} high
 */
function batches(ours, handle, size, low, high) {
  for (let done = 0; done < ITEMS; done += size) ours.batch(handle, size, low, high);
}
