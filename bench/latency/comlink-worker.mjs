/** A worker with an engine behind Comlink: every tick is a call, which answers with its events. */
import { parentPort } from "node:worker_threads";
import { expose } from "comlink";
// @ts-expect-error: it has no types
import nodeEndpoint from "comlink/dist/esm/node-adapter.mjs";
import { createEngine } from "plimsoll";
import { accounts, INSTRUMENT, OPTIONS } from "./market.mjs";

const engine = await createEngine(OPTIONS);
const instrument = engine.addInstrument(/** @type {any} */ (INSTRUMENT));
engine.addAccounts(/** @type {any} */ (accounts(instrument)));
engine.tick(instrument, { mark: 60_950, timeMs: 0 });
const port = /** @type {import("node:worker_threads").MessagePort} */ (parentPort);
expose(
  {
    /** @param {import("plimsoll").Tick} tick */
    tick(tick) {
      engine.tick(instrument, tick);
      return engine.drainEvents();
    },
    digest: () => engine.digest(),
  },
  nodeEndpoint(/** @type {any} */ (port)),
);
port.postMessage("ready");
