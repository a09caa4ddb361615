import { expect, test } from "vitest";
import { ConfigError, createEngine, type Engine, PlimsollError, venues } from "../dist/index.js";

const start = async () => {
  const engine = await createEngine({ model: venues.hyperliquid() });
  const btc = engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
  const me = engine.addAccount({ id: "me", collateral: { USDC: 25_000 } });
  return { engine, btc, me };
};

function refusal(call: () => unknown): PlimsollError {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(PlimsollError);
    return error as PlimsollError;
  }
  throw new Error("nothing was refused");
}

test("a field that nobody would read is refused by name", async () => {
  const { engine, btc, me } = await start();
  const perp = { id: "X", kind: "perp", underlying: "X", maxLeverage: 10 } as const;
  const cases: [string, () => unknown][] = [
    ["addInstrument.mutliplier", () => engine.addInstrument({ ...perp, ...{ mutliplier: 10 } })],
    ["addInstrument.strke", () => engine.addInstrument({ ...perp, ...{ strke: 10 } })],
    ["addAsset.haircut", () => engine.addAsset({ id: "ETH", ...{ haircut: [] } })],
    ["addUnderlying.name", () => engine.addUnderlying({ id: "ETH", ...{ name: "Ether" } })],
    ["addModel.foo", () => engine.addModel({ ...venues.hyperliquid(), ...{ foo: 1 } })],
    ["replaceModel.foo", () => engine.replaceModel(engine.defaultModel, { ...venues.hyperliquid(), ...{ foo: 1 } })],
    ["addAccount.colateral", () => engine.addAccount({ id: "you", ...{ colateral: { USDC: 1 } } })],
    ["addAccounts.id", () => engine.addAccounts({ ids: ["a"], ...{ id: "a" } })],
    ["fill.fees", () => engine.fill(me, btc, { size: 1, price: 1, ...{ fees: 1 } })],
  ];
  for (const [path, call] of cases) {
    const error = refusal(call);
    expect(error).toBeInstanceOf(ConfigError);
    expect([error.code, error.path]).toEqual(["INVALID_VALUE", path]);
    expect(error.message).toMatch(/must be one of the fields id|ids|kind|size/);
  }
  await expect(createEngine({ ...{ modle: venues.hyperliquid() } })).rejects.toMatchObject({
    code: "INVALID_VALUE",
    path: "createEngine.modle",
  });
  expect(engine.instrument("X")).toBeUndefined();
  expect(engine.stats().accounts).toBe(1);
});

test("collateral in an asset that is not registered is named", async () => {
  const { engine } = await start();
  const error = refusal(() => engine.addAccount({ id: "you", collateral: { DOGE: 1 } }));
  expect([error.code, error.path]).toEqual(["UNKNOWN_ASSET", "addAccount.collateral.DOGE"]);
});

test("a price that is no number is refused, and the engine lives on", async () => {
  const { engine, btc } = await start();
  const underlying = engine.underlying("BTC");
  const wrong = { mark: 1n, price: 1n, timeMs: 1 } as never;
  expect(refusal(() => engine.tick(btc, wrong)).path).toBe("tick.mark");
  expect(refusal(() => engine.tickUnderlying(underlying as never, wrong)).path).toBe("tickUnderlying.price");
  expect(refusal(() => engine.events(null as never)).path).toBe("events");
  expect(refusal(() => engine.events({ signal: 5 } as never)).path).toBe("events.signal");
  expect(engine.tick(btc, { mark: 60_000, timeMs: 1 })).toBe("applied");
  engine.dispose();
});

const HARMLESS = new Set(["events", "dispose", "constructor", "account", "instrument", "asset", "underlying"]);

test("whatever is left out or of another kind, an error is one of the family and names the call", async () => {
  const { engine, btc, me } = await start();
  const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(engine)).filter((name) => {
    const { value } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(engine), name) ?? {};
    return typeof value === "function" && !HARMLESS.has(name);
  });
  expect(methods.length).toBeGreaterThan(30);
  const strange: unknown[] = [undefined, null, Number.NaN, "", {}, [], () => {}, { size: {}, price: [] }];
  let refused = 0;
  for (const name of methods) {
    for (const third of strange) {
      for (const args of [[third], [me, third], [btc, third], [me, btc, third]]) {
        try {
          (engine[name as keyof Engine] as (...args: unknown[]) => unknown).call(engine, ...args);
        } catch (error) {
          refused += 1;
          const said = `${name}: ${error}`;
          expect(error, said).toBeInstanceOf(PlimsollError);
          expect((error as PlimsollError).path, said).toMatch(new RegExp(`^${name}`));
        }
      }
    }
  }
  expect(refused).toBeGreaterThan(300);
});
