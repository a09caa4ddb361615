/** The worker threads that this process starts, to end them from outside as an operating system would. */
import type { Worker } from "node:worker_threads";
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

/** How many of these threads run on, though they have had a second to end. */
export async function leftOver(threads: readonly Worker[]): Promise<number> {
  const untilMs = performance.now() + 1_000;
  while (performance.now() < untilMs && !threads.every(hasEnded))
    await new Promise((resolve) => setTimeout(resolve, 5));
  return threads.filter((thread) => !hasEnded(thread)).length;
}
