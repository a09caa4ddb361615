/** Ways from a tick to its event. */
import { Worker } from "node:worker_threads";
import { wrap } from "comlink";
// @ts-expect-error: it has no types
import nodeEndpoint from "comlink/dist/esm/node-adapter.mjs";
import { BANDS, createEngine, createWorkerEngine } from "plimsoll";
import { WrongAnswer } from "../answers.mjs";
import { accounts, eventOf, INSTRUMENT, OPTIONS, tickOf } from "./market.mjs";
import { Ring } from "./ring.mjs";

/** More than are ever on their way at once. */
const RING_ROWS = 2_048;

/**
 * @typedef {object} Contestant
 * @property {(first: number, last: number) => Promise<number>} run Gives ticks first to last at once; how long until the event of the
 *   last has been heard, milliseconds.
 * @property {() => Promise<string>} digest Of the engine's state.
 * @property {() => void | Promise<void>} end
 */

/** Waits for events, and checks that they are those of the ticks, each once and in order. */
class Ear {
  #next = 1;
  #last = 0;
  /** @type {(ms: number) => void} */
  #resolve = () => {};

  /**
   * @param {number} last
   * @returns {Promise<number>} when the event of tick `last` was heard
   */
  until(last) {
    this.#last = last;
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** @param {Pick<import("plimsoll").BandEvent, "to" | "equity" | "timeMs">} event */
  hear({ to, equity, timeMs }) {
    const expected = eventOf(this.#next++);
    if (to !== expected.to || equity !== expected.equity || timeMs !== expected.timeMs) {
      throw new WrongAnswer(`event of tick ${expected.timeMs}: ${to} with ${equity} at ${timeMs}`);
    }
    if (timeMs === this.#last) this.#resolve(performance.now());
  }
}

/** @returns {Promise<Contestant>} */
export async function inThread() {
  const engine = await createEngine(OPTIONS);
  const instrument = engine.addInstrument(/** @type {any} */ (INSTRUMENT));
  engine.addAccounts(/** @type {any} */ (accounts(instrument)));
  engine.tick(instrument, { mark: 60_950, timeMs: 0 });
  const ear = new Ear();
  engine.subscribe((event) => ear.hear(event));
  return {
    run: async (first, last) => {
      const heard = ear.until(last);
      const startMs = performance.now();
      for (let n = first; n <= last; n++) engine.tick(instrument, tickOf(n));
      return (await heard) - startMs;
    },
    digest: async () => engine.digest(),
    end: () => engine.dispose(),
  };
}

/** @param {{ workerUrl?: URL }} options */
async function workerEngine(options) {
  const engine = await createWorkerEngine({ ...OPTIONS, ...options, workers: 1 });
  const instrument = await engine.addInstrument(/** @type {any} */ (INSTRUMENT));
  await engine.addAccounts(/** @type {any} */ (accounts(instrument)));
  engine.tick(instrument, { mark: 60_950, timeMs: 0 });
  await engine.flush();
  return { engine, instrument };
}

/** @returns {Promise<Contestant>} */
export async function worker() {
  const { engine, instrument } = await workerEngine({});
  const ear = new Ear();
  engine.subscribe((event) => ear.hear(event));
  return {
    run: async (first, last) => {
      const heard = ear.until(last);
      const startMs = performance.now();
      for (let n = first; n <= last; n++) engine.tick(instrument, tickOf(n));
      return (await heard) - startMs;
    },
    digest: () => engine.digest(),
    end: () => engine.dispose(),
  };
}

/**
 * The worker's own feed ticks, one by one; `run` is until the worker's own subscriber has heard, `heardHereMs` until this thread has,
 * the last tick.
 *
 * @returns {Promise<Contestant & { heardHereMs: number }>}
 */
export async function feedInWorker() {
  const { engine } = await workerEngine({ workerUrl: new URL("feed-worker.mjs", import.meta.url) });
  const ear = new Ear();
  engine.subscribe((event) => ear.hear(event));
  const feed = new BroadcastChannel("plimsoll latency: feed");
  const contestant = {
    heardHereMs: 0,
    run: async (/** @type {number} */ first, /** @type {number} */ last) => {
      let totalMs = 0;
      for (let n = first; n <= last; n++) {
        const heard = ear.until(n);
        const answer = new Promise((resolve) => {
          feed.onmessage = ({ data }) => resolve(data);
        });
        feed.postMessage(n);
        const [{ tookMs, atMs }, heardMs] = await Promise.all([answer, heard]);
        totalMs += tookMs;
        contestant.heardHereMs = performance.timeOrigin + heardMs - atMs;
      }
      return totalMs;
    },
    digest: () => engine.digest(),
    end: () => {
      feed.close();
      return engine.dispose();
    },
  };
  return contestant;
}

/** @returns {Promise<Contestant>} */
export async function sharedMemory() {
  const memory = { ticks: Ring.memory(RING_ROWS, 2), events: Ring.memory(RING_ROWS, 3) };
  const thread = new Worker(new URL("shared-worker.mjs", import.meta.url), { workerData: memory });
  await new Promise((resolve) => thread.once("message", resolve));
  const ear = new Ear();
  const [ticks, events] = [new Ring(memory.ticks), new Ring(memory.events)];
  events.read(([band, equity, timeMs]) => {
    ear.hear(/** @type {import("plimsoll").BandEvent} */ ({ to: BANDS[/** @type {number} */ (band)], equity, timeMs }));
  });
  return {
    run: async (first, last) => {
      const heard = ear.until(last);
      const startMs = performance.now();
      for (let n = first; n <= last; n++) {
        const { mark, timeMs } = tickOf(n);
        ticks.push(mark, timeMs);
      }
      return (await heard) - startMs;
    },
    digest: () => {
      const digest = new Promise((resolve) => thread.once("message", resolve));
      thread.postMessage("digest");
      return digest;
    },
    end: async () => void (await thread.terminate()),
  };
}

/** @returns {Promise<Contestant>} */
export async function objects() {
  const thread = new Worker(new URL("objects-worker.mjs", import.meta.url));
  await new Promise((resolve) => thread.once("message", resolve));
  const ear = new Ear();
  /** @type {(digest: string) => void} */
  let answer = () => {};
  thread.on("message", ({ type, event, digest }) => (type === "event" ? ear.hear(event) : answer(digest)));
  return {
    run: async (first, last) => {
      const heard = ear.until(last);
      const startMs = performance.now();
      for (let n = first; n <= last; n++) thread.postMessage({ type: "tick", tick: tickOf(n) });
      return (await heard) - startMs;
    },
    digest: () => {
      thread.postMessage({ type: "digest" });
      return new Promise((resolve) => {
        answer = resolve;
      });
    },
    end: async () => void (await thread.terminate()),
  };
}

/** @returns {Promise<Contestant>} */
export async function comlink() {
  const thread = new Worker(new URL("comlink-worker.mjs", import.meta.url));
  await new Promise((resolve) => thread.once("message", resolve));
  const remote = /** @type {any} */ (wrap(nodeEndpoint(/** @type {any} */ (thread))));
  const ear = new Ear();
  return {
    run: async (first, last) => {
      const heard = ear.until(last);
      const startMs = performance.now();
      for (let n = first; n <= last; n++) {
        remote.tick(tickOf(n)).then((/** @type {import("plimsoll").BandEvent[]} */ events) => {
          for (const event of events) ear.hear(event);
        });
      }
      return (await heard) - startMs;
    },
    digest: () => remote.digest(),
    end: async () => void (await thread.terminate()),
  };
}
