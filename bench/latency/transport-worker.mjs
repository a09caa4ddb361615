/** The other end of transport.mjs: reads a batch of ticks and acknowledges it. */
import { workerData } from "node:worker_threads";

const { way, port, shared } = workerData;
if (way === "shared memory") {
  const [turn, batch] = [new Int32Array(shared, 0, 2), new Float64Array(shared, 16)];
  const copy = new Float64Array(batch.length);
  // a wait does not keep a thread alive, a listener does
  port.on("message", () => {});
  for (let seen = 0; ; seen++) {
    const waited = /** @type {any} */ (Atomics).waitAsync(turn, 0, seen);
    if (waited.async) await waited.value;
    copy.set(batch);
    Atomics.store(turn, 1, seen + 1);
    Atomics.notify(turn, 1);
  }
} else {
  let copy = new Float64Array(0);
  port.on("message", (/** @type {Float64Array<ArrayBuffer>} */ batch) => {
    if (copy.length !== batch.length) copy = new Float64Array(batch.length);
    copy.set(batch);
    if (way === "lent buffer") port.postMessage(batch.buffer, [batch.buffer]);
    else port.postMessage(copy[0]);
  });
}
