/** What in-page.mjs times on its page. */
import { inThread, worker } from "./engines.mjs";
import { inTurns } from "./turns.mjs";

const { port1, port2 } = new MessageChannel();

/** @returns {Promise<unknown>} */
function nextTask() {
  return new Promise((resolve) => {
    port1.onmessage = resolve;
    port2.postMessage(0);
  });
}

/** @param {number} rounds */
export async function measure(rounds) {
  const starts = {
    "in this thread": inThread,
    worker: () => worker(true),
    "worker with messages": () => worker(false),
  };
  return inTurns(starts, rounds, nextTask);
}
