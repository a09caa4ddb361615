/** Ways from a tick to its event through the package alone, in whatever runtime: this thread, a worker by messages or by shared memory. */
import { createEngine, createWorkerEngine } from "plimsoll";
import { Ear } from "./ear.mjs";
import { accounts, INSTRUMENT, OPTIONS, tickOf } from "./market.mjs";

/**
 * @typedef {object} Contestant
 * @property {(first: number, last: number) => Promise<number>} run Gives ticks first to last at once; how long until the event of the
 *   last has been heard, milliseconds.
 * @property {number} [heardHereMs] How long, of the last tick, until this thread had heard, where that is not what `run` tells.
 * @property {() => Promise<string>} digest Of the engine's state.
 * @property {() => void | Promise<void>} end
 */

/**
 * @param {Pick<import("plimsoll").Engine | import("plimsoll").WorkerEngine, "tick" | "subscribe">} engine
 * @param {import("plimsoll").InstrumentHandle} instrument
 * @returns {Contestant["run"]}
 */
function fromTickToEvent(engine, instrument) {
  const ear = new Ear();
  engine.subscribe((event) => ear.hear(event));
  return async (first, last) => {
    const heard = ear.until(last);
    const startMs = performance.now();
    for (let n = first; n <= last; n++) engine.tick(instrument, tickOf(n));
    return (await heard) - startMs;
  };
}

/** @returns {Promise<Contestant>} */
export async function inThread() {
  const engine = await createEngine(OPTIONS);
  const instrument = engine.addInstrument(/** @type {any} */ (INSTRUMENT));
  engine.addAccounts(/** @type {any} */ (accounts(instrument)));
  engine.tick(instrument, { mark: 60_950, timeMs: 0 });
  return {
    run: fromTickToEvent(engine, instrument),
    digest: async () => engine.digest(),
    end: () => engine.dispose(),
  };
}

/** @param {import("plimsoll").WorkerEngineOptions} options */
export async function workerEngine(options) {
  const engine = await createWorkerEngine({ ...OPTIONS, ...options, workers: 1 });
  const instrument = await engine.addInstrument(/** @type {any} */ (INSTRUMENT));
  await engine.addAccounts(/** @type {any} */ (accounts(instrument)));
  engine.tick(instrument, { mark: 60_950, timeMs: 0 });
  await engine.flush();
  return { engine, instrument };
}

/**
 * @param {boolean} sharesMemory
 * @returns {Promise<Contestant>}
 */
export async function worker(sharesMemory) {
  const { engine, instrument } = await workerEngine({ tickQueue: { sharesMemory } });
  if (engine.tickQueue.sharesMemory !== sharesMemory) throw new Error("memory cannot be shared here");
  return {
    run: fromTickToEvent(engine, instrument),
    digest: () => engine.digest(),
    end: () => engine.dispose(),
  };
}
