/**
 * What a fault of a worker may cost on any host, as a function of a factory whose workers fail when they are told to
 * (hosted/faulty-worker.mjs). In Node, where tests reach a worker's thread, test/lifecycle holds engines to more.
 */
import type * as plimsoll from "plimsoll";
import { createEngine, venues } from "plimsoll";
import { describe, expect, test } from "vitest";
import { moduleWithRoomFor } from "../lifecycle/small-memory.js";
import { OPTIONS, type Said, SeededLife } from "./seeded-life.js";

/** How a worker fails: at once by an error, in the middle of a batch of ticks, without a word, or by a rejection that nobody handles. */
type Fault = (typeof FAULTS)[number];

const FAULTS = ["throw", "batch", "close", "reject"] as const;

const TIMES = 100;
const ACCOUNTS = 20;
const STEPS_APART = 20;
const SEED = 7;
const ROOM_BYTES = 500_000;

interface Faulty {
  readonly create: (options: plimsoll.WorkerEngineOptions) => Promise<plimsoll.WorkerEngine>;
  /** Tells the workers to fail, those that listen already. */
  readonly strike: (fault: Fault) => void;
  /** Bytes of the package's module. */
  readonly module: () => Promise<Uint8Array>;
}

export function faults(host: string, { create, strike, module }: Faulty): void {
  describe(`faults of workers in ${host}`, () => {
    for (const fault of FAULTS) {
      test(`${fault}: a hundred of them leave every figure and event as if nothing had happened`, async () => {
        const engine = await create({ ...OPTIONS, workers: 2, snapshotEvery: 10 });
        const life = new SeededLife(engine, SEED);
        await life.begin(ACCOUNTS);
        let replacements = 0;
        const stop = engine.subscribe(() => {}, { onReplaced: () => void replacements++ });
        let steps = 0;
        for (; replacements < TIMES; steps++) {
          if (steps % STEPS_APART === 0) strike(fault);
          await life.live(1);
        }
        const said = await life.say();
        stop();
        await engine.dispose();
        expect(said).toEqual(await undisturbed(steps));
      });
    }

    test("calls under way when their worker fails are answered or rejected by name, a hundred times", async () => {
      const engine = await create({ model: venues.hyperliquid(), workers: 1 });
      const me = await engine.addAccount({ id: "me", collateral: { USDC: 100 } });
      const outcomes = new Set<unknown>();
      let replacements = 0;
      const stop = engine.subscribe(() => {}, { onReplaced: () => void replacements++ });
      // a worker that is not there yet hears no strike
      while (replacements < TIMES) {
        strike("throw");
        const results = await Promise.allSettled([engine.deposit(me, "USDC", 1), engine.assess(me)]);
        for (const result of results) outcomes.add(result.status === "fulfilled" ? "answered" : result.reason.code);
        const isDone = results[0]?.status === "fulfilled";
        // the answer may be here before the fault is
        const balance = await persist(() => engine.balance(me, "USDC"));
        expect(balance).toBe(isDone ? 101 : 100);
        if (isDone) await persist(() => engine.withdraw(me, "USDC", 1));
      }
      stop();
      await engine.dispose();
      expect(outcomes).toContain("WORKER_CRASHED");
      for (const outcome of outcomes) expect(["answered", "WORKER_CRASHED"]).toContain(outcome);
    });

    test("calls under way when their engine is disposed are answered or rejected by name, a hundred times", async () => {
      for (let n = 0; n < TIMES; n++) {
        const engine = await create({ model: venues.hyperliquid(), workers: 1 });
        const me = await engine.addAccount({ id: "me", collateral: { USDC: 100 } });
        if (n % 2 === 1) strike("throw");
        const calls = [engine.assess(me), engine.deposit(me, "USDC", 1), engine.flush()];
        const [, again] = [engine.dispose(), engine.dispose()];
        for (const result of await Promise.allSettled(calls)) {
          if (result.status === "rejected") expect(["WORKER_CRASHED", "ENGINE_DISPOSED"]).toContain(result.reason.code);
        }
        await again;
        await expect(engine.assess(me)).rejects.toMatchObject({ code: "ENGINE_DISPOSED" });
      }
    });

    test("a subscriber that throws a hundred times is told every event all the same, and so are the others", async () => {
      const engine = await create({ model: venues.hyperliquid(), workers: 2 });
      const btc = await engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
      const me = await engine.addAccount({ id: "me", collateral: { USDC: 25_000 } });
      await engine.setPosition(me, btc, { size: 1.5, entryPrice: 61_200 });
      const errors: unknown[] = [];
      const heard: number[] = [];
      const fail = () => {
        throw new Error("thrown on purpose");
      };
      engine.subscribe(fail, { onError: (error) => errors.push(error) });
      engine.subscribe(({ sequence }) => heard.push(sequence));
      for (let n = 0; n < TIMES; n++) engine.tick(btc, { mark: n % 2 === 0 ? 44_980 : 60_950, timeMs: n });
      await engine.flush();
      expect([errors.length, heard.length]).toEqual([TIMES, TIMES]);
      expect((await engine.assess(me)).equity).toBe(24_625);
      await engine.dispose();
    });

    test("out of memory at registration a hundred times: refused by name, and all goes on", async () => {
      const wasm = moduleWithRoomFor(await module(), ROOM_BYTES);
      const engine = await create({ model: venues.hyperliquid(), workers: 1, wasm });
      const me = await engine.addAccount({ id: "me", collateral: { USDC: 25_000 } });
      const before = await engine.digest();
      const ids = Array.from({ length: 8_000 }, (_, i) => `crowd ${i}`);
      const tooMany = { ids, collateral: { USDC: new Float64Array(ids.length).fill(1_000) } };
      for (let n = 1; n <= TIMES; n++) {
        await expect(engine.addAccounts(tooMany)).rejects.toMatchObject({ name: "FaultError", code: "ENGINE_FAULT" });
        expect(await engine.balance(me, "USDC")).toBe(25_000);
      }
      expect(await engine.digest()).toBe(before);
      expect((await engine.stats()).replacements).toBe(TIMES);
      await engine.dispose();
    });
  });
}

async function undisturbed(steps: number): Promise<Said> {
  const life = new SeededLife(await createEngine(OPTIONS), SEED);
  await life.begin(ACCOUNTS);
  await life.live(steps);
  return life.say();
}

/** A call that was under way when a worker crashed has changed nothing, so it is made again. */
async function persist<Result>(call: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if ((error as { code?: unknown }).code !== "WORKER_CRASHED") throw error;
    }
  }
}
