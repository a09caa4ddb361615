/**
 * Several workers as one: the order in which changes, batches and questions reach them, and how many must make a change for it to be
 * made.
 */
import { DisposedError, engineDisposed, type PlimsollError } from "../errors.js";
import type { Batch } from "./asked.js";
import type { CallName, VoteName } from "./calls.js";
import type { Supervisor } from "./supervisor.js";

export class Shards {
  #workers: readonly Supervisor[];
  /** Workers that are to be among them. */
  #fresh: readonly Supervisor[] = [];
  /** Sends the ticks that wait: what comes after them must see them. */
  readonly #seal: () => void;
  /** Changes and batches so far. */
  #turns = 0;
  /** While something must be under way alone, as when accounts move: calls and batches that came meanwhile, in their order. */
  #gate: (() => void)[] | undefined;
  #end: PlimsollError | undefined;

  constructor(workers: readonly Supervisor[], seal: () => void) {
    this.#workers = workers;
    this.#seal = seal;
  }

  get count(): number {
    return this.#workers.length;
  }

  get all(): readonly Supervisor[] {
    return this.#workers;
  }

  at(shard: number): Supervisor {
    return this.#workers[shard] as Supervisor;
  }

  /** The last turn that has been given to a change or a batch. */
  get turn(): number {
    return this.#turns;
  }

  /** The turn of a change that comes now, after all ticks given before it. */
  nextTurn(): number {
    this.#seal();
    return ++this.#turns;
  }

  /** The first turn that has not been done and told everywhere; Infinity where there is none. */
  get oldestTurn(): number {
    return this.#workers.reduce((oldest, shard) => Math.min(oldest, shard.oldestTurn), Number.POSITIVE_INFINITY);
  }

  /** Whether calls wait at present until something is done that must be under way alone. */
  get isGated(): boolean {
    return this.#gate !== undefined;
  }

  /** Throws where calls are refused. */
  requireOpen(): void {
    if (this.#end === undefined) return;
    throw this.#end instanceof DisposedError ? engineDisposed() : this.#end;
  }

  /** Refuses every call from now on; what is under way goes on. */
  refuse(error: PlimsollError): void {
    this.#end ??= error;
  }

  /** Ends every worker; what is under way rejects with `error`, as does what is asked later. */
  end(error: PlimsollError): void {
    this.refuse(error);
    for (const shard of [...this.#workers, ...this.#fresh]) shard.end(error);
  }

  /** Does something in its turn: at once, or after what must be under way alone. */
  async inOrder<Result>(act: () => Promise<Result> | Result): Promise<Result> {
    this.requireOpen();
    if (this.#gate === undefined) return act();
    // ticks given before it come before it
    this.#seal();
    const waiting = this.#gate;
    return new Promise<Result>((resolve, reject) => {
      const go = async () => act();
      waiting.push(() => go().then(resolve, reject));
    });
  }

  /** Does something while nothing else is under way; what is asked or ticked meanwhile waits. */
  alone<Result>(act: () => Promise<Result>): Promise<Result> {
    return this.inOrder(async () => {
      this.#seal();
      const waiting: (() => void)[] = [];
      this.#gate = waiting;
      try {
        do {
          await this.flush();
          // whoever waits for what has been done goes on first, since it may ask for more or note where an account is
          await new Promise((resolve) => setTimeout(resolve));
        } while (this.#workers.some(({ isIdle }) => !isIdle));
        return await act();
      } finally {
        // ticks that wait come after what waits here
        this.#seal();
        this.#gate = undefined;
        // until one of them must be alone in turn
        while (this.#gate === undefined && waiting.length > 0) waiting.shift()?.();
        if (this.#gate !== undefined) (this.#gate as (() => void)[]).push(...waiting);
      }
    });
  }

  /** Resolves when all that was asked before has been done and told. */
  async flush(): Promise<void> {
    await Promise.all(this.#workers.map((shard) => shard.flush()));
  }

  /** Sends a batch of ticks to all of them, in its turn. */
  post(words: Float64Array<ArrayBuffer>): void {
    if (this.#gate !== undefined) {
      this.#gate.push(() => this.post(words));
      return;
    }
    const batch: Batch = { words, left: this.count, journals: this.count, tookMs: 0 };
    const turn = ++this.#turns;
    for (const shard of this.#workers) shard.tick(batch, turn);
  }

  /** What every shard answers; `take` makes of each what is so when it comes. */
  ask<Answered, Result = Answered>(
    method: CallName,
    args: readonly unknown[],
    take: (answer: Answered, shard: number) => Result = (answer) => answer as unknown as Result,
  ): Promise<Result[]> {
    return Promise.all(this.#workers.map(async (shard, i) => take(await shard.query<Answered>(method, args), i)));
  }

  /** A change that one shard makes; `note` takes the answer down before anything that it has caused is told. */
  async one<Result>(
    shard: number,
    method: CallName,
    args: readonly unknown[],
    note: (answer: Result) => void = () => {},
  ): Promise<Result> {
    const { answer, release, discard } = this.at(shard).change<Result>(method, args, this.nextTurn());
    try {
      const result = await answer;
      note(result);
      release();
      return result;
    } catch (error) {
      discard();
      throw error;
    }
  }

  /** A change that every shard makes, since the market is the same in all of them, or every one refuses. */
  async everyone<Result>(method: CallName, args: readonly unknown[]): Promise<Result> {
    const turn = this.nextTurn();
    const changes = this.#workers.map((shard) => shard.change<Result>(method, args, turn, this.count > 1));
    const answers = await Promise.allSettled(changes.map(({ answer }) => answer));
    const refused = answers.find((answer) => answer.status === "rejected");
    for (const change of changes) {
      if (refused === undefined) change.release();
      else change.discard();
    }
    if (refused !== undefined) throw refused.reason;
    return (answers[0] as PromiseFulfilledResult<Result>).value;
  }

  /** A change of the market against which accounts may stand: where one shard refuses it, none makes it. */
  async everyoneOrNone(method: VoteName, args: readonly unknown[]): Promise<void> {
    if (this.count === 1) return this.everyone(method, args);
    const turn = this.nextTurn();
    const proposals = this.#workers.map((shard) => shard.propose<void>(method, args, turn));
    const votes = await Promise.allSettled(proposals.map(({ vote }) => vote));
    const refused = votes.find((vote) => vote.status === "rejected");
    for (const { decide } of proposals) decide(refused === undefined);
    if (refused !== undefined) throw refused.reason;
    const answers = await Promise.allSettled(proposals.map(({ answer }) => answer));
    for (const { release } of proposals) release();
    const failed = answers.find((answer) => answer.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  /** A change that is made whatever happens to the worker, be it one of these or one that is to be. */
  certain<Result = void>(shard: Supervisor, method: CallName, args: readonly unknown[]): Promise<Result> {
    const { answer, release } = shard.change<Result>(method, args, ++this.#turns, true);
    return answer.finally(release);
  }

  /** Starts workers that are to be among these, and ends with these meanwhile. */
  async start(fresh: readonly Supervisor[]): Promise<void> {
    this.#fresh = fresh;
    try {
      this.requireOpen();
      await Promise.all(fresh.map((shard) => shard.start()));
    } catch (error) {
      this.drop();
      throw error;
    }
  }

  /** Ends workers that were to be among these. */
  drop(): void {
    for (const shard of this.#fresh) shard.end(engineDisposed());
    this.#fresh = [];
  }

  /** From now on the first of these and those that were to be among them; returns the others, which are not ended yet. */
  keep(count: number): readonly Supervisor[] {
    const others = this.#workers.slice(count);
    this.#workers = [...this.#workers.slice(0, count), ...this.#fresh];
    this.#fresh = [];
    return others;
  }
}
