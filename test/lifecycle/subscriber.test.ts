/** A subscriber that throws, or never reads, harms nobody. */
import { type AccountHandle, createEngine, createWorkerEngine, venues } from "plimsoll";
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

const DEBTORS = 3_000;

/** An engine with a subscriber for whom every event takes a while, and what it has heard; nothing is told yet. */
async function slowlyHeard() {
  const engine = await createWorkerEngine({ model: venues.hyperliquid(), workers: 2 });
  let task = 0;
  let isOver = false;
  const nextTask = () => {
    task++;
    if (!isOver) setImmediate(nextTask);
  };
  nextTask();
  const heard: { readonly sequence: number; readonly id: string; readonly task: number }[] = [];
  engine.subscribe(({ sequence, id }) => {
    const endMs = performance.now() + 0.02;
    while (performance.now() < endMs);
    heard.push({ sequence, id, task });
  });
  const ids = Array.from({ length: DEBTORS }, (_, i) => `debtor ${i}`);
  const accounts = { ids, collateral: { USDC: ids.map(() => -1) } };
  const end = () => {
    isOver = true;
  };
  return { engine, heard, accounts, end };
}

test("many events at once are told in several tasks, in their order, and what must see them waits for the last", async () => {
  const { engine, heard, accounts, end } = await slowlyHeard();
  const iterator = engine.events();
  const handles = await engine.addAccounts(accounts);
  await new Promise((resolve) => setTimeout(resolve));
  expect(heard.length).toBeLessThan(DEBTORS);
  // what comes meanwhile is told after them: one that is gone by then, under its name
  const late = engine.addAccount({ id: "late", collateral: { USDC: -1 } });
  await engine.removeAccount(handles[DEBTORS - 1] as AccountHandle);
  const again = engine.addAccount({ id: `debtor ${DEBTORS - 1}`, collateral: { USDC: -1 } });
  const saved = await createEngine({ snapshot: await engine.snapshot() });
  const [last, second] = await Promise.all([late, again]);
  const all = [...accounts.ids, "late", `debtor ${DEBTORS - 1}`];
  expect(heard.map(({ id }) => id)).toEqual(all);
  expect(heard.map(({ sequence }) => sequence)).toEqual(all.map((_, i) => i + 1));
  // 3,000 of 20 µs in slices of 4 ms
  expect(new Set(heard.map(({ task }) => task)).size).toBeGreaterThan(5);
  const drained = await engine.drainEvents();
  expect(drained.map(({ id, account }) => [id, account])).toEqual(
    all.map((id, i) => [id, [...handles, last, second][i]]),
  );
  expect(saved.drainEvents().map(({ sequence }) => sequence)).toEqual(heard.map(({ sequence }) => sequence));
  for (const { sequence } of drained) expect((await iterator.next()).value.sequence).toBe(sequence);
  end();
  saved.dispose();
  await engine.dispose();
});

test("an engine that is disposed while many events are told tells them first", async () => {
  const { engine, heard, accounts, end } = await slowlyHeard();
  await engine.addAccounts(accounts);
  await engine.dispose();
  expect(heard).toHaveLength(DEBTORS);
  end();
});
