/** How an engine ends, and a process with it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWorkerEngine, venues } from "plimsoll";
import { expect, test } from "vitest";
import { WAYS } from "../contract/ways.js";
import { watchedThreads } from "./node-threads.js";

const ENGINES = 100;
const sdk = import.meta.resolve("plimsoll");
const threads = watchedThreads();

test("calls under way when their engine is disposed are answered or rejected by name, a hundred times", async () => {
  const outcomes = new Set<unknown>();
  for (let n = 0; n < ENGINES; n++) {
    const tickQueue = { sharesMemory: n % 4 < 2 };
    const engine = await createWorkerEngine({ model: venues.hyperliquid(), workers: 1, tickQueue });
    const btc = await engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
    const me = await engine.addAccount({ id: "me", collateral: { USDC: 100 } });
    for (let i = 1; i <= 100; i++) engine.tick(btc, { mark: 60_000 + i, timeMs: i });
    const calls = [engine.assess(me), engine.deposit(me, "USDC", 1), engine.flush(), engine.digest()];
    // every other one without the time to answer
    if (n % 2 === 1) void threads.at(-1)?.terminate();
    const [, again] = [engine.dispose(), engine.dispose()];
    for (const result of await Promise.allSettled(calls)) {
      outcomes.add(result.status === "fulfilled" ? "answered" : result.reason.code);
    }
    await again;
    await expect(engine.assess(me)).rejects.toMatchObject({ name: "DisposedError", code: "ENGINE_DISPOSED" });
    expect(() => engine.tick(btc, { mark: 1, timeMs: 200 })).toThrowError(
      expect.objectContaining({ code: "ENGINE_DISPOSED" }),
    );
  }
  expect(outcomes).toContain("answered");
  for (const outcome of outcomes) expect(["answered", "WORKER_CRASHED", "ENGINE_DISPOSED"]).toContain(outcome);
  // none of them is left running
  await Promise.all(threads.map((thread) => thread.terminate()));
});

test.each(WAYS)("what was given before dispose is done, and its events are told, by %s", async (_, tickQueue) => {
  const engine = await createWorkerEngine({ model: venues.hyperliquid(), workers: 2, tickQueue });
  const btc = await engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
  const me = await engine.addAccount({ id: "me", collateral: { USDC: 25_000 } });
  await engine.setPosition(me, btc, { size: 1.5, entryPrice: 61_200 });
  const seen: string[] = [];
  const reader = (async () => {
    for await (const { to } of engine.events()) seen.push(to);
  })();
  engine.tick(btc, { mark: 60_950, timeMs: 1 });
  engine.tick(btc, { mark: 44_980, timeMs: 2 });
  await engine.dispose();
  await reader;
  expect(seen).toEqual(["liquidatable"]);
});

test("`await using` disposes", async () => {
  let escaped: Awaited<ReturnType<typeof createWorkerEngine>> | undefined;
  {
    await using engine = await createWorkerEngine({ workers: 1 });
    escaped = engine;
  }
  await expect(escaped.totals()).rejects.toMatchObject({ code: "ENGINE_DISPOSED" });
});

/** How long a process may take to end by itself, on a machine that has other things to do. */
const END_MS_MAX = 60_000;
/** How long one is watched that does not. */
const WATCHED_MS = 1_000;

/** Runs a program to its end, or to so long after its last word. */
async function run(options: string, ending: string, watchedMs = END_MS_MAX) {
  const program = `
    const { createWorkerEngine, venues } = await import(${JSON.stringify(sdk)});
    const engine = await createWorkerEngine({ model: venues.hyperliquid(), workers: 2, ${options} });
    const me = await engine.addAccount({ id: "me", collateral: { USDC: 100 } });
    console.log((await engine.assess(me)).equity);
    ${ending}`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program]);
  const said = { stdout: "", stderr: "" };
  child.stderr.on("data", (text) => {
    said.stderr += text;
  });
  let timer: ReturnType<typeof setTimeout> | undefined;
  child.stdout.on("data", (text) => {
    said.stdout += text;
    timer = setTimeout(() => child.kill(), watchedMs);
  });
  const [status, signal] = await once(child, "close");
  clearTimeout(timer);
  return { ...said, signal, status };
}

test("a Node process ends by itself after dispose, and without it where the engine may not keep it alive", async () => {
  const ended = { stdout: "100\n", stderr: "", signal: null, status: 0 };
  for (const [, tickQueue] of WAYS) {
    const way = `tickQueue: ${JSON.stringify(tickQueue)}`;
    // nothing but a tick that is under way
    const tick = `
      const btc = await engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
      engine.tick(btc, { mark: 60_000, timeMs: 1 });
      engine.flush().then(() => console.log("applied"));`;
    expect(await run(way, "await engine.dispose();")).toEqual(ended);
    expect(await run(`keepAlive: false, ${way}`, tick)).toEqual({ ...ended, stdout: "100\napplied\n" });
  }
  // an engine that nobody disposed of keeps its process, as any worker does
  expect(await run("", "", WATCHED_MS)).toMatchObject({ stdout: "100\n", signal: "SIGTERM" });
});

test("ticks that wait for company do not keep a process that the engine may not keep", async () => {
  const hour = `keepAlive: false, tickQueue: { flushMs: 3_600_000 }`;
  const tick = `
    const btc = await engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
    engine.tick(btc, { mark: 60_000, timeMs: 1 });`;
  expect(await run(hour, tick)).toEqual({ stdout: "100\n", stderr: "", signal: null, status: 0 });
});
