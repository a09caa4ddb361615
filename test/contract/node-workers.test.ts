/** Workers of Node, one and several. */
import { createWorkerEngine, venues } from "plimsoll";
import { hostEngine } from "plimsoll/worker";
import { expect, test } from "vitest";
import { contract, hostsInWorkersOnly } from "./suite.js";
import { WAYS } from "./ways.js";

hostsInWorkersOnly("Node", hostEngine);

/** Lone ticks of more words than a ring has. */
const MANY = 1_000;

test.each(WAYS)(
  "ticks that come while a change is put to a vote are taken afterwards, as they were given, by %s",
  async (_, tickQueue) => {
    const engine = await createWorkerEngine({ model: venues.hyperliquid(), workers: 2, tickQueue });
    const btc = await engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
    const me = await engine.addAccount({ id: "me", collateral: { USDC: 1_000_000 } });
    await engine.setPosition(me, btc, { size: 1, entryPrice: 100 });
    engine.tick(btc, { mark: 100, timeMs: 0 });
    const funded = engine.fund(btc, { rate: 0 });
    const equities: Promise<number>[] = [];
    for (let n = 1; n <= MANY; n++) {
      engine.tick(btc, { mark: 100 + n, timeMs: n });
      equities.push(engine.assess(me).then(({ equity }) => equity));
    }
    await funded;
    expect(await Promise.all(equities)).toEqual(Array.from({ length: MANY }, (_, i) => 1_000_001 + i));
    await engine.dispose();
  },
);

test("memory is shared where that is asked for", async () => {
  for (const tickQueue of [{}, ...WAYS.map(([, option]) => option)]) {
    const engine = await createWorkerEngine({ workers: 1, tickQueue });
    const asked = "sharesMemory" in tickQueue && tickQueue.sharesMemory;
    expect([engine.tickQueue.sharesMemory, (await engine.stats()).tickQueue.sharesMemory]).toEqual([asked, asked]);
    await engine.dispose();
  }
});

for (const [way, tickQueue] of WAYS) {
  for (const workers of [1, 2, 3]) {
    const host = `${workers} worker${workers === 1 ? "" : "s"} of Node by ${way}`;
    const skipsMillion = workers !== 2 || tickQueue.sharesMemory;
    contract(host, (options) => createWorkerEngine({ ...options, workers, tickQueue }), { skipsMillion });
  }
}
