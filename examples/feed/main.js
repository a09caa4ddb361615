import { createWorkerEngine, venues } from "plimsoll";
import workerUrl from "./feed.js?worker&url";

const place = document.getElementById("health");
run().then(
  (text) => (place.textContent = text),
  (error) => (place.textContent = `failed: ${error.message}`),
);

/** Health of one account at the price that the worker's own feed ticks. */
async function run() {
  const engine = await createWorkerEngine({ model: venues.hyperliquid(), workerUrl, workers: 1 });
  const btc = await engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
  const me = await engine.addAccount({ id: "me", collateral: { USDC: 25_000 } });
  await engine.setPosition(me, btc, { size: 1.5, entryPrice: 61_200 });
  while ((await engine.stats()).ticks === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  const { health } = await engine.assess(me);
  await engine.dispose();
  return `health ${health} by a feed in the worker`;
}
