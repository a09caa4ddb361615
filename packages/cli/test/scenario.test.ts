import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createEngine } from "plimsoll";
import { describe, expect, test } from "vitest";
import { followAccount } from "../src/scenario/follow.js";
import { type AccountPlan, runScenario, scenarioStream } from "../src/scenario/index.js";
import { Random, shuffle, wholePart } from "../src/scenario/random.js";

/** sfc32 as its author states it, in whole numbers without machine words: an oracle for the fast one. */
function* sfc32(a: bigint, b: bigint, c: bigint): Generator<bigint> {
  const mask = (1n << 32n) - 1n;
  let counter = 1n;
  for (;;) {
    const sum = (a + b + counter) & mask;
    counter = (counter + 1n) & mask;
    a = b ^ (b >> 9n);
    b = (c + (c << 3n)) & mask;
    c = (((c << 21n) | (c >> 11n)) + sum) & mask;
    yield sum;
  }
}

describe("Random", () => {
  test("the bits are those of sfc32 after sixteen rounds", () => {
    for (const [seed, stream] of [
      [0, 0],
      [1, 2],
      [0xffff_ffff, 0x8000_0000],
    ] as const) {
      const random = new Random(seed, stream);
      const oracle = sfc32(BigInt(seed), BigInt(stream), 0x9e3779b9n);
      for (let round = 0; round < 16; round++) oracle.next();
      for (let draw = 0; draw < 1_000; draw++) expect(BigInt(random.bits())).toBe(oracle.next().value);
    }
  });

  test("normals have mean 0 and variance 1", () => {
    const random = new Random(3, 0);
    const draws = Array.from({ length: 200_000 }, () => random.normal());
    const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
    const variance = draws.reduce((sum, x) => sum + x * x, 0) / draws.length;
    expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(draws.length)); // five standard errors
    expect(Math.abs(variance - 1)).toBeLessThan((5 * Math.sqrt(2)) / Math.sqrt(draws.length));
  });

  test("wholePart is the part before the point, for both signs and beyond 2³²", () => {
    for (const value of [0.5, 7, 7.9, -7.9, 4_294_967_296.75, 9_007_199_254_740_991])
      expect(wholePart(value)).toBe(Math.trunc(value));
  });

  test("shuffle keeps every item and moves most", () => {
    const items = Array.from({ length: 100 }, (_, k) => k);
    const shuffled = shuffle([...items], new Random(1, 1));
    expect([...shuffled].sort((a, b) => a - b)).toEqual(items);
    expect(shuffled.filter((item, k) => item !== k).length).toBeGreaterThan(80);
  });
});

describe("the generator", () => {
  test("uses no platform Math, no power, no clock and no randomness of its own, so that it is the same everywhere", async () => {
    const directory = fileURLToPath(new URL("../src/scenario/", import.meta.url));
    const generator = ["random.ts", "market.ts", "setup.ts", "accounts.ts", "stream.ts", "operations.ts"];
    expect(await readdir(directory)).toEqual(expect.arrayContaining(generator));
    for (const file of generator) {
      const code = (await readFile(`${directory}${file}`, "utf8")).replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
      expect(code.match(/\bMath\b|\*\*|\bDate\b|\bperformance\b|toFixed|toLocale|from "node:/g), file).toBeNull();
    }
  });

  test("the same seed gives the same operations, another seed others", () => {
    const text = (seed: number) => {
      const { setup, plans, steps } = scenarioStream({ seed, accounts: 50 });
      const life = [...steps].slice(0, 40);
      return JSON.stringify([setup, plans, life]);
    };
    expect(text(1)).toBe(text(1));
    expect(text(2)).not.toBe(text(1));
  });

  test("a stream names nothing before it introduces it, and settles what expires within the day", () => {
    const { setup, plans, steps } = scenarioStream({ seed: 1, accounts: 300 });
    const operations = [
      ...setup,
      ...plans.flatMap((plan) => plan.operations),
      ...[...steps].flatMap((step) => step.operations),
    ];
    const kinds = new Set(operations.map(({ op }) => op));
    expect([...kinds].sort()).toEqual([
      "account",
      "asset",
      "cancel",
      "deposit",
      "fill",
      "fund",
      "instrument",
      "isolate",
      "order",
      "settle",
      "tick",
      "underlying",
      "withdraw",
    ]);
    const lastTickMs = new Map<number, number>();
    for (const operation of operations) {
      if (operation.op !== "tick") continue;
      expect(operation.timeMs).toBeGreaterThanOrEqual(lastTickMs.get(operation.instrument) ?? 0);
      lastTickMs.set(operation.instrument, operation.timeMs);
    }
  });
});

test("an account that is followed alone has at every step the figures that it has among the others", async () => {
  const options = { seed: 1, accounts: 120 };
  const seller = scenarioStream(options).plans.find((plan) => plan.kind === "option seller" && plan.hasCoinCollateral);
  const plan = seller as AccountPlan;
  const track = await followAccount(createEngine, options, plan);
  const among: { timeMs: number; equity: number; maintenance: number; roots: (number | null)[] }[] = [];
  await runScenario(createEngine, options, {
    onStep(_step, _of, { timeMs }, engine, applier) {
      const account = applier.account(plan.account);
      const { equity, maintenance, liquidation } = engine.assess(account);
      const { down, up } = liquidation.for(track.underlying);
      among.push({ timeMs, equity, maintenance, roots: [down[0]?.price ?? null, up[0]?.price ?? null] });
      return undefined;
    },
  });
  const alone = track.points.map(({ timeMs, equity, maintenance, down, up }) => ({
    timeMs,
    equity,
    maintenance,
    roots: [down, up],
  }));
  expect(alone).toEqual(among);
});

describe("the digest", () => {
  const options = { seed: 1, accounts: 400 };

  test("does not change when the accounts are permuted", async () => {
    const plain = await runScenario(createEngine, options);
    for (const permuteWith of [1, 2])
      expect((await runScenario(createEngine, { ...options, permuteWith })).digest).toBe(plain.digest);
  });

  test("does not change when every account is reassessed at every tick", async () => {
    const plain = await runScenario(createEngine, options);
    expect(await runScenario(createEngine, { ...options, reassessAtEveryTick: true })).toEqual(plain);
  }, 120_000);

  test("changes with a single account", async () => {
    const plain = await runScenario(createEngine, options);
    const other = await runScenario(createEngine, { ...options, accounts: 399 });
    expect(other.digest).not.toBe(plain.digest);
  });
});
