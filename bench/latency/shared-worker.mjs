/** A worker with an engine behind shared memory: ticks come through a ring, events go through another. */
import { parentPort, workerData } from "node:worker_threads";
import { BANDS, createEngine } from "plimsoll";
import { accounts, INSTRUMENT, OPTIONS } from "./market.mjs";
import { Ring } from "./ring.mjs";

const port = /** @type {import("node:worker_threads").MessagePort} */ (parentPort);
const engine = await createEngine(OPTIONS);
const instrument = engine.addInstrument(/** @type {any} */ (INSTRUMENT));
engine.addAccounts(/** @type {any} */ (accounts(instrument)));
engine.tick(instrument, { mark: 60_950, timeMs: 0 });
const [ticks, events] = [new Ring(workerData.ticks), new Ring(workerData.events)];
engine.subscribe(({ to, equity, timeMs }) => events.push(BANDS.indexOf(to), equity, timeMs));
port.on("message", () => port.postMessage(engine.digest()));
port.postMessage("ready");
await ticks.read(([mark, timeMs]) =>
  engine.tick(instrument, /** @type {import("plimsoll").Tick} */ ({ mark, timeMs })),
);
