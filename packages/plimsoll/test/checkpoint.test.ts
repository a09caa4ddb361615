/** What a supervisor keeps of an engine: a base, then only what has changed, names included. */
import { expect, test } from "vitest";
import { createEngine } from "../src/engine/create-engine.js";
import type { InThreadEngine } from "../src/engine/engine.js";
import type { InstrumentInput, MarginModel } from "../src/types.js";

const wasm = new URL("../dist/plimsoll.wasm", import.meta.url);
const MODEL: MarginModel = { kind: "brackets", name: "a venue", version: 1, date: "2026-01-01" };
const perp = (underlying: string): InstrumentInput => ({
  id: `${underlying}-PERP`,
  kind: "perp",
  underlying,
  maxLeverage: 50,
});

async function engineOf(options: Parameters<typeof createEngine>[0]): Promise<InThreadEngine> {
  return (await createEngine({ ...options, wasm })) as InThreadEngine;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** The state on this side, in an order that does not depend on when what was registered. */
function namesOf(engine: InThreadEngine) {
  const { accounts, ...market } = engine.callerState();
  return { ...market, accounts: accounts.toSorted(([a], [b]) => a - b) };
}

test("names and models that have changed since the base come along, from one checkpoint to the next", async () => {
  const engine = await engineOf({ quote: "USD", model: MODEL });
  const btc = engine.addInstrument(perp("BTC"));
  const crowd = Array.from({ length: 40 }, (_, i) =>
    engine.addAccount({ id: `account ${i}`, collateral: { USD: 100 } }),
  );
  const base = engine.checkpoint();
  expect(base.isBase).toBe(true);
  let other = await engineOf({ snapshot: base.bytes });
  const changes = [
    () => engine.tick(btc, { mark: 60_000, timeMs: 1 }),
    () => engine.addAccount({ id: "new", collateral: { USD: 5 } }),
    () => engine.removeAccount(crowd[3] as (typeof crowd)[0]),
    // in the slot of the one that went, under the name of one that goes too
    () => {
      engine.removeAccount(crowd[4] as (typeof crowd)[0]);
      engine.addAccount({ id: "account 3", collateral: { USD: 7 } });
    },
    () => engine.addAsset({ id: "ETH", underlying: "ETH" }),
    () => engine.addInstrument(perp("ETH")),
    () => engine.replaceModel(engine.defaultModel, { ...MODEL, version: 2 }),
    () =>
      engine.replaceTable(btc, {
        brackets: { form: "max-leverage", tiers: [{ lower: 0, maxLeverage: 7 }], maintenanceShare: 0.5 },
      }),
    () => engine.removeInstrument(btc),
  ];
  for (const change of changes) {
    change();
    const { isBase, bytes } = engine.checkpoint();
    expect(isBase).toBe(false);
    // one that was restored from the last checkpoint makes the next one too
    const again = other.checkpoint();
    expect([again.isBase, again.bytes.length < base.bytes.length]).toEqual([false, true]);
    other = await engineOf({ snapshot: joined(base.bytes, bytes) });
    expect(namesOf(other)).toEqual(namesOf(engine));
    expect(other.digest()).toBe(engine.digest());
    const third = await engineOf({ snapshot: joined(base.bytes, other.checkpoint().bytes) });
    expect(namesOf(third)).toEqual(namesOf(engine));
  }
  for (let i = 0; i < 20; i++) engine.addAccount({ id: `late ${i}` });
  expect(engine.checkpoint().isBase).toBe(true);
});

test("a checkpoint behind another base is refused by name", async () => {
  const engine = await engineOf({ quote: "USD" });
  for (let i = 0; i < 8; i++) engine.addAccount({ id: `account ${i}`, collateral: { USD: 100 } });
  const other = await engineOf({ quote: "USD" });
  const [base, otherBase] = [engine.checkpoint(), other.checkpoint()];
  engine.deposit(engine.addAccount({ id: "one more" }), "USD", 1);
  const { bytes } = engine.checkpoint();
  const refused = { name: "SnapshotError", code: "SNAPSHOT_MISMATCH", path: "createEngine.snapshot" };
  await expect(engineOf({ snapshot: joined(otherBase.bytes, bytes) })).rejects.toMatchObject(refused);
  expect((await engineOf({ snapshot: joined(base.bytes, bytes) })).account("one more")).toBeDefined();
});
