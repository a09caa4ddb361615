/** One shard's worker: starts it, keeps one order over both planes, and replaces it where it fails. */

import type { Checkpoint } from "../engine.js";
import { DisposedError, FaultError, LoadError, type PlimsollError, shown, WorkerError } from "../errors.js";
import { EVENT_WORDS } from "../layout.js";
import type { EngineOptions } from "../types.js";
import { CALLS, type CallName, type Standing, type VoteName } from "./calls.js";
import { connectControl, errorOfData, type Outcome } from "./control.js";
import { DataLink } from "./data-plane.js";
import type { Invitation } from "./host.js";
import { addressOf, keepAlive, type Script, spawn, type Thread } from "./platform.js";
import { sharedMemory } from "./ring.js";

/** At how many crashes with nothing new done in between a worker is given up. */
const CRASHES_MAX = 5;
/** How long a worker that has nothing left to do must stay alive to count as one that works. */
const PROBATION_MS = 1_000;
const MINUTE_MS = 60_000;
/** An entry of the journal counts once, and once more for so many numbers in it. */
const NUMBERS_PER_COUNT = 512;
/** How long nothing has been under way when it is quiet. */
const LULL_MS = 250;
/** Where the script of a worker that does not start was given. */
const SCRIPT_PATH = "createWorkerEngine.workerUrl";
const NO_ARGS: readonly unknown[] = [];

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

/** A batch of ticks on its way, the same for all shards. */
export interface Batch {
  readonly words: Float64Array<ArrayBuffer>;
  /** How many shards have yet to apply it. */
  left: number;
  /** How many might have to repeat it. */
  journals: number;
  /** How long the slowest so far took to apply it. */
  tookMs: number;
}

/** What a pool hears from a shard. */
export interface ShardListener {
  /** Records of events, each once and in the order of their sequence, that the change or batch of a turn caused. */
  onEvents(records: Float64Array, turn: number): void;
  /** Something has been done and told: {@link Supervisor.oldestTurn} may have moved on. */
  onProgress(): void;
  /** A batch has been applied, for the first time; its ticks that were refused as tick-row.ts lays them out. */
  onApplied(batch: Batch, rejections: Float64Array, tookMs: number): void;
  /** A batch will not be repeated any more, and nobody here reads it. */
  onReleased(batch: Batch): void;
  /** The worker has been replaced and is up to date again. */
  onReplaced(reason: PlimsollError): void;
  /**
   * A worker with a feed of its own has taken over: this is where its engine stands. What it has told before is not told, what
   * comes after it is.
   */
  onResumed(standing: Standing): void;
  /** The shard is given up; every call of it rejects with this error. */
  onFailed(error: PlimsollError): void;
}

/** A change that is put to a vote, on its way. */
interface Ballot {
  resolve: () => void;
  reject: (error: Error) => void;
  /** Once all shards have voted. */
  decision: boolean | undefined;
  /** The worker that has voted for it and waits for the decision. */
  heldBy: Link | undefined;
}

/** What has been asked of a shard, until all of it has come back. */
class Entry {
  /** Neither is there once the caller has its answer. */
  resolve: ((value: unknown) => void) | undefined;
  reject: ((error: Error) => void) | undefined;
  /** Whether what it caused may be told: a change's fate can depend on other shards. */
  verdict: "open" | "release" | "discard" = "open";
  isAcknowledged = false;
  ballot: Ballot | undefined;
  /** Place among all that was asked of the shard. */
  order = 0;
  /** Place among all that its worker was sent. */
  item = 0;

  constructor(
    readonly method: CallName | undefined,
    readonly args: readonly unknown[],
    readonly batch: Batch | undefined,
    /** Place among the changes and batches of the whole pool; 0 for queries. */
    readonly turn: number,
    /** Whether other shards do it too, so that this one must whatever happens to its worker. */
    readonly isShared: boolean,
  ) {}

  /** What it counts in the journal. */
  get weight(): number {
    return 1 + (this.batch?.words.length ?? numbersIn(this.args)) / NUMBERS_PER_COUNT;
  }

  get isQuery(): boolean {
    return this.method !== undefined && CALLS[this.method] === "query";
  }

  get isAnswered(): boolean {
    return this.resolve === undefined;
  }

  get isFinished(): boolean {
    return this.isAnswered && (this.isQuery || (this.isAcknowledged && this.verdict !== "open"));
  }
}

/** A worker's life: another worker is another link. */
interface Link {
  readonly thread: Thread;
  readonly control: ReturnType<typeof connectControl>;
  readonly data: DataLink;
  readonly ports: readonly MessagePort[];
  items: number;
  /** What waits for its acknowledgement, in the order in which it was sent and is acknowledged. */
  readonly sent: Entry[];
}

/** A change under way whose events wait for a verdict. */
export interface Change<Result> {
  readonly answer: Promise<Result>;
  release(): void;
  discard(): void;
}

/** A change that all shards make, or none. */
export interface Proposal<Result> extends Change<Result> {
  /** Rejects where this shard refuses. */
  readonly vote: Promise<void>;
  decide(isKept: boolean): void;
}

export class Supervisor {
  readonly #setup: WorkerSetup;
  readonly #listener: ShardListener;
  #link: Link | undefined;
  /** What a new worker starts from, and the changes and batches since, in order: what it does to be where the old one was. */
  #base: Uint8Array | undefined;
  #checkpoint: Uint8Array<ArrayBuffer> | undefined;
  #journal: Entry[] = [];
  #journalWeight = 0;
  /** What has been journaled since the base was asked for. */
  #weightSinceBase = 0;
  /** What it may weigh before a checkpoint takes its place. */
  #journalWeightMax: number;
  #lull: ReturnType<typeof setTimeout> | undefined;
  /** What was asked while no worker was ready. */
  #unsent: Entry[] = [];
  /** In the order in which it was asked for. */
  readonly #unfinished = new Set<Entry>();
  readonly #flushes: {
    readonly upTo: number;
    readonly resolve: () => void;
    readonly reject: (error: Error) => void;
  }[] = [];
  #asked = 0;
  /** Acknowledged, not told yet: events in their order, behind a change that has no verdict. */
  #held: { readonly cause: Entry | undefined; readonly records: Float64Array }[] = [];
  #lastSequence = 0;
  /** Whether the worker ticks its engine itself: a new one does not repeat such ticks, so that its events are others. */
  #hasOwnFeed = false;
  /** While such a new one has not said where it stands: nothing of it is told. */
  #isResuming = false;
  #crashes = 0;
  /** When workers have failed in the last minute, whatever they did in between. */
  #failuresMs: readonly number[] = [];
  #probation: ReturnType<typeof setTimeout> | undefined;
  /** Ends the wait for a worker that is starting. */
  #giveUp: (reason: PlimsollError) => void = () => {};
  #end: PlimsollError | undefined;

  /** `snapshot`: what the engine starts from in the place of options. */
  constructor(setup: WorkerSetup, listener: ShardListener, snapshot?: Uint8Array) {
    this.#setup = setup;
    this.#base = snapshot;
    this.#journalWeightMax = setup.snapshotEvery;
    this.#listener = listener;
  }

  /** Resolves when the worker is ready. */
  async start(): Promise<void> {
    const link = await this.#connect();
    if (this.#end !== undefined) {
      close(link);
      throw this.#end;
    }
    this.#link = link;
    this.#keepAlive();
  }

  /** Asks. Rejects with a `WorkerError` where the worker fails before it answers. */
  query<Result>(method: CallName, args: readonly unknown[]): Promise<Result> {
    return this.#ask(new Entry(method, args, undefined, 0, false));
  }

  /**
   * Changes. Where the worker fails before it answers, the change is undone with it and the promise rejects, unless it is
   * shared: then the next worker carries it out.
   */
  change<Result>(method: CallName, args: readonly unknown[], turn: number, isShared = false): Change<Result> {
    const entry = new Entry(method, args, undefined, turn, isShared);
    return {
      answer: this.#ask(entry),
      release: () => this.#judge(entry, "release"),
      discard: () => this.#judge(entry, "discard"),
    };
  }

  /** Asks whether a change could be made, and holds all that comes after it until it is decided. */
  propose<Result>(method: VoteName, args: readonly unknown[], turn: number): Proposal<Result> {
    const entry = new Entry(method, args, undefined, turn, true);
    const vote = new Promise<void>((resolve, reject) => {
      entry.ballot = { resolve, reject, decision: undefined, heldBy: undefined };
    });
    const answer = this.#ask<Result>(entry);
    // told by `vote` already
    answer.catch(() => {});
    return {
      vote,
      answer,
      decide: (isKept) => this.#decide(entry, isKept),
      release: () => this.#judge(entry, "release"),
      discard: () => this.#judge(entry, "discard"),
    };
  }

  /** Sends a batch of ticks, which is applied whatever happens to the worker. */
  tick(batch: Batch, turn: number): void {
    const entry = new Entry(undefined, NO_ARGS, batch, turn, true);
    entry.verdict = "release";
    this.#take(entry);
  }

  /** The first turn that has not been done and told; Infinity where there is none. */
  get oldestTurn(): number {
    for (const { turn } of this.#unfinished) if (turn > 0) return turn;
    return Number.POSITIVE_INFINITY;
  }

  /** Whether all that was asked has been done and told. */
  get isIdle(): boolean {
    return this.#unfinished.size === 0;
  }

  /** Resolves when all that was asked before has been done and told. */
  flush(): Promise<void> {
    if (this.#end !== undefined) return Promise.reject(this.#end);
    if (this.#unfinished.size === 0) return Promise.resolve();
    return new Promise((resolve, reject) => this.#flushes.push({ upTo: this.#asked, resolve, reject }));
  }

  /** Ends the worker; what is under way rejects with `reason`. */
  end(reason: PlimsollError): void {
    if (this.#end !== undefined) return;
    this.#end = reason;
    clearTimeout(this.#lull);
    clearTimeout(this.#probation);
    this.#giveUp(reason);
    this.#disconnect();
    for (const entry of this.#unfinished) {
      entry.reject?.(reason);
      entry.ballot?.reject(reason);
    }
    for (const { reject } of this.#flushes.splice(0)) reject(reason);
    this.#unfinished.clear();
    this.#release([...this.#journal, ...this.#unsent]);
    this.#journal = [];
    this.#unsent = [];
    this.#held = [];
  }

  #ask<Result>(entry: Entry): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      entry.resolve = resolve as (value: unknown) => void;
      entry.reject = reject;
      this.#take(entry);
    });
  }

  #take(entry: Entry): void {
    if (this.#end !== undefined) {
      entry.reject?.(this.#end);
      entry.ballot?.reject(this.#end);
      return;
    }
    entry.order = ++this.#asked;
    this.#unfinished.add(entry);
    if (this.#link === undefined) this.#unsent.push(entry);
    else this.#send(this.#link, entry);
    this.#keepAlive();
  }

  #send(link: Link, entry: Entry): void {
    this.#post(link, entry);
    if (entry.isQuery) return;
    this.#journal.push(entry);
    const { weight } = entry;
    this.#journalWeight += weight;
    this.#weightSinceBase += weight;
    if (this.#journalWeight >= this.#journalWeightMax) void this.#cutJournal(link);
  }

  /** Puts a checkpoint in the place of the journal so far; in the lull a base, however soon after another, where one is due. */
  async #cutJournal(link: Link, isLull = false): Promise<void> {
    const weighsMoreThanBase = this.#weightSinceBase >= numbersIn(this.#base) / NUMBERS_PER_COUNT;
    const mayBeBase = isLull || this.#base === undefined || weighsMoreThanBase;
    this.#journalWeight = 0;
    const upTo = this.#journal.at(-1)?.order ?? 0;
    try {
      // what comes before it must be told first, since nobody could tell it again
      const [{ isBase, bytes }] = await Promise.all([this.query<Checkpoint>("checkpoint", [mayBeBase]), this.flush()]);
      if (link !== this.#link) return;
      if (isBase) {
        this.#base = bytes;
        this.#weightSinceBase = 0;
      }
      if (this.#checkpoint !== undefined) free(this.#checkpoint.buffer);
      this.#checkpoint = isBase ? undefined : bytes;
      const covered = this.#journal.findIndex(({ order }) => order > upTo);
      this.#release(this.#journal.splice(0, covered < 0 ? this.#journal.length : covered));
      // as with bases: a journal as large as a checkpoint doubles what is kept, and no more is copied than is journaled
      this.#journalWeightMax = Math.max(this.#setup.snapshotEvery, isBase ? 0 : numbersIn(bytes) / NUMBERS_PER_COUNT);
    } catch {
      // the journal is as it was; where it was the checkpoint that failed, for want of memory, the next one is not soon
      this.#journalWeightMax *= 2;
    }
  }

  #release(entries: Iterable<Entry>): void {
    for (const { batch } of entries) if (batch !== undefined) this.#listener.onReleased(batch);
  }

  #post(link: Link, entry: Entry): void {
    const item = ++link.items;
    entry.item = item;
    if (!entry.isQuery) link.sent.push(entry);
    if (entry.batch !== undefined) {
      link.data.post(item, entry.batch.words);
      return;
    }
    if (entry.ballot !== undefined && entry.ballot.decision !== true) {
      const vote = link.control.vote(item, entry.method as VoteName, entry.args);
      this.#hear(link, vote, (outcome) => this.#voted(link, entry, outcome));
    } else {
      const answer = link.control.execute(item, entry.method as CallName, entry.args);
      this.#hear(link, answer, (outcome) => this.#answered(link, entry, outcome));
    }
  }

  #hear(link: Link, answer: Promise<Outcome>, listen: (outcome: Outcome) => void): void {
    answer.then(
      (outcome) => {
        if (link === this.#link) listen(outcome);
      },
      (cause) => this.#crashed(link, cause),
    );
  }

  #voted(link: Link, entry: Entry, outcome: Outcome): void {
    const ballot = entry.ballot as Ballot;
    if ("error" in outcome) {
      ballot.reject(errorOfData(outcome.error));
      this.#forget(entry);
      return;
    }
    ballot.heldBy = link;
    ballot.resolve();
    this.#announce(entry, ballot);
  }

  #decide(entry: Entry, isKept: boolean): void {
    const ballot = entry.ballot as Ballot;
    ballot.decision = isKept;
    this.#announce(entry, ballot);
    if (!isKept) this.#forget(entry);
  }

  /** Tells the worker that has voted what was decided; one that takes over from it finds what is kept in the journal. */
  #announce(entry: Entry, { heldBy, decision }: Ballot): void {
    if (heldBy === undefined || heldBy !== this.#link || decision === undefined) return;
    this.#hear(heldBy, heldBy.control.decide(decision), (outcome) => this.#answered(heldBy, entry, outcome));
  }

  #answered(link: Link, entry: Entry, outcome: Outcome): void {
    if (entry.isAnswered) return; // done before, and done again by a worker that replaced another
    this.#crashes = 0;
    const { resolve, reject } = entry;
    entry.resolve = undefined;
    entry.reject = undefined;
    if ("value" in outcome) {
      resolve?.(outcome.value);
    } else {
      const error = errorOfData(outcome.error);
      reject?.(error);
      if (error instanceof FaultError) {
        // the worker's engine is lost, and this call must not take the next one's too
        this.#forget(entry);
        this.#crashed(link, error);
        return;
      }
    }
    this.#settle(entry);
  }

  #acknowledged(link: Link, item: number, records: Float64Array, rejections: Float64Array, tookMs: number): void {
    if (link !== this.#link) return;
    if (item === 0) this.#hasOwnFeed = true;
    const entry = link.sent[0]?.item === item ? link.sent.shift() : undefined;
    if (this.#held.length === 0 && entry?.verdict !== "open" && !this.#isResuming) this.#pass(entry, records);
    else if (records.length > 0) this.#held.push({ cause: entry, records });
    if (entry === undefined || entry.isAcknowledged) return;
    entry.isAcknowledged = true;
    if (entry.batch !== undefined) {
      this.#crashes = 0;
      this.#listener.onApplied(entry.batch, rejections, tookMs);
    }
    this.#settle(entry);
  }

  #judge(entry: Entry, verdict: "release" | "discard"): void {
    entry.verdict = verdict;
    this.#tell();
    this.#settle(entry);
  }

  /** Tells events up to the first that waits for a verdict. */
  #tell(): void {
    while (!this.#isResuming) {
      const next = this.#held[0];
      if (next === undefined || next.cause?.verdict === "open") return;
      this.#held.shift();
      this.#pass(next.cause, next.records);
    }
  }

  #pass(cause: Entry | undefined, records: Float64Array): void {
    // a worker that replaced another causes again what has been told
    let from = 0;
    while (from < records.length && (records[from] as number) <= this.#lastSequence) from += EVENT_WORDS;
    if (from === records.length) return;
    this.#lastSequence = records[records.length - EVENT_WORDS] as number;
    if (cause?.verdict === "discard") return;
    this.#listener.onEvents(from === 0 ? records : records.subarray(from), cause?.turn ?? 0);
  }

  #settle(entry: Entry): void {
    if (!entry.isFinished || this.#isResuming || !this.#unfinished.delete(entry)) return;
    this.#listener.onProgress();
    if (this.#flushes.length > 0) this.#resolveFlushes();
    this.#keepAlive();
    this.#awaitLull();
  }

  #resolveFlushes(): void {
    const [oldest] = this.#unfinished;
    while (this.#flushes[0] !== undefined && this.#flushes[0].upTo < (oldest?.order ?? Number.POSITIVE_INFINITY)) {
      this.#flushes.shift()?.resolve();
    }
  }

  /** Cuts a journal that is worth it when nothing has been under way for a while, so that it need not be cut in the thick of things. */
  #awaitLull(): void {
    clearTimeout(this.#lull);
    if (this.#unfinished.size > 0 || this.#journalWeight < this.#setup.snapshotEvery) return;
    this.#lull = setTimeout(() => {
      if (this.#link !== undefined && this.#unfinished.size === 0) void this.#cutJournal(this.#link, true);
    }, LULL_MS);
    keepAlive(this.#lull, false);
  }

  /** As if it had never been asked for. */
  #forget(entry: Entry): void {
    entry.resolve = undefined;
    entry.reject = undefined;
    entry.isAcknowledged = true;
    entry.verdict = "discard";
    this.#journal = this.#journal.filter((other) => other !== entry);
    this.#settle(entry);
  }

  #crashed(link: Link, cause: unknown): void {
    if (link !== this.#link) return;
    this.#disconnect();
    this.#held = [];
    this.#isResuming = this.#hasOwnFeed;
    const error = crash(cause);
    for (const entry of [...this.#unfinished]) {
      if (entry.batch !== undefined || entry.isAnswered || entry.isShared || this.#unsent.includes(entry)) continue;
      entry.reject?.(error);
      this.#forget(entry);
    }
    void this.#replace(error);
  }

  async #replace(reason: WorkerError): Promise<void> {
    const nowMs = performance.now();
    this.#failuresMs = [...this.#failuresMs.filter((ms) => nowMs - ms < MINUTE_MS), nowMs];
    if (++this.#crashes >= CRASHES_MAX) {
      this.#fail(`${CRASHES_MAX} times in a row`, reason);
      return;
    }
    const { failuresPerMinuteMax } = this.#setup;
    if (this.#failuresMs.length > failuresPerMinuteMax) {
      this.#fail(`more than ${failuresPerMinuteMax} times in a minute`, reason);
      return;
    }
    let link: Link;
    try {
      link = await this.#connect();
    } catch (cause) {
      if (this.#end === undefined) void this.#replace(crash(cause));
      return;
    }
    if (this.#end !== undefined) {
      close(link);
      return;
    }
    this.#link = link;
    for (const entry of this.#journal) this.#post(link, entry);
    for (const entry of this.#unsent.splice(0)) this.#send(link, entry);
    if (this.#isResuming) void this.#resume(link);
    this.#keepAlive();
    this.#listener.onReplaced(reason);
    this.flush().then(
      () => this.#prove(link),
      () => {},
    );
  }

  /** A worker that is up to date again has done what the one before it failed at, unless it is what follows that it fails at. */
  #prove(link: Link): void {
    clearTimeout(this.#probation);
    this.#probation = setTimeout(() => {
      if (link === this.#link) this.#crashes = 0;
    }, PROBATION_MS);
    keepAlive(this.#probation, false);
  }

  /** Its own feed's ticks are in no journal: what has become of accounts without them is told as the difference. */
  async #resume(link: Link): Promise<void> {
    const standing = await this.query<Standing>("standing", []).catch(() => undefined);
    // where it has failed too, the next one is asked
    if (standing === undefined || link !== this.#link) return;
    this.#isResuming = false;
    this.#lastSequence = standing.sequence;
    this.#listener.onResumed(standing);
    this.#tell();
    for (const entry of [...this.#unfinished]) this.#settle(entry);
  }

  #fail(howOften: string, cause: unknown): void {
    const expected = "a worker that stays alive";
    const received = `one that failed ${howOften}`;
    const error = new WorkerError("WORKER_FAILED", { path: "", expected, received, cause });
    this.end(error);
    this.#listener.onFailed(error);
  }

  async #connect(): Promise<Link> {
    const { module, script, readyTimeoutMs, sharesMemory } = this.#setup;
    const thread = this.#spawn(script);
    const memory = sharesMemory ? sharedMemory() : undefined;
    const [control, data] = [new MessageChannel(), new MessageChannel()];
    const ports = [control.port1, data.port1];
    const link: Link = {
      thread,
      control: connectControl(control.port1),
      data: new DataLink(data.port1, memory, {
        done: (item, events, rejections, tookMs) => this.#acknowledged(link, item, events, rejections, tookMs),
      }),
      ports,
      items: 0,
      sent: [],
    };
    const invitation: Invitation = {
      plimsoll: "host an engine",
      control: control.port2,
      data: data.port2,
      memory,
      lifeLock: thread.lifeLock,
    };
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isWatched = false;
    try {
      const failed = new Promise<never>((_, reject) => {
        const fail = (expected: string, cause?: unknown) =>
          reject(new LoadError("WORKER_LOAD_FAILED", { path: SCRIPT_PATH, expected, received: thread.url, cause }));
        this.#giveUp = reject;
        thread.onFault = (cause) => fail("a worker's script that starts", cause);
        timer = setTimeout(() => fail(`a worker that is ready within ${readyTimeoutMs} ms`), readyTimeoutMs);
      });
      thread.post(invitation, [control.port2, data.port2]);
      const outcome = await Promise.race([link.control.start(module, this.#beginning()), failed]);
      if ("error" in outcome) throw errorOfData(outcome.error);
      isWatched = outcome.value === true;
    } catch (error) {
      close(link);
      throw error;
    } finally {
      clearTimeout(timer);
    }
    thread.onFault = (cause) => this.#crashed(link, cause);
    if (isWatched) thread.watch();
    return link;
  }

  /** What the engine starts from: the caller's options, or the last base and checkpoint, which have them in it. */
  #beginning(): EngineOptions {
    const { engine } = this.#setup;
    if (this.#base === undefined) return engine;
    const snapshot = joined(this.#base, this.#checkpoint ?? new Uint8Array(0));
    const { tickCapacity } = engine;
    return { snapshot, ...(tickCapacity !== undefined && { tickCapacity }) };
  }

  #spawn(script: Script): Thread {
    try {
      return spawn(script);
    } catch (cause) {
      const expected = "a worker's script that starts";
      throw new LoadError("WORKER_LOAD_FAILED", { path: SCRIPT_PATH, expected, received: addressOf(script), cause });
    }
  }

  #disconnect(): void {
    if (this.#link !== undefined) close(this.#link);
    this.#link = undefined;
  }

  /** What is under way keeps the process alive in any case. */
  #keepAlive(): void {
    if (this.#link === undefined || this.#setup.keepAlive) return;
    this.#link.thread.keepAlive(false);
    for (const port of this.#link.ports) keepAlive(port, this.#unfinished.size > 0);
  }
}

/** Doubles that the columns and bytes in a value take. */
function numbersIn(value: unknown): number {
  if (ArrayBuffer.isView(value)) return value.byteLength / Float64Array.BYTES_PER_ELEMENT;
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce((sum: number, item) => sum + numbersIn(item), 0);
}

/** Gives a buffer's memory back at once, where the runtime can: as garbage it would bring major collections about. */
function free(buffer: ArrayBuffer & { transfer?: (length: number) => unknown }): void {
  buffer.transfer?.(0);
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}

function close(link: Link): void {
  link.thread.terminate();
  link.data.close();
  for (const port of link.ports) port.close();
}

function crash(cause: unknown): WorkerError {
  const expected = "a worker that answers";
  const received = `one that failed: ${cause instanceof Error ? cause.message : shown(cause)}`;
  return new WorkerError("WORKER_CRASHED", { path: "", expected, received, cause });
}

/** The reason with which a call rejects that was under way when its engine was disposed. */
export function disposedDuringCall(): DisposedError {
  const expected = "an engine that is alive";
  return new DisposedError("ENGINE_DISPOSED", { path: "", expected, received: "disposed" });
}
