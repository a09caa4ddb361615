import { PerformanceObserver } from "node:perf_hooks";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { createEngine } from "../src/engine/create-engine.js";
import { TICK_STATUSES } from "../src/names.js";
import type { AssetHandle, Engine, InstrumentHandle, Tick } from "../src/types.js";
import { applyBatch } from "../src/worker/data-plane.js";
import { Market } from "../src/worker/market.js";
import { TickIntake } from "../src/worker/tick-intake.js";
import { TickQueue, type TickQueueOptions } from "../src/worker/tick-queue.js";
import { REJECTION_WORDS, ROW, ROW_WORDS } from "../src/worker/tick-row.js";
import type { TickQueueSettings } from "../src/worker/types.js";

const DEFAULTS = { capacity: 4, passRowsMax: 1024, conflate: "latest", batchesInFlightMax: 1 } as const;

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

test("a tick that is late among those that wait is refused, and so is a NaN", async () => {
  const { queue, rejected } = queueWith({ capacity: 1 });
  queue.instrument(9, { mark: 1, timeMs: 0 });
  await endOfTask();
  queue.instrument(1, { mark: 10, timeMs: 5 });
  queue.instrument(1, { mark: 11, timeMs: 6 });
  queue.instrument(1, { mark: 12, timeMs: 4 });
  queue.instrument(1, { mark: Number.NaN, timeMs: 7 });
  queue.instrument(1, { vol: Number.NaN, timeMs: 8 });
  expect(rejected).toEqual(["1 rejected-time 4", "1 rejected-price 7", "1 rejected-vol 8"]);
});

test("a late index among those that wait is left out, and not the mark beside it", async () => {
  const { queue, posted, rejected } = queueWith({ capacity: 1, underlyingOf: () => 7 });
  queue.instrument(9, { mark: 1, timeMs: 0 });
  await endOfTask();
  queue.instrument(1, { mark: 10, index: 100, timeMs: 6 });
  queue.instrument(2, { mark: 11, index: 99, timeMs: 5 });
  queue.instrument(2, { index: 99, timeMs: 5 });
  queue.seal();
  const rows = posted.at(-1) as Float64Array;
  const words = [0, 1].map((row) => Array.from(rows.subarray(row * ROW_WORDS + ROW.handle, row * ROW_WORDS + ROW.vol)));
  expect(words).toEqual([
    [1, 10, 100, Number.NaN],
    [2, 11, Number.NaN, Number.NaN],
  ]);
  expect(rejected).toEqual(["2 rejected-time 5"]);
});

const INSTRUMENTS = 4;

/** Two perpetuals of one underlying, a future and an option of another, and an account that holds them all. */
async function market() {
  const engine = await createEngine({ tickCapacity: 64, staleAfterMs: 3, wasm });
  const tiers = [{ lower: 0, maxLeverage: 20 }];
  const common = { brackets: { form: "max-leverage", tiers, maintenanceShare: 0.5 } } as const;
  const expiryMs = 1e12;
  const instruments = [
    engine.addInstrument({ id: "A", kind: "perp", underlying: "X", ...common }),
    engine.addInstrument({ id: "B", kind: "perp", underlying: "X", ...common }),
    engine.addInstrument({ id: "C", kind: "future", underlying: "Y", expiryMs, ...common }),
    engine.addInstrument({
      id: "D",
      kind: "option",
      option: "call",
      strike: 100,
      underlying: "Y",
      expiryMs,
      ...common,
    }),
  ];
  const asset = engine.addAsset({ id: "USDT", haircuts: [{ factor: 0.9 }] });
  engine.addAsset({ id: "X", underlying: "X" });
  const account = engine.addAccount({ id: "me", collateral: { USD: 1e6, USDT: 1e3 } });
  engine.addAccount({ id: "coin", collateral: { X: 1 } });
  for (const [i, instrument] of instruments.entries()) {
    engine.setPosition(account, instrument, { size: i % 2 === 0 ? 3 : -2, entryPrice: 100 });
  }
  return { engine, instruments, asset };
}

const price = fc.integer({ min: 900, max: 1_100 }).map((tenths) => tenths / 10);
const maybe = (value: fc.Arbitrary<number>) => fc.option(value, { nil: undefined, freq: 2 });
const badPrice = fc.constantFrom(-1, 0, Number.POSITIVE_INFINITY);
/** A tick with the fields that are there; now and then one that the engine refuses. */
const tick = fc.record({
  target: fc.nat({ max: INSTRUMENTS }),
  mark: maybe(fc.oneof({ arbitrary: price, weight: 9 }, { arbitrary: badPrice, weight: 1 })),
  index: maybe(fc.oneof({ arbitrary: price, weight: 9 }, { arbitrary: badPrice, weight: 1 })),
  vol: maybe(fc.constantFrom(0.4, 0.5, 0.6, 20, -1, 60)),
  stepMs: fc.nat({ max: 2 }),
});
const given = (fields: Readonly<Record<string, number | undefined>>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

test("conflated ticks lead to the state, bit for bit, to which all of them lead", async () => {
  let conflations = 0;
  const property = fc.asyncProperty(
    fc.array(tick, { minLength: 1, maxLength: 60, size: "max" }),
    fc.boolean(),
    async (ticks, keepsExtremes) => {
      const [full, conflated] = [await market(), await market()];
      const conflate = keepsExtremes ? "extremes" : "latest";
      const underlyingOf = (instrument: number) => full.instruments.indexOf(instrument as InstrumentHandle) >> 1;
      const { queue, posted } = queueWith({ capacity: 1, passRowsMax: 64, conflate, underlyingOf });
      // one is under way, so that all that follow wait
      queue.asset(full.asset, { price: 1, timeMs: 0 });
      queue.seal();
      full.engine.tickAsset(full.asset, { price: 1, timeMs: 0 });
      let timeMs = 0;
      for (const { target, mark, index, vol, stepMs } of ticks) {
        timeMs += stepMs;
        const instrument = full.instruments[target];
        if (instrument === undefined) {
          full.engine.tickAsset(full.asset, { price: mark ?? -1, timeMs });
          queue.asset(full.asset, { price: mark ?? -1, timeMs });
          continue;
        }
        // an option's mark is read at the forward of that moment, so it comes with it
        const underlyingPrice =
          instrument === full.instruments[INSTRUMENTS - 1] && mark !== undefined ? 100 : undefined;
        const fields = { ...given({ mark, index, vol, underlyingPrice }), timeMs } as Tick;
        full.engine.tick(instrument, fields);
        queue.instrument(instrument, fields);
      }
      conflations += queue.stats.conflations;
      queue.seal();
      for (const batch of posted) applyBatch(conflated.engine, batch);
      expect(figuresOf(conflated.engine)).toEqual(figuresOf(full.engine));
    },
  );
  await fc.assert(property, { numRuns: 150, seed: 5 });
  expect(conflations).toBeGreaterThan(1_000);
});

/** Every account's figures: the digest would hold the events too, of which a conflated stream has fewer. */
function figuresOf(engine: Engine) {
  const { row: _, ...columns } = engine.columns();
  return structuredClone(columns);
}

test("every refusal of a batch comes back with its status", async () => {
  const { engine, instruments, asset } = await market();
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
  const market = new Market();
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
    for (const i of things) queue.instrument(i, { mark: i / 2, timeMs: round * i, source: 1000 + i });
  }
  expect(queue.stats.depth).toBe(300);
  queue.acknowledge(1);
  queue.seal();
  const batch = posted[1] as Float64Array;
  expect(passesOf(batch).map((pass) => pass.split(" ").length)).toEqual([120, 120, 60]);
  expect(things.map((_, row) => rowOf(batch, row))).toEqual(things.map((i) => [i, i / 2, 2 * i, 1000 + i]));
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
  const refused = [1, 3, 5, 7, 9].flatMap((handle) => [0, handle, 1, 100 + handle]);
  expect(Array.from(rejections)).toEqual(refused);
});
