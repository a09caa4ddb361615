import { expect, test } from "vitest";
import {
  type AccountHandle,
  createEngine,
  type Engine,
  type InstrumentHandle,
  type MarginModel,
} from "../dist/index.js";

/** What hostile callers and bytes may do: objects that change between reads and after them, snapshots that somebody has made up. */

const table = (initialRate: number) => {
  return { form: "marginal", rows: [{ lower: 0, initialRate, maintenanceRate: initialRate / 2 }] } as const;
};

async function book(): Promise<Engine> {
  const model: MarginModel = {
    kind: "brackets",
    name: "mine",
    version: 1,
    date: "2026-11",
    tables: { BTC: table(0.1) },
  };
  const engine = await createEngine({ model });
  engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC" });
  engine.addAccounts({ ids: ["a", "b"] });
  return engine;
}

/** What `act` gives while names and models leave the engine as `change` has them: the checksum over them is right. */
function forged<Result>(change: (state: never) => void, act: () => Result): Result {
  const { stringify } = JSON;
  JSON.stringify = (value: unknown, replacer: never) => {
    const state = JSON.parse(stringify(value, replacer));
    change(state as never);
    return stringify(state);
  };
  try {
    return act();
  } finally {
    JSON.stringify = stringify;
  }
}

type Pairs = [handle: number, item: unknown][];
type State = Record<"accounts" | "instruments" | "assets" | "underlyings" | "models" | "terms", Pairs> & {
  quote: unknown;
  defaultModel: unknown;
  undrained: unknown[];
};

const FORGERIES: Readonly<Record<string, (state: State) => void>> = {
  "a name that comes twice": ({ accounts }) => {
    (accounts[1] as Pairs[0])[1] = "a";
  },
  "a slot that comes twice": ({ accounts }) => {
    (accounts[1] as Pairs[0])[0] = 0;
  },
  "an account without a name": ({ accounts }) => void accounts.pop(),
  "a name without an account": ({ accounts }) => void accounts.push([2, "c"]),
  "a name for a handle of another generation": ({ accounts }) => {
    (accounts[1] as Pairs[0])[0] += 2 ** 24;
  },
  "a name far beyond the accounts": ({ accounts }) => {
    (accounts[1] as Pairs[0])[0] = 4e9;
  },
  "a name that is a number": ({ accounts }) => {
    (accounts[0] as Pairs[0])[1] = 5;
  },
  "a name that is an object": ({ accounts }) => {
    (accounts[0] as Pairs[0])[1] = { length: 1e9 };
  },
  "no entry": ({ accounts }) => {
    (accounts as unknown[])[0] = null;
  },
  "an instrument's name that comes twice": ({ instruments }) => void instruments.push([1, "BTC-PERP"]),
  "a model that is none": ({ models }) => {
    (models[0] as Pairs[0])[1] = null;
  },
  "a model with a table of no form": ({ models }) => {
    (models[0] as Pairs[0])[1] = {
      kind: "brackets",
      name: "",
      version: 1,
      date: "",
      tables: { BTC: { form: "x" } },
    };
  },
  "a default model that is not there": (state) => {
    state.defaultModel = 77;
  },
  "a quote asset that is not there": (state) => {
    state.quote = "DOGE";
  },
  "an instrument without terms": ({ terms }) => {
    (terms[0] as Pairs[0])[1] = null;
  },
  "an event that is none": ({ undrained }) => void undrained.push(1),
};

test("a snapshot whose checksum fits and whose names and models do not is refused", async () => {
  for (const [what, change] of Object.entries(FORGERIES)) {
    const engine = await book();
    const snapshot = forged(change, () => engine.snapshot());
    await expect(createEngine({ snapshot }), what).rejects.toMatchObject({
      code: "SNAPSHOT_CORRUPT",
      path: "createEngine.snapshot",
    });
  }
  const engine = await book();
  const same = await createEngine({
    snapshot: forged(
      () => {},
      () => engine.snapshot(),
    ),
  });
  expect(same.account("b")).toBe(engine.account("b"));
});

test("an export whose names are not those of its accounts is refused before an account is taken up", async () => {
  const forgeries: Readonly<Record<string, (names: { ids: unknown[] }) => void>> = {
    "a name twice": ({ ids }) => {
      ids[1] = "a";
    },
    "a name too few": ({ ids }) => void ids.pop(),
    "a name too many": ({ ids }) => void ids.push("c"),
    "a number": ({ ids }) => {
      ids[0] = 1;
    },
  };
  const from = await book();
  const accounts = ["a", "b"].map((id) => from.account(id) as never);
  const to = await book();
  to.removeAccount(to.account("a") as never);
  to.removeAccount(to.account("b") as never);
  for (const [what, change] of Object.entries(forgeries)) {
    const bytes = forged(change, () => from.exportAccounts(accounts));
    const refused = expect.objectContaining({ code: "SNAPSHOT_CORRUPT", path: "importAccounts.bytes" });
    expect(() => to.importAccounts(bytes), what).toThrow(refused);
    expect([to.stats().accounts, to.account("a")], what).toEqual([0, undefined]);
  }
  expect(to.importAccounts(from.exportAccounts(accounts)).accounts).toHaveLength(2);
});

test("what is restored are the bytes that were checked, whatever the caller's say next", async () => {
  class Shifting extends Uint8Array {
    override subarray(): never {
      return new Uint8Array(3) as never;
    }
  }
  const engine = await book();
  const restored = await createEngine({ snapshot: new Shifting(engine.snapshot()) });
  expect(restored.digest()).toBe(engine.digest());
  expect(restored.account("b")).toBe(engine.account("b"));
});

test("a model and an instrument stay as they were given, whatever becomes of the caller's objects", async () => {
  const engine = await createEngine();
  const model = {
    kind: "brackets",
    name: "mine",
    version: 1,
    date: "2026-11",
    tables: { BTC: table(0.1), ETH: table(0.5) },
  };
  const handle = engine.addModel(model as MarginModel);
  const own = { id: "OWN", kind: "perp", underlying: "BTC", brackets: structuredClone(table(0.2)) } as const;
  engine.addInstrument(own);
  model.version = -1;
  model.tables.ETH = { form: "no form" } as never;
  (own.brackets.rows as unknown as unknown[]).length = 0;
  const perp = engine.addInstrument({ id: "ETH-PERP", kind: "perp", underlying: "ETH" });
  engine.addModel({ kind: "brackets", name: "other", version: 1, date: "2026-11" });
  const account = engine.addAccount({ id: "a", collateral: { USD: 1000 }, model: handle });
  engine.setPosition(account, perp, { size: 1, entryPrice: 100 });
  engine.tick(perp, { mark: 100, timeMs: 1 });
  expect(engine.assess(account).initial).toBe(50); // 0.5 of 100
});

test("a model that changes while the module loads is the one that was given", async () => {
  const model = { kind: "brackets", name: "mine", version: 1, date: "2026-11" } as {
    -readonly [K in keyof MarginModel]: MarginModel[K];
  };
  const options = { model: model as MarginModel, quote: "USDC" };
  const starting = createEngine(options);
  options.quote = 5 as never;
  expect((await starting).quote).toBe("USDC");
});

test("objects that give something else at each read leave nothing half registered", async () => {
  const engine = await book();
  let reads = 0;
  const ids = new Proxy(["c", "d"], {
    get: (target, key, self) => (key === "1" && ++reads > 1 ? { not: "a name" } : Reflect.get(target, key, self)),
  });
  const handles = engine.addAccounts({ ids });
  expect(handles.map((handle) => engine.assess(handle).id)).toEqual(["c", "d"]);

  const eth = engine.addInstrument({ id: "ETH-PERP", kind: "perp", underlying: "BTC" });
  for (const readsMax of [1, 2, 3]) {
    let reads = 0;
    const instrument = {
      length: 1,
      get 0() {
        return reads++ < readsMax ? eth : Number.NaN;
      },
    };
    const add = () =>
      engine.addAccounts({ ids: ["e"], positions: { account: [0], instrument, size: [1], entryPrice: [9] } });
    const refused = expect.objectContaining({ path: "addAccounts.positions.instrument[0]" });
    if (readsMax === 1) expect(add).toThrow(refused);
    else expect(engine.position(add()[0] as AccountHandle, eth).size).toBe(1);
    const account = engine.account("e");
    if (account !== undefined) engine.removeAccount(account);
    expect(engine.stats().accounts).toBe(4);
  }

  let kinds = 0;
  const shifting = {
    id: "X",
    underlying: "BTC",
    get kind() {
      if (++kinds > 1) throw new Error("not again");
      return "perp" as const;
    },
  };
  engine.addInstrument(shifting);
  expect(engine.instrument("X")).toBeDefined();
});

test("a size that is a long string is refused at once", async () => {
  const engine = await book();
  const [account, perp] = [engine.account("a") as AccountHandle, engine.instrument("BTC-PERP") as InstrumentHandle];
  const startMs = performance.now();
  const size = `${"1".repeat(200_000)}x`;
  const refused = expect.objectContaining({ code: "INVALID_SIZE", path: "fill.size" });
  expect(() => engine.fill(account, perp, { size, price: 1 })).toThrow(refused);
  // a pattern that can split the digits in two places takes half a minute
  expect(performance.now() - startMs).toBeLessThan(1_000);
});

test("an object that is deeper than the stack is refused by the field that it stands in", async () => {
  const engine = await book();
  let deep: object = {};
  for (let depth = 0; depth < 200_000; depth++) deep = { a: deep };
  const refused = expect.objectContaining({ code: "INVALID_VALUE", path: "addInstrument.brackets.form" });
  const add = () => engine.addInstrument({ id: "X", kind: "perp", underlying: "X", brackets: deep as never });
  expect(add).toThrow(refused);
  expect(engine.underlying("X")).toBeUndefined();
});
