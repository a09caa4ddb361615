/** A worker that owns its feed: it ticks the engine that it hosts for `createWorkerEngine`. Here the feed ticks when it is told to. */
import { createEngine } from "plimsoll";
import { hostEngine } from "plimsoll/worker";
import { tickOf } from "./market.mjs";

hostEngine(async (options) => {
  const engine = await createEngine(options);
  const feed = new BroadcastChannel("plimsoll latency: feed");
  let heardMs = 0;
  engine.subscribe(() => {
    heardMs = performance.now();
  });
  feed.onmessage = ({ data: n }) => {
    const instrument = /** @type {import("plimsoll").InstrumentHandle} */ (engine.instrument("BTC-PERP"));
    const tick = tickOf(n);
    const startMs = performance.now();
    engine.tick(instrument, tick);
    feed.postMessage({ n, tookMs: heardMs - startMs, atMs: performance.timeOrigin + startMs });
  };
  return engine;
});
