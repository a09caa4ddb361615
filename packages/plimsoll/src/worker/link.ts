/** A worker that has been started and is ready: its thread, and the ports of both planes. */
import { LoadError } from "../errors.js";
import type { EngineOptions } from "../types.js";
import { connectControl, errorOfData } from "./control.js";
import { DataLink } from "./data-plane.js";
import type { Invitation } from "./host.js";
import { addressOf, type Script, spawn, type Thread } from "./platform.js";
import { sharedMemory } from "./ring.js";

/** Where the script of a worker that does not start was given. */
const SCRIPT_PATH = "createWorkerEngine.workerUrl";
const SCRIPT_THAT_STARTS = "a worker's script that starts";

/** What every worker of a pool starts with. */
export interface WorkerSetup {
  readonly module: WebAssembly.Module;
  readonly engine: Omit<EngineOptions, "wasm">;
  readonly script: Script;
  readonly readyTimeoutMs: number;
  readonly snapshotEvery: number;
  readonly failuresPerMinuteMax: number;
  readonly keepAlive: boolean;
  /** Whether small batches and their events go through shared memory. */
  readonly sharesMemory: boolean;
}

/** A worker's life: another worker is another link. */
export interface Link {
  readonly thread: Thread;
  readonly control: ReturnType<typeof connectControl>;
  readonly data: DataLink;
  readonly ports: readonly MessagePort[];
}

/** What is heard of a worker. */
export interface LinkListener {
  /** See {@link DataListener.done}. */
  onDone(link: Link, item: number, events: Float64Array, rejections: Float64Array, tookMs: number): void;
  /** It has failed after it was ready. */
  onFault(link: Link, cause: unknown): void;
  /** It is starting: `giveUp` ends the wait. */
  onWait(giveUp: (reason: Error) => void): void;
}

/**
 * Starts a worker, and its engine from the options.
 *
 * @throws {LoadError} `WORKER_LOAD_FAILED` where it is not ready in time
 */
export async function connect(setup: WorkerSetup, options: EngineOptions, on: LinkListener): Promise<Link> {
  const { module, script, readyTimeoutMs, sharesMemory } = setup;
  const memory = sharesMemory ? sharedMemory() : undefined;
  // before the thread, which would be left over where there are none
  const [control, data] = [new MessageChannel(), new MessageChannel()];
  const thread = started(script);
  const link: Link = {
    thread,
    control: connectControl(control.port1),
    data: new DataLink(data.port1, memory, { done: (...item) => on.onDone(link, ...item) }),
    ports: [control.port1, data.port1],
  };
  const invitation: Invitation = {
    plimsoll: "host an engine",
    control: control.port2,
    data: data.port2,
    memory,
    lifeLock: thread.lifeLock,
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    const failed = new Promise<never>((_, reject) => {
      const fail = (expected: string, cause?: unknown) => reject(notReady(expected, thread.url, cause));
      on.onWait(reject);
      thread.onFault = (cause) => fail(SCRIPT_THAT_STARTS, cause);
      timer = setTimeout(() => fail(`a worker that is ready within ${readyTimeoutMs} ms`), readyTimeoutMs);
    });
    thread.post(invitation, [control.port2, data.port2]);
    const outcome = await Promise.race([link.control.start(module, options), failed]);
    if ("error" in outcome) throw errorOfData(outcome.error);
    thread.onFault = (cause) => on.onFault(link, cause);
    if (outcome.value === true) thread.watch();
    return link;
  } catch (error) {
    close(link);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

export function close(link: Link): void {
  link.thread.terminate();
  link.data.close();
  for (const port of link.ports) port.close();
}

function started(script: Script): Thread {
  try {
    return spawn(script);
  } catch (cause) {
    throw notReady(SCRIPT_THAT_STARTS, addressOf(script), cause);
  }
}

function notReady(expected: string, received: string, cause: unknown): LoadError {
  // a page that shows the message shows the reason too
  const why = cause instanceof Error ? ` (${cause.message})` : "";
  return new LoadError("WORKER_LOAD_FAILED", { path: SCRIPT_PATH, expected: expected + why, received, cause });
}
