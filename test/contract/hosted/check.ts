/** The contract on whatever host runs this file: bundled by itself, with the runner in vitest's place and the package outside. */
import { createEngine, createWorkerEngine } from "plimsoll";
import * as inline from "plimsoll/inline";
import { contract, hostsInWorkersOnly } from "../suite.js";
import { runTests } from "./runner.mjs";

const FACTORIES = {
  thread: [createEngine],
  workers: [1, 2].map((workers) => (options: object) => createWorkerEngine({ ...options, workers })),
  inline: [
    inline.createEngine,
    (options: object) => inline.createWorkerEngine({ ...options, workers: 2, workerUrl: inline.inlineWorkerUrl() }),
  ],
} as const;

/** Which engines are held to it. */
export type Engines = keyof typeof FACTORIES;

/** Holds engines to the contract; once a load of this file. */
export function check(engines: Engines): Promise<{ passed: number; failures: string[] }> {
  if (engines === "inline") hostsInWorkersOnly("this host", inline.hostEngine);
  for (const create of FACTORIES[engines]) contract(engines, create as Parameters<typeof contract>[1]);
  return runTests();
}
