/** A worker that owns its feed: as soon as there is an instrument, its mark swings between two prices. */
import { createEngine } from "plimsoll";
import { hostEngine } from "plimsoll/worker";

const SWING_MS = 3;
const MARKS = [60_950, 44_980];

hostEngine(async (options) => {
  const engine = await createEngine(options);
  setInterval(() => {
    const btc = engine.instrument("BTC-PERP");
    if (btc === undefined) return;
    const timeMs = engine.timeMs + 1;
    engine.tick(btc, { mark: MARKS[timeMs % MARKS.length], timeMs });
  }, SWING_MS);
  return engine;
});
