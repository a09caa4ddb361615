/** The calling thread of Node: the contract, and what only an engine whose memory is at hand can show. */
import { createEngine, venues } from "plimsoll";
import { expect, test } from "vitest";
import { contract } from "./suite.js";

contract("the calling thread of Node", createEngine);

async function longBitcoin() {
  const engine = await createEngine({ model: venues.hyperliquid() });
  const btc = engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
  const me = engine.addAccount({ id: "me", collateral: { USDC: 25_000 } });
  engine.setPosition(me, btc, { size: 1.5, entryPrice: 61_200 });
  engine.tick(btc, { mark: 60_950, timeMs: 1 });
  return { engine, btc, me };
}

test("a tick says why it was refused", async () => {
  const { engine, btc } = await longBitcoin();
  const rejected = [
    engine.tick(btc, { mark: Number.NaN, timeMs: 2 }),
    engine.tick(btc, { mark: 0, timeMs: 2 }),
    engine.tick(btc, { mark: Number.POSITIVE_INFINITY, timeMs: 2 }),
    engine.tick(btc, { mark: 60_000, timeMs: -1 }),
    engine.tick(btc, { mark: 60_000, timeMs: 0.5 }),
    engine.tick(btc, { mark: 60_000, vol: Number.NaN, timeMs: 2 }),
  ];
  const [price, time] = ["rejected-price", "rejected-time"];
  expect(rejected).toEqual([price, price, price, time, time, "rejected-vol"]);
});

test("a live view survives the growth of memory when it is taken again", async () => {
  const { engine, btc, me } = await longBitcoin();
  const before = engine.columns();
  const { mark } = engine.ticks;
  const bytes = engine.stats().memoryBytes;
  const ids = Array.from({ length: 40_000 }, (_, i) => `account ${i}`);
  engine.addAccounts({ ids, collateral: { USDC: new Float64Array(ids.length).fill(100) } });
  expect(engine.stats().memoryBytes).toBeGreaterThan(bytes);
  // the trap that this is about: a detached view has no length and reads undefined without a word
  expect([before.equity.length, mark.length]).toEqual([0, 0]);
  const { equity, row } = engine.columns();
  expect([equity.length, equity[row(me)], equity[equity.length - 1]]).toEqual([40_001, 24_625, 100]);
  engine.ticks.instrument[0] = btc;
  engine.ticks.mark[0] = 61_200;
  engine.ticks.timeMs[0] = 2;
  expect(engine.applyTicks(1)).toBe(1);
  expect(engine.columns().equity[row(me)]).toBe(25_000);
  expect(engine.columns()).toBe(engine.columns());
});

test("the columns of a disposed engine are refused", async () => {
  const { engine } = await longBitcoin();
  const { ticks } = engine;
  engine.dispose();
  expect(() => ticks.mark).toThrowError(expect.objectContaining({ code: "ENGINE_DISPOSED" }));
});
