import { PerformanceObserver } from "node:perf_hooks";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { createEngine } from "../src/engine/create-engine.js";
import type { InThreadEngine } from "../src/engine/engine.js";
import { TICK_STATUSES } from "../src/names.js";
import type {
  AccountHandle,
  AssetHandle,
  AssetInput,
  Engine,
  InstrumentHandle,
  InstrumentInput,
  Tick,
  UnderlyingHandle,
} from "../src/types.js";
import { applyBatch } from "../src/worker/batch.js";
import type { MarketTerms } from "../src/worker/conflation.js";
import { HandleTable } from "../src/worker/handle-table.js";
import { Market } from "../src/worker/market.js";
import { TickIntake } from "../src/worker/tick-intake.js";
import { TickQueue, type TickQueueOptions } from "../src/worker/tick-queue.js";
import { REJECTION_WORDS, ROW, ROW_WORDS } from "../src/worker/tick-row.js";
import type { TickQueueSettings } from "../src/worker/types.js";

/** Every handle is a perpetual of one underlying. */
const PERP = { underlying: 0, isOption: false, isSettled: false, settle: 0, base: undefined };
const MARKET: MarketTerms = {
  termsOf: () => PERP,
  followedBy: () => undefined,
  standInOf: () => undefined,
};
const DEFAULTS = { capacity: 4, passRowsMax: 1024, conflate: "latest", batchesInFlightMax: 1, market: MARKET } as const;

/** A queue and what it has posted; its clock stands still until it is moved. */
function queueWith(options: Partial<TickQueueOptions> = {}) {
  const posted: Float64Array<ArrayBuffer>[] = [];
  const rejected: string[] = [];
  const clock = { ms: 0 };
  const listener = {
    post: (batch: Float64Array<ArrayBuffer>) => void posted.push(batch),
    rejected: (_target: number, handle: number, status: number, timeMs: number) =>
      void rejected.push(`${handle} ${TICK_STATUSES[status]} ${timeMs}`),
  };
  const queue = new TickQueue(listener, { ...DEFAULTS, ...options }, () => clock.ms);
  return { queue, posted, rejected, clock };
}

/** A batch as text, a line per pass: handle, mark and time of each of its ticks. */
function passesOf(batch: Float64Array): string[] {
  const passes: string[] = [];
  for (let at = 0; at < batch.length; ) {
    const rows = batch[at + ROW.rows] as number;
    const ticks = Array.from({ length: rows }, (_, row) => {
      const word = (field: number) => batch[at + row * ROW_WORDS + field];
      return `${word(ROW.handle)}:${word(ROW.mark)}@${word(ROW.timeMs)}`;
    });
    passes.push(ticks.join(" "));
    at += rows * ROW_WORDS;
  }
  return passes;
}

/** Streams of ticks that are compared. */
const RUNS = Number(process.env.PLIMSOLL_TICK_STREAMS ?? 150);
const wasm = new URL("../dist/plimsoll.wasm", import.meta.url);
const endOfTask = () => new Promise<void>((resolve) => setTimeout(resolve));

test("ticks of one task leave together at its end, each as a pass of its own", async () => {
  const { queue, posted } = queueWith();
  queue.instrument(1, { mark: 10, timeMs: 1 });
  queue.instrument(1, { mark: 11, timeMs: 2 });
  expect(posted).toEqual([]);
  await endOfTask();
  expect(posted.map(passesOf)).toEqual([["1:10@1", "1:11@2"]]);
});

test("a full batch leaves at once, and with a timer ticks wait for company", () => {
  vi.useFakeTimers();
  try {
    const { queue, posted } = queueWith({ batchesInFlightMax: 8, flushMs: 20 });
    const rows = () => posted.map((batch) => batch.length / ROW_WORDS);
    for (let i = 1; i <= 5; i++) queue.instrument(1, { mark: i, timeMs: i });
    expect(rows()).toEqual([4]);
    vi.advanceTimersByTime(19);
    expect(rows()).toEqual([4]);
    vi.advanceTimersByTime(1);
    expect(rows()).toEqual([4, 1]);
  } finally {
    vi.useRealTimers();
  }
});

test("while workers are behind ticks wait as they came, and conflate when more come than may wait", async () => {
  const { queue, posted, clock } = queueWith();
  queue.instrument(1, { mark: 1, timeMs: 1 });
  await endOfTask();
  clock.ms = 5;
  for (let i = 2; i <= 5; i++) queue.instrument(i % 2, { mark: i, timeMs: i });
  await endOfTask();
  clock.ms = 9;
  expect(queue.stats).toEqual({
    depth: 4,
    ageMs: 9,
    latencyMs: 0,
    batches: 0,
    batchMs: 0,
    conflations: 0,
    batchesInFlight: 1,
  });
  queue.instrument(2, { mark: 6, timeMs: 6 });
  // of 0 and of 1 the last, and the one that came now
  expect(queue.stats).toMatchObject({ depth: 3, conflations: 2 });
  expect(posted).toHaveLength(1);
  queue.acknowledge(3);
  await endOfTask();
  expect(passesOf(posted[1] as Float64Array)).toEqual(["0:4@4 1:5@5 2:6@6"]);
  clock.ms = 12;
  expect(queue.stats).toMatchObject({ depth: 0, ageMs: 7, latencyMs: 9 });
  queue.acknowledge(3);
  expect(queue.stats).toMatchObject({ ageMs: 0, latencyMs: 7, batches: 2, batchMs: 3, batchesInFlight: 0 });
});

test("by default two batches may be under way, and one after a batch that took 5 ms", async () => {
  const { queue } = queueWith({ batchesInFlightMax: undefined });
  const tick = async () => {
    queue.instrument(1, { mark: 1, timeMs: 1 });
    await endOfTask();
    const { batchesInFlight, depth } = queue.stats;
    return [batchesInFlight, depth];
  };
  expect([await tick(), await tick(), await tick()]).toEqual([
    [1, 0],
    [2, 0],
    [2, 1],
  ]);
  queue.acknowledge(4.9); // the tick that waited leaves
  expect(queue.stats).toMatchObject({ batchesInFlight: 2, depth: 0 });
  queue.acknowledge(5);
  expect(await tick()).toEqual([1, 1]);
  queue.acknowledge(4.9);
  expect([await tick(), await tick()]).toEqual([
    [2, 0],
    [2, 1],
  ]);
});

test("extremes are kept in their order, and no pass hides one of them", async () => {
  const { queue, posted } = queueWith({ capacity: 1, conflate: "extremes" });
  queue.instrument(9, { mark: 1, timeMs: 0 });
  await endOfTask();
  const marks = [100, 104, 99, 101, 97, 103, 102];
  for (const [i, mark] of marks.entries()) queue.instrument(1, { mark, timeMs: i });
  queue.instrument(2, { mark: 50, timeMs: 9 });
  queue.acknowledge(3);
  await endOfTask();
  // the highest at 1, the lowest at 4, the last at 6; the other instrument's only tick joins the last pass
  expect(passesOf(posted[1] as Float64Array)).toEqual(["1:104@1", "1:97@4", "1:102@6 2:50@9"]);
  expect(queue.stats.conflations).toBe(4);
  // one that gives other fields besides
  queue.instrument(1, { mark: 97, timeMs: 10 });
  queue.instrument(1, { mark: 101, index: 101, timeMs: 11 });
  queue.instrument(2, { mark: 50, timeMs: 11 });
  queue.acknowledge(3);
  await endOfTask();
  expect(passesOf(posted[2] as Float64Array)).toEqual(["1:97@10", "1:101@11 2:50@11"]);
});

test("a feed that is faster than the workers leaves no garbage", async () => {
  const TICKS = 500_000;
  const { queue, posted } = queueWith({ capacity: 1, batchesInFlightMax: 1 });
  const tick = { mark: 1, timeMs: 0 };
  const give = (count: number) => {
    for (let i = 0; i < count; i++) {
      tick.timeMs++;
      queue.instrument(i % 1_000, tick);
    }
  };
  queue.instrument(0, tick);
  queue.seal();
  // so that the code is compiled
  give(TICKS);
  let collections = 0;
  const observer = new PerformanceObserver((list) => {
    collections += list.getEntries().length;
  });
  observer.observe({ entryTypes: ["gc"] });
  await endOfTask();
  collections = 0;
  give(TICKS);
  await endOfTask();
  observer.disconnect();
  expect(queue.stats.conflations).toBeGreaterThan(TICKS);
  expect(posted).toHaveLength(1);
  // a number a tick on the heap would fill the young generation at least once, beside what others leave there
  expect(collections).toBeLessThanOrEqual(1);
});

test("instruments that come and go are forgotten, and not the times of those that stay", () => {
  const removed = new Set<number>();
  const termsOf = (handle: number) => (removed.has(handle) ? undefined : PERP);
  const { queue, posted, rejected } = queueWith({ capacity: 1, market: { ...MARKET, termsOf } });
  queue.instrument(0, { mark: 1, timeMs: 50 });
  for (let i = 1; i <= 70_000; i++) {
    queue.instrument(i, { mark: 1, timeMs: 50 });
    queue.seal();
    removed.add(i);
  }
  posted.length = 0;
  // as if one could come back
  removed.delete(1);
  for (const instrument of [0, 1]) {
    for (const timeMs of [40, 42, 41]) queue.instrument(instrument, { mark: 1, timeMs });
  }
  // that which is late twice over
  expect(rejected).toEqual(["0 rejected-time 41"]);
  queue.seal();
  expect(passesOf(posted[0] as Float64Array)).toEqual(["0:1@42 1:1@42 1:1@41"]);
});

test("what a call must see is sent whatever is under way", async () => {
  const { queue, posted } = queueWith();
  for (let i = 1; i <= 3; i++) {
    queue.instrument(1, { mark: i, timeMs: i });
    queue.seal();
  }
  expect(posted).toHaveLength(3);
  queue.seal();
  expect(posted).toHaveLength(3);
});

test("a NaN among those that wait is refused at once, and what is late twice over", async () => {
  const { queue, posted, rejected } = queueWith({ capacity: 1 });
  queue.instrument(9, { mark: 1, timeMs: 0 });
  await endOfTask();
  queue.instrument(1, { mark: 10, timeMs: 5 });
  queue.instrument(1, { mark: 11, timeMs: 6 });
  queue.instrument(1, { mark: 12, timeMs: 4 });
  queue.instrument(1, { mark: 13, timeMs: 3 });
  queue.instrument(1, { mark: Number.NaN, timeMs: 7 });
  queue.instrument(1, { vol: Number.NaN, timeMs: 8 });
  expect(rejected).toEqual(["1 rejected-time 3", "1 rejected-price 7", "1 rejected-vol 8"]);
  queue.seal();
  // that which is late once is the engine's to refuse
  expect(passesOf(posted[1] as Float64Array)).toEqual(["1:11@6 1:12@4"]);
});

/** A market of every kind whose prices rest on others', and accounts that hold all of it. */
async function market(knows: "as registered" | "from a snapshot" = "as registered") {
  const engine = await createEngine({ tickCapacity: 64, staleAfterMs: 3, wasm });
  const tiers = [{ lower: 0, maxLeverage: 20 }];
  const brackets = { form: "max-leverage", tiers, maintenanceShare: 0.5 } as const;
  const known = new Market(() => "USD");
  const expiryMs = 1e12;
  const addAsset = (asset: AssetInput) => known.addAsset(engine.addAsset(asset), asset);
  const addInstrument = (terms: Omit<InstrumentInput, "brackets">) => {
    const instrument = { ...terms, brackets };
    return known.addInstrument(engine.addInstrument(instrument), instrument);
  };
  const usdt = addAsset({ id: "USDT", haircuts: [{ factor: 0.9 }] });
  const x = addAsset({ id: "X", underlying: "X" });
  addAsset({ id: "SOL" });
  const option = { kind: "option", option: "call", strike: 100, expiryMs } as const;
  const settled = addInstrument({ id: "X-OLD", kind: "future", underlying: "X", expiryMs: 1 });
  const instruments = [
    addInstrument({ id: "A", kind: "perp", underlying: "X" }),
    addInstrument({ id: "B", kind: "perp", underlying: "X" }),
    addInstrument({ id: "C", kind: "future", underlying: "Y", expiryMs }),
    addInstrument({ id: "D", ...option, underlying: "Y" }),
    // nothing but a mark stands in for the price of Z
    addInstrument({ id: "E", kind: "perp", underlying: "Z" }),
    addInstrument({ id: "F", kind: "perp", underlying: "Z" }),
    addInstrument({ id: "G", ...option, underlying: "Z" }),
    addInstrument({ id: "H", kind: "spot", underlying: "SOL", base: "SOL", settle: "USDT", quote: "USDT" }),
    addInstrument({ id: "I", kind: "spot", underlying: "SOL", base: "SOL", settle: "X", quote: "X" }),
  ];
  const account = engine.addAccount({ id: "me", collateral: { USD: 1e6, USDT: 1e3 } });
  engine.addAccount({ id: "coin", collateral: { X: 1, SOL: 3 } });
  for (const [i, instrument] of instruments.slice(0, 7).entries()) {
    engine.setPosition(account, instrument, { size: i % 2 === 0 ? 3 : -2, entryPrice: 100 });
  }
  engine.tick(settled, { mark: 100, timeMs: 0 });
  engine.settle(settled, { price: 100, timeMs: 1 });
  known.settleInstrument(settled);
  const [underlyings, assets] = [["X", "Y"].map((id) => engine.underlying(id) as UnderlyingHandle), [usdt, x]];
  return {
    engine,
    known: knows === "as registered" ? known : taken(engine),
    instruments: [...instruments, settled],
    underlyings,
    assets,
  };
}

/** The market as a pool knows it that goes on from an engine. */
function taken(engine: Engine): Market {
  const { callerState, handles } = engine as InThreadEngine;
  const [state, words] = [callerState.call(engine), handles.call(engine)];
  const [accounts, instruments] = [new HandleTable<AccountHandle>(), new HandleTable<InstrumentHandle>()];
  const at = instruments.take(words, new HandleTable().take(words, accounts.take(words, 1)));
  const known = new Market(() => "USD");
  known.take(state, instruments, words.subarray(at + accounts.placed.length));
  return known;
}

const price = fc.integer({ min: 900, max: 1_100 }).map((tenths) => tenths / 10);
const badPrice = fc.constantFrom(-1, 0, Number.POSITIVE_INFINITY);
const aPrice = fc.oneof({ arbitrary: price, weight: 12 }, { arbitrary: badPrice, weight: 1 });
/** The fields that a tick gives: those of most, and any. */
const fields = fc.oneof<fc.MaybeWeightedArbitrary<(keyof Tick)[]>[]>(
  {
    arbitrary: fc.constantFrom(["mark"], ["index"], ["mark", "index"], ["mark", "vol"], ["mark", "underlyingPrice"]),
    weight: 9,
  },
  { arbitrary: fc.subarray(["mark", "index", "underlyingPrice", "vol", "rate"]), weight: 1 },
);
/** A tick; now and then one that the engine refuses. */
const tick = fc.record({
  target: fc.nat(),
  fields,
  mark: aPrice,
  index: aPrice,
  underlyingPrice: aPrice,
  vol: fc.constantFrom(0.4, 0.5, 0.6, 0.7, 0.8, 20, -1, 20.5),
  rate: fc.constantFrom(0.01, 0.05, Number.POSITIVE_INFINITY),
  stepMs: fc.nat({ max: 2 }),
  // feeds are out of step, and some send what is no time
  lagMs: fc.oneof(
    { arbitrary: fc.constant(0), weight: 6 },
    { arbitrary: fc.constantFrom(1, 2, 4, 9, 20, 40, 1e6, Number.NaN), weight: 3 },
  ),
  // what waits before it is sent
  drains: fc.nat({ max: 59 }).map((of60) => of60 === 0),
});

/** When the snapshot was made, if there is one. */
const SNAPSHOT_MS = 5;

/** An engine that is given all ticks, and one that is given what a queue keeps of them while workers are behind. */
async function twins(knows: "as registered" | "from a snapshot", conflate: "latest" | "extremes") {
  const [full, conflated] = [await market(knows), await market()];
  const { engine, instruments, underlyings, assets } = full;
  const { queue, posted, rejected } = queueWith({ capacity: 1, passRowsMax: 64, conflate, market: full.known });
  const statuses: string[] = [];
  let counted = 0;
  // of what a snapshot holds the queue does not know
  for (const { engine } of knows === "from a snapshot" ? [full, conflated] : []) {
    const [a, , , d, , , g] = instruments as InstrumentHandle[];
    engine.tick(a as InstrumentHandle, { mark: 99, index: 98, timeMs: 2 });
    engine.tick(d as InstrumentHandle, { mark: 11, underlyingPrice: 97, timeMs: SNAPSHOT_MS });
    engine.tick(g as InstrumentHandle, { mark: 12, rate: 0.02, timeMs: 4 });
    engine.tickAsset(assets[1] as AssetHandle, { price: 96, timeMs: 3 });
  }
  // one is under way, so that all that follow wait
  queue.asset(assets[0] as AssetHandle, { price: 1, timeMs: 0 });
  queue.seal();
  engine.tickAsset(assets[0] as AssetHandle, { price: 1, timeMs: 0 });
  return {
    things: instruments.length + underlyings.length + assets.length,
    /** A tick of one of its things, which are instruments, then underlyings, then assets: a price is the mark of the others. */
    give(thing: number, tick: Tick) {
      const instrument = instruments[thing];
      if (instrument !== undefined) {
        statuses.push(engine.tick(instrument, tick));
        queue.instrument(instrument, tick);
        return;
      }
      const priced = { price: tick.mark as number, timeMs: tick.timeMs };
      const underlying = underlyings[thing - instruments.length];
      if (underlying === undefined) {
        const asset = assets[thing - instruments.length - underlyings.length] as AssetHandle;
        statuses.push(engine.tickAsset(asset, priced));
        queue.asset(asset, priced);
      } else {
        statuses.push(engine.tickUnderlying(underlying, priced));
        queue.underlying(underlying, priced);
      }
    },
    /** Sends what waits, and compares. */
    drain() {
      queue.seal();
      for (const batch of posted.splice(0)) {
        const rejections = applyBatch(conflated.engine, batch) ?? [];
        for (let at = REJECTION_WORDS - 1; at < rejections.length; at += REJECTION_WORDS)
          counted += rejections[at] as number;
      }
      expect(stateOf(conflated.engine)).toEqual(stateOf(engine));
    },
    totals: () => ({
      conflations: queue.stats.conflations,
      refused: statuses.filter((status) => status !== "applied").length,
      counted: counted + rejected.length,
    }),
  };
}

test.each(["as registered", "from a snapshot"] as const)(
  "conflated ticks lead to the state, bit for bit, to which all of them lead, and what is refused is counted: a market %s",
  async (knows) => {
    let [conflations, refused, counted] = [0, 0, 0];
    const property = fc.asyncProperty(
      fc.array(tick, { minLength: 1, maxLength: 400, size: "max" }),
      fc.boolean(),
      async (ticks, keepsExtremes) => {
        const { things, give, drain, totals } = await twins(knows, keepsExtremes ? "extremes" : "latest");
        let nowMs = SNAPSHOT_MS;
        const isBeforeSnapshot = (timeMs: number) => knows === "from a snapshot" && timeMs >= 0 && timeMs < SNAPSHOT_MS;
        for (const { target, fields, stepMs, lagMs, drains, ...values } of ticks) {
          nowMs += stepMs;
          if (drains) drain();
          const thing = target % things;
          const given = thing < INSTRUMENTS ? fields : (["mark"] as const);
          const prices = Object.fromEntries(given.map((field) => [field, values[field as keyof typeof values]]));
          const timeMs = nowMs - lagMs;
          give(thing, { ...prices, timeMs: isBeforeSnapshot(timeMs) ? SNAPSHOT_MS : timeMs });
        }
        drain();
        const all = totals();
        conflations += all.conflations;
        refused += all.refused;
        counted += all.counted;
        expect(all.counted).toBeLessThanOrEqual(all.refused);
      },
    );
    await fc.assert(property, { numRuns: RUNS, seed: 5, endOnFailure: true });
    expect(conflations).toBeGreaterThan(20 * RUNS);
    // what has been refused and has made place for one that was not has been left out like any other
    expect(counted / refused).toBeCloseTo(1, 2);
  },
);

/** Things of the market by their place among the twins'. */
const [E, F, G, INSTRUMENTS, X, X_ASSET] = [4, 5, 6, 10, 10, 13];

test.each<[claim: string, before: [number, Tick][], behind: [number, Tick][], conflations: number]>([
  [
    "a mark waits in the engine for its first forward",
    [[G, { mark: 12, timeMs: 1 }]],
    [
      [G, { underlyingPrice: 100, timeMs: 3 }],
      [G, { underlyingPrice: 110, timeMs: 4 }],
      [G, { underlyingPrice: 120, timeMs: 5 }],
    ],
    1,
  ],
  [
    "a mark waits in the engine for the first price of its underlying, and is read at the rate of that moment",
    [[G, { mark: 12, timeMs: 1 }]],
    [
      [G, { rate: 0.01, timeMs: 2 }],
      [E, { mark: 100, timeMs: 3 }],
      [E, { mark: 110, timeMs: 4 }],
      [G, { rate: 0.05, timeMs: 5 }],
      [E, { mark: 120, timeMs: 6 }],
    ],
    1,
  ],
  [
    "a feed steps back behind what it sent before",
    [
      [F, { index: 100, timeMs: 130 }],
      [E, { mark: 100, timeMs: 200 }],
    ],
    [
      [E, { mark: 100, index: 101, timeMs: 150 }],
      [F, { mark: 110, index: 110, timeMs: 140 }],
      [G, { mark: 12, timeMs: 200 }],
      [F, { mark: 120, index: 120, timeMs: 145 }],
      [F, { mark: 130, index: 130, timeMs: 146 }],
    ],
    1,
  ],
  [
    "an asset that has left its underlying takes a tick that is older than the price of that, and later refuses one",
    [],
    [
      [X_ASSET, { mark: 100, timeMs: 10 }],
      [X, { mark: 100, timeMs: 70 }],
      [X_ASSET, { mark: 101, timeMs: 60 }],
      [X_ASSET, { mark: 101, timeMs: 62 }],
      [X_ASSET, { mark: 102, timeMs: 75 }],
      [X_ASSET, { mark: 103, timeMs: 65 }],
    ],
    0,
  ],
])("conflated ticks lead where all of them lead when %s", async (_claim, before, behind, conflations) => {
  const { give, drain, totals } = await twins("as registered", "latest");
  for (const ticks of [before, behind]) {
    for (const [thing, tick] of ticks) give(thing, tick);
    drain();
  }
  const all = totals();
  expect(all.conflations).toBe(conflations);
  expect(all.counted).toBe(all.refused);
});

/** Every account's figures, and all that they rest on: the digest would hold the events too, of which a conflated stream has fewer. */
function stateOf(engine: Engine) {
  const { row: _, ...columns } = engine.columns();
  const accounts = ["me", "coin"].map((id) => engine.assess(engine.account(id) as AccountHandle));
  return structuredClone({
    columns,
    accounts: accounts.map(({ liquidation, ...figures }) => figures),
    timeMs: engine.timeMs,
  });
}

test("every refusal of a batch comes back with its status", async () => {
  const { engine, instruments, assets } = await market();
  const asset = assets[0] as AssetHandle;
  const { queue, posted } = queueWith({ capacity: 64 });
  const [first, second] = instruments as [InstrumentHandle, InstrumentHandle];
  queue.instrument(first, { mark: 100, timeMs: 10 });
  queue.instrument(first, { mark: 100, timeMs: 9 });
  queue.instrument(second, { mark: -1, timeMs: 10 });
  queue.instrument(second, { mark: 1, vol: -1, timeMs: 10 });
  queue.instrument(777, { mark: 1, timeMs: 10 });
  queue.asset(asset, { price: Number.NaN, timeMs: 10 });
  queue.underlying(777, { price: 1, timeMs: 10 });
  queue.seal();
  const rejections = applyBatch(engine, posted[0] as Float64Array) ?? new Float64Array();
  const lines = Array.from({ length: rejections.length / REJECTION_WORDS }, (_, i) => {
    const [target, handle, status, timeMs] = rejections.subarray(i * REJECTION_WORDS);
    return `${target} ${handle} ${TICK_STATUSES[status as number]} ${timeMs}`;
  });
  expect(lines).toEqual([
    `0 ${first} rejected-time 9`,
    `0 ${second} rejected-price 10`,
    `0 ${second} rejected-vol 10`,
    "0 777 rejected-handle 10",
    `1 ${asset} rejected-price 10`,
    "2 777 rejected-handle 10",
  ]);
});

test("a setting that is given as undefined is the default", async () => {
  const market = new Market(() => "USD");
  const gold = market.addAsset(1 as AssetHandle, { id: "GOLD" });
  const posted: Float64Array[] = [];
  const tickQueue = { capacity: undefined, conflate: undefined } as unknown as TickQueueSettings;
  const intake = new TickIntake(market, (words) => posted.push(words), { tickQueue });
  for (let timeMs = 1; timeMs <= 3; timeMs++) intake.asset(gold, { price: 5, timeMs });
  await endOfTask();
  expect(posted.map((words) => words.length / ROW_WORDS)).toEqual([3]);
});

/** A row's handle, price, time and source. */
const rowOf = (batch: Float64Array, row: number) =>
  [ROW.handle, ROW.mark, ROW.timeMs, ROW.source].map((field) => batch[row * ROW_WORDS + field]);

test("conflated, ticks of more things than there is room for at first are all kept, in passes of the size asked for", () => {
  const { queue, posted } = queueWith({ passRowsMax: 120 });
  const things = Array.from({ length: 300 }, (_, i) => i + 1);
  queue.instrument(0, { mark: 1, timeMs: 1 });
  queue.seal();
  for (const round of [1, 2]) {
    for (const i of things) queue.instrument(i, { mark: i / 2, timeMs: 1_000 * round + i, source: 1000 + i });
  }
  expect(queue.stats.depth).toBe(300);
  queue.acknowledge(1);
  queue.seal();
  const batch = posted[1] as Float64Array;
  expect(passesOf(batch).map((pass) => pass.split(" ").length)).toEqual([120, 120, 60]);
  expect(things.map((_, row) => rowOf(batch, row))).toEqual(things.map((i) => [i, i / 2, 2_000 + i, 1000 + i]));
  // what has been drained makes room for as many
  queue.acknowledge(1);
  for (const i of things) queue.underlying(i, { price: i, timeMs: 300, source: i });
  queue.seal();
  const rest = posted.slice(2);
  const rows = rest.flatMap((part) => Array.from({ length: part.length / ROW_WORDS }, (_, row) => rowOf(part, row)));
  expect(rows).toEqual(things.map((i) => [i, i, 300, i]));
});

test("columns of ticks are one pass, and they and lone prices leave at the end of their task", async () => {
  const { queue, posted } = queueWith({ capacity: 64, batchesInFlightMax: 8 });
  const column = (...numbers: number[]) => Float64Array.from(numbers);
  const none = column(Number.NaN, Number.NaN, Number.NaN);
  const prices = { mark: column(5, 6, 7), index: none, underlyingPrice: none, vol: none, rate: none };
  const handles = Uint32Array.of(1, 2, 3) as Uint32Array & { [row: number]: InstrumentHandle };
  const ticks = { instrument: handles, ...prices, timeMs: column(8, 9, 10), source: Uint32Array.of(11, 12, 13) };
  queue.columns(ticks as unknown as Parameters<typeof queue.columns>[0], 3);
  expect(posted).toEqual([]);
  await endOfTask();
  queue.asset(4, { price: 14, timeMs: 15, source: 16 });
  await endOfTask();
  expect(posted.map(passesOf)).toEqual([["1:5@8 2:6@9 3:7@10"], ["4:14@15"]]);
  const [first, second] = posted as [Float64Array, Float64Array];
  expect([0, 1, 2].map((row) => rowOf(first, row)[3])).toEqual([11, 12, 13]);
  expect(rowOf(second, 0)).toEqual([4, 14, 15, 16]);
});

test("a pass of more rows than an engine takes at once is applied in parts, and every field goes where it belongs", () => {
  const capacity = 4;
  const told: unknown[] = [];
  const fields = ["instrument", "mark", "index", "underlyingPrice", "vol", "rate", "timeMs", "source"] as const;
  const columns = Object.fromEntries(fields.map((name) => [name, new Float64Array(capacity)]));
  const status = new Uint8Array(capacity);
  const engine = {
    ticks: { ...columns, status, capacity },
    applyTicks(count: number) {
      const row = (at: number) => fields.map((name) => columns[name]?.[at]);
      for (let at = 0; at < count; at++) told.push(row(at));
      // those of odd handles are refused
      for (let at = 0; at < count; at++) status[at] = (columns.instrument?.[at] as number) % 2;
      return status.subarray(0, count).filter((code) => code === 0).length;
    },
    tickAsset: (handle: number, tick: object) => told.push(["asset", handle, tick]) && "applied",
    tickUnderlying: (handle: number, tick: object) => told.push(["underlying", handle, tick]) && "applied",
  };
  const { queue, posted } = queueWith({ capacity: 64 });
  const ticks = Array.from({ length: 10 }, (_, i) => ({
    instrument: i,
    ...{
      mark: i + 0.1,
      index: i + 0.2,
      underlyingPrice: i + 0.3,
      vol: i + 0.4,
      rate: i + 0.5,
      timeMs: 100 + i,
      source: i,
    },
  }));
  const all = Object.fromEntries(fields.map((name) => [name, Float64Array.from(ticks, (tick) => tick[name])]));
  queue.asset(7, { price: 1, timeMs: 2, source: 3 });
  queue.columns(all as unknown as Parameters<typeof queue.columns>[0], 10);
  queue.underlying(8, { price: 4, timeMs: 5, source: 6 });
  queue.seal();
  const rejections = applyBatch(engine as unknown as Engine, posted[0] as Float64Array) ?? new Float64Array();
  expect(told).toEqual([
    ["asset", 7, { price: 1, timeMs: 2, source: 3 }],
    ...ticks.map((tick) => fields.map((name) => tick[name])),
    ["underlying", 8, { price: 4, timeMs: 5, source: 6 }],
  ]);
  const refused = [1, 3, 5, 7, 9].flatMap((handle) => [0, handle, 1, 100 + handle, 1]);
  expect(Array.from(rejections)).toEqual(refused);
});
