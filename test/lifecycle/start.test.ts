/** How a worker that does not start is told, and how a wrong option is. */
import { getEventListeners } from "node:events";
import { setEnvironmentData } from "node:worker_threads";
import { createWorkerEngine, venues } from "plimsoll";
import { expect, test, vi } from "vitest";
import { closeGate, leftOver, watchedThreads } from "./node-threads.js";

const threads = watchedThreads();

const faulty = new URL("faulty-worker.mjs", import.meta.url);
const missing = new URL("no-such-worker.mjs", import.meta.url);
const silent = new URL("data:text/javascript,setInterval(() => {}, 1000)");
const broken = new URL("data:text/javascript,throw new Error('broken on purpose')");

test("a worker's script that is missing, broken or silent is named", async () => {
  const started = (workerUrl: URL) =>
    createWorkerEngine({ workers: 2, workerUrl, readyTimeoutMs: workerUrl === silent ? 300 : 60_000 });
  for (const url of [missing, broken, silent]) {
    await expect(started(url), url.href).rejects.toMatchObject({
      name: "LoadError",
      code: "WORKER_LOAD_FAILED",
      received: url.href,
    });
  }
  await expect(createWorkerEngine({ workers: 1, workerUrl: "no address" })).rejects.toMatchObject({
    code: "WORKER_LOAD_FAILED",
    path: "createWorkerEngine.workerUrl",
    received: "no address",
  });
  await expect(started(broken)).rejects.toMatchObject({
    message: expect.stringContaining("a worker's script that starts (broken on purpose), was data:"),
    cause: { message: "broken on purpose" },
  });
  await expect(started(silent)).rejects.toMatchObject({ expected: "a worker that is ready within 300 ms" });
});

test("where ports cannot be made, as in Jest's jsdom, no thread is started", async () => {
  vi.stubGlobal("MessageChannel", undefined);
  try {
    await expect(createWorkerEngine({ workers: 1 })).rejects.toThrow("MessageChannel");
  } finally {
    vi.unstubAllGlobals();
  }
  expect(await leftOver(threads)).toBe(0);
});

test("what the engine refuses at its start is refused as in the calling thread", async () => {
  await expect(createWorkerEngine({ staleAfterMs: -1 })).rejects.toMatchObject({
    name: "ConfigError",
    code: "INVALID_VALUE",
    path: "createWorkerEngine.staleAfterMs",
  });
  await expect(createWorkerEngine({ workers: 0 })).rejects.toMatchObject({ path: "createWorkerEngine.workers" });
  await expect(createWorkerEngine({ ticks: 5 } as object)).rejects.toMatchObject({ path: "createWorkerEngine.ticks" });
});

test("a call's signal and its time limit end the waiting, not the engine", async () => {
  const open = closeGate();
  const engine = await createWorkerEngine({ model: venues.hyperliquid(), workers: 1, workerUrl: faulty });
  const me = await engine.addAccount({ id: "me" });
  const stop = new AbortController();
  const slow = engine.digest({ signal: stop.signal });
  stop.abort();
  await expect(slow).rejects.toThrow("aborted");
  await expect(engine.digest({ signal: stop.signal })).rejects.toThrow("aborted");
  await expect(engine.digest({ timeoutMs: 1 })).rejects.toMatchObject({
    name: "WorkerError",
    code: "CALL_TIMEOUT",
    path: "digest",
  });
  open();
  await expect(engine.totals({ timeoutMs: 60_000 })).resolves.toMatchObject({ accounts: 1 });
  await expect(engine.totals({ timeout: 5 } as object)).rejects.toMatchObject({ path: "totals.options.timeout" });
  expect((await engine.assess(me)).band).toBe("healthy");
  await engine.dispose();
});

test("a start that fails leaves no thread, nor does the resize of an engine that is disposed meanwhile", async () => {
  setEnvironmentData("failsAtStart", true);
  setEnvironmentData("isNeverReady", true);
  const started = createWorkerEngine({ workers: 2, workerUrl: faulty });
  await expect(started).rejects.toMatchObject({ code: "WORKER_LOAD_FAILED" });
  expect(await leftOver(threads)).toBe(0);
  setEnvironmentData("failsAtStart", undefined);
  setEnvironmentData("isNeverReady", undefined);
  const engine = await createWorkerEngine({ workers: 1, workerUrl: faulty });
  setEnvironmentData("isNeverReady", true);
  for (const workers of [3, 5]) {
    setEnvironmentData("failsAtStart", workers === 3);
    const before = threads.length;
    const resized = engine.resize(workers);
    if (workers === 3) {
      await expect(resized).rejects.toMatchObject({ code: "WORKER_LOAD_FAILED" });
      expect(await leftOver(threads.slice(0, -3).concat(threads.slice(-2)))).toBe(0);
    } else {
      while (threads.length < before + 4) await new Promise((resolve) => setTimeout(resolve));
      await Promise.all([expect(resized).rejects.toMatchObject({ code: "ENGINE_DISPOSED" }), engine.dispose()]);
      expect(await leftOver(threads)).toBe(0);
    }
  }
  setEnvironmentData("failsAtStart", undefined);
  setEnvironmentData("isNeverReady", undefined);
});

test("calls that nobody waits for any more leave nothing on their signal, though their worker takes its time", async () => {
  const open = closeGate();
  const engine = await createWorkerEngine({ workers: 1, workerUrl: faulty });
  const { signal } = new AbortController();
  const late = Array.from({ length: 5 }, () => engine.digest({ timeoutMs: 1, signal }).catch(({ code }) => code));
  expect(new Set(await Promise.all(late))).toEqual(new Set(["CALL_TIMEOUT"]));
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
  open();
  await engine.dispose();
});
