/** A batch of ticks to a worker and the acknowledgement back, without an engine: what another way there would save. */
import { MessageChannel, Worker } from "node:worker_threads";

/** Ways there. */
export const WAYS = /** @type {const} */ (["lent buffer", "copy", "shared memory"]);

/** @typedef {{ run: () => Promise<number>, end: () => Promise<void> }} Transport */

/**
 * @param {(typeof WAYS)[number]} way
 * @param {number} words of a batch
 * @returns {Transport}
 */
export function transport(way, words) {
  const { port1, port2 } = new MessageChannel();
  const shared = new SharedArrayBuffer(16 + 8 * words);
  const data = { way, port: port2, shared };
  const thread = new Worker(new URL("transport-worker.mjs", import.meta.url), {
    workerData: data,
    transferList: [port2],
    stderr: true,
  });
  const batch = new Float64Array(words).fill(1.5);
  const send = way === "shared memory" ? sharing(shared) : way === "copy" ? copying(port1) : lending(port1, words);
  return {
    run: async () => {
      const startMs = performance.now();
      await send(batch);
      return performance.now() - startMs;
    },
    end: async () => {
      port1.close();
      await thread.terminate();
    },
  };
}

/** @param {SharedArrayBuffer} shared */
function sharing(shared) {
  const [turn, words] = [new Int32Array(shared, 0, 2), new Float64Array(shared, 16)];
  let sent = 0;
  return async (/** @type {Float64Array} */ batch) => {
    words.set(batch);
    const answer = /** @type {any} */ (Atomics).waitAsync(turn, 1, sent);
    Atomics.store(turn, 0, ++sent);
    Atomics.notify(turn, 0);
    await answer.value;
  };
}

/** @param {import("node:worker_threads").MessagePort} port */
function copying(port) {
  return (/** @type {Float64Array} */ batch) => {
    const answer = new Promise((resolve) => port.once("message", resolve));
    port.postMessage(batch);
    return answer;
  };
}

/**
 * @param {import("node:worker_threads").MessagePort} port
 * @param {number} words
 */
function lending(port, words) {
  let buffer = new ArrayBuffer(8 * words);
  return async (/** @type {Float64Array} */ batch) => {
    const copy = new Float64Array(buffer);
    copy.set(batch);
    const answer = new Promise((resolve) => port.once("message", resolve));
    port.postMessage(copy, [buffer]);
    buffer = await answer;
  };
}
