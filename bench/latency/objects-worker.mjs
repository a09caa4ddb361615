/** A worker as one writes it by hand: an engine behind messages that are objects. */
import { parentPort } from "node:worker_threads";
import { createEngine } from "plimsoll";
import { accounts, INSTRUMENT, OPTIONS } from "./market.mjs";

const port = /** @type {import("node:worker_threads").MessagePort} */ (parentPort);
const engine = await createEngine(OPTIONS);
const instrument = engine.addInstrument(/** @type {any} */ (INSTRUMENT));
engine.addAccounts(/** @type {any} */ (accounts(instrument)));
engine.tick(instrument, { mark: 60_950, timeMs: 0 });
engine.subscribe((event) => port.postMessage({ type: "event", event }));
port.on("message", ({ type, tick }) => {
  if (type === "tick") engine.tick(instrument, tick);
  else port.postMessage({ type: "digest", digest: engine.digest() });
});
port.postMessage({ type: "ready" });
