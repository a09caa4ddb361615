/** How long is it from a tick to its event, in this thread, in a worker, and by other ways to a worker? */
import { createWorkerEngine } from "plimsoll";
import { requireFigures, WrongAnswer } from "../answers.mjs";
import { median, ROUNDS, STRETCHES } from "../harness.mjs";
import { seededBook } from "../inputs/book.mjs";
import { addBook } from "../inputs/engine.mjs";
import { comlink, feedInWorker, objects } from "../latency/contestants.mjs";
import { inThread, worker } from "../latency/engines.mjs";
import { inPage } from "../latency/in-page.mjs";
import { inRuntime } from "../latency/in-runtime.mjs";
import { transport, WAYS } from "../latency/transport.mjs";
import { BURST, inTurns } from "../latency/turns.mjs";
import { RUNTIME } from "../row.mjs";

export const name = "latency";

/** Batches of a round. */
const BATCHES = 400;
/** Words of a batch of {@link BURST} ticks (packages/plimsoll/src/worker/tick-row.ts). */
const BATCH_WORDS = 10 * BURST;
const US = 1_000;
const SCALING_GOAL = { min: 1.7 };
const SEED = 20;
const POSITIONS = 20;
const ACCOUNTS = 40_000;
const ACCOUNTS_SHORT = 4_000;

/**
 * @typedef {object} Where
 * @property {boolean} isShort
 * @property {boolean} isInBrowser
 * @property {import("../../test/browser/browsers.mjs").BrowserName} browser
 * @property {import("../latency/in-runtime.mjs").RuntimeName} [beside] A runtime in the place of Node and of browsers.
 */

/** @param {Where} where */
export async function run({ isShort, isInBrowser, browser, beside }) {
  const rounds = isShort ? 3 : ROUNDS;
  if (beside !== undefined || isInBrowser) {
    const { runtime, singles, bursts } = await (beside ? inRuntime(beside, rounds) : inPage(browser, rounds));
    return rowsOf(singles, bursts, runtime);
  }
  return [...(await ticks(rounds)), ...(await batches(rounds)), ...(await scaling(isShort))];
}

/** @param {number} rounds */
async function ticks(rounds) {
  const starts = {
    "in this thread": inThread,
    worker: () => worker(false),
    "worker with shared memory": () => worker(true),
    "worker that owns its feed": feedInWorker,
    "Comlink, a call per tick": comlink,
    "postMessage of objects": objects,
  };
  /** @type {number[]} */
  const heardHere = [];
  const { singles, bursts } = await inTurns(starts, rounds, nextTask, ({ heardHereMs }) => {
    if (heardHereMs !== undefined) heardHere.push(heardHereMs * US);
  });
  // what the worker's feed gives one by one is no burst
  const { "worker that owns its feed": _, ...inBursts } = bursts;
  return rowsOf({ ...singles, "worker that owns its feed, heard in this thread": heardHere }, inBursts, RUNTIME);
}

const nextTask = () => new Promise((resolve) => setImmediate(resolve));

/**
 * @param {import("../latency/turns.mjs").Times} singles
 * @param {import("../latency/turns.mjs").Times} bursts
 * @param {string} runtime
 */
function rowsOf({ worker: single, ...singles }, { worker: burst, ...bursts }, runtime) {
  return [
    ...[0.5, 0.99].flatMap((share) =>
      Object.entries(singles).map(([beside, peers]) => {
        const work = `tick to event, p${100 * share}, through a worker`;
        return row({ work, beside, runtime, ours: quantile(single, share), peer: quantile(peers, share) });
      }),
    ),
    ...Object.entries(bursts).map(([beside, peers]) => {
      const work = `${BURST} ticks at once to the last event, through a worker`;
      return row({ work, beside, runtime, ours: median(burst), peer: median(peers) });
    }),
  ];
}

/** @param {number} rounds */
async function batches(rounds) {
  const ways = WAYS.map((way) => ({ way, there: transport(way, BATCH_WORDS), us: /** @type {number[]} */ ([]) }));
  for (let round = -1; round < rounds; round++) {
    for (const { there, us } of round % 2 === 0 ? ways : ways.toReversed()) {
      for (let i = 0; i < BATCHES; i++) {
        const ms = await there.run();
        if (round >= 0) us.push(ms * US);
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }
  for (const { there } of ways) await there.end();
  const [lent, ...others] = ways;
  return [0.5, 0.99].flatMap((share) =>
    others.map(({ way, us }) =>
      row({
        work: `batch of ${BURST} ticks to a worker and back, no engine, p${100 * share}, lent buffer`,
        beside: way,
        ours: quantile(lent?.us ?? [], share),
        peer: quantile(us, share),
      }),
    ),
  );
}

/** @param {boolean} isShort */
async function scaling(isShort) {
  const accounts = isShort ? ACCOUNTS_SHORT : ACCOUNTS;
  const book = seededBook({ accounts, positions: POSITIONS, seed: SEED });
  const engines = await Promise.all(
    [1, 2].map(async (workers) => {
      const engine = await createWorkerEngine({ quote: "USD", tickCapacity: book.tiers.length, workers });
      const { instruments } = await addBook(engine, book);
      for (const [k, instrument] of instruments.entries()) {
        engine.ticks.instrument[k] = instrument;
        engine.ticks.mark[k] = /** @type {number} */ (book.prices[0]?.[k]);
        engine.ticks.timeMs[k] = 1;
      }
      engine.applyTicks(instruments.length);
      await engine.flush();
      return engine;
    }),
  );
  const [one, two] = /** @type {[typeof engines[0], typeof engines[0]]} */ (engines);
  const digests = [await one.digest(), await two.digest()];
  if (digests[0] !== digests[1]) throw new WrongAnswer(`2 workers: ${digests[1]}, 1 worker: ${digests[0]}`);
  requireFigures("2 workers", { ...(await two.totals()) }, { ...(await one.totals()) }, 0);
  const times = engines.map(() => /** @type {number[]} */ ([]));
  for (let round = -1; round < ROUNDS; round++) {
    for (const place of round % 2 === 0 ? [0, 1] : [1, 0]) {
      let bestMs = Number.POSITIVE_INFINITY;
      for (let stretch = 0; stretch < STRETCHES; stretch++) {
        const startMs = performance.now();
        await engines[place]?.reassessAll();
        bestMs = Math.min(bestMs, performance.now() - startMs);
      }
      if (round >= 0) times[place]?.push(bestMs);
    }
  }
  for (const engine of engines) await engine.dispose();
  const [ofOne, ofTwo] = /** @type {[number[], number[]]} */ (times);
  return [
    {
      work: `every account in full, ${accounts} × ${POSITIONS} positions, 2 workers`,
      beside: "1 worker",
      runtime: RUNTIME,
      ours: median(ofTwo),
      peer: median(ofOne),
      ratio: median(ofOne.map((ms, round) => ms / /** @type {number} */ (ofTwo[round]))),
      goal: isShort ? null : SCALING_GOAL,
      unit: "ms",
    },
  ];
}

/**
 * @param {{ work: string, beside: string, runtime?: string, ours: number, peer: number }} measured times in microseconds
 * @returns {import("../row.mjs").Row}
 */
function row({ work, beside, runtime = RUNTIME, ours, peer }) {
  return { work, beside, runtime, ours, peer, ratio: peer / ours, goal: null, unit: "µs" };
}

/**
 * @param {readonly number[]} values
 * @param {number} share
 */
function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return /** @type {number} */ (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]);
}
