/** One shard's worker: keeps one order over both planes, settles what is asked of it, and replaces it where it fails. */

import type { Checkpoint } from "../engine/engine.js";
import { FaultError, type PlimsollError, shown, WorkerError } from "../errors.js";
import type { EngineOptions } from "../types.js";
import { type Ballot, type Batch, Entry } from "./asked.js";
import type { CallName, Standing, VoteName } from "./calls.js";
import { errorOfData, moving, type Outcome } from "./control.js";
import { HeldEvents, type RecordListener } from "./held-events.js";
import { Journal, type JournalListener } from "./journal.js";
import { close, connect, type Link, type WorkerSetup } from "./link.js";
import { keepAlive } from "./platform.js";

/** At how many crashes with nothing new done in between a worker is given up. */
const CRASHES_MAX = 5;
const MINUTE_MS = 60_000;
/** How long a worker that has nothing left to do must stay alive to count as one that works. */
const PROBATION_MS = 1_000;
/** How long nothing has been under way when it is quiet. */
const LULL_MS = 250;
const NO_ARGS: readonly unknown[] = [];

/** What a pool hears from a shard. */
export interface ShardListener extends JournalListener, RecordListener {
  /** Something has been done and told: {@link Supervisor.oldestTurn} may have moved on. */
  onProgress(): void;
  /** A batch has been applied, for the first time; its ticks that were refused as tick-row.ts lays them out. */
  onApplied(batch: Batch, rejections: Float64Array, tookMs: number): void;
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
  readonly #journal: Journal;
  readonly #events: HeldEvents;
  /** With nothing new done in between. */
  #crashes = 0;
  /** When workers have failed in the last minute, whatever they did in between. */
  #failuresMs: readonly number[] = [];
  #lull: ReturnType<typeof setTimeout> | undefined;
  /** What was asked while no worker was ready. */
  #unsent: Entry[] = [];
  /** What waits for its acknowledgement, in the order in which it was sent and is acknowledged. */
  #sent: Entry[] = [];
  #items = 0;
  /** In the order in which it was asked for. */
  readonly #unfinished = new Set<Entry>();
  readonly #flushes: {
    readonly upTo: number;
    readonly resolve: () => void;
    readonly reject: (error: Error) => void;
  }[] = [];
  #asked = 0;
  /** Whether the worker ticks its engine itself: a new one does not repeat such ticks, so that its events are others. */
  #hasOwnFeed = false;
  #probation: ReturnType<typeof setTimeout> | undefined;
  /** Ends the wait for a worker that is starting. */
  #giveUp: (reason: Error) => void = () => {};
  #end: PlimsollError | undefined;

  /** `snapshot`: what the engine starts from in the place of options; it is the supervisor's from now on. */
  constructor(setup: WorkerSetup, listener: ShardListener, snapshot?: Uint8Array<ArrayBuffer>) {
    this.#setup = setup;
    this.#listener = listener;
    this.#journal = new Journal(setup.snapshotEvery, listener, snapshot);
    this.#events = new HeldEvents(listener);
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
    return this.#change(new Entry(method, args, undefined, turn, isShared));
  }

  /** Asks whether a change could be made, and holds all that comes after it until it is decided. */
  propose<Result>(method: VoteName, args: readonly unknown[], turn: number): Proposal<Result> {
    const entry = new Entry(method, args, undefined, turn, true);
    const vote = new Promise<void>((resolve, reject) => {
      entry.ballot = { resolve, reject, decision: undefined, heldBy: undefined };
    });
    const change = this.#change<Result>(entry);
    // told by `vote` already
    change.answer.catch(() => {});
    return { ...change, vote, decide: (isKept) => this.#decide(entry, isKept) };
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
    this.#journal.clear();
    for (const { batch } of this.#unsent.splice(0)) if (batch !== undefined) this.#listener.onReleased(batch);
    this.#events.drop(false);
  }

  #change<Result>(entry: Entry): Change<Result> {
    return {
      answer: this.#ask(entry),
      release: () => this.#judge(entry, "release"),
      discard: () => this.#judge(entry, "discard"),
    };
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
    this.#journal.add(entry);
    if (this.#journal.isDue) void this.#cutJournal(link);
  }

  async #cutJournal(link: Link, isLull = false): Promise<void> {
    await this.#journal.cut(async (mayBeBase) => {
      // what comes before it must be told first, since nobody could tell it again
      const [checkpoint] = await Promise.all([this.query<Checkpoint>("checkpoint", [mayBeBase]), this.flush()]);
      return link === this.#link ? checkpoint : undefined;
    }, isLull);
  }

  #post(link: Link, entry: Entry): void {
    const item = ++this.#items;
    entry.item = item;
    if (!entry.isQuery) this.#sent.push(entry);
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
    const entry = this.#sent[0]?.item === item ? this.#sent.shift() : undefined;
    this.#events.take(entry, records);
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
    this.#events.tell();
    this.#settle(entry);
  }

  #settle(entry: Entry): void {
    if (!entry.isFinished || this.#events.isPaused || !this.#unfinished.delete(entry)) return;
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
    if (this.#unfinished.size > 0 || !this.#journal.isWorthCutting) return;
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
    this.#journal.forget(entry);
    this.#settle(entry);
  }

  #crashed(link: Link, cause: unknown): void {
    if (link !== this.#link) return;
    this.#disconnect();
    this.#events.drop(this.#hasOwnFeed);
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
    const { failuresPerMinuteMax } = this.#setup;
    if (++this.#crashes >= CRASHES_MAX) return this.#fail(`${CRASHES_MAX} times in a row`, reason);
    if (this.#failuresMs.length > failuresPerMinuteMax) {
      return this.#fail(`more than ${failuresPerMinuteMax} times in a minute`, reason);
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
    for (const entry of this.#journal.entries) this.#post(link, entry);
    for (const entry of this.#unsent.splice(0)) this.#send(link, entry);
    if (this.#events.isPaused) void this.#resume(link);
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
    this.#events.goOn(standing.sequence);
    this.#listener.onResumed(standing);
    this.#events.tell();
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
    this.#items = 0;
    this.#sent = [];
    const beginning = await this.#beginning();
    if (this.#end !== undefined) throw this.#end;
    return connect(this.#setup, beginning, {
      onDone: (...done) => this.#acknowledged(...done),
      onFault: (link, cause) => this.#crashed(link, cause),
      onWait: (giveUp) => {
        this.#giveUp = giveUp;
      },
    });
  }

  /** What the engine starts from: the caller's options, or a snapshot, which has them in it. */
  async #beginning(): Promise<EngineOptions> {
    const { engine } = this.#setup;
    const snapshot = await this.#journal.snapshot();
    if (snapshot === undefined) return engine;
    const { tickCapacity } = engine;
    return moving({ snapshot, ...(tickCapacity !== undefined && { tickCapacity }) });
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

function crash(cause: unknown): WorkerError {
  const expected = "a worker that answers";
  const received = `one that failed: ${cause instanceof Error ? cause.message : shown(cause)}`;
  return new WorkerError("WORKER_CRASHED", { path: "", expected, received, cause });
}
