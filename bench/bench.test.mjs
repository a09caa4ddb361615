import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { BANDS } from "plimsoll";
import { expect, test } from "vitest";
import { whyNot } from "../test/browser/browsers.mjs";
import { requireAgreement, requireAgreementOrBothNaN, requireFigures, WrongAnswer } from "./answers.mjs";
import { measure } from "./harness.mjs";
import { INSTRUMENTS, seededBook } from "./inputs/book.mjs";
import { EngineWithBook } from "./inputs/engine.mjs";
import { table } from "./report.mjs";
import { exactLookUp, exactMax, FullPassRival, IncrementalRival, plainLookUp, plainMax } from "./rivals/book.mjs";
import { requireSameColumns } from "./rivals/figures.mjs";
import { jsCsrBest } from "./rivals/health.mjs";
import { comparison, isFarOff } from "./row.mjs";

const main = fileURLToPath(new URL("main.mjs", import.meta.url));

test("an unknown option or question is one line with the nearest name, and exit code 2", () => {
  for (const [word, nearest] of [
    ["--shrot", "--short"],
    ["reases", "reassess"],
  ]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, word], { encoding: "utf8" });
    expect(status).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(new RegExp(`^bench: .*${word}.*${nearest}\\?\n$`));
  }
});

test("an answer that differs, is missing or is NaN is wrong", () => {
  const agree = (/** @type {number[]} */ ours, /** @type {number[]} */ theirs) =>
    requireAgreement("sum", ours, theirs, () => 0.5);
  expect(() => agree([1, 2], [1.5, 1.5])).not.toThrow();
  expect(() => agree([1, 2], [1, 2.75])).toThrow(WrongAnswer);
  expect(() => agree([1, Number.NaN], [1, Number.NaN])).toThrow(WrongAnswer);
  expect(() => agree([1, 2], [1])).toThrow(WrongAnswer);
  const agreeOrNaN = (/** @type {number[]} */ ours, /** @type {number[]} */ theirs) =>
    requireAgreementOrBothNaN("leverage", ours, theirs, () => 0.5);
  expect(() => agreeOrNaN([1, Number.NaN], [1.5, Number.NaN])).not.toThrow();
  expect(() => agreeOrNaN([1, Number.NaN], [1, 0])).toThrow(WrongAnswer);
  expect(() => agreeOrNaN([1, 0], [1, Number.NaN])).toThrow(WrongAnswer);
  expect(() => agreeOrNaN([1, Number.NaN], [2, Number.NaN])).toThrow(WrongAnswer);
  expect(() => requireFigures("sum", { equity: 1 }, { equity: 1 }, 0)).not.toThrow();
  expect(() => requireFigures("sum", { equity: 1 }, { equity: 1, initial: 2 }, 0.1)).toThrow(WrongAnswer);
});

test("a ratio is the median of the ratios inside rounds, not the ratio of medians", async () => {
  const inRounds = (/** @type {number[]} */ times) => {
    let call = -1; // the first one warms up
    return () => times[Math.max(call++, 0) % times.length];
  };
  const timing = await measure({ ours: inRounds([1, 10, 2]), peer: inRounds([5, 30, 4]) });
  const row = comparison({ work: "w", beside: "p", timing, ours: "ours", peer: "peer", goal: { min: 3 }, unit: "ns" });
  // over eleven rounds the medians are 2 and 5; of the ratios 5, 3, 2 it is 3
  expect(row).toMatchObject({ ours: 2, peer: 5, ratio: 3 });
  expect(comparison({ ...row, timing, ours: "ours", peer: "peer", goal: { max: 0.3 } }).ratio).toBeCloseTo(1 / 3);
});

test("a goal that is missed is said plainly", () => {
  const row = { work: "w", beside: "p", runtime: "r", ours: 2, peer: 5, ratio: 2.5, unit: "ns" };
  expect(table([{ ...row, goal: { min: 3 } }])).toMatch(/2\.50 × +≥ 3 +falls short$/);
  expect(table([{ ...row, goal: { min: 2.5 } }])).toMatch(/met$/);
});

test("a gate closes where a goal is missed by more than 30 %", () => {
  const row = { work: "w", beside: "p", runtime: "r", ours: 1, peer: 1, unit: "ns" };
  expect(isFarOff({ ...row, ratio: 0.71, goal: { min: 1 } })).toBe(false);
  expect(isFarOff({ ...row, ratio: 0.69, goal: { min: 1 } })).toBe(true);
  expect(isFarOff({ ...row, ratio: 1.29, goal: { max: 1 } })).toBe(false);
  expect(isFarOff({ ...row, ratio: 1.31, goal: { max: 1 } })).toBe(true);
  expect(isFarOff({ ...row, ratio: 0.1, goal: null })).toBe(false);
});

test("every rival says what a sum over objects says", () => {
  const book = seededBook({ accounts: 50, positions: 20, seed: 1 });
  const { accounts, offsets, instrument, size, entryPrice, cash, tiers, prices } = book;
  const [, marks] = prices;
  const expected = Array.from({ length: accounts }, (_, a) => {
    const figures = { equity: cash[a], initial: 0, maintenance: 0 };
    for (let p = offsets[a]; p < offsets[a + 1]; p++) {
      const k = instrument[p];
      figures.equity += size[p] * (marks[k] - entryPrice[p]);
      const notional = Math.abs(size[p]) * marks[k];
      for (const [i, { lower, maxLeverage }] of tiers[k].entries()) {
        const part = Math.max(0, Math.min(notional, tiers[k][i + 1]?.lower ?? Number.POSITIVE_INFINITY) - lower);
        figures.initial += part / maxLeverage;
        figures.maintenance += part / maxLeverage / 2;
      }
    }
    return figures;
  });
  for (const way of [plainMax, plainLookUp, exactMax, exactLookUp]) {
    const rival = new FullPassRival(book, way);
    rival.assess(marks);
    for (const [a, figures] of expected.entries()) {
      expect(rival.figures.equity[a]).toBeCloseTo(figures.equity, 6);
      expect(rival.figures.initial[a]).toBeCloseTo(figures.initial, 6);
      expect(rival.figures.maintenance[a]).toBeCloseTo(figures.maintenance, 6);
    }
  }
});

test("plain sums with tiers by max are the yardstick's two figures", () => {
  const book = seededBook({ accounts: 50, positions: 20, seed: 1 });
  const { accounts, offsets, instrument, size, tiers, prices } = book;
  const [marks] = prices;
  const rival = new FullPassRival(book, plainMax);
  rival.assess(marks);
  // the yardstick's record of 16: price, weights of 1 at 2 to 5, then pairs of initial and maintenance
  const records = new Float64Array(16 * INSTRUMENTS);
  for (const [k, [first, second, third]] of tiers.entries()) {
    const rates = [first, second, third].map(({ maxLeverage }) => 1 / maxLeverage);
    const steps = [rates[0], rates[1] - rates[0], rates[2] - rates[1]];
    const pairs = steps.map((step) => [step, step / 2]);
    records.set([marks[k], 0, 1, 1, 1, 1, ...pairs[0], second.lower, third.lower, ...pairs[1], ...pairs[2]], 16 * k);
  }
  const health = new Float64Array(2 * accounts);
  jsCsrBest(accounts, offsets, instrument, size, records, rival.cash, health);
  const { equity, initial, maintenance } = rival.figures;
  for (let a = 0; a < accounts; a++) {
    // cash of 10⁶, whose double has 2⁻³³ to spare: some 10⁻⁹ over 20 sums
    expect(Math.abs(health[2 * a] - (equity[a] - initial[a]))).toBeLessThan(2e-9);
    expect(Math.abs(health[2 * a + 1] - (equity[a] - maintenance[a]))).toBeLessThan(2e-9);
  }
});

test("rivals give the engine's columns and events on a book that crosses every band", async () => {
  const book = seededBook({ accounts: 400, positions: 20, seed: 3 });
  // between nothing and twice the usual requirement
  const poor = { ...book, cash: book.cash.map((_, a) => 300 * a) };
  const ours = await EngineWithBook.of(poor);
  const full = new FullPassRival(poor, exactLookUp);
  const told = () =>
    ours.engine.drainEvents().map(({ account, from, to, equity, maintenance }) => ({
      account: ours.columns.row(account),
      from: BANDS.indexOf(from),
      to: BANDS.indexOf(to),
      equity,
      maintenance,
    }));
  const seen = new Set();
  for (const prices of [...book.prices, ...book.prices]) {
    requireSameColumns("full pass", ours.assess(prices), pass(full, prices), 0, poor.cash);
    const events = told();
    expect(events).toEqual(full.figures.events.map(({ driver, ...event }) => event));
    full.figures.events.length = 0;
    for (const { to } of events) seen.add(to);
  }
  expect(seen.size).toBe(BANDS.length);

  const [last, next] = [/** @type {Float64Array} */ (book.prices.at(-1)), book.prices[0]];
  const incremental = new IncrementalRival(poor, last);
  incremental.figures.band.set(ours.columns.band);
  for (let k = 0; k < INSTRUMENTS; k++) {
    ours.tick(k, next[k]);
    incremental.tick(k, next[k], k);
  }
  requireSameColumns("ticks", ours.columns, incremental.figures, 0, poor.cash);
  const events = told();
  expect(events.length).toBeGreaterThan(0);
  expect(events).toEqual(incremental.figures.events.map(({ driver, ...event }) => event));
  ours.engine.dispose();
});

test("differences of exact sums end at the bits of a full pass", () => {
  const book = seededBook({ accounts: 50, positions: 20, seed: 2 });
  const full = new FullPassRival(book, exactLookUp);
  const incremental = new IncrementalRival(book, book.prices[0]);
  for (const marks of [...book.prices, ...book.prices]) {
    full.assess(marks);
    for (let k = 0; k < INSTRUMENTS; k++) expect(incremental.tick(k, marks[k], 1)).toBe(true);
  }
  expect(incremental.figures).toEqual(full.figures);
  expect(incremental.tick(0, Number.NaN, 1)).toBe(false);
  expect(incremental.tick(0, 1, 0)).toBe(false);
});

/**
 * @param {FullPassRival} rival
 * @param {Float64Array} prices
 */
function pass(rival, prices) {
  rival.assess(prices);
  return rival.figures;
}

test("the page with a market in workers runs in Chromium, and its figures are told", ({ skip }) => {
  const reason = whyNot("chromium");
  if (reason !== undefined) skip(reason);
  const args = [main, "page", "--short", "--browser", "chromium", "--json"];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  /** @type {{ work: string, ours: number }[]} */
  const rows = JSON.parse(stdout);
  const figure = (/** @type {string} */ name) =>
    rows.find(({ work }) => work.endsWith(`: ${name}`))?.ours ?? Number.NaN;
  expect(figure("tick to event, p50")).toBeGreaterThan(0);
  expect(figure("tick to event, p99")).toBeGreaterThanOrEqual(figure("tick to event, p50"));
  // 1,000 symbols at 60 Hz, less what a busy machine leaves out
  expect(figure("ticks")).toBeGreaterThan(10_000);
  expect(figure("ticks")).toBeLessThan(70_000);
  expect(figure("main thread, longest task")).toBeGreaterThan(0);
});

test("latency is told of an isolated page in Chromium, beside messages and beside the page's own thread", ({
  skip,
}) => {
  const reason = whyNot("chromium");
  if (reason !== undefined) skip(reason);
  const args = [main, "latency", "--short", "--browser", "chromium", "--json"];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  /** @type {import("./row.mjs").Row[]} */
  const rows = JSON.parse(stdout);
  expect(rows.map(({ beside }) => beside)).toEqual(
    Array.from({ length: 3 }, () => ["in this thread", "worker with messages"]).flat(),
  );
  for (const { runtime, ours } of rows) {
    expect(runtime).toMatch(/^chromium \d/);
    expect(ours).toBeGreaterThan(0);
  }
});
