/** What is seen of a market that is faster than the workers. */
import { createWorkerEngine, venues } from "plimsoll";
import { expect, test } from "vitest";
import { closeGate } from "./node-threads.js";

const workerUrl = new URL("faulty-worker.mjs", import.meta.url);

const aTask = () => new Promise((resolve) => setTimeout(resolve));

for (const [conflate, told] of [
  ["extremes", ["liquidatable", "healthy"]],
  ["latest", []],
] as const) {
  test(`a wick between two batches ${told.length > 0 ? "liquidates" : "is not seen"} by "${conflate}"`, async () => {
    const open = closeGate();
    const tickQueue = { conflate, capacity: 1, batchesInFlightMax: 1 };
    const model = venues.hyperliquid();
    const engine = await createWorkerEngine({ model, workers: 1, workerUrl, tickQueue });
    const btc = await engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
    const me = await engine.addAccount({ id: "me", collateral: { USDC: 25_000 } });
    await engine.setPosition(me, btc, { size: 1.5, entryPrice: 61_200 });
    const heard: string[] = [];
    engine.subscribe(({ id, to }) => heard.push(`${id} ${to}`));
    // the worker is busy with this, so that the batch behind it is not applied meanwhile
    const held = engine.digest();
    for (const [i, mark] of [60_950, 60_900, 44_980, 60_800, 60_950].entries()) {
      engine.tick(btc, { mark, timeMs: i + 1 });
      await aTask();
    }
    expect(engine.tickQueue.batches).toBe(0);
    open();
    await held;
    await engine.flush();
    // four wait: the last is the highest, so that beside the wick two are left out, or all but it
    expect(engine.tickQueue.conflations).toBe(told.length > 0 ? 2 : 3);
    expect(heard).toEqual(told.map((band) => `me ${band}`));
    expect((await engine.assess(me)).equity).toBe(24_625);
    await engine.dispose();
  });
}
