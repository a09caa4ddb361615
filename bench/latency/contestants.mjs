/** Ways from a tick to its event in Node beside those of engines.mjs. */
import { Worker } from "node:worker_threads";
import { wrap } from "comlink";
// @ts-expect-error: it has no types
import nodeEndpoint from "comlink/dist/esm/node-adapter.mjs";
import { Ear } from "./ear.mjs";
import { workerEngine } from "./engines.mjs";
import { tickOf } from "./market.mjs";

/** @typedef {import("./engines.mjs").Contestant} Contestant */

/**
 * The worker's own feed ticks, one by one; `run` is until the worker's own subscriber has heard, `heardHereMs` until this thread has,
 * the last tick.
 *
 * @returns {Promise<Contestant>}
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
