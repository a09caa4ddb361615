/** How long is it from a tick to its event, in this thread, in a worker, and by other ways to a worker? */
import { createWorkerEngine } from "plimsoll";
import { requireFigures, WrongAnswer } from "../answers.mjs";
import { median, ROUNDS } from "../harness.mjs";
import { seededBook } from "../inputs/book.mjs";
import { addBook } from "../inputs/engine.mjs";
import { comlink, feedInWorker, inThread, objects, sharedMemory, worker } from "../latency/contestants.mjs";
import { transport, WAYS } from "../latency/transport.mjs";
import { RUNTIME } from "../row.mjs";

export const name = "latency";

/** Single ticks of a round, each after the event of the one before; enough that the first, after a rest, does not decide the p99. */
const SINGLES = 400;
const BURST = 1_000;
/** Words of a batch of {@link BURST} ticks (packages/plimsoll/src/worker/tick-row.ts). */
const BATCH_WORDS = 10 * BURST;
/** Until V8 has compiled what a tick runs through, in both threads. */
const WARM_UP_TICKS = 5_000;
const US = 1_000;
const SCALING_GOAL = { min: 1.7 };
const SEED = 20;
const POSITIONS = 20;
const ACCOUNTS = 40_000;
const ACCOUNTS_SHORT = 4_000;

/** @param {{ isShort: boolean }} options */
export async function run({ isShort }) {
  return [
    ...(await ticks(isShort ? 3 : ROUNDS)),
    ...(await batches(isShort ? 3 : ROUNDS)),
    ...(await scaling(isShort)),
  ];
}

/** @param {number} rounds */
async function ticks(rounds) {
  const feed = await feedInWorker();
  const contestants = {
    "in this thread": await inThread(),
    worker: await worker(),
    "worker with shared memory": await sharedMemory(),
    "worker that owns its feed": feed,
    "Comlink, a call per tick": await comlink(),
    "postMessage of objects": await objects(),
  };
  const names = /** @type {(keyof typeof contestants)[]} */ (Object.keys(contestants));
  const singles = Object.fromEntries(names.map((name) => [name, /** @type {number[]} */ ([])]));
  const bursts = Object.fromEntries(names.map((name) => [name, /** @type {number[]} */ ([])]));
  /** @type {number[]} */
  const heardHere = [];
  let last = 0;
  for (let round = -1; round < rounds; round++) {
    const ofRound = round < 0 ? WARM_UP_TICKS : SINGLES;
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      for (let n = last + 1; n <= last + ofRound; n++) {
        const ms = await contestants[name].run(n, n);
        if (round >= 0) singles[name].push(ms * US);
        if (round >= 0 && contestants[name] === feed) heardHere.push(feed.heardHereMs * US);
        await new Promise((resolve) => setImmediate(resolve));
      }
      const ms = await contestants[name].run(last + ofRound + 1, last + ofRound + BURST);
      if (round >= 0) bursts[name].push(ms * US);
    }
    last += ofRound + BURST;
  }
  const digests = await Promise.all(names.map((name) => contestants[name].digest()));
  if (new Set(digests).size > 1) throw new WrongAnswer(`digests after ${last} ticks: ${digests.join(", ")}`);
  for (const name of names) await contestants[name].end();

  const others = names.filter((name) => name !== "worker");
  const rows = [0.5, 0.99].flatMap((share) => {
    const work = `tick to event, p${100 * share}, through a worker`;
    const ours = quantile(singles.worker, share);
    const rowBeside = (/** @type {string} */ beside, /** @type {number[]} */ peers) =>
      row({ work, beside, ours, peer: quantile(peers, share), unit: "µs" });
    return [
      ...others.map((name) => rowBeside(name, singles[name])),
      rowBeside("worker that owns its feed, heard in this thread", heardHere),
    ];
  });
  // what the worker's feed gives one by one is no burst
  const inBursts = others.filter((name) => name !== "worker that owns its feed");
  const work = `${BURST} ticks at once to the last event, through a worker`;
  return [
    ...rows,
    ...inBursts.map((name) =>
      row({ work, beside: name, ours: median(bursts.worker), peer: median(bursts[name]), unit: "µs" }),
    ),
  ];
}

/** @param {number} rounds */
async function batches(rounds) {
  const ways = WAYS.map((way) => ({ way, there: transport(way, BATCH_WORDS), us: /** @type {number[]} */ ([]) }));
  for (let round = -1; round < rounds; round++) {
    for (const { there, us } of round % 2 === 0 ? ways : ways.toReversed()) {
      for (let i = 0; i < SINGLES; i++) {
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
        unit: "µs",
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
      const startMs = performance.now();
      await engines[place]?.reassessAll();
      if (round >= 0) times[place]?.push(performance.now() - startMs);
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
 * @param {{ work: string, beside: string, ours: number, peer: number, unit: string }} measured
 * @returns {import("../row.mjs").Row}
 */
function row({ work, beside, ours, peer, unit }) {
  return { work, beside, runtime: RUNTIME, ours, peer, ratio: peer / ours, goal: null, unit };
}

/**
 * @param {readonly number[]} values
 * @param {number} share
 */
function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return /** @type {number} */ (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]);
}
