/** The contract on whatever host runs this file: bundled by itself, with the runner in vitest's place and the package outside. */
import { createEngine, createWorkerEngine } from "plimsoll";
import * as inline from "plimsoll/inline";
import { expect, test } from "vitest";
import { faults } from "../faults.js";
import { contract, hostsInWorkersOnly } from "../suite.js";
import { runTests } from "./runner.mjs";

const READY_MS_MAX = 60_000;

const FACTORIES = {
  thread: [createEngine],
  workers: [
    (options: object) => createWorkerEngine({ ...options, workers: 1, tickQueue: { sharesMemory: false } }),
    // wherever there is any
    (options: object) => createWorkerEngine({ ...options, workers: 2, tickQueue: { sharesMemory: true } }),
  ],
  inline: [
    inline.createEngine,
    (options: object) => inline.createWorkerEngine({ ...options, workers: 2, workerUrl: inline.inlineWorkerUrl() }),
  ],
} as const;

/** Which engines are held to it. */
type Engines = keyof typeof FACTORIES;

type Outcome = Promise<{ passed: number; failures: string[] }>;

/** Holds engines to the contract; once a load of this file. */
export function check(engines: Engines): Outcome {
  if (engines === "inline") hostsInWorkersOnly("this host", inline.hostEngine);
  if (engines === "workers") sharesMemoryByDefault();
  for (const create of FACTORIES[engines]) contract(engines, create as Parameters<typeof contract>[1]);
  return runTests();
}

/** Holds engines in workers to what faults may cost; once a load of this file. */
export function checkFaults(): Outcome {
  const orders = new BroadcastChannel("faults");
  const workerUrl = new URL("faulty-worker.js", import.meta.url);
  faults("this host", {
    // a worker may be slow to start where much else is under way
    create: (options) => createWorkerEngine({ readyTimeoutMs: READY_MS_MAX, ...options, workerUrl }),
    strike: (fault) => orders.postMessage(fault),
    module: async () =>
      new Uint8Array(await (await fetch(import.meta.resolve("plimsoll/plimsoll.wasm"))).arrayBuffer()),
  });
  return runTests().finally(() => orders.close());
}

/** Pages that are not isolated have no shared memory, nor has one whose browser lacks it; of runtimes without pages Deno shares it. */
function sharesMemoryByDefault(): void {
  test("memory is shared where a lone tick is sooner so: in pages that are isolated, and in Deno", async () => {
    const canWait = "SharedArrayBuffer" in globalThis && "waitAsync" in Atomics;
    const isSooner = globalThis.crossOriginIsolated === true || "Deno" in globalThis;
    for (const [options, isShared] of [
      [{}, isSooner && canWait],
      [{ tickQueue: { sharesMemory: false } }, false],
    ] as const) {
      const engine = await createWorkerEngine({ workers: 1, ...options });
      expect(engine.tickQueue.sharesMemory).toBe(isShared);
      await engine.dispose();
    }
  });
}
