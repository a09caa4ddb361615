import { createEngine, createWorkerEngine, venues } from "plimsoll";

/** Health of one account, by an engine in this thread and by one in a worker. */
export async function run() {
  const model = venues.hyperliquid();
  const here = await healthOf(await createEngine({ model }));
  const there = await healthOf(await createWorkerEngine({ model, workers: 1 }));
  return `health ${here} in this thread, ${there} in a worker`;
}

async function healthOf(engine) {
  const btc = await engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
  const me = await engine.addAccount({ id: "me", collateral: { USDC: 25_000 } });
  await engine.setPosition(me, btc, { size: 1.5, entryPrice: 61_200 });
  engine.tick(btc, { mark: 60_950, timeMs: Date.now() });
  const { equity, maintenance } = await engine.assess(me);
  await engine.dispose();
  return equity - maintenance;
}
