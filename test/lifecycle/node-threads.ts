/** The worker threads that this process starts, to end them from outside as an operating system would. */
import { setEnvironmentData, type Worker } from "node:worker_threads";
import { afterAll, beforeAll } from "vitest";

/** A list that grows with every worker thread while the tests of a file run. */
export function watchedThreads(): Worker[] {
  const threads: Worker[] = [];
  const add = (worker: Worker) => threads.push(worker);
  beforeAll(() => void process.on("worker", add));
  afterAll(() => void process.off("worker", add));
  return threads;
}

/** Whether a thread is over; Node gives it another number then. */
export function hasEnded(thread: Worker): boolean {
  return thread.threadId === -1;
}

/** What keeps digests waiting in every faulty-worker.mjs that starts from now on; returns what lets them all go on. */
export function closeGate(): () => void {
  const gate = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  setEnvironmentData("gate", gate);
  return () => {
    setEnvironmentData("gate", undefined);
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
  };
}

/** How long a thread that has been ended may take to be over, on a machine that has other things to do. */
const END_MS_MAX = 20_000;

/** How many of these threads run on, though they have had the time to end. */
export async function leftOver(threads: readonly Worker[]): Promise<number> {
  const untilMs = performance.now() + END_MS_MAX;
  while (performance.now() < untilMs && !threads.every(hasEnded))
    await new Promise((resolve) => setTimeout(resolve, 5));
  return threads.filter((thread) => !hasEnded(thread)).length;
}
