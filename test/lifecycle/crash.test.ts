/** What a crash costs: no figure, no event, no money; the calls that it ends have changed nothing and can be made again. */
import { setEnvironmentData } from "node:worker_threads";
import { createEngine, createWorkerEngine, venues, type WorkerEngine, type WorkerEngineOptions } from "plimsoll";
import { afterAll, expect, test } from "vitest";
import { OPTIONS, type Said, SeededLife } from "../contract/seeded-life.js";
import { WAYS } from "../contract/ways.js";
import { hasEnded, watchedThreads } from "./node-threads.js";

const ACCOUNTS = 30;
// a hundred ends take some 3,600 of them, and more where the machine is busy
const STEPS = 6_000;
const CRASHES = 100;
const SEED = 7;
/** Of the market's time, between one fault of a worker and the next. */
const APART_MS = 600;
/** How long what threads do may take on a machine that has other things to do. */
const IN_TIME = { timeout: 20_000 };
const faultyWorker = new URL("faulty-worker.mjs", import.meta.url);

const threads = watchedThreads();
/** Counts as in faulty-worker.mjs: from options, from a base, from a base with a checkpoint. */
const beginnings = shared(3);
const [BASE, CHECKPOINT] = [1, 2];
/** By thread. */
const lastTaken = shared(100 * CRASHES);
setEnvironmentData("beginnings", beginnings);
setEnvironmentData("lastTaken", lastTaken);
afterAll(() => {
  for (const name of ["faultAtMs", "beginnings", "lastTaken"]) setEnvironmentData(name, undefined);
});

function shared(length: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(length * Int32Array.BYTES_PER_ELEMENT));
}

async function undisturbed(): Promise<Said> {
  const engine = await createEngine(OPTIONS);
  const life = new SeededLife(engine, SEED);
  await life.begin(ACCOUNTS);
  await life.live(STEPS);
  return life.say();
}

async function disturbed(
  options: WorkerEngineOptions,
  disturb: (step: number, life: SeededLife, engine: WorkerEngine) => void | Promise<void>,
) {
  const engine = await createWorkerEngine({ ...OPTIONS, snapshotEvery: 50, ...options });
  const life = new SeededLife(engine, SEED);
  await life.begin(ACCOUNTS);
  await life.live(STEPS, (step) => disturb(step, life, engine));
  const said = await life.say();
  const { replacements } = await engine.stats();
  await engine.dispose();
  return { said, replacements };
}

test.each(WAYS)(
  "workers killed a hundred times, half of them at any moment, leave every figure and event as if nothing had happened, by %s",
  async (_, tickQueue) => {
    let kills = 0;
    beginnings.fill(0);
    const options = { workers: 2, workerUrl: faultyWorker, snapshotEvery: 10, tickQueue };
    const { said, replacements } = await disturbed(options, async (step, _, engine) => {
      const victim = threads.at(step % 3 === 0 ? -1 : -2);
      if (kills === CRASHES || victim === undefined || hasEnded(victim)) return;
      if (kills % 2 === 0) {
        if (step % 10 !== 0) return;
      } else {
        // in turns when a base and when a checkpoint is the last that was taken, and has arrived here
        const isDue = () => lastTaken[victim.threadId] === (kills % 4 === 1 ? BASE : CHECKPOINT);
        if (!isDue()) return;
        await engine.flush();
        if (!isDue()) return;
      }
      kills++;
      void victim.terminate();
    });
    expect([kills, replacements > CRASHES / 2]).toEqual([CRASHES, true]);
    expect(Math.min(beginnings[BASE] as number, beginnings[CHECKPOINT] as number)).toBeGreaterThan(CRASHES / 10);
    expect(said).toEqual(await undisturbed());
  },
);

test.each(WAYS)(
  "engines that fail in the middle of a batch, a hundred times, do so too, by %s",
  async (_, tickQueue) => {
    setEnvironmentData("faultAtMs", APART_MS);
    const options = { workers: 2, workerUrl: faultyWorker, tickQueue };
    const { said, replacements } = await disturbed(options, (_, life) => {
      setEnvironmentData("faultAtMs", life.timeMs + APART_MS);
    });
    expect(replacements).toBeGreaterThan(CRASHES / 2);
    expect(said).toEqual(await undisturbed());
  },
);

test("a call under way when its worker is ended rejects by name, a hundred times, and the next one is answered", async () => {
  const engine = await createWorkerEngine({ model: venues.hyperliquid(), workers: 1 });
  const me = await engine.addAccount({ id: "me", collateral: { USDC: 100 } });
  const outcomes = new Set<unknown>();
  for (let n = 0; n < CRASHES; n++) {
    const [deposit, question] = [engine.deposit(me, "USDC", 1), engine.assess(me)];
    const ended = threads.at(-1)?.terminate();
    const results = await Promise.allSettled([deposit, question]);
    await ended;
    for (const result of results) outcomes.add(result.status === "fulfilled" ? "answered" : result.reason.code);
    const isDone = results[0]?.status === "fulfilled";
    const balance = await engine.balance(me, "USDC");
    expect(balance).toBe(isDone ? 101 : 100);
    if (isDone) await engine.withdraw(me, "USDC", 1);
  }
  expect(outcomes).toContain("WORKER_CRASHED");
  expect([...outcomes].every((outcome) => outcome === "answered" || outcome === "WORKER_CRASHED")).toBe(true);
  await engine.dispose();
});

test("a worker that fails again and again is given up, and every call says why", async () => {
  setEnvironmentData("faultAtMs", 5);
  const engine = await createWorkerEngine({ model: venues.hyperliquid(), workers: 1, workerUrl: faultyWorker });
  const btc = await engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
  engine.tick(btc, { mark: 60_000, timeMs: 5 });
  const expected = { name: "WorkerError", code: "WORKER_FAILED", cause: { code: "WORKER_CRASHED" } };
  const reader = engine.events();
  const read = reader.next();
  const heard: unknown[] = [];
  engine.subscribe(() => {}, { onError: (error) => heard.push(error) });
  await expect(engine.flush()).rejects.toMatchObject(expected);
  await expect(engine.totals()).rejects.toMatchObject(expected);
  expect(() => engine.tick(btc, { mark: 60_000, timeMs: 6 })).toThrowError(
    expect.objectContaining({ code: "WORKER_FAILED" }),
  );
  await expect(read).rejects.toMatchObject(expected);
  expect(await reader.next()).toEqual({ done: true, value: undefined });
  expect(heard).toMatchObject([expected]);
  await engine.dispose();
});

test("a worker that ends whenever it is up to date is given up too", async () => {
  const engine = await createWorkerEngine({ model: venues.hyperliquid(), workers: 1 });
  const end = () => void threads.at(-1)?.terminate();
  const reasons: unknown[] = [];
  const onReplaced = ({ reason }: { reason: { code: string } }) => {
    reasons.push(reason.code);
    end();
  };
  const read = engine.events({ onReplaced }).next();
  end();
  await expect(read).rejects.toMatchObject({ code: "WORKER_FAILED" });
  expect(reasons).toEqual(new Array(4).fill("WORKER_CRASHED"));
  await engine.dispose();
});

test("a worker that fails more often in a minute than it may is given up, though calls are answered in between", async () => {
  const engine = await createWorkerEngine({ model: venues.hyperliquid(), workers: 1, failuresPerMinuteMax: 7 });
  const me = await engine.addAccount({ id: "me", collateral: { USDC: 100 } });
  for (let n = 0; n < 7; n++) {
    await threads.at(-1)?.terminate();
    expect(await engine.balance(me, "USDC")).toBe(100);
  }
  await threads.at(-1)?.terminate();
  const error = await engine.balance(me, "USDC").catch((thrown) => thrown);
  expect(error).toMatchObject({ code: "WORKER_FAILED", received: "one that failed more than 7 times in a minute" });
  await engine.dispose();
});

test("whoever has been ended by another's onReplaced hears of no replacement", async () => {
  const engine = await createWorkerEngine({ model: venues.hyperliquid(), workers: 1 });
  const heard: string[] = [];
  const ends: (() => void)[] = [];
  for (const name of ["first", "second"]) {
    const onReplaced = () => {
      heard.push(name);
      for (const end of ends) end();
    };
    ends.push(engine.subscribe(() => {}, { onReplaced }));
  }
  await threads.at(-1)?.terminate();
  await engine.flush();
  await engine.totals();
  expect(heard).toEqual(["first"]);
  await engine.dispose();
});

test("a resize whose new worker does not start is refused, and all is as it was", async () => {
  const engine = await createWorkerEngine({ ...OPTIONS, workers: 1 });
  const life = new SeededLife(engine, SEED);
  await life.begin(ACCOUNTS);
  await life.live(300);
  const before = await life.say();
  process.once("worker", (worker) => void worker.terminate());
  await expect(engine.resize(2)).rejects.toMatchObject({ name: "LoadError", code: "WORKER_LOAD_FAILED" });
  expect((await engine.stats()).workers).toBe(1);
  await engine.resize(3);
  expect((await engine.stats()).workers).toBe(3);
  expect(await life.say()).toEqual(before);
  await engine.dispose();
});

test("a batch of accounts that one worker refuses leaves nothing in another that ends at once", async () => {
  const engine = await createWorkerEngine({ ...OPTIONS, workers: 2 });
  // so many that taking them out again is under way when the workers end
  const ids = Array.from({ length: 20_000 }, (_, i) => `account ${i}`);
  const usdc = ids.map((_, i) => (i === 0 ? Number.NaN : 1));
  const before = await engine.digest();
  for (let n = 0; n < 3; n++) {
    await expect(engine.addAccounts({ ids, collateral: { USDC: usdc } })).rejects.toMatchObject({
      code: "INVALID_MONEY",
    });
    for (const thread of threads.slice(-2)) void thread.terminate();
    await engine.addAsset({ id: `asset ${n}` });
    expect([(await engine.stats()).accounts, await engine.digest()]).toEqual([0, before]);
  }
  await engine.dispose();
});

test("a resize under which a worker ends is made or refused, and counts and threads are what they were", async () => {
  const engine = await createWorkerEngine({ ...OPTIONS, workers: 1 });
  const life = new SeededLife(engine, SEED);
  await life.begin(ACCOUNTS);
  await life.live(300);
  const { assessments } = await engine.stats();
  for (let n = 0; n < 40; n++) {
    const alive = threads.filter((thread) => !hasEnded(thread));
    const resized = engine.resize(1 + (n % 3)).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 1.5 * n));
    void alive[n % alive.length]?.terminate();
    await resized;
    const counts = () => engine.stats().catch(() => {});
    await expect.poll(counts, IN_TIME).toMatchObject({ assessments });
    const left = () => threads.filter((thread) => !hasEnded(thread)).length;
    await expect.poll(async () => left() - ((await counts())?.workers ?? 0), IN_TIME).toBe(0);
  }
  await engine.dispose();
});
