/** What is asked, ticked and removed while accounts move between workers, or while one worker is behind the others. */
import { createWorkerEngine, venues, type WorkerEngine } from "plimsoll";
import { expect, test } from "vitest";
import { hasEnded, watchedThreads } from "./node-threads.js";

const threads = watchedThreads();

async function longBitcoin(workers: number) {
  const engine = await createWorkerEngine({ model: venues.hyperliquid(), workers });
  const btc = await engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
  const me = await engine.addAccount({ id: "me", collateral: { USDC: 25_000 } });
  await engine.setPosition(me, btc, { size: 1.5, entryPrice: 61_200 });
  engine.tick(btc, { mark: 60_950, timeMs: 1 });
  await engine.flush();
  return { engine, btc, me };
}

test("calls and ticks made during a resize take effect in the order in which they were made", async () => {
  const { engine, btc, me } = await longBitcoin(1);
  const resized = engine.resize(2);
  const before = engine.assess(me);
  engine.tick(btc, { mark: 50_000, timeMs: 2 });
  const between = engine.assess(me);
  engine.tick(btc, { mark: 51_000, timeMs: 3 });
  const [resizedAgain, after] = [engine.resize(3), engine.assess(me)];
  const equities = (await Promise.all([before, between, after])).map(({ equity }) => equity);
  expect(equities).toEqual([24_625, 8_200, 9_700]);
  await Promise.all([resized, resizedAgain]);
  expect((await engine.stats()).workers).toBe(3);
  await engine.dispose();
});

test("a tick that waits at the end of a resize comes after the calls made before it", async () => {
  const tickQueue = { batchesInFlightMax: 1 };
  const engine = await createWorkerEngine({ model: venues.hyperliquid(), workers: 1, tickQueue });
  const btc = await engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
  const resized = engine.resize(2);
  engine.tick(btc, { mark: 61_000, timeMs: 10 });
  const advanced = engine.advance(20);
  engine.tick(btc, { mark: 62_000, timeMs: 30 });
  await Promise.all([resized, advanced]);
  expect(await engine.timeMs).toBe(30);
  await engine.dispose();
});

test("what is passed during a resize is taken as it is then, and checked then", async () => {
  const { engine, me } = await longBitcoin(1);
  const usdc = new Float64Array([100]);
  const alice = { id: "alice", collateral: { USDC: 5 } };
  const resized = engine.resize(2);
  const columns = engine.addAccounts({ ids: ["bob"], collateral: { USDC: usdc } });
  const one = engine.addAccount(alice);
  const [tooLate, wrong] = [engine.deposit(me, "USDC", 1), engine.assess(me, { timeoutMs: -1 })];
  usdc[0] = 1;
  alice.collateral.USDC = 1;
  await expect(wrong).rejects.toMatchObject({ path: "assess.options.timeoutMs" });
  const [[bob], handle] = await Promise.all([columns, one, tooLate, resized]);
  expect([await engine.balance(bob as typeof me, "USDC"), await engine.balance(handle, "USDC")]).toEqual([100, 5]);
  await engine.dispose();
});

test("a Buffer may be written again at once, whether accounts or an engine come out of it", async () => {
  const { engine, me } = await longBitcoin(2);
  const [file, snapshot] = [Buffer.from(await engine.exportAccounts([me])), Buffer.from(await engine.snapshot())];
  await engine.removeAccount(me);
  const imported = engine.importAccounts(file);
  file.fill(0);
  expect((await imported).accounts).toMatchObject([{ id: "me", previous: me }]);
  await engine.dispose();

  const other = await createWorkerEngine({ snapshot, workers: 1 });
  snapshot.fill(0);
  void threads.at(-1)?.terminate();
  await expect.poll(() => other.balance(me, "USDC").catch(() => undefined)).toBe(25_000);
  await other.dispose();
});

test("a refusal of an account that is going already names the caller's handle", async () => {
  const engine = await createWorkerEngine({ model: venues.hyperliquid(), workers: 3 });
  for (const account of await engine.addAccounts({ ids: ["a", "b", "c", "d", "e", "f"] })) {
    const received = String(account);
    const calls = [
      engine.removeAccount(account),
      engine.deposit(account, "USDC", 1),
      engine.assess(account),
      engine.removeAccount(account),
    ];
    const reason = { code: "STALE_HANDLE", received };
    expect(await Promise.allSettled(calls)).toMatchObject([{ value: undefined }, { reason }, { reason }, { reason }]);
  }
  await engine.dispose();
});

test("a signal and a time limit end the waiting during a resize", async () => {
  const { engine, me } = await longBitcoin(1);
  const stop = new AbortController();
  let isResized = false;
  const resized = engine.resize(4).then(() => {
    isResized = true;
  });
  const limited = engine.assess(me, { timeoutMs: 0 });
  const aborted = engine.totals({ signal: stop.signal });
  stop.abort();
  await expect(aborted).rejects.toMatchObject({ name: "AbortError" });
  await expect(limited).rejects.toMatchObject({ code: "CALL_TIMEOUT" });
  expect(isResized).toBe(false);
  await resized;
  await engine.dispose();
});

test("names follow the order of calls", async () => {
  const { engine, btc, me } = await longBitcoin(2);
  const [, me2] = await Promise.all([
    engine.removeAccount(me),
    engine.addAccount({ id: "me", collateral: { USDC: 7 } }),
  ]);
  expect(await engine.account("me")).toBe(me2);
  expect(me2).not.toBe(me);
  await engine.isolate(me2, btc, { margin: 1 });
  // an account with isolated positions stays, and keeps its name
  const outcomes = await Promise.allSettled([engine.removeAccount(me2), engine.addAccount({ id: "me" })]);
  expect(outcomes).toMatchObject([{ reason: { code: "IN_USE" } }, { reason: { code: "DUPLICATE_ID" } }]);
  expect(await engine.account("me")).toBe(me2);
  await engine.dispose();
});

/** Eight accounts over two workers, the second of which has just been ended. */
async function oneBehind(): Promise<{ engine: WorkerEngine; names: string[]; handles: Map<string, number> }> {
  const { engine, btc } = await longBitcoin(2);
  const names = Array.from({ length: 8 }, (_, i) => `acc${i}`);
  const handles = new Map<string, number>();
  for (const id of names) {
    const account = await engine.addAccount({ id, collateral: { USDC: 25_000 } });
    await engine.setPosition(account, btc, { size: 1.5, entryPrice: 61_200 });
    handles.set(id, account);
  }
  await engine.flush();
  const victim = threads.at(-1);
  void victim?.terminate();
  while (victim !== undefined && !hasEnded(victim)) await new Promise((resolve) => setTimeout(resolve, 1));
  engine.tick(btc, { mark: 44_000, timeMs: 2 });
  return { engine, names, handles };
}

test("events of accounts that go while another worker is behind are told under their own handles and names", async () => {
  const { engine, names, handles } = await oneBehind();
  const fresh = names.map(async (id) => {
    await engine.removeAccount(handles.get(id) as never);
    return engine.addAccount({ id: `new-${id}`, collateral: { USDC: 1 } });
  });
  await Promise.all(fresh);
  const events = await engine.drainEvents();
  const told = events.filter(({ id }) => id !== "me").map(({ id, account, to }) => `${id} ${account} ${to}`);
  expect(told.sort()).toEqual(names.map((id) => `${id} ${handles.get(id)} insolvent`).sort());
  await engine.dispose();
});

test("figures asked for before accounts went are of these accounts", async () => {
  const { engine, names, handles } = await oneBehind();
  const [columns, top] = [engine.columns(), engine.top(20, { by: "equity" })];
  const fresh = names.map(async (id) => {
    await engine.removeAccount(handles.get(id) as never);
    return engine.addAccount({ id: `new-${id}`, collateral: { USDC: 1 } });
  });
  await Promise.all(fresh);
  const [figures, rows] = await Promise.all([columns, top]);
  for (const id of names) expect(figures.equity[figures.row(handles.get(id) as never)]).toBe(-800);
  expect(rows.map(({ account }) => account as number).sort()).toEqual([0, ...handles.values()].sort());
  await engine.dispose();
});
