// The first program of the README, word for word but for the address of the package.
import { createEngine, venues } from "../dist/index.js";

const engine = await createEngine({ model: venues.hyperliquid() });
const btc = engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", quote: "USDC", maxLeverage: 50 });
const me = engine.addAccount({ id: "me", collateral: { USDC: 25_000 } });
engine.setPosition(me, btc, { size: 1.5, entryPrice: 61_200 });

engine.tick(btc, { mark: 60_950, timeMs: Date.now() });

const { leverage, liquidation } = engine.assess(me);
if (leverage.maintenance.state === "finite") console.log(leverage.maintenance.value.toFixed(4));
console.log(liquidation.for("BTC").down[0]?.price.toFixed(2));
engine.dispose();
