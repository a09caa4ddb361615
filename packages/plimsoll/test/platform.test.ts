/** Threads of pages, whose workers and locks are stood in for: what real ones do is tested on real pages (test/packaging). */
import { afterEach, expect, test, vi } from "vitest";
import { holdLock, isWorker, parallelism, spawn } from "../src/worker/platform.js";

afterEach(() => vi.unstubAllGlobals());

/** All that promises bring about has been. */
const settled = () => new Promise((resolve) => setTimeout(resolve));

/** A page with locks of which each request waits until the test decides. */
function page() {
  const requests: { grant: () => void; fail: (name: string) => void }[] = [];
  const request = (_name: string, granted: () => unknown) =>
    new Promise((resolve, reject) => {
      requests.push({
        grant: () => resolve(granted()),
        fail: (name) => reject(Object.assign(new Error(name), { name })),
      });
    });
  vi.stubGlobal("Worker", class extends EventTarget {});
  vi.stubGlobal("navigator", { locks: { request } });
  const faults: unknown[] = [];
  const thread = spawn("worker.js");
  thread.onFault = (fault) => faults.push(fault);
  return { requests, faults, thread };
}

test("a page that WebKit has put aside waits for the end of its worker again when it is back", async () => {
  const { requests, faults, thread } = page();
  thread.watch();
  for (let n = 0; n < 3; n++) {
    requests[n]?.fail("AbortError");
    await settled();
    expect([requests.length, faults]).toEqual([n + 2, []]);
  }
  requests[3]?.grant();
  expect(faults).toMatchObject([{ message: "the worker ended" }]);
});

test("where a lock is refused for good, a page asks no more, and takes its worker for alive", async () => {
  const { requests, faults, thread } = page();
  thread.watch();
  requests[0]?.fail("SecurityError");
  await settled();
  expect([requests.length, faults]).toEqual([1, []]);
});

test("a worker that is told of a lock, and has no locks, says that it holds none", async () => {
  for (const navigator of [undefined, {}, { locks: {} }]) {
    vi.stubGlobal("navigator", navigator);
    expect(await holdLock("plimsoll")).toBe(false);
  }
  expect(await holdLock(undefined)).toBe(false);
});

test("a page whose `process` is stood in for is a page", () => {
  for (const process of [{}, { getBuiltinModule: () => undefined }]) {
    vi.stubGlobal("process", process);
    vi.stubGlobal("navigator", { hardwareConcurrency: 3 });
    expect([isWorker(), parallelism()]).toEqual([false, 3]);
    expect(() => spawn("file:///worker.js")).toThrow("this runtime has no workers");
    vi.stubGlobal("Worker", class extends EventTarget {});
    expect(spawn("file:///worker.js")).toMatchObject({ url: "file:///worker.js", lifeLock: undefined });
    vi.stubGlobal("Worker", undefined);
  }
});

test("Bun's workers say when they have ended, until they are let go", () => {
  const workers: EventTarget[] = [];
  vi.stubGlobal(
    "Worker",
    class extends EventTarget {
      constructor() {
        super();
        workers.push(this);
      }
      terminate() {}
    },
  );
  const thread = spawn("worker.js");
  const faults: unknown[] = [];
  thread.onFault = (fault) => faults.push(fault);
  workers[0]?.dispatchEvent(new Event("close"));
  expect(faults).toMatchObject([{ message: "the worker ended" }]);
  thread.terminate();
  workers[0]?.dispatchEvent(new Event("close"));
  expect(faults).toHaveLength(1);
});
