/** Threads behind one small face: worker_threads of Node and Deno, or the Worker of browsers, Bun and Deno. */
import type { OwnScript } from "../core/origin.js";

/** What `process.getBuiltinModule` gives: asked for by name, so that no bundler follows it into a page. */
interface NodeBuiltins {
  readonly execArgv?: readonly string[];
  getBuiltinModule?(id: "node:worker_threads"): typeof import("node:worker_threads") | undefined;
  getBuiltinModule?(id: "node:os"): typeof import("node:os") | undefined;
}

function builtins(): NodeBuiltins | undefined {
  return (globalThis as { process?: NodeBuiltins }).process;
}

/** A worker as the supervisor sees it. */
export interface Thread {
  /** Address of its script, as errors name it. */
  readonly url: string;
  /** A lock that the script is to hold as long as it lives, where nothing else would tell of every end; see {@link Thread.watch}. */
  readonly lifeLock: string | undefined;
  post(message: unknown, transfer: MessagePort[]): void;
  /** Called until {@link Thread.terminate}: the thread threw, sent what cannot be read, or ended. */
  onFault: (cause: unknown) => void;
  /** From now on the script holds its lock: should it be free, the thread has ended. */
  watch(): void;
  /** Ends it at once; no fault is told from then on. */
  terminate(): void;
  /** Whether it keeps the process alive, where there is a process that could end. */
  keepAlive(isKept: boolean): void;
}

/** What a thread runs: a script of the caller's, or the one that an entry of this package brings. */
export type Script = string | URL | OwnScript;

/** Starts a thread on a script. */
export function spawn(script: Script): Thread {
  const url = addressOf(script);
  const threads = builtins()?.getBuiltinModule?.("node:worker_threads");
  // Deno has both, and those of Node can be let go and tell of every end, but know files alone
  if (typeof Worker === "function" && !(isDeno() && threads !== undefined && url.startsWith("file:"))) {
    const isOwn = typeof script === "object" && "start" in script;
    return webThread(isOwn ? script.start() : new Worker(script, { type: "module", name: "plimsoll" }), url);
  }
  if (threads === undefined) throw new TypeError("this runtime has no workers");
  // a program given as text has this flag, which workers inherit and which forbids them a script in a file
  const isFromText = builtins()?.execArgv?.some((flag) => flag.startsWith("--input-type"));
  const options = { name: "plimsoll", ...(isFromText && { execArgv: [] }) };
  return nodeThread(new threads.Worker(new URL(url), options), url);
}

function isDeno(): boolean {
  return "Deno" in globalThis;
}

/** Address of a script, as errors name it. */
export function addressOf(script: Script): string {
  return String(typeof script === "object" && "start" in script ? script.url() : script);
}

function webThread(worker: Worker, url: string): Thread {
  // elsewhere their names could not be random, nor the locks the origin's own
  const locks = globalThis.isSecureContext === false ? undefined : globalThis.navigator?.locks;
  const lifeLock = locks && `plimsoll ${crypto.randomUUID()}`;
  const thread: Thread = {
    url,
    lifeLock,
    post: (message, transfer) => worker.postMessage(message, transfer),
    onFault: () => {},
    watch: () => {
      const ended = () => thread.onFault(new Error("the worker ended"));
      locks?.request(lifeLock as string, ended).catch(({ name }) => {
        // WebKit gives up what a page waits for when it puts the page aside for a return
        if (name === "AbortError") thread.watch();
      });
    },
    terminate: () => {
      thread.onFault = () => {};
      worker.terminate();
    },
    // only Bun has a way to say so
    keepAlive: (isKept) => keepAlive(worker, isKept),
  };
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    thread.onFault(event.error ?? new Error(event.message || "the worker's script failed"));
  });
  worker.addEventListener("messageerror", () => thread.onFault(new Error("a message could not be read")));
  // Bun's, where there are no locks
  worker.addEventListener("close", () => thread.onFault(new Error("the worker ended")));
  return thread;
}

/** In a worker: holds a lock for as long as it lives. Whether it does: some origins may not. */
export function holdLock(name: string | undefined): Promise<boolean> {
  if (name === undefined) return Promise.resolve(false);
  return new Promise((resolve) => {
    const forever = () => {
      resolve(true);
      return new Promise(() => {});
    };
    // async, since what stands in for them on a page may be missing here
    (async () => navigator.locks.request(name, forever))().catch(() => resolve(false));
  });
}

/** In a worker: makes an error of a rejection that nobody handles, so that the calling side hears of it; outside of pages it is one. */
export function failOnRejection(): void {
  globalThis.addEventListener?.("unhandledrejection", (event) => {
    // others may have their say first
    setTimeout(() => {
      if (!event.defaultPrevented) throw event.reason;
    });
  });
}

function nodeThread(worker: import("node:worker_threads").Worker, url: string): Thread {
  const thread: Thread = {
    url,
    lifeLock: undefined,
    watch: () => {},
    post: (message, transfer) =>
      worker.postMessage(message, transfer as unknown as import("node:worker_threads").TransferListItem[]),
    onFault: () => {},
    terminate: () => {
      thread.onFault = () => {};
      void worker.terminate();
    },
    keepAlive: (isKept) => keepAlive(worker, isKept),
  };
  worker.on("error", (error) => thread.onFault(error));
  worker.on("messageerror", (error) => thread.onFault(error));
  worker.on("exit", (code) => thread.onFault(new Error(`the worker ended with code ${code}`)));
  return thread;
}

/** Lets what can keep a process alive, a worker or a port, do so or not. */
export function keepAlive(target: object, isKept: boolean): void {
  const { ref, unref } = target as { ref?: () => void; unref?: () => void };
  (isKept ? ref : unref)?.call(target);
}

/** Whether this is a worker's thread. */
export function isWorker(): boolean {
  const isOthers = builtins()?.getBuiltinModule?.("node:worker_threads")?.isMainThread === false;
  // Deno has the module too, and takes the web's workers for main threads
  return isOthers || "WorkerGlobalScope" in globalThis;
}

/** In a worker: hears what `Thread.post` sends. */
export function onMessageFromOutside(listener: (message: unknown) => void): void {
  const port = builtins()?.getBuiltinModule?.("node:worker_threads")?.parentPort;
  // Bun's web workers have one too, to which messages come as well
  if (port != null && (typeof Worker !== "function" || isDeno())) port.on("message", listener);
  else globalThis.addEventListener("message", (event) => listener((event as MessageEvent).data));
}

/**
 * Whether small messages between threads are to go through shared memory. By default where a lone tick is sooner there and back so: in
 * pages that are cross-origin isolated, and in Deno. In Node and Bun it is no sooner.
 */
export function sharesMemory(isWanted = globalThis.crossOriginIsolated ?? isDeno()): boolean {
  const isIsolated = globalThis.crossOriginIsolated ?? true; // no page, nothing to isolate
  return isWanted && isIsolated && typeof SharedArrayBuffer === "function" && typeof Atomics.waitAsync === "function";
}

/** How many threads run at once on this machine, as far as the runtime says. */
export function parallelism(): number {
  const hinted = globalThis.navigator?.hardwareConcurrency;
  return builtins()?.getBuiltinModule?.("node:os")?.availableParallelism() ?? hinted ?? 2;
}
