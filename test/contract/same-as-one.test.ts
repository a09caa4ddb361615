/** Any number of workers says, bit for bit, what one engine with all accounts says. */
import { type AccountHandle, createEngine, createWorkerEngine, type Engine, venues, type WorkerEngine } from "plimsoll";
import { expect, test } from "vitest";
import { OPTIONS, type Said, SeededLife } from "./seeded-life.js";
import { WAYS } from "./ways.js";

const ACCOUNTS = 60;
const STEPS = 3_000;
const SEED = 20_260_301;

async function lived(engine: Engine | WorkerEngine): Promise<Said> {
  const life = new SeededLife(engine, SEED);
  await life.begin(ACCOUNTS);
  await life.live(STEPS);
  const said = await life.say();
  await engine.dispose();
  return said;
}

test("columns, totals, digest, events and assessments of 1, 2 and 3 workers equal those of one engine", async () => {
  const one = await lived(await createEngine(OPTIONS));
  expect(one.events.length).toBeGreaterThan(100);
  expect(Object.keys(one.figures).length).toBeGreaterThan(ACCOUNTS);
  for (const [way, tickQueue] of WAYS) {
    for (const workers of [1, 2, 3]) {
      const many = await lived(await createWorkerEngine({ ...OPTIONS, workers, tickQueue }));
      expect(many, `${workers} workers by ${way}`).toEqual(one);
    }
  }
});

test.each(WAYS)("accounts that move between workers by %s, while all goes on, lose nothing", async (_, tickQueue) => {
  const one = await lived(await createEngine(OPTIONS));
  const engine = await createWorkerEngine({ ...OPTIONS, workers: 1, snapshotEvery: 100, tickQueue });
  const sizes = [3, 2, 5, 1, 4, 2];
  const resizes: Promise<void>[] = [];
  const life = new SeededLife(engine, SEED);
  await life.begin(ACCOUNTS);
  await life.live(STEPS, (step) => {
    const workers = step % (STEPS / 10) === 50 ? sizes.shift() : undefined;
    if (workers !== undefined) resizes.push(engine.resize(workers));
  });
  const said = await life.say();
  await Promise.all(resizes);
  expect(sizes).toEqual([]);
  expect(said).toEqual(one);
  expect(await engine.stats()).toMatchObject({ workers: 2, replacements: 0 });
  await engine.dispose();
});

test("a life that goes on from snapshots, in one engine and in 1, 2 and 3 workers, is one life", async () => {
  const one = await lived(await createEngine(OPTIONS));
  const { tickCapacity } = OPTIONS as { tickCapacity: number };
  let engine: Engine | WorkerEngine = await createWorkerEngine({ ...OPTIONS, workers: 2, snapshotEvery: 100 });
  const life = new SeededLife(engine, SEED);
  await life.begin(ACCOUNTS);
  const hosts = [0, 3, 1, 2, 0, 2];
  for (const workers of hosts) {
    await life.live(STEPS / hosts.length);
    const [digest, totals] = await Promise.all([engine.digest(), engine.totals()]);
    const snapshot: Uint8Array = await engine.snapshot();
    await engine.dispose();
    const options = { snapshot, tickCapacity };
    engine = await (workers === 0
      ? createEngine(options)
      : createWorkerEngine({ ...options, workers, snapshotEvery: 50 }));
    expect([await engine.digest(), await engine.totals()]).toEqual([digest, totals]);
    life.moveTo(engine);
  }
  expect(await life.say()).toEqual(one);
  await engine.dispose();
});

test("files of accounts have the bytes that one engine's have, and a snapshot's accounts too", async () => {
  const files: Uint8Array[][] = [];
  for (const engine of [
    await createEngine(OPTIONS),
    ...(await Promise.all([1, 2, 3].map((workers) => createWorkerEngine({ ...OPTIONS, workers })))),
  ]) {
    const btc = await engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
    const ids = Array.from({ length: 20 }, (_, i) => `account ${i}`);
    const accounts = await engine.addAccounts({ ids, collateral: { USDC: ids.map((_, i) => 1_000 * i) } });
    for (const [i, account] of accounts.entries()) {
      await engine.fill(account, btc, { size: 0.1 * (i - 10), price: 60_000 });
      const order = await engine.placeOrder(account, btc, { size: 0.2, price: 50_000 + i });
      if (i % 5 === 4) await engine.cancelOrder(order);
      if (i % 3 === 2) await engine.isolate(account, btc, { margin: 10 });
    }
    await engine.removeAccount(accounts[0] as AccountHandle);
    engine.tick(btc, { mark: 58_000, timeMs: 1 });
    await engine.drainEvents();
    const asked = [7, 3, 14, 5].map((i) => accounts[i] as AccountHandle);
    files.push([await engine.exportAccounts(asked), await engine.snapshot()]);
    await engine.dispose();
  }
  for (const [i, [accounts, snapshot]] of files.entries()) {
    expect(accounts, `${i} workers`).toEqual(files[0]?.[0]);
    expect(snapshot, `${i} workers`).toHaveLength(files[0]?.[1]?.length as number);
  }
});

test("slots given out again, a batch refused and equal figures leave everything in one engine's order", async () => {
  const said: unknown[] = [];
  for (const workers of [0, 1, 2, 3]) {
    const engine = await (workers === 0 ? createEngine(OPTIONS) : createWorkerEngine({ ...OPTIONS, workers }));
    const btc = await engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
    const ids = ["a", "b", "c", "d", "e", "f", "g", "h"];
    const held = await engine.addAccounts({ ids, collateral: { USDC: ids.map(() => 1) } });
    for (const i of [6, 1, 4, 3]) await engine.removeAccount(held[i] as AccountHandle);
    // the last slot that was given back comes first
    const indebted = { ids: ["p", "q", "r", "s", "t"], collateral: { USDC: [-1, -1, -1, -1, -1] } };
    const rows = (await engine.addAccounts(indebted)).map((account) => slotOf(account));
    await expect(
      (async () => engine.addAccounts({ ids: ["u", "v"], collateral: { DOGE: [1, 1] } }))(),
    ).rejects.toThrow();
    await expect(
      (async () => engine.addAccounts({ ids: ["u", "v"], collateral: { USDC: [1, 1e300] } }))(),
    ).rejects.toThrow();
    const [w, x] = await engine.addAccounts({ ids: ["w", "x"], collateral: { USDC: [2, -2] } });
    for (const [from, to] of [
      [x, w],
      [w, x],
    ] as AccountHandle[][]) {
      await engine.transfer(from as AccountHandle, to as AccountHandle, "USDC", 5);
    }
    engine.tick(btc, { mark: 60_000, timeMs: 1 });
    const events = (await engine.drainEvents()).map(({ id, to, sequence }) => `${sequence} ${id} ${to}`);
    const tops = [];
    for (let count = 1; count < 12; count++) {
      tops.push((await engine.top(count, { by: "positionValue", order: "descending" })).map(({ row }) => row));
    }
    said.push({ rows, slots: [w, x].map((account) => slotOf(account as AccountHandle)), events, tops });
    await engine.dispose();
  }
  expect(said[0]).toMatchObject({ rows: [3, 4, 1, 6, 8], slots: [9, 10] });
  expect(said.slice(1)).toEqual([said[0], said[0], said[0]]);
});

/** What a refused call has handed out in vain shows in later handles, and not in their slots. */
const slotOf = (account: AccountHandle) => account % 2 ** 24;

/** Columns that any number of workers takes in more than one task, of several kinds. */
function many(count: number, instrument: number) {
  return {
    ids: Array.from({ length: count }, (_, i) => `account ${i}`),
    collateral: {
      USDC: Array.from({ length: count }, (_, i) => (i % 1_000 === 7 ? -1 : i)),
      // not one of them copies itself when it is asked for a slice
      DAI: Buffer.alloc(count, 1),
      GOLD: Object.assign({ length: count } as ArrayLike<number> & Record<number, number>, new Array(count).fill(2)),
    },
    positions: {
      // the last account's first
      account: Uint32Array.from({ length: count }, (_, i) => count - 1 - i),
      instrument: new Uint32Array(count).fill(instrument),
      size: new Float64Array(count).fill(0.01),
      entryPrice: new Float64Array(count).fill(60_000),
    },
  };
}

test("columns so long that they take several tasks are registered in one call's place, or refused in it, as they were given", async () => {
  const COUNT = 50_000;
  const said: unknown[] = [];
  for (const workers of [0, 1, 3]) {
    const engine = await (workers === 0 ? createEngine(OPTIONS) : createWorkerEngine({ ...OPTIONS, workers }));
    const btc = await engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
    for (const id of ["DAI", "GOLD"]) engine.tickAsset(await engine.addAsset({ id }), { price: 1e-9, timeMs: 0 });
    const refusals: unknown[] = [];
    for (const [column, place, value] of [
      ["ids", COUNT - 1, "account 3"],
      ["collateral.USDC", COUNT - 2, 1e300],
      ["positions.account", 1, COUNT],
      ["positions.size", 2, Number.NaN],
    ] as const) {
      const columns = many(COUNT, btc);
      const at = column
        .split(".")
        .reduce((within: unknown, name) => (within as Record<string, unknown>)[name], columns);
      (at as Record<number, unknown>)[place] = value;
      const refused = (async () => engine.addAccounts(columns))();
      await refused.catch(({ code, path }) => refusals.push([code, path]));
    }
    const columns = many(COUNT, btc);
    const before = engine.addAccount({ id: "before", collateral: { USDC: -1 } });
    const added = (async () => engine.addAccounts(columns))();
    columns.ids.fill("");
    columns.collateral.USDC.fill(Number.NaN);
    columns.collateral.DAI.fill(7);
    columns.collateral.GOLD[COUNT - 1] = 7;
    columns.positions.size.fill(Number.NaN);
    engine.tick(btc, { mark: 50_000, timeMs: 1 });
    const after = engine.addAccount({ id: "after", collateral: { USDC: -1 } });
    const handles = [await before, ...(await added), await after];
    engine.tick(btc, { mark: 60_000, timeMs: 2 });
    said.push({
      refusals,
      slots: handles.map(slotOf),
      events: (await engine.drainEvents()).map((event) => ({ ...event, account: slotOf(event.account) })),
      totals: await engine.totals(),
      digest: await engine.digest(),
      balances: await Promise.all(
        ["DAI", "GOLD"].map((asset) => engine.balance(handles.at(-2) as AccountHandle, asset)),
      ),
    });
    await engine.dispose();
  }
  expect(said[0]).toMatchObject({
    balances: [1, 2],
    refusals: [
      ["DUPLICATE_ID", `addAccounts.ids[${COUNT - 1}]`],
      ["INVALID_MONEY", `addAccounts.collateral.USDC[${COUNT - 2}]`],
      ["INVALID_VALUE", "addAccounts.positions.account[1]"],
      ["INVALID_SIZE", "addAccounts.positions.size[2]"],
    ],
  });
  expect((said[0] as { events: unknown[] }).events.length).toBeGreaterThan(200);
  expect(said.slice(1)).toEqual([said[0], said[0]]);
});

test("an engine that is disposed while something must be under way alone does first what was asked for behind that", async () => {
  const engine = await createWorkerEngine({ ...OPTIONS, workers: 2 });
  const btc = await engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
  for (const id of ["DAI", "GOLD"]) await engine.addAsset({ id });
  const saved = engine.snapshot();
  const added = engine.addAccounts(many(50_000, btc));
  const after = engine.addAccount({ id: "after" });
  await Promise.all([
    engine.dispose(),
    expect(saved).resolves.toBeInstanceOf(Uint8Array),
    expect(added).resolves.toHaveLength(50_000),
    expect(after).resolves.toBe(50_000),
    expect(engine.addAccount({ id: "late" })).rejects.toMatchObject({ code: "ENGINE_DISPOSED" }),
  ]);
});

test("a change of the market that one worker's accounts stand against is made by none", async () => {
  const engine = await createWorkerEngine({ ...OPTIONS, workers: 3 });
  const btc = await engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
  const eth = await engine.addInstrument({ id: "ETH-PERP", kind: "perp", underlying: "ETH", maxLeverage: 25 });
  const me = await engine.addAccount({ id: "me", collateral: { USDC: 25_000 } });
  await engine.setPosition(me, btc, { size: 1.5, entryPrice: 61_200 });
  engine.tick(btc, { mark: 60_950, timeMs: 1 });
  const before = await engine.digest();

  await expect(engine.removeInstrument(btc)).rejects.toMatchObject({
    code: "IN_USE",
    path: "removeInstrument.instrument",
  });
  const { leverageRule: _, ...withoutTables } = { ...venues.hyperliquid(), version: 9 };
  const bare = { ...withoutTables, tables: {}, marginTables: {} };
  await expect(engine.replaceModel(engine.defaultModel, bare)).rejects.toMatchObject({ code: "MISSING_PARAMETERS" });
  // 1.5 · 60,950 at a rate that nobody's balance holds
  await expect(engine.fund(btc, { rate: 1e9 })).rejects.toMatchObject({ code: "INVALID_MONEY", path: "fund.rate" });
  expect(await engine.digest()).toBe(before);

  // every worker still has the model's version 1, the instrument and its own balances
  const holders = await Promise.all(["a", "b", "c", "d", "e", "f"].map((id) => engine.addAccount({ id })));
  for (const holder of holders) await engine.fill(holder, btc, { size: 0.1, price: 60_950 });
  await engine.replaceModel(engine.defaultModel, { ...venues.hyperliquid2023(), version: 2 });
  await engine.fund(btc, { rate: 0.0001 });
  expect(await engine.balance(me, "USDC")).toBe(25_000 - 9.1425);
  for (const holder of holders) expect(await engine.balance(holder, "USDC")).toBeCloseTo(-0.6095, 12);
  await engine.removeInstrument(eth);
  await engine.dispose();
});
