/** The calling thread of Node: the contract, and what only an engine whose memory is at hand can show. */
import { type AccountColumns, BANDS, createEngine, LEVERAGE_STATES, ROW_STATUSES, venues } from "plimsoll";
import { expect, test } from "vitest";
import type { InThreadEngine } from "../../packages/plimsoll/src/engine/engine.js";
import { mergedTotals } from "../../packages/plimsoll/src/engine/totals.js";
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
  const columns = engine.columns();
  const before = columns.equity;
  const { mark } = engine.ticks;
  const bytes = engine.stats().memoryBytes;
  const ids = Array.from({ length: 40_000 }, (_, i) => `account ${i}`);
  engine.addAccounts({ ids, collateral: { USDC: new Float64Array(ids.length).fill(100) } });
  expect(engine.stats().memoryBytes).toBeGreaterThan(bytes);
  // the trap that this is about: a detached view has no length and reads undefined without a word
  expect([before.length, mark.length]).toEqual([0, 0]);
  expect([columns.equity.length, columns.equity[columns.row(me)]]).toEqual([40_001, 24_625]);
  const { equity, row } = engine.columns();
  expect([equity.length, equity[row(me)], equity[equity.length - 1]]).toEqual([40_001, 24_625, 100]);
  engine.ticks.instrument[0] = btc;
  engine.ticks.mark[0] = 61_200;
  engine.ticks.timeMs[0] = 2;
  expect(engine.applyTicks(1)).toBe(1);
  expect(engine.columns().equity[row(me)]).toBe(25_000);
  expect(engine.columns()).toBe(engine.columns());
});

test("as many accounts as there are can be exported at once", async () => {
  const engine = await createEngine();
  const ids = Array.from({ length: 150_000 }, (_, i) => `account ${i}`);
  const file = engine.exportAccounts(engine.addAccounts({ ids }));
  const other = await createEngine();
  expect(other.importAccounts(file).accounts.at(-1)?.id).toBe("account 149999");
});

/** {@link longBitcoin} with others enough that a tick of bitcoin moves its holder alone. */
async function longBitcoinAmongOthers() {
  const { engine, btc, me } = await longBitcoin();
  const eth = engine.addInstrument({ id: "ETH-PERP", kind: "perp", underlying: "ETH", maxLeverage: 25 });
  for (let i = 0; i < 9; i++) {
    const other = engine.addAccount({ id: `other ${i}`, collateral: { USDC: 1_000 } });
    engine.setPosition(other, eth, { size: 0.1, entryPrice: 3_000 });
  }
  return { engine, btc, me };
}

test("whichever column is read first shows what the ticks before have made of it", async () => {
  const seen = async (name: Exclude<keyof AccountColumns, "length" | "row" | "handle">, mark: number) => {
    const { engine, btc, me } = await longBitcoinAmongOthers();
    const passes = engine.stats().fullPasses;
    for (const [at, unread] of [2, 1, 0].entries()) engine.tick(btc, { mark: mark + unread, timeMs: 2 + at });
    expect(engine.stats().fullPasses).toBe(passes);
    const columns = engine.columns();
    return columns[name][columns.row(me)] as number;
  };
  // 25,000 and 1.5 bitcoin bought at 61,200, of which 1 in 50 is required and half of that for maintenance
  expect(await seen("equity", 60_000)).toBe(23_200);
  expect(await seen("initial", 50_000)).toBeCloseTo(1_500, 9);
  expect(await seen("maintenance", 60_000)).toBeCloseTo(900, 9);
  expect(await seen("positionValue", 50_000)).toBe(75_000);
  expect(await seen("initialLeverage", 60_000)).toBeCloseTo(90_000 / 23_200, 9);
  expect(await seen("maintenanceLeverage", 50_000)).toBeCloseTo(75_000 / (8_200 - 750), 9);
  expect(LEVERAGE_STATES[await seen("leverageState", 45_000)]).toBe("finite");
  expect(LEVERAGE_STATES[await seen("leverageState", 44_900)]).toBe("liquidatable");
  expect(BANDS[await seen("band", 50_000)]).toBe("healthy");
  expect(ROW_STATUSES[await seen("status", 60_000)]).toBe("ok");
});

test("a view that is kept shows what every tick makes of it", async () => {
  const { engine, btc, me } = await longBitcoinAmongOthers();
  engine.tick(btc, { mark: 60_000, timeMs: 2 });
  const { equity, row } = engine.columns();
  expect(equity[row(me)]).toBe(23_200);
  for (const [at, mark] of [59_000, 58_000, 57_000].entries()) {
    engine.tick(btc, { mark, timeMs: 3 + at });
    expect(equity[row(me)]).toBe(25_000 + 1.5 * (mark - 61_200));
  }
  expect(engine.top(1, { by: "positionValue", order: "descending" })[0]?.account).toBe(me);
});

test("the columns of a disposed engine are refused", async () => {
  const { engine } = await longBitcoin();
  const { ticks } = engine;
  engine.dispose();
  expect(() => ticks.mark).toThrowError(expect.objectContaining({ code: "ENGINE_DISPOSED" }));
});

test("the first by a figure are the first of all, sorted", async () => {
  const { engine, btc, me } = await longBitcoin();
  const eth = engine.addInstrument({ id: "ETH-PERP", kind: "perp", underlying: "ETH", maxLeverage: 25 });
  const ids = Array.from({ length: 300 }, (_, i) => `account ${i}`);
  const accounts = engine.addAccounts({ ids, collateral: { USDC: ids.map((_, i) => (i * 7919) % 100) } });
  for (const [i, account] of accounts.entries()) {
    if (i % 3 === 0) engine.setPosition(account, btc, { size: ((i * 31) % 17) / 1000, entryPrice: 61_000 });
    // without a price, so without figures
    if (i % 50 === 1) engine.setPosition(account, eth, { size: 1, entryPrice: 3_000 });
    if (i % 40 === 2) engine.removeAccount(account);
  }
  const { handle, equity, maintenance, positionValue, maintenanceLeverage } = engine.columns();
  const rows = [...handle.keys()].filter((row) => handle[row] !== 0xffff_ffff);
  const at = (column: Float64Array, row: number) => column[row] as number;
  const ratio = (row: number) => at(equity, row) / at(maintenance, row);
  const figures = {
    equity: (row: number) => at(equity, row),
    healthRatio: (row: number) => {
      if (at(maintenance, row) !== 0) return ratio(row);
      return at(equity, row) > 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    },
    maintenanceLeverage: (row: number) => {
      if (at(positionValue, row) === 0 && at(equity, row) > 0) return 0;
      const value = at(maintenanceLeverage, row);
      return Number.isNaN(value) && !Number.isNaN(at(equity, row)) ? Number.POSITIVE_INFINITY : value;
    },
  };
  for (const by of ["equity", "healthRatio", "maintenanceLeverage"] as const) {
    for (const order of ["ascending", "descending"] as const) {
      const sign = order === "ascending" ? 1 : -1;
      const sorted = rows.toSorted((a, b) => {
        const [x, y] = [figures[by](a), figures[by](b)];
        const missing = Number(Number.isNaN(x)) - Number(Number.isNaN(y));
        return missing || (x === y || Number.isNaN(x) ? a - b : sign * (x < y ? -1 : 1));
      });
      for (const count of [0, 1, 7, 299, 1_000]) {
        const found = engine.top(count, { by, order });
        expect(found.map(({ row }) => row)).toEqual(sorted.slice(0, count));
        expect(found.map(({ value }) => value)).toEqual(sorted.slice(0, count).map(figures[by]));
        expect(found.every(({ account, row }) => handle[row] === account)).toBe(true);
      }
    }
  }
  expect(engine.top(1, { by: "equity", order: "descending" })).toMatchObject([{ account: me }]);
});

test("an account with a debt and nothing else ranks as the worst by every ratio", async () => {
  const { engine } = await longBitcoin();
  const debtor = engine.addAccount({ id: "debtor" });
  engine.withdraw(debtor, "USDC", 5_000);
  expect(engine.top(1, { by: "healthRatio" })).toMatchObject([{ account: debtor }]);
  expect(engine.top(1, { by: "maintenanceLeverage", order: "descending" })).toMatchObject([{ account: debtor }]);
  expect(engine.top(1, { by: "initialLeverage", order: "descending" })).toMatchObject([{ account: debtor }]);
});

test("totals added exactly over engines are those of one", async () => {
  const whole = await longBitcoin();
  const other = await createEngine({ snapshot: whole.engine.snapshot() });
  other.removeAccount(whole.me);
  for (const engine of [whole.engine, other]) {
    for (let i = 0; i < 50; i++)
      engine.addAccount({ id: `account ${i}`, collateral: { USDC: -(0.1 + i / 7) * 10 ** (i % 9) } });
  }
  const alone = await longBitcoin();
  const exact = [other, alone.engine].map((engine) => (engine as unknown as InThreadEngine).exactTotals());
  expect(mergedTotals(exact)).toEqual(whole.engine.totals());
  expect(mergedTotals([(whole.engine as unknown as InThreadEngine).exactTotals()])).toEqual(whole.engine.totals());
});
