/** A subscriber that throws, or never reads, harms nobody. */
import { createEngine, createWorkerEngine, venues } from "plimsoll";
import { expect, test } from "vitest";
import { WAYS } from "../contract/ways.js";

const TIMES = 100;

test.each(WAYS)(
  "a subscriber that throws a hundred times is told every event all the same, and so are the others, by %s",
  async (_, tickQueue) => {
    const engine = await createWorkerEngine({ model: venues.hyperliquid(), workers: 2, tickQueue });
    const btc = await engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
    const me = await engine.addAccount({ id: "me", collateral: { USDC: 25_000 } });
    await engine.setPosition(me, btc, { size: 1.5, entryPrice: 61_200 });
    let thrown = 0;
    const heard: number[] = [];
    const uncaught: unknown[] = [];
    const onUncaught = (error: unknown) => uncaught.push(error);
    process.on("uncaughtException", onUncaught);
    engine.subscribe(() => {
      thrown++;
      throw new Error("thrown on purpose");
    });
    engine.subscribe(({ sequence }) => heard.push(sequence));
    engine.events();
    for (let n = 0; n < TIMES; n++) engine.tick(btc, { mark: n % 2 === 0 ? 44_980 : 60_950, timeMs: n });
    const drained = await engine.drainEvents();
    expect(drained).toHaveLength(TIMES);
    expect([thrown, heard.length]).toEqual([TIMES, TIMES]);
    expect((await engine.assess(me)).equity).toBe(24_625);
    await engine.dispose();
    process.off("uncaughtException", onUncaught);
    // nobody caught them, and nobody has swallowed them
    expect(uncaught).toHaveLength(TIMES);
  },
);

test("an account that is in debt when it is registered is told with its name", async () => {
  const engine = await createWorkerEngine({ model: venues.hyperliquid(), workers: 2 });
  const poor = await engine.addAccount({ id: "poor", collateral: { USDC: -5 } });
  const [others] = await Promise.all([engine.addAccounts({ ids: ["a", "b"], collateral: { USDC: [-1, -2] } })]);
  const events = await engine.drainEvents();
  expect(events.map(({ account, id, to }) => [account, id, to])).toEqual([
    [poor, "poor", "insolvent"],
    [others[0], "a", "insolvent"],
    [others[1], "b", "insolvent"],
  ]);
  await engine.dispose();
});

test("events that wait to be drained are counted", async () => {
  const engine = await createWorkerEngine({ model: venues.hyperliquid(), workers: 2 });
  const ids = Array.from({ length: 20 }, (_, i) => `debtor ${i}`);
  await engine.addAccounts({ ids, collateral: { USDC: ids.map(() => -1) } });
  expect((await engine.stats()).pendingEvents).toBe(20);
  expect(await engine.drainEvents()).toHaveLength(20);
  expect((await engine.stats()).pendingEvents).toBe(0);
  await engine.dispose();

  const saved = await createEngine({ model: venues.hyperliquid() });
  saved.addAccounts({ ids, collateral: { USDC: ids.map(() => -1) } });
  const restored = await createWorkerEngine({ snapshot: saved.snapshot(), workers: 2 });
  expect((await restored.stats()).pendingEvents).toBe(20);
  expect(await restored.drainEvents()).toHaveLength(20);
  expect((await restored.stats()).pendingEvents).toBe(0);
  await restored.dispose();
});

test("an account that goes while many events are told has its own told, with the instrument that drove it", async () => {
  const engine = await createWorkerEngine({ model: venues.hyperliquid(), workers: 2 });
  const heard: (readonly [id: string, driver: number | null])[] = [];
  engine.subscribe(({ id, driver }) => {
    const endMs = performance.now() + 0.02;
    while (performance.now() < endMs);
    heard.push([id, driver]);
  });
  const btc = await engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
  const me = await engine.addAccount({ id: "me", collateral: { USDC: 1_000 } });
  await engine.setPosition(me, btc, { size: 1, entryPrice: 60_000 });
  engine.tick(btc, { mark: 60_000, timeMs: 1 });
  await engine.flush();
  const ids = Array.from({ length: 3_000 }, (_, i) => `debtor ${i}`);
  void engine.addAccounts({ ids, collateral: { USDC: ids.map(() => -1) } });
  engine.tick(btc, { mark: 50_000, timeMs: 2 });
  await engine.removeAccount(me);
  await engine.removeInstrument(btc);
  await engine.addInstrument({ id: "ETH-PERP", kind: "perp", underlying: "ETH", maxLeverage: 25 });
  await engine.flush();
  expect(heard.filter(([id]) => id === "me").at(-1)).toEqual(["me", btc]);
  expect(heard.filter(([id]) => id !== "me")).toHaveLength(ids.length);
  await engine.dispose();
});
