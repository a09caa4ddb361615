import { createEngine, createWorkerEngine, venues } from "plimsoll";

export default {
  async fetch() {
    const engine = await createEngine({ model: venues.hyperliquid() });
    const btc = engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
    const me = engine.addAccount({ id: "me", collateral: { USDC: 25_000 } });
    engine.setPosition(me, btc, { size: 1.5, entryPrice: 61_200 });
    engine.tick(btc, { mark: 60_950, timeMs: Date.now() });
    const { equity, maintenance } = engine.assess(me);
    engine.dispose();
    const refused = await createWorkerEngine().catch((error) => error);
    return new Response(`health ${equity - maintenance} in this thread; workers: ${refused.code}`);
  },
};
