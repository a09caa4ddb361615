/**
 * What every host of an engine must do, as functions of a factory: a host's own test file calls `contract` with its own.
 *
 * The factory may make engines of either half of the family: awaiting what an engine in the calling thread answers changes nothing.
 * `skipsMillion` leaves out the one test that takes long, where another number of workers has it.
 */

import type * as plimsoll from "plimsoll";
import { BANDS, venues } from "plimsoll";
import { afterEach, describe, expect, test } from "vitest";

type AnyEngine = plimsoll.Engine | plimsoll.WorkerEngine;
type Create = (options?: plimsoll.EngineOptions) => Promise<AnyEngine>;
type Thrown = { name: string; code: string; path: string; expected: string; received: string; message: string };

const DAY_MS = 86_400_000;
/** Where a snapshot says of which format it is: crates/engine/src/snapshot/file.rs. */
const FORMAT_AT = 8;
/** A figure that has been rounded to the digits a page prints. */
const toDigits = (value: number | undefined, digits: number) => Number(value?.toFixed(digits));

async function refusal(call: () => unknown): Promise<Thrown> {
  try {
    await call();
  } catch (error) {
    return error as Thrown;
  }
  throw new Error("the call was not refused");
}

/** What is compared where engines are to be the same: an assessment without what only its engine has. */
const bare = (assessment: object) => ({ ...assessment, account: 0, liquidation: 0 });

/** How many ticks an engine has refused: its own count, or that of the statuses that its ticks answered. */
async function rejectedTicks(engine: AnyEngine, statuses: unknown[]): Promise<number> {
  const stats = await engine.stats();
  return "rejectedTicks" in stats ? stats.rejectedTicks : statuses.filter((status) => status !== "applied").length;
}

/** What a host's own thread must refuse, with the `hostEngine` that it finds. */
export function hostsInWorkersOnly(host: string, hostEngine: () => void): void {
  test(`an engine is not hosted in the calling thread of ${host}`, async () => {
    expect(await refusal(hostEngine)).toMatchObject({
      name: "ConfigError",
      code: "NOT_APPLICABLE",
      path: "hostEngine",
      received: "another thread",
    });
  });
}

export function contract(host: string, create: Create, { skipsMillion = false } = {}): void {
  describe(`an engine in ${host}`, () => {
    const open: AnyEngine[] = [];
    afterEach(async () => {
      for (const engine of open.splice(0)) await engine.dispose();
    });

    async function start(options: plimsoll.EngineOptions = { model: venues.hyperliquid() }) {
      const engine = await create(options);
      open.push(engine);
      return engine;
    }

    async function longBitcoin() {
      const engine = await start();
      const btc = await engine.addInstrument({
        id: "BTC-PERP",
        kind: "perp",
        underlying: "BTC",
        quote: "USDC",
        maxLeverage: 50,
      });
      const me = await engine.addAccount({ id: "me", collateral: { USDC: 25_000 } });
      await engine.setPosition(me, btc, { size: 1.5, entryPrice: 61_200 });
      await engine.tick(btc, { mark: 60_950, timeMs: 1 });
      return { engine, btc, me };
    }

    test("gives the figures of the first program", async () => {
      const { engine, btc, me } = await longBitcoin();
      const risk = await engine.assess(me);
      // 25,000 + 1.5 · (60,950 − 61,200)
      expect(risk.equity).toBe(24_625);
      // 1.5 · 60,950 = 91,425, at half of 1/50
      expect(risk.maintenance).toBe(914.25);
      // 91,425 / (24,625 − 914.25) = 3.85584…
      expect(risk.leverage.maintenance.state).toBe("finite");
      expect(toDigits((risk.leverage.maintenance as { value: number }).value, 4)).toBe(3.8558);
      // 25,000 + 1.5·(p − 61,200) = 1.5·p·0.01  ⇒  p = 66,800 / 1.485 = 44,983.1649…
      const { down, up } = await risk.liquidation.for("BTC");
      expect(down.map(({ price }) => toDigits(price, 2))).toEqual([44_983.16]);
      expect(up).toEqual([]);
      // 2.5 · 60,950 · 1 %
      const more = await engine.whatIf(me, [{ instrument: btc, size: +1 }]);
      expect(more.maintenance).toBe(1_523.75);
      // 25,000 + 1.5·(p − 61,200) + (p − 60,950) = 2.5·p·0.01  ⇒  p = 127,750 / 2.475 = 51,616.1616…
      expect((await more.liquidation.for("BTC")).down.map(({ price }) => toDigits(price, 2))).toEqual([51_616.16]);
      // 35,000 + 1.5·(p − 61,200) = 1.5·p·0.01
      const paid = await engine.whatIf(me, [{ asset: "USDC", amount: 10_000 }]);
      expect((await paid.liquidation.for("BTC")).down[0]?.price).toBeCloseTo(56_800 / 1.485, 8);
      expect((await risk.liquidation.for("BTC")).down[0]?.price).toBe(down[0]?.price);
      expect((await engine.assess(me)).maintenance).toBe(914.25);
    });

    test("a move of a price is asked about as if it were ticked, and nothing has changed", async () => {
      const { engine, btc, me } = await longBitcoin();
      const before = await engine.snapshot();
      const fall = { underlying: "BTC", move: -0.2 };
      const fallen = await engine.whatIf(me, [fall]);
      // 25,000 + 1.5·(0.8·60,950 − 61,200)
      expect([fallen.id, toDigits(fallen.equity, 6), toDigits(fallen.maintenance, 6)]).toEqual(["me", 6_340, 731.4]);
      const { reference, down } = await fallen.liquidation.for("BTC");
      expect([reference, down[0]?.price].map((price) => toDigits(price ?? 0, 2))).toEqual([48_760, 44_983.16]);
      // traded at the moved mark, so that equity stays
      const sold = await engine.whatIf(me, [fall, { instrument: btc, size: -1.5 }]);
      expect([toDigits(sold.equity, 6), sold.maintenance]).toEqual([6_340, 0]);
      for (const [change, path] of [
        [{ underlying: "BTC", move: -1 }, "whatIf.changes[1].move"],
        [{ underlying: "BTC", move: 1e308 }, "whatIf.changes[1].move"],
        [{ underlying: "BTC", move: 0, volMove: -1 }, "whatIf.changes[1].volMove"],
        [{ underlying: "ETH", move: 0 }, "whatIf.changes[1].underlying"],
        [{ underlying: 7, move: 0 }, "whatIf.changes[1].underlying"],
        [{}, "whatIf.changes[1]"],
      ] as const) {
        expect((await refusal(() => engine.whatIf(me, [fall, change as plimsoll.Change]))).path).toBe(path);
      }
      expect((await engine.assess(me)).equity).toBe(24_625);
      expect((await engine.liquidationPrices(me, "BTC")).reference).toBe(60_950);
      expect(await engine.snapshot()).toEqual(before);
      await engine.tick(btc, { mark: 60_950 * (1 + fall.move), timeMs: 2 });
      expect(bare(await engine.assess(me))).toEqual({ ...bare(fallen), timeMs: 2 });
    });

    test("resting orders are listed as they stand", async () => {
      const { engine, btc, me } = await longBitcoin();
      expect(await engine.orders(me)).toEqual([]);
      const [first, second] = [
        await engine.placeOrder(me, btc, { size: 1, price: 60_000 }),
        await engine.placeOrder(me, btc, { size: -0.5, price: 62_000 }),
      ];
      await engine.fillOrder(second, { size: -0.2 });
      const row = { instrument: btc, id: "BTC-PERP" };
      expect(await engine.orders(me)).toEqual([
        { ...row, order: first, size: 1, price: 60_000 },
        { ...row, order: second, size: -0.3, price: 62_000 },
      ]);
      await engine.cancelOrder(first);
      expect((await engine.orders(me)).map(({ order }) => order)).toEqual([second]);
      expect((await refusal(() => engine.orders(7 as plimsoll.AccountHandle))).path).toBe("orders.account");
    });

    test("an account without figures has no band", async () => {
      const { engine, me } = await longBitcoin();
      const eth = await engine.addInstrument({ id: "ETH-PERP", kind: "perp", underlying: "ETH", maxLeverage: 25 });
      const bandInColumn = async () => {
        const { band, row } = await engine.columns();
        return band[row(me)];
      };
      expect([(await engine.assess(me)).band, await bandInColumn()]).toEqual(["healthy", BANDS.indexOf("healthy")]);
      await engine.setPosition(me, eth, { size: 1, entryPrice: 3_000 });
      expect(await engine.assess(me)).toMatchObject({ status: "missing-price", band: null, equity: Number.NaN });
      expect(await bandInColumn()).toBe(255);
      expect((await engine.whatIf(me, [{ instrument: eth, size: 1, price: 3_000 }])).band).toBeNull();
      expect((await engine.whatIf(me, [{ instrument: eth, size: -1, price: 3_000 }])).band).toBe("healthy");
      await engine.tick(eth, { mark: 3_000, timeMs: 2 });
      expect([(await engine.assess(me)).band, await bandInColumn()]).toEqual(["healthy", BANDS.indexOf("healthy")]);
      await engine.removeAccount(me);
      expect([...(await engine.columns()).band]).toEqual([255]);
    });

    test("contributions sum to the headline", async () => {
      const { engine, btc, me } = await longBitcoin();
      const eth = await engine.addInstrument({ id: "ETH-PERP", kind: "perp", underlying: "ETH", maxLeverage: 25 });
      await engine.fill(me, eth, { size: -4, price: 3_000, fee: "1.5" });
      await engine.tick(eth, { mark: 3_100, timeMs: 2 });
      const { assets, contributions, equity, initial, maintenance } = await engine.assess(me);
      const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
      expect(contributions.map(({ instrument }) => instrument)).toEqual([btc, eth]);
      expect(sum([...assets.map((row) => row.value + row.haircut), ...contributions.map((row) => row.equity)])).toBe(
        equity,
      );
      expect(sum(contributions.map((row) => row.initial))).toBe(initial);
      expect(sum(contributions.map((row) => row.maintenance))).toBe(maintenance);
    });

    test("Greeks hold the prices of coins still: delta and what is worth in coin are the slope of equity", async () => {
      const { engine, me } = await longBitcoin();
      await engine.addAsset({ id: "BTC", underlying: "BTC" });
      await engine.deposit(me, "BTC", 2);
      const coinSettled = { underlying: "BTC", payoff: "inverse", maxLeverage: 10 } as const;
      const terms = { kind: "option", option: "call", strike: 70_000, expiryMs: 90 * DAY_MS } as const;
      const call = await engine.addInstrument({ id: "C", ...coinSettled, ...terms });
      const dollars = await engine.addInstrument({ id: "INVERSE", kind: "perp", ...coinSettled });
      await engine.tick(call, { vol: 0.6, timeMs: 2 });
      await engine.tick(dollars, { mark: 60_950, timeMs: 2 });
      await engine.fill(me, call, { size: -3, price: 0.05 });
      await engine.fill(me, dollars, { size: 50_000, price: 60_000 });
      const { assets, contributions, greeks } = await engine.assess(me);
      const inCoin = contributions.filter(({ instrument }) => instrument === call || instrument === dollars);
      const coin = assets.find(({ id }) => id === "BTC");
      const worth = inCoin.reduce((sum, { equity }) => sum + equity, coin?.value ?? Number.NaN);
      const move = 1e-4;
      const [up, down] = [
        await engine.whatIf(me, [{ underlying: "BTC", move }]),
        await engine.whatIf(me, [{ underlying: "BTC", move: -move }]),
      ];
      const slope = (up.equity - down.equity) / (2 * move * 60_950);
      const [delta = Number.NaN] = greeks.map((row) => row.delta);
      // far from delta alone, and as near as the third derivative of the option lets a step of 1e-4 come
      expect(Math.abs(slope - delta)).toBeGreaterThan(1);
      expect(Math.abs(slope - (delta + worth / 60_950))).toBeLessThan(1e-7);
    });

    test("the Greeks of a position are those of an account with it alone, and sum to those of an account with more", async () => {
      const { engine, btc, me } = await longBitcoin();
      const terms = { underlying: "BTC", kind: "option", expiryMs: 90 * DAY_MS, maxLeverage: 10 } as const;
      const call = await engine.addInstrument({ id: "C", ...terms, option: "call", strike: 70_000 });
      const put = await engine.addInstrument({ id: "P", ...terms, option: "put", strike: 55_000, multiplier: 0.1 });
      await engine.tick(call, { vol: 0.6, timeMs: 2 });
      await engine.tick(put, { vol: 0.7, rate: 0.03, timeMs: 2 });
      const held: [plimsoll.InstrumentHandle, number][] = [
        [call, -3],
        [put, 40],
      ];
      for (const [instrument, size] of held) await engine.setPosition(me, instrument, { size, entryPrice: 0 });
      const { contributions, greeks } = await engine.assess(me);
      const figures = ["delta", "gamma", "vega", "theta", "rho", "exposure"] as const;
      for (const figure of figures) {
        const parts = contributions.map((row) => row.greeks[figure]);
        expect(greeks[0]?.[figure], figure).toBe(parts.reduce((sum, part) => sum + part, 0));
      }
      for (const [instrument, size] of [[btc, 1.5] as const, ...held]) {
        const alone = await engine.addAccount({ id: `${instrument}` });
        await engine.setPosition(alone, instrument, { size, entryPrice: 60_000 });
        const own = contributions.find((row) => row.instrument === instrument)?.greeks;
        expect([own]).toEqual((await engine.assess(alone)).greeks);
      }
    });

    test("a move of vols is asked about as if they were ticked", async () => {
      const { engine, me } = await longBitcoin();
      const terms = { kind: "option", option: "put", strike: 60_000, expiryMs: 90 * DAY_MS } as const;
      const put = await engine.addInstrument({ id: "P", underlying: "BTC", maxLeverage: 10, ...terms });
      await engine.tick(put, { vol: 0.5, timeMs: 2 });
      await engine.setPosition(me, put, { size: -1, entryPrice: 0 });
      const asked = await engine.whatIf(me, [{ underlying: "BTC", move: 0, volMove: 0.5 }]);
      const before = await engine.assess(me);
      await engine.tick(put, { vol: 0.75, timeMs: 2 });
      const after = await engine.assess(me);
      expect(asked.equity).toBeLessThan(before.equity - 1_000);
      expect(bare(asked)).toEqual(bare(after));
    });

    test("an unknown handle is refused by name", async () => {
      const { engine, btc, me } = await longBitcoin();
      const unknown = await refusal(() => engine.assess(7 as plimsoll.AccountHandle));
      expect([unknown.name, unknown.code, unknown.path]).toEqual(["HandleError", "UNKNOWN_HANDLE", "assess.account"]);
      for (const handle of [-1, 1.5, Number.NaN, 2 ** 32, undefined, "me"]) {
        expect(
          (await refusal(() => engine.tick(handle as plimsoll.InstrumentHandle, { mark: 1, timeMs: 2 }))).code,
        ).toBe("UNKNOWN_HANDLE");
      }
      // before what else is wrong with a tick
      const noPrice = { mark: Number.NaN, timeMs: 2 };
      expect(await refusal(() => engine.tick(7 as plimsoll.InstrumentHandle, noPrice))).toMatchObject({
        code: "UNKNOWN_HANDLE",
        path: "tick.instrument",
      });
      const noNumber = { ...noPrice, vol: "0.6" as unknown as number };
      expect(await refusal(() => engine.tick(btc, noNumber))).toMatchObject({
        code: "INVALID_VALUE",
        path: "tick.vol",
      });
      const price = { price: 2_000, timeMs: 2 };
      const ether = () => engine.tickUnderlying(1 as plimsoll.UnderlyingHandle, price);
      expect(await refusal(ether)).toMatchObject({ code: "UNKNOWN_HANDLE", path: "tickUnderlying.underlying" });
      expect(await refusal(() => engine.tickAsset(1 as plimsoll.AssetHandle, price))).toMatchObject({
        code: "UNKNOWN_HANDLE",
        path: "tickAsset.asset",
      });
      // with an asset that follows it
      await engine.addAsset({ id: "ETH", underlying: "ETH" });
      await ether();
      await engine.tickAsset(1 as plimsoll.AssetHandle, price);
      expect(await rejectedTicks(engine, [])).toBe(0);
      await engine.removeAccount(me);
      expect((await refusal(() => engine.deposit(me, "USDC", 1))).code).toBe("STALE_HANDLE");
      expect(await engine.addAccount({ id: "me" })).not.toBe(me);
      await engine.removeInstrument(btc);
      for (const tick of [{ mark: 1, timeMs: 2 }, noPrice]) {
        expect((await refusal(() => engine.tick(btc, tick))).code).toBe("STALE_HANDLE");
      }
    });

    test("every call after dispose is refused, and dispose may be called again", async () => {
      const { engine, btc, me } = await longBitcoin();
      await engine.dispose();
      await engine.dispose();
      const calls = [
        () => engine.assess(me),
        () => engine.tick(btc, { mark: 1, timeMs: 2 }),
        () => engine.applyTicks(0),
        () => engine.columns(),
        () => engine.account("me"),
        () => engine.drainEvents(),
        () => engine.events(),
        () => engine.timeMs,
        () => engine.addAccount({ id: "x" }),
        // whatever they are given
        () => engine.account(5 as never),
        () => engine.addModel(5 as never),
        () => engine.events(5 as never),
        () => engine.subscribe(5 as never),
      ];
      for (const call of calls) {
        const { name, code } = await refusal(call);
        expect([name, code], String(call)).toEqual(["DisposedError", "ENGINE_DISPOSED"]);
      }
    });

    test("a price that is NaN, a negative time and an older one are statuses and change nothing", async () => {
      const { engine, btc, me } = await longBitcoin();
      const before = await engine.digest();
      const rejected = [
        await engine.tick(btc, { mark: Number.NaN, timeMs: 2 }),
        await engine.tick(btc, { mark: 0, timeMs: 2 }),
        await engine.tick(btc, { mark: Number.POSITIVE_INFINITY, timeMs: 2 }),
        await engine.tick(btc, { mark: 60_000, timeMs: -1 }),
        await engine.tick(btc, { mark: 60_000, timeMs: 0.5 }),
        await engine.tick(btc, { mark: 60_000, vol: Number.NaN, timeMs: 2 }),
        // whole or not at all: the mark is no worse, and goes with the vol
        await engine.tick(btc, { mark: 60_000, vol: 60, timeMs: 2 }),
        await engine.tick(btc, { mark: 60_000, index: 60_000, rate: Number.POSITIVE_INFINITY, timeMs: 2 }),
      ];
      expect(await rejectedTicks(engine, rejected)).toBe(rejected.length);
      expect(await engine.digest()).toBe(before);
      expect((await engine.assess(me)).equity).toBe(24_625);
      expect((await refusal(() => engine.advance(-1))).path).toBe("advance.timeMs");
    });

    test("a size that is not finite or no whole number of lots is refused", async () => {
      const { engine, btc, me } = await longBitcoin();
      for (const size of [Number.NaN, Number.POSITIVE_INFINITY, "1e999", "two", 1e-9]) {
        const { code, path } = await refusal(() => engine.fill(me, btc, { size, price: 60_000 }));
        expect([code, path], String(size)).toEqual(["INVALID_SIZE", "fill.size"]);
      }
      // 0.1 + 0.2 − 0.3 is nothing, which doubles alone would not say
      const eth = await engine.addInstrument({
        id: "ETH-PERP",
        kind: "perp",
        underlying: "ETH",
        maxLeverage: 25,
        sizeDecimals: 1,
      });
      for (const size of [0.1, "0.2", -0.3]) await engine.fill(me, eth, { size, price: 3_000 });
      expect((await engine.position(me, eth)).size).toBe(0);
    });

    test("a name that is taken is refused, in a batch with its row, and a batch is whole or not at all", async () => {
      const { engine, btc } = await longBitcoin();
      expect((await refusal(() => engine.addAccount({ id: "me" }))).path).toBe("addAccount.id");
      expect(
        (await refusal(() => engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC" }))).code,
      ).toBe("DUPLICATE_ID");
      expect((await refusal(() => engine.addAsset({ id: "USDC" }))).code).toBe("DUPLICATE_ID");
      expect((await refusal(() => engine.addAccounts({ ids: ["a", "b", "a"] }))).path).toBe("addAccounts.ids[2]");
      const positions = { account: [0, 1], instrument: [btc, btc], size: [1, Number.NaN], entryPrice: [1, 1] };
      const { path, code } = await refusal(() => engine.addAccounts({ ids: ["a", "b"], positions }));
      expect([path, code]).toEqual(["addAccounts.positions.size[1]", "INVALID_SIZE"]);
      expect((await engine.stats()).accounts).toBe(1);
      expect(await engine.account("a")).toBeUndefined();
    });

    test("an option past its expiry is not taken on, and one that expires says so until it is settled", async () => {
      const engine = await start({ model: venues.hyperliquid(), timeMs: DAY_MS });
      const option = { kind: "option", underlying: "BTC", option: "call", strike: 60_000, maxLeverage: 10 } as const;
      const { code, path } = await refusal(() => engine.addInstrument({ id: "old", ...option, expiryMs: DAY_MS }));
      expect([code, path]).toEqual(["EXPIRED", "addInstrument.expiryMs"]);
      const call = await engine.addInstrument({ id: "call", ...option, expiryMs: 2 * DAY_MS });
      const holder = await engine.addAccount({ id: "holder", collateral: { USDC: 1_000 } });
      await engine.fill(holder, call, { size: 2, price: 400 });
      await engine.tick(call, { underlyingPrice: 60_000, vol: 0.5, timeMs: DAY_MS });
      expect((await engine.assess(holder)).contributions[0]?.status).toBe("ok");
      await engine.tick(call, { underlyingPrice: 60_700, timeMs: 3 * DAY_MS });
      // exercise value 2 · (60,700 − 60,000) at the last price, beside its status; 1,000 − 2 · 400 in cash
      expect(await engine.assess(holder)).toMatchObject({ status: "expired", equity: 1_600 });
      await engine.settle(call, { price: 60_650, timeMs: 3 * DAY_MS });
      expect(await engine.assess(holder)).toMatchObject({ status: "ok", equity: 1_500, contributions: [] });
      const settled = engine.tick(call, { vol: 0.5, timeMs: 4 * DAY_MS });
      expect(await rejectedTicks(engine, [settled])).toBe(1);
    });

    test("an option without a vol takes it from the surface, by its rule, until a tick gives one", async () => {
      const svi = { a: 0.01, b: 0.1, rho: -0.3, m: 0, sigma: 0.2 };
      const expiryMs = 365 * DAY_MS;
      // w(k) of the formula over one year
      const volAt = (k: number) => Math.sqrt(svi.a + svi.b * (svi.rho * k + Math.hypot(k, svi.sigma)));
      for (const [rule, reference] of [
        ["sticky-strike", 60_000],
        ["sticky-delta", 66_000],
      ] as const) {
        const engine = await start();
        const option = { kind: "option", underlying: "BTC", option: "call", strike: 60_000, maxLeverage: 10 } as const;
        const call = await engine.addInstrument({ id: "call", ...option, expiryMs });
        const btc = (await engine.underlying("BTC")) as plimsoll.UnderlyingHandle;
        const me = await engine.addAccount({ id: "me", collateral: { USDC: 25_000 } });
        await engine.setPosition(me, call, { size: 1, entryPrice: 5_000 });
        await engine.tickUnderlying(btc, { price: 60_000, timeMs: 0 });
        const row = async () => (await engine.assess(me)).contributions[0] as plimsoll.Contribution;
        expect(await row()).toMatchObject({ volSource: "none", mark: Number.NaN });
        const verdict = await engine.setSurface(btc, { expiries: [{ expiryMs, svi }], rule, timeMs: 0 });
        expect(verdict).toEqual({ butterfly: [], calendar: [] });
        await engine.tickUnderlying(btc, { price: 66_000, timeMs: 0 });
        const onSurface = await row();
        expect(onSurface).toMatchObject({ volSource: "surface", status: "ok" });
        expect(onSurface.vol).toBeCloseTo(volAt(Math.log(60_000 / reference)), 12);
        await engine.tick(call, { vol: 0.9, timeMs: 1 });
        expect(await row()).toMatchObject({ volSource: "own", vol: 0.9 });
        const vogt = { a: -0.041, b: 0.1331, m: 0.3586, rho: 0.306, sigma: 0.4153 };
        const flagged = await engine.setSurface(btc, { expiries: [{ expiryMs, svi: vogt }], rule, timeMs: 1 });
        expect(flagged.butterfly[0]?.worst).toBeCloseTo(-0.032864, 6);
        expect(await engine.setSurface(btc, null)).toEqual({ butterfly: [], calendar: [] });
      }
    });

    test("what a surface brings about is told at once", async () => {
      const engine = await start();
      const option = { kind: "option", underlying: "BTC", option: "call", strike: 60_000, maxLeverage: 10 } as const;
      const call = await engine.addInstrument({ id: "call", ...option, expiryMs: 365 * DAY_MS });
      const btc = (await engine.underlying("BTC")) as plimsoll.UnderlyingHandle;
      const me = await engine.addAccount({ id: "me", collateral: { USDC: 20_000 } });
      await engine.setPosition(me, call, { size: -1, entryPrice: 5_000 });
      await engine.tickUnderlying(btc, { price: 60_000, timeMs: 0 });
      const heard: string[] = [];
      engine.subscribe(({ id, to }) => heard.push(`${id} ${to}`));
      // vols of 30 and 100 % at the money: a call of 7,154 and one of 22,975
      for (const a of [0.09, 1]) {
        const expiries = [{ expiryMs: 365 * DAY_MS, svi: { a, b: 0, rho: 0, m: 0, sigma: 0.1 } }];
        await engine.setSurface(btc, { expiries, rule: "sticky-strike", timeMs: 0 });
      }
      if ("flush" in engine) await engine.flush();
      expect(heard).toEqual(["me insolvent"]);
    });

    test("columns taken after a registration, even one in vain, show every account", async () => {
      const { engine, me } = await longBitcoin();
      const equityInColumn = async (account: plimsoll.AccountHandle) => {
        const { equity, row } = await engine.columns();
        return equity[row(account)];
      };
      for (let n = 0; n < 40; n++) {
        await engine.columns();
        const error = await refusal(() => engine.addAccount({ id: "poor", collateral: { USDC: 1e30 } }));
        expect(error).toMatchObject({ code: "INVALID_MONEY" });
        expect(await equityInColumn(me)).toBe(24_625);
        const other = await engine.addAccount({ id: `other ${n}`, collateral: { USDC: n } });
        expect(await equityInColumn(other)).toBe(n);
      }
    });

    const testOfMillion = skipsMillion ? () => {} : test;
    testOfMillion("a million accounts are registered from columns and ticked", async () => {
      const engine = await start();
      const btc = await engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
      const count = 1_000_000;
      const holders = 1_000;
      const handles = await engine.addAccounts({
        ids: Array.from({ length: count }, (_, i) => `#${i}`),
        collateral: { USDC: new Float64Array(count).fill(1_000) },
        positions: {
          account: Float64Array.from({ length: holders }, (_, i) => i * 1_000),
          instrument: new Float64Array(holders).fill(btc),
          size: new Float64Array(holders).fill(0.01),
          entryPrice: new Float64Array(holders).fill(60_000),
        },
      });
      expect(new Set(handles).size).toBe(count);
      await engine.tick(btc, { mark: 61_000, timeMs: 1 });
      // 10⁶ · 1,000 + 1,000 holders · 0.01 · 1,000, exactly
      expect(await engine.totals()).toMatchObject({ accounts: count, equity: 1_000_010_000 });
      expect(await engine.stats()).toMatchObject({ accounts: count, positions: holders, ticks: 1 });
    });

    test("a look-up by name is answered as of the moment when it is asked for", async () => {
      const { engine, me } = await longBitcoin();
      const [held, , gone, early, bob, late] = await Promise.all([
        engine.account("me"),
        engine.removeAccount(me),
        engine.account("me"),
        engine.account("bob"),
        engine.addAccount({ id: "bob" }),
        engine.account("bob"),
      ]);
      expect([held, gone, early, late]).toEqual([me, undefined, undefined, bob]);
    });

    test("names that every object knows are names like any other", async () => {
      const engine = await start();
      for (const name of ["__proto__", "constructor", "toString"]) {
        await engine.addInstrument({ id: name, kind: "perp", underlying: name });
        const terms = { kind: "perp", underlying: name, maxLeverage: 50 } as const;
        const perp = await engine.addInstrument({ id: `${name}-PERP`, ...terms });
        const account = await engine.addAccount({ id: name, collateral: { USDC: 25_000 } });
        await engine.setPosition(account, perp, { size: 1, entryPrice: 100 });
        await engine.tick(perp, { mark: 90, timeMs: 1 });
        expect(await engine.account(name)).toBe(account);
        expect(await engine.assess(account)).toMatchObject({ equity: 24_990, initial: 1.8 });
      }
    });

    test("what a kind of instrument does not have is refused, not lost", async () => {
      const engine = await start();
      const cases = [
        ["perp", { expiryMs: 1e12 }],
        ["perp", { strike: 60_000 }],
        ["future", { expiryMs: 1e12, option: "call" }],
        ["option", { expiryMs: 1e12, strike: 1, option: "put", base: "USDC" }],
        ["spot", { base: "USDC", expiryMs: 1e12 }],
      ] as const;
      for (const [kind, terms] of cases) {
        const given = { id: "X", kind, underlying: "BTC", ...terms };
        const path = `addInstrument.${Object.keys(terms).at(-1)}`;
        expect(await refusal(() => engine.addInstrument(given))).toMatchObject({ code: "INVALID_VALUE", path });
      }
      expect(await engine.instrument("X")).toBeUndefined();
    });

    test("an instrument whose margin table the model lacks cannot be held by its largest leverage alone", async () => {
      const engine = await start();
      const me = await engine.addAccount({ id: "me", collateral: { USDC: 25_000 } });
      for (const marginTable of [57, "constructor"]) {
        const terms = {
          id: `${marginTable}-PERP`,
          kind: "perp",
          underlying: "NEW",
          marginTable,
          maxLeverage: 40,
        } as const;
        const perp = await engine.addInstrument(terms);
        const refused = await refusal(() => engine.setPosition(me, perp, { size: 1, entryPrice: 100 }));
        expect(refused.code).toBe("MISSING_PARAMETERS");
        expect(refused.received).toBe(`that of the name ${JSON.stringify(terms.id)}, which has none`);
      }
      const known = await engine.addInstrument({
        id: "K",
        kind: "perp",
        underlying: "K",
        marginTable: 25,
        maxLeverage: 40,
      });
      await engine.setPosition(me, known, { size: 1, entryPrice: 100 });
      await engine.tick(known, { mark: 100, timeMs: 1 });
      expect((await engine.assess(me)).initial).toBe(4);
    });

    test("a quote asset of tiny value is counted in units of its own", async () => {
      for (const [quoteScaleLog2, status] of [
        [0, "out-of-range"],
        [10, "ok"],
      ] as const) {
        const engine = await start({ model: { ...venues.hyperliquid(), quote: "KRW" }, quoteScaleLog2 });
        const perp = await engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
        const me = await engine.addAccount({ id: "me", collateral: { KRW: 3e9 } });
        await engine.setPosition(me, perp, { size: 20, entryPrice: 150_000_000 });
        await engine.tick(perp, { mark: 151_000_000, timeMs: 1 });
        const risk = await engine.assess(me);
        expect(risk.status).toBe(status);
        // 3·10⁹ + 20·10⁶, and 1 % of 20 · 151·10⁶
        if (status === "ok") expect(risk).toMatchObject({ equity: 3.02e9, maintenance: 30_200_000, band: "healthy" });
        if (status === "ok") expect((await engine.totals()).equity).toBe(3.02e9);
      }
    });

    test("money adds as decimals say", async () => {
      const engine = await start();
      const me = await engine.addAccount({ id: "me", collateral: { USDC: "0.1" } });
      await engine.deposit(me, "USDC", "0.2");
      await engine.withdraw(me, "USDC", "0.3");
      // at most the rounding of three decimals to 2⁻⁶⁰, and against the account
      const left = await engine.balance(me, "USDC");
      expect(left).toBeLessThanOrEqual(0);
      expect(left).toBeGreaterThanOrEqual(-3 * 2 ** -60);
      for (const amount of ["1,5", "", "0x10", Number.NaN, 1e13, null]) {
        const { name, code } = await refusal(() => engine.deposit(me, "USDC", amount as plimsoll.Money));
        expect([name, code], String(amount)).toEqual(["MoneyError", "INVALID_MONEY"]);
      }
      expect(await refusal(() => engine.deposit(me, "DOGE", 1))).toMatchObject({
        code: "UNKNOWN_ASSET",
        path: "deposit.asset",
      });
    });

    test("a place that no row has, and a position without its terms, are refused by what they are", async () => {
      const { engine, btc, me } = await longBitcoin();
      const positions = { account: [0, 5], instrument: [btc, btc], size: [1, 1], entryPrice: [1, 1] };
      await expect(refusal(() => engine.addAccounts({ ids: ["a", "b"], positions }))).resolves.toMatchObject({
        code: "INVALID_VALUE",
        path: "addAccounts.positions.account[1]",
        expected: "a place below 2",
        received: "5",
      });
      await expect(refusal(() => engine.isolate(me, btc, undefined as never))).resolves.toMatchObject({
        code: "INVALID_VALUE",
        path: "isolate",
      });
      expect(await engine.account("a")).toBeUndefined();
    });

    test("a bad table is refused where it is given, and nothing is registered", async () => {
      const engine = await start();
      const rows = [
        { lower: 0, upper: 100, initialRate: 0.1, maintenanceRate: 0.05 },
        { lower: 200, initialRate: 0.2, maintenanceRate: 0.1 },
      ];
      const brackets = { form: "marginal", rows } as const;
      const { code, path } = await refusal(() =>
        engine.addInstrument({ id: "X", kind: "perp", underlying: "X", brackets }),
      );
      expect([code, path]).toEqual(["INVALID_BRACKETS", "addInstrument.brackets.rows[1].lower"]);
      expect(await engine.instrument("X")).toBeUndefined();
      const model = { ...venues.hyperliquid(), tables: { BTC: brackets } };
      expect((await refusal(() => engine.addModel(model))).path).toBe("addModel.tables.BTC.rows[1].lower");
    });

    test("a band crossing reaches whoever drains and every open iterator, once", async () => {
      const { engine, btc, me } = await longBitcoin();
      const stop = new AbortController();
      const seen: string[] = [];
      const reader = (async () => {
        for await (const { to, sequence } of engine.events({ signal: stop.signal })) seen.push(`${sequence} ${to}`);
      })();
      await engine.tick(btc, { mark: 44_980, timeMs: 2 });
      const drained = await engine.drainEvents();
      expect(drained).toMatchObject([
        { account: me, id: "me", from: "healthy", to: "liquidatable", driver: btc, timeMs: 2 },
      ]);
      expect(await engine.drainEvents()).toEqual([]);
      await new Promise((resolve) => setTimeout(resolve, 5));
      stop.abort();
      await reader;
      expect(seen).toEqual([`${drained[0]?.sequence} liquidatable`]);
    });

    test("subscribers hear only of their accounts and bands, and one that throws harms nobody", async () => {
      const { engine, btc, me } = await longBitcoin();
      const short = await engine.addAccount({ id: "short", collateral: { USDC: 25_000 } });
      await engine.setPosition(short, btc, { size: -1.5, entryPrice: 61_200 });
      const heard: Record<string, string[]> = { all: [], short: [], insolvent: [] };
      const note = (who: string) => (event: plimsoll.BandEvent) => heard[who]?.push(`${event.id} ${event.to}`);
      const errors: unknown[] = [];
      const broken = () => {
        throw new RangeError("no room");
      };
      engine.subscribe(broken, { onError: (error) => errors.push(error) });
      const ends = [
        engine.subscribe(note("all")),
        engine.subscribe(note("short"), { accounts: [short] }),
        engine.subscribe(note("insolvent"), { bands: ["insolvent"] }),
      ];
      const reader = engine.events({ accounts: [short], bands: ["insolvent"] });
      await engine.tick(btc, { mark: 44_980, timeMs: 2 }); // the long one is liquidatable below 44,983.16
      await engine.tick(btc, { mark: 44_000, timeMs: 3 }); // 25,000 − 1.5 · 17,200 < 0
      await engine.tick(btc, { mark: 80_000, timeMs: 4 }); // 25,000 − 1.5 · 18,800 < 0 for the short one
      const drained = await engine.drainEvents();
      expect(heard.all).toEqual(["me liquidatable", "me insolvent", "me healthy", "short insolvent"]);
      expect(heard.short).toEqual(["short insolvent"]);
      expect(heard.insolvent).toEqual(["me insolvent", "short insolvent"]);
      expect(errors).toHaveLength(4);
      expect(drained.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
      expect((await reader.next()).value).toMatchObject({ id: "short", to: "insolvent", sequence: 4 });
      await reader.return?.();
      for (const end of ends) end();
      await engine.tick(btc, { mark: 60_950, timeMs: 5 });
      await engine.drainEvents();
      expect(heard.all).toHaveLength(4);
      expect((await engine.assess(me)).equity).toBe(24_625);
    });

    test("a ranking has the accounts that come first by a figure, the same figure in the order of registration", async () => {
      const { engine, me } = await longBitcoin();
      const ids = ["a", "b", "c", "d", "e", "f"];
      const cash = [50, 10, 30, 10, 40, 20];
      const handles = await engine.addAccounts({ ids, collateral: { USDC: cash } });
      const namesOf = (rows: readonly plimsoll.TopRow[]) =>
        rows.map(({ account }) => ids[handles.indexOf(account)] ?? "me");
      const poorest = await engine.top(4, { by: "equity" });
      for (const { account, id } of poorest) expect(await engine.account(id)).toBe(account);
      expect(namesOf(poorest)).toEqual(["b", "d", "f", "c"]);
      expect(poorest.map(({ value }) => value)).toEqual([10, 10, 20, 30]);
      const { row } = await engine.columns();
      expect(poorest.map((one) => one.row)).toEqual(poorest.map(({ account }) => row(account)));
      expect(namesOf(await engine.top(2, { by: "equity", order: "descending" }))).toEqual(["me", "a"]);
      expect((await engine.top(1, { by: "maintenanceLeverage", order: "descending" }))[0]?.account).toBe(me);
      expect(await engine.top(100, { by: "health" })).toHaveLength(7);
      expect(await engine.top(0, { by: "health" })).toEqual([]);
    });

    test("a reader that is too slow is told what it has missed", async () => {
      const { engine, btc } = await longBitcoin();
      const gaps: plimsoll.EventGap[] = [];
      const told = engine.events({ capacity: 2, onGap: (gap) => gaps.push(gap) });
      const latest = engine.events({ capacity: 2, whenFull: "latest" });
      const plain = engine.events({ capacity: 2 });
      for (const [i, mark] of [44_980, 44_000, 60_950, 44_980, 44_000].entries()) {
        await engine.tick(btc, { mark, timeMs: i + 2 });
      }
      await engine.drainEvents();
      expect((await told.next()).value).toMatchObject({ sequence: 4, to: "liquidatable" });
      expect(gaps).toEqual([{ from: 1, to: 3, count: 3 }]);
      expect((await told.next()).value).toMatchObject({ sequence: 5, to: "insolvent" });
      expect((await latest.next()).value).toMatchObject({ sequence: 5, from: "healthy", to: "insolvent" });
      await expect(plain.next()).rejects.toMatchObject({ code: "EVENTS_MISSED" });
      expect(await plain.next()).toEqual({ done: true, value: undefined });
    });

    test("the digest does not depend on the order of registration or on a full pass", async () => {
      const digests = [];
      for (const order of [
        ["a", "b", "c"],
        ["c", "a", "b"],
      ]) {
        const engine = await start();
        const btc = await engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
        for (const id of order) {
          const account = await engine.addAccount({ id, collateral: { USDC: 1_000 * (1 + id.charCodeAt(0) - 97) } });
          await engine.setPosition(account, btc, { size: 0.5, entryPrice: 60_000 });
        }
        for (let i = 1; i <= 50; i++) await engine.tick(btc, { mark: 60_000 - 40 * i, timeMs: i });
        digests.push(await engine.digest());
        await engine.reassessAll();
        digests.push(await engine.digest());
      }
      expect(new Set(digests).size).toBe(1);
    });

    test("accounts live: funding, orders, isolated positions, settlement and a model replaced", async () => {
      const { engine, btc, me } = await longBitcoin();
      await engine.fund(btc, { rate: 0.0001 });
      // 1.5 · 60,950 · 0.01 %
      expect(await engine.balance(me, "USDC")).toBe(25_000 - 9.1425);
      const order = await engine.placeOrder(me, btc, { size: 1, price: 60_950 });
      // 2.5 · 60,950 / 50
      expect((await engine.assess(me)).initial).toBe(3_047.5);
      expect(await engine.fillOrder(order, { size: "0.5" })).toEqual({ realizedProfit: 0 });
      expect((await engine.position(me, btc)).size).toBe(2);
      await engine.cancelOrder(order);
      expect((await refusal(() => engine.cancelOrder(order))).code).toBe("STALE_HANDLE");
      const isolated = await engine.isolate(me, btc, { margin: 500 });
      expect(await engine.account("me/BTC-PERP")).toBe(isolated);
      expect((await engine.assess(isolated)).equity).toBe(500);
      const { maintenance } = await engine.assess(me);
      const { version, leverageRule: _, ...rest } = venues.hyperliquid();
      const doubled = { ...rest, version: version + 1, leverageRule: { maintenanceShare: 1 } };
      await engine.replaceModel(engine.defaultModel, doubled);
      expect((await engine.assess(me)).maintenance).toBe(2 * maintenance);
      expect((await refusal(() => engine.replaceModel(engine.defaultModel, doubled))).code).toBe("INVALID_VERSION");
    });

    test("an instrument's own table is replaced while it is held, for all who hold it and for models to come", async () => {
      const { engine, btc, me } = await longBitcoin();
      const ids = ["b", "c", "d"];
      const others = await engine.addAccounts({
        ids,
        collateral: { USDC: [5_000, 5_000, 5_000] },
        positions: { account: [0, 2], instrument: [btc, btc], size: [-0.1, 0.1], entryPrice: [60_950, 60_950] },
      });
      await engine.drainEvents();
      const needs = async (of = engine) => {
        const risks = [];
        for (const account of [me, ...others]) risks.push(await of.assess(account));
        return risks.map(({ initial, maintenance }) => [toDigits(initial, 6), toDigits(maintenance, 6)]);
      };
      await engine.replaceTable(btc, { maxLeverage: 3 });
      // a third of 1.5 · 60,950 and of 0.1 · 60,950, and half of that
      const ofThree = [2_031.666667, 1_015.833333];
      expect(await needs()).toEqual([[30_475, 15_237.5], ofThree, [0, 0], ofThree]);
      const [event, ...further] = await engine.drainEvents();
      expect(event).toMatchObject({ account: me, id: "me", from: "healthy", to: "reduce-only", driver: null });
      expect(further).toEqual([]);

      // what comes of a snapshot, and a model that comes later, know it
      const restored = await start({ snapshot: await engine.snapshot() });
      expect(await needs(restored)).toEqual(await needs());
      await restored.replaceModel(restored.defaultModel, {
        ...venues.hyperliquid({ version: 2 }),
        leverageRule: { maintenanceShare: 1 },
      });
      expect((await restored.assess(me)).maintenance).toBe(30_475);

      const rows = [
        { lower: 0, initialRate: 0.1, maintenanceRate: 0.05 },
        { lower: 10_000, initialRate: 0.2, maintenanceRate: 0.1 },
      ];
      await engine.replaceTable(btc, { brackets: { form: "marginal", rows } });
      // 0.1 · 10,000 + 0.2 · 81,425, and 0.1 · 6,095
      expect(await needs()).toEqual([
        [17_285, 8_642.5],
        [609.5, 304.75],
        [0, 0],
        [609.5, 304.75],
      ]);

      const before = await engine.digest();
      const gap = [rows[0], { ...rows[1], lower: 20_000 }].map((row, i) => ({ ...row, upper: 10_000 * (i + 1) }));
      for (const [replacement, code, path] of [
        [{ brackets: { form: "marginal", rows: gap } }, "INVALID_BRACKETS", "replaceTable.brackets.rows[1].lower"],
        [{ maxLeverage: 20 }, "INVALID_VALUE", "replaceTable.maxLeverage"],
        [{ maxLeverage: 20, brackets: { form: "marginal", rows } }, "INVALID_VALUE", "replaceTable.maxLeverage"],
        [{}, "INVALID_VALUE", "replaceTable.maxLeverage"],
        [{ marginTable: "A" }, "INVALID_VALUE", "replaceTable.marginTable"],
      ] as const) {
        expect(await refusal(() => engine.replaceTable(btc, replacement as never))).toMatchObject({ code, path });
      }
      expect(await engine.digest()).toBe(before);
      expect(await needs()).toEqual([
        [17_285, 8_642.5],
        [609.5, 304.75],
        [0, 0],
        [609.5, 304.75],
      ]);

      await engine.settle(btc, { price: 60_950, timeMs: 2 });
      const gone = () => refusal(() => engine.replaceTable(btc, { brackets: { form: "marginal", rows } }));
      expect((await gone()).code).toBe("EXPIRED");
      await engine.removeInstrument(btc);
      expect(await gone()).toMatchObject({ code: "STALE_HANDLE", path: "replaceTable.instrument" });
    });

    test("a largest leverage that decides no table is not taken", async () => {
      const venue = { marginTables: { A: [{ lower: 0, maxLeverage: 10 }] } };
      const engine = await start({ model: venues.hyperliquid(venue) });
      const tabled = await engine.addInstrument({ id: "A-PERP", kind: "perp", underlying: "A", marginTable: "A" });
      const other = await start({ model: venues.binanceUsdm() });
      const bare = await other.addInstrument({ id: "BTCUSDT", kind: "perp", underlying: "BTC" });
      for (const [of, instrument] of [
        [engine, tabled],
        [other, bare],
      ] as const) {
        expect(await refusal(() => of.replaceTable(instrument, { maxLeverage: 5 }))).toMatchObject({
          code: "INVALID_VALUE",
          path: "replaceTable.maxLeverage",
          received: "5",
        });
      }
    });

    test("a perp that is delisted is settled for all who hold it, and can be removed", async () => {
      const { engine, btc, me } = await longBitcoin();
      const others = await engine.addAccounts({
        ids: ["b", "c", "d"],
        collateral: { USDC: [5_000, 5_000, 5_000] },
        positions: { account: [0, 2], instrument: [btc, btc], size: [-0.5, 0.1], entryPrice: [61_000, 60_000] },
      });
      expect((await refusal(() => engine.removeInstrument(btc))).code).toBe("IN_USE");
      await engine.settle(btc, { price: 60_000, timeMs: 2 });
      // 25,000 + 1.5 · (60,000 − 61,200); 5,000 − 0.5 · (60,000 − 61,000); none; 5,000 + 0.1 · 0
      const balances = await Promise.all([me, ...others].map((account) => engine.balance(account, "USDC")));
      expect(balances).toEqual([23_200, 5_500, 5_000, 5_000]);
      expect((await refusal(() => engine.settle(btc, { price: 60_000, timeMs: 3 }))).code).toBe("NOT_APPLICABLE");
      const eth = await engine.addInstrument({ id: "ETH-PERP", kind: "perp", underlying: "ETH", maxLeverage: 25 });
      const listed = [
        { instrument: btc, id: "BTC-PERP" },
        { instrument: eth, id: "ETH-PERP" },
      ];
      expect(await engine.instruments()).toEqual(listed);
      await engine.removeInstrument(btc);
      expect(await engine.instrument("BTC-PERP")).toBe(undefined);
      expect(await engine.instruments()).toEqual(listed.slice(1));
      expect((await engine.totals()).equity).toBe(38_700);
    });

    test("a restored engine goes on as the one that was saved", async () => {
      const { engine, btc, me } = await longBitcoin();
      await engine.addAsset({ id: "ETH", underlying: "ETH", haircuts: [{ upTo: 10, factor: 0.9 }, { factor: 0.5 }] });
      const rows = [{ lower: 0, upper: Number.POSITIVE_INFINITY, initialRate: 0.2, maintenanceRate: 0.1 }];
      const option = { kind: "option", underlying: "BTC", option: "call", strike: 62_000, expiryMs: 1e10 } as const;
      const brackets = { form: "cumulative", rows } as const;
      const call = await engine.addInstrument({ id: "BTC-C", ...option, brackets });
      await engine.tick(call, { mark: 900, underlyingPrice: 61_000, timeMs: 2 });
      await engine.fill(me, call, { size: -2, price: 950, fee: "0.3" });
      const filled = await engine.placeOrder(me, btc, { size: 0.1, price: 60_000 });
      const order = await engine.placeOrder(me, btc, { size: 1, price: 60_000 });
      await engine.fillOrder(filled);
      const isolated = await engine.isolate(me, btc, { margin: 400 });
      await engine.fill(isolated, btc, { size: 0.1, price: 60_950 });
      const gone = await engine.addAccount({ id: "gone" });
      await engine.removeAccount(gone);
      const delisted = await engine.addInstrument({ id: "OLD", kind: "perp", underlying: "OLD", maxLeverage: 5 });
      await engine.removeInstrument(delisted);
      await engine.addAccounts({ ids: ["a", "b", "c", "d", "e"], collateral: { USDC: [1, 2, 3, 4, 5] } });
      await engine.tick(btc, { mark: 44_000, timeMs: 3 });

      const saved = await engine.snapshot();
      const restored = await start({ snapshot: saved });
      const both = async <T>(ask: (engine: AnyEngine) => T): Promise<Awaited<T>> => {
        const [ours, theirs] = [await ask(engine), await ask(restored)];
        expect(theirs).toEqual(ours);
        return ours;
      };
      const look = async () => {
        await both((engine) => engine.digest());
        await both((engine) => engine.totals());
        await both((engine) => engine.orders(me));
        await both((engine) => engine.timeMs);
        await both(async (engine) => ({ ...(await engine.columns()), row: undefined }));
        await both(async (engine) => {
          const { accounts, positions, orders, instruments, assets, ticks } = await engine.stats();
          return [accounts, positions, orders, instruments, assets, ticks];
        });
        for (const account of [me, isolated]) await both(async (engine) => bare(await engine.assess(account)));
        await both((engine) => engine.liquidationPrices(me, "BTC"));
      };
      await look();
      await both((engine) => [engine.quote, engine.defaultModel]);
      for (const id of ["me", "me/BTC-PERP", "e", "gone"]) await both((engine) => engine.account(id));
      await both((engine) => engine.asset("ETH"));
      expect((await both((engine) => engine.drainEvents())).map(({ id }) => id)).toContain("me");
      const code = (call: (engine: AnyEngine) => unknown) =>
        both(async (engine) => (await refusal(() => call(engine))).code);
      expect(await code((engine) => engine.deposit(gone, "USDC", 1))).toBe("STALE_HANDLE");
      expect(await code((engine) => engine.cancelOrder(filled))).toBe("STALE_HANDLE");
      expect(await code((engine) => engine.tick(delisted, { mark: 1, timeMs: 4 }))).toBe("STALE_HANDLE");
      await both((engine) => engine.addAccount({ id: "next" }));
      await both((engine) => engine.fillOrder(order, { size: "0.5" }));
      await both((engine) =>
        engine.addInstrument({ id: "SOL-PERP", kind: "perp", underlying: "SOL", maxLeverage: 20 }),
      );
      for (let i = 0; i < 20; i++) {
        await both((engine) => engine.tick(btc, { mark: 44_000 + 1_000 * i, timeMs: 4 + i }));
        await look();
        await both((engine) => engine.drainEvents());
      }
      await both((engine) => engine.replaceModel(engine.defaultModel, { ...venues.hyperliquid(), version: 1e6 }));
      await look();
    });

    test("bytes that are no whole snapshot are refused by name", async () => {
      const { engine } = await longBitcoin();
      const saved = await engine.snapshot();
      const format = saved[FORMAT_AT] as number;
      const fieldOf = (path: string) => path.replace(/^create(Worker)?Engine\./, "");
      const changed = (at: number, by: number) => saved.map((byte, i) => (i === at ? byte ^ by : byte));
      const cases: [Uint8Array, string][] = [
        [new Uint8Array(), "SNAPSHOT_TRUNCATED"],
        [saved.subarray(0, 20), "SNAPSHOT_TRUNCATED"],
        [saved.subarray(0, -1), "SNAPSHOT_TRUNCATED"],
        [changed(0, 1), "SNAPSHOT_KIND"],
        // older and newer ones
        ...[1, format - 1, format + 1].map((other): [Uint8Array, string] => [
          saved.map((byte, i) => (i === FORMAT_AT ? other : byte)),
          "SNAPSHOT_VERSION",
        ]),
        [changed(24, 1), "SNAPSHOT_CORRUPT"],
        [changed(saved.length - 1, 1), "SNAPSHOT_CORRUPT"],
        [changed(200, 128), "SNAPSHOT_CORRUPT"],
        [await engine.exportAccounts([]), "SNAPSHOT_KIND"],
      ];
      for (const [snapshot, code] of cases) {
        const { name, code: given, path } = await refusal(() => start({ snapshot }));
        expect([name, given, fieldOf(path)]).toEqual(["SnapshotError", code, "snapshot"]);
      }
      const { code, path } = await refusal(() => start({ snapshot: saved, quote: "USD" }));
      expect([code, fieldOf(path)]).toEqual(["INVALID_VALUE", "quote"]);
    });

    test("accounts move to another engine with their names, orders and isolated positions, all or none", async () => {
      const { engine, btc, me } = await longBitcoin();
      const order = await engine.placeOrder(me, btc, { size: 1, price: 60_000 });
      const isolated = await engine.isolate(me, btc, { margin: 400 });
      const ids = ["a", "b", "c", "d"];
      const others = await engine.addAccounts({ ids, collateral: { USDC: [1, 2, 3, 4] } });
      const other = await start({ snapshot: await engine.snapshot() });
      const you = await other.addAccount({ id: "you", collateral: { USDC: 10 } });
      const part = await engine.exportAccounts([...others.toReversed(), me]);
      // the last of them is taken
      for (const account of others) await other.removeAccount(account);
      const before = await other.digest();
      expect((await refusal(() => other.importAccounts(part))).code).toBe("DUPLICATE_ID");
      expect((await refusal(() => engine.exportAccounts([isolated]))).code).toBe("NOT_APPLICABLE");
      expect([await other.digest(), await other.account("a")]).toEqual([before, undefined]);
      await other.removeAccount(isolated);
      await other.removeAccount(me);
      const { accounts, orders } = await other.importAccounts(part);
      expect(accounts.map(({ id, previous }) => [id, previous])).toEqual([
        ...ids.map((id, i) => [id, others[i]]).reverse(),
        ["me", me],
        ["me/BTC-PERP", isolated],
      ]);
      expect(orders.map(({ previous }) => previous)).toEqual([order]);
      const moved = (await other.account("me")) as plimsoll.AccountHandle;
      expect(accounts.at(-1)).toEqual({
        id: "me/BTC-PERP",
        account: await other.account("me/BTC-PERP"),
        previous: isolated,
        parent: moved,
      });
      expect((await refusal(() => other.assess(me))).code).toBe("STALE_HANDLE");
      expect(bare(await other.assess(moved))).toEqual(bare(await engine.assess(me)));
      await other.removeAccount(you);
      expect(await other.digest()).toBe(await engine.digest());
      await other.cancelOrder((orders[0] as { order: plimsoll.OrderHandle }).order);
      expect(await other.digest()).not.toBe(await engine.digest());
      expect(await other.drainEvents()).toEqual([]);

      await other.addAsset({ id: "ETH" });
      const saved = await engine.exportAccounts([]);
      const whole = await engine.snapshot();
      for (const [bytes, code] of [
        [saved, "SNAPSHOT_MISMATCH"],
        [whole, "SNAPSHOT_KIND"],
        [saved.subarray(0, -1), "SNAPSHOT_TRUNCATED"],
        [saved.map((byte, i) => (i === saved.length - 1 ? byte ^ 1 : byte)), "SNAPSHOT_CORRUPT"],
        [saved.map((byte, i) => (i === FORMAT_AT ? 99 : byte)), "SNAPSHOT_VERSION"],
      ] as const) {
        const error = await refusal(() => other.importAccounts(bytes));
        expect([error.name, error.code], code).toEqual(["SnapshotError", code]);
        expect(error.path).toMatch(
          code === "SNAPSHOT_MISMATCH" ? /^importAccounts\.assets\[1\]$/ : /^importAccounts\.bytes$/,
        );
      }
      // each says what makes the bytes that it takes
      const [ofEngine, ofAccounts] = [
        await refusal(() => other.importAccounts(whole)),
        await refusal(() => create({ snapshot: saved })),
      ];
      expect(ofEngine.expected).toBe("bytes that exportAccounts() has made");
      expect(ofAccounts.expected).toBe("bytes that snapshot() has made");
      expect([ofEngine.received, ofAccounts.received]).toEqual([
        "bytes of another content",
        "bytes of another content",
      ]);
    });
  });
}
