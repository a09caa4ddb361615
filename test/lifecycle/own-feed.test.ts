/** A worker that owns its feed: prices never cross a thread, events and answers do. */
import { once } from "node:events";
import { setEnvironmentData, type TransferListItem, type Worker } from "node:worker_threads";
import { BANDS, type BandEvent, createWorkerEngine, PlimsollError, venues } from "plimsoll";
import { expect, test } from "vitest";
import { WAYS } from "../contract/ways.js";
import { watchedThreads } from "./node-threads.js";

const CRASHES = 100;
const ACCOUNTS = 20;
const EVENTS_BETWEEN = 12;
const threads = watchedThreads();

test("what a worker's own feed does to accounts that others are still registered with is told after what their registration did", async () => {
  const workerUrl = new URL("feed-worker.mjs", import.meta.url);
  const engine = await createWorkerEngine({ model: venues.hyperliquid(), workers: 2, workerUrl });
  const told = new Map<string, string>();
  const outOfOrder: BandEvent[] = [];
  engine.subscribe((event) => {
    if (event.from !== (told.get(event.id) ?? "healthy")) outOfOrder.push(event);
    told.set(event.id, event.to);
  });
  const btc = await engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
  await expect.poll(() => engine.timeMs).toBeGreaterThan(0);
  const column = (value: number) => new Float64Array(60_000).fill(value);
  const ids = Array.from(column(0), (_, i) => `account ${i}`);
  const positions = {
    account: column(0).map((_, i) => i),
    instrument: column(btc),
    size: column(0.3),
    entryPrice: column(55_000),
  };
  await engine.addAccounts({
    ids,
    collateral: { USDC: column(0).map((_, i) => (i % 1_000 === 0 ? 1_000 : 1e6)) },
    positions,
  });
  await engine.addInstrument({ id: "PAUSE", kind: "perp", underlying: "ETH" });
  await engine.drainEvents();
  expect([told.size, outOfOrder]).toEqual([60, []]);
  await engine.dispose();
});

test.each(WAYS)(
  "a hundred crashes of a worker that ticks its engine itself lose no event and double none, by %s",
  async (_, tickQueue) => {
    const workerUrl = new URL("feed-worker.mjs", import.meta.url);
    const options = { model: venues.hyperliquid(), workers: 1, workerUrl, snapshotEvery: 20, tickQueue };
    const engine = await createWorkerEngine(options);
    const seen: BandEvent[] = [];
    let [crashes, heard] = [0, 0];
    let victim: Worker | undefined;
    engine.subscribe((event) => {
      seen.push(event);
      const thread = threads.at(-1);
      // one that is ending may have events on their way
      if (++heard < EVENTS_BETWEEN || crashes === CRASHES || thread === undefined || thread === victim) return;
      crashes++;
      heard = 0;
      victim = thread;
      void thread.terminate();
    });
    const btc = await engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
    const ids = Array.from({ length: ACCOUNTS }, (_, i) => `account ${i}`);
    const accounts = await engine.addAccounts({ ids, collateral: { USDC: ids.map((_, i) => 5_000 + 1_000 * i) } });
    // a call that was under way when its worker crashed has changed nothing, so it is made again
    const persist = async <T>(call: () => Promise<T>): Promise<T> => {
      for (;;) {
        try {
          return await call();
        } catch (error) {
          if (!(error instanceof PlimsollError && error.code === "WORKER_CRASHED")) throw error;
        }
      }
    };
    const later: string[] = [];
    for (let n = 0; crashes < CRASHES; n++) {
      const account = accounts[n % ACCOUNTS] as (typeof accounts)[0];
      const size = ((n * 7) % 11) / 10 - 0.5;
      await persist(() => engine.setPosition(account, btc, { size, entryPrice: 55_000 }));
      if (n % 40 === 39) {
        const id = `later ${n}`;
        later.push(id);
        await persist(() => engine.addAccount({ id, collateral: { USDC: n % 80 === 39 ? -1 : 1 } }));
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await persist(() => engine.addInstrument({ id: "PAUSE", kind: "perp", underlying: "ETH" }));
    await persist(() => engine.drainEvents());
    const { band, row } = await engine.columns();

    expect(seen.map(({ sequence }) => sequence)).toEqual(seen.map((_, i) => i + 1));
    const told = new Map<string, string>();
    for (const { id, from, to } of seen) {
      expect([from, from === to], id).toEqual([told.get(id) ?? "healthy", false]);
      told.set(id, to);
    }
    for (const id of [...ids, ...later]) {
      const account = await engine.account(id);
      expect(told.get(id) ?? "healthy", id).toBe(BANDS[band[row(account as (typeof accounts)[0])] as number]);
    }
    expect(seen.length).toBeGreaterThanOrEqual(CRASHES * EVENTS_BETWEEN);
    expect(await engine.stats()).toMatchObject({ accounts: ACCOUNTS + later.length, replacements: CRASHES });
    await engine.dispose();
  },
  120_000,
);

test("what a worker's own script may not change is refused by name, and all else goes on", async () => {
  const workerUrl = new URL("meddling-worker.mjs", import.meta.url);
  setEnvironmentData("meddlesAtStart", true);
  await expect(createWorkerEngine({ workers: 1, workerUrl })).rejects.toMatchObject({
    name: "ConfigError",
    code: "NOT_APPLICABLE",
    path: "hostEngine.source",
    received: "one with 1 instruments, 0 accounts and 1 assets",
  });
  setEnvironmentData("meddlesAtStart", undefined);

  const engine = await createWorkerEngine({ model: venues.hyperliquid(), workers: 1, workerUrl });
  const me = await engine.addAccount({ id: "me", collateral: { USDC: 100 } });
  const thread = threads.at(-1) as Worker;
  const attempt = async (method: string, args: readonly unknown[]) => {
    const [outcome] = await Promise.all([once(thread, "message"), thread.postMessage({ method, args })]);
    return outcome[0];
  };
  for (const [method, ...args] of [
    ["addAccount", { id: "own" }],
    ["addInstrument", { id: "OWN-PERP", kind: "perp", underlying: "OWN", maxLeverage: 10 }],
    ["deposit", me, "USDC", 1],
    ["removeAccount", me],
    ["hostEngine"],
  ] as const) {
    expect(await attempt(method, args)).toEqual({ code: "NOT_APPLICABLE", path: method });
  }
  // whoever gets hold of the worker besides
  for (const message of [undefined, null, 5, "host an engine", { plimsoll: "host an engine" }])
    thread.postMessage(message);
  const { port1, port2 } = new MessageChannel();
  const invitation = { plimsoll: "host an engine", control: port1, data: port2 };
  thread.postMessage(invitation, [port1, port2] as unknown as TransferListItem[]);
  thread.postMessage({ ...invitation, control: {}, data: {} });
  expect(await attempt("advance", [5])).toBe("done");
  await engine.deposit(me, "USDC", 1);
  expect((await engine.stats()).replacements).toBe(0);
  expect([await engine.balance(me, "USDC"), (await engine.stats()).accounts, await engine.timeMs]).toEqual([101, 1, 5]);
  await engine.dispose();
});
