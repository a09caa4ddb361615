import { createEngine } from "plimsoll";
import { hostEngine } from "plimsoll/worker";

/** A market of one price; here a socket would be. */
function openFeed(onTick) {
  setInterval(() => onTick("BTC-PERP", { mark: 60_950, timeMs: Date.now() }), 20);
}

hostEngine(async (options) => {
  const engine = await createEngine(options);
  openFeed((id, tick) => {
    const instrument = engine.instrument(id);
    if (instrument !== undefined) engine.tick(instrument, tick);
  });
  return engine;
});
