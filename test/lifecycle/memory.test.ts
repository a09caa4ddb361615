/** Memory: what running out of it costs, and that it stays flat under ticks. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createWorkerEngine, venues } from "plimsoll";
import { expect, test } from "vitest";
import { moduleWithRoomFor } from "./small-memory.js";

const TIMES = 100;
const MB = 1_000_000;
const sdk = import.meta.resolve("plimsoll");
const module = readFileSync(fileURLToPath(import.meta.resolve("plimsoll/plimsoll.wasm")));

/** So many new accounts, with a position each. */
function crowd(count: number, instrument: number) {
  const column = (value: number) => new Float64Array(count).fill(value);
  return {
    ids: Array.from({ length: count }, (_, i) => `crowd ${i}`),
    collateral: { USDC: column(1_000) },
    positions: {
      account: Float64Array.from({ length: count }, (_, i) => i),
      instrument: column(instrument),
      size: column(0.01),
      entryPrice: column(60_000),
    },
  };
}

async function startSmall(workers: number, bytes = MB / 2) {
  const wasm = moduleWithRoomFor(module, bytes);
  const tickQueue = { sharesMemory: workers === 1 };
  const engine = await createWorkerEngine({ model: venues.hyperliquid(), workers, wasm, tickQueue });
  const btc = await engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
  const me = await engine.addAccount({ id: "me", collateral: { USDC: 25_000 } });
  await engine.setPosition(me, btc, { size: 1.5, entryPrice: 61_200 });
  engine.tick(btc, { mark: 60_950, timeMs: 1 });
  return { engine, btc, me };
}

for (const workers of [1, 2]) {
  test(`${TIMES} times out of memory at registration in ${workers} of them: refused by name, and all goes on`, async () => {
    const { engine, btc, me } = await startSmall(workers);
    const before = await engine.digest();
    const tooMany = crowd(5_000, btc);
    for (let n = 1; n <= TIMES; n++) {
      await expect(engine.addAccounts(tooMany)).rejects.toMatchObject({ name: "FaultError", code: "ENGINE_FAULT" });
      expect(await engine.account("crowd 7")).toBeUndefined();
      expect((await engine.assess(me)).equity).toBe(24_625);
    }
    expect(await engine.digest()).toBe(before);
    expect(await engine.stats()).toMatchObject({ accounts: 1, positions: 1 });
    expect((await engine.stats()).replacements).toBeGreaterThanOrEqual(TIMES);
    // those that fit are taken, under the very names
    expect(await engine.addAccounts(crowd(100, btc))).toHaveLength(100);
    expect((await engine.totals()).accounts).toBe(101);
    await engine.dispose();
  });
}

test("columns for which memory runs out after some portions end each worker once at most, whoever else holds the calling thread up", async () => {
  const { engine, btc } = await startSmall(2, 10 * MB);
  const before = await engine.digest();
  const tooMany = engine.addAccounts(crowd(300_000, btc));
  // a worker's end is heard of, and another is ready, before all of them have been sent
  const holdUp = setInterval(() => {
    for (const untilMs = performance.now() + 20; performance.now() < untilMs; );
  });
  await expect(tooMany).rejects.toMatchObject({ name: "FaultError", code: "ENGINE_FAULT" });
  clearInterval(holdUp);
  expect(await engine.digest()).toBe(before);
  expect((await engine.stats()).replacements).toBeLessThanOrEqual(2);
  // what the others took first is free
  expect(await engine.addAccounts(crowd(1_000, btc))).toHaveLength(1_000);
  await engine.dispose();
});

test("a million ticks leave the engine's memory and the process's where they were", () => {
  const program = `
    const { createWorkerEngine, venues } = await import(${JSON.stringify(sdk)});
    const engine = await createWorkerEngine({ model: venues.hyperliquid(), workers: 2, tickCapacity: 500 });
    const btc = await engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
    for (let i = 0; i < 100; i++) {
      const account = await engine.addAccount({ id: "account " + i, collateral: { USDC: 1_000 } });
      await engine.setPosition(account, btc, { size: 0.1 * (i % 2 ? 1 : -1), entryPrice: 60_000 });
    }
    const { ticks } = engine;
    ticks.instrument.fill(btc);
    let timeMs = 0;
    let events = 0;
    const run = async (batches) => {
      for (let batch = 0; batch < batches; batch++) {
        for (let row = 0; row < 500; row++) {
          ticks.mark[row] = 60_000 + 18_000 * Math.sin(++timeMs / 40_000);
          ticks.timeMs[row] = timeMs;
        }
        engine.applyTicks(500);
        if (batch % 20 === 19) events += (await engine.drainEvents()).length;
      }
      const { memoryBytes, ticks: applied, tickQueue: { conflations } } = await engine.stats();
      gc();
      return { memoryBytes, applied, conflations, events, rss: process.memoryUsage().rss };
    };
    const first = await run(600);
    const last = await run(2_000);
    await engine.dispose();
    console.log(JSON.stringify({ first, last }));`;
  const flags = ["--expose-gc", "--input-type=module", "-e", program];
  const { stdout, stderr } = spawnSync(process.execPath, flags, { encoding: "utf8" });
  expect(stderr).toBe("");
  const { first, last } = JSON.parse(stdout);
  expect(last.applied - first.applied + last.conflations - first.conflations).toBe(1_000_000);
  expect(last.events).toBeGreaterThan(first.events);
  expect(last.memoryBytes).toBe(first.memoryBytes);
  // what a journal without snapshots would hold is 80 MB; one with them, up to 4 MB for each worker at any moment
  expect(last.rss - first.rss).toBeLessThan(24 * MB);
});
