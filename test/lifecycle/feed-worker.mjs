/** A worker that owns its feed: as soon as there is an instrument, its mark swings, until there is one that is called PAUSE. */
import { createEngine } from "plimsoll";
import { hostEngine } from "plimsoll/worker";

const SWING_MS = 1;
const MARKS = [60_950, 44_980, 52_000, 40_000, 70_000];

hostEngine(async (options) => {
  const engine = await createEngine(options);
  setInterval(() => {
    const btc = engine.instrument("BTC-PERP");
    if (btc === undefined || engine.instrument("PAUSE") !== undefined) return;
    const timeMs = engine.timeMs + 1;
    engine.tick(btc, { mark: MARKS[timeMs % MARKS.length], timeMs });
  }, SWING_MS);
  return engine;
});
