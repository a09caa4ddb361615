/** Tells the events of all shards in the order in which one engine with all accounts tells them. */

import { EVENT, EVENT_WORDS, NO_BAND, NO_HANDLE, SLOT_MASK } from "../core/layout.js";
import { eventOf } from "../engine/answers.js";
import type { Registry } from "../engine/registry.js";
import type { AccountHandle, BandEvent, InstrumentHandle } from "../types.js";
import type { AccountDirectory } from "./account-directory.js";
import type { Standing } from "./calls.js";
import type { Departures } from "./departures.js";
import { nextTask } from "./pieces.js";

/** What a teller knows of its pool. */
export interface Surroundings {
  readonly accounts: AccountDirectory;
  readonly instruments: Registry<InstrumentHandle>;
  readonly departures: Departures;
  /** The first turn that some shard has not done and told; Infinity where there is none. */
  oldestTurn(): number;
  tell(events: BandEvent[]): void;
}

/** How long one task of the calling thread tells events. */
const SLICE_MS = 4;
/** After how many events the clock is looked at. */
const STEP_EVENTS = 16;

/** Records of a shard, which a turn has caused there, or its worker's own feed (turn 0). */
interface Held {
  readonly shard: number;
  readonly records: Float64Array;
  readonly turn: number;
}

/** Many events at once are told in several tasks, so that the thread which calls is free in between. */
export class EventTeller {
  /** Number of the event that was told last. */
  sequence = 0;
  readonly #around: Surroundings;
  /** Events that wait until every shard has done what comes before them. */
  #held: Held[] = [];
  /** What tells those that wait no longer, while there are such; and whether there may be more by now. */
  #steps: Generator<void> | undefined;
  #mayBeMore = false;
  #isInStep = false;
  /** Who waits for the end of it. */
  #waiting: (() => void)[] = [];
  /** Shards whose worker has a feed of its own and has been replaced: bands come from it anew. */
  readonly #resumed = new Set<number>();

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** Takes records of a shard. */
  hold(shard: number, records: Float64Array, turn: number): void {
    this.#held.push({ shard, records, turn });
    if (turn === 0) this.tell();
  }

  /**
   * Tells the events of the turns that every shard has done, in the order in which one engine with all accounts tells them: by
   * turn, by pass within it, by account within a pass. What a worker's own feed has caused (turn 0) is told at once, unless the
   * account is so new that its registration has not been heard of yet.
   */
  tell(): void {
    if (this.#held.length === 0 && this.#around.departures.isEmpty) return;
    this.#mayBeMore = true;
    if (this.#steps !== undefined) return;
    this.#steps = this.#tellAll();
    this.#tellSlice();
  }

  /** Resolves when all is told that can be. */
  told(): Promise<void> {
    if (this.#steps === undefined) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Tells at once what else would be told in the next tasks. */
  finish(): void {
    this.#tellSlice(Number.POSITIVE_INFINITY);
  }

  #tellSlice(untilMs = performance.now() + SLICE_MS): void {
    // a listener may be at the bottom of it
    if (this.#steps === undefined || this.#isInStep) return;
    this.#isInStep = true;
    while (this.#steps.next().done !== true) {
      if (performance.now() < untilMs) continue;
      this.#isInStep = false;
      void nextTask().then(() => this.#tellSlice());
      return;
    }
    this.#isInStep = false;
    this.#steps = undefined;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  *#tellAll(): Generator<void> {
    while (this.#mayBeMore) {
      this.#mayBeMore = false;
      const oldestTurn = this.#around.oldestTurn();
      const held = this.#held;
      this.#held = [];
      const told: Untold[] = [];
      for (const each of held) {
        const { shard, records, turn } = each;
        if (turn >= oldestTurn) {
          this.#held.push(each);
          continue;
        }
        for (let at = 0; at < records.length; at += EVENT_WORDS) {
          const untold = new Untold(turn, shard, records, at);
          if (this.#identify(untold)) told.push(untold);
          else this.#held.push({ shard, records: records.subarray(at, at + EVENT_WORDS), turn });
          if (told.length % STEP_EVENTS === 0) yield;
        }
      }
      told.sort(inOrder);
      for (let from = 0; from < told.length; from += STEP_EVENTS) {
        this.#tellSome(told.slice(from, from + STEP_EVENTS));
        yield;
      }
      this.#around.departures.settle(oldestTurn);
    }
  }

  #tellSome(told: readonly Untold[]): void {
    const { accounts, instruments, departures } = this.#around;
    const events: BandEvent[] = [];
    for (const untold of told) {
      const { shard, turn, records, at, id } = untold;
      const account = untold.account as AccountHandle;
      if (accounts.places.owner(shard, untold.word(EVENT.account)) === account && !this.#isNew(untold)) continue;
      const slot = untold.word(EVENT.driver);
      const driver = departures.fromSlot(slot, turn) ?? instruments.inSlot(slot) ?? null;
      events.push(eventOf(records, at, ++this.sequence, account, id, driver));
    }
    this.#around.tell(events);
  }

  /** Whether an account is not in the band already that an event says, as after what could not be repeated; from now on it is. */
  #isNew({ shard, records, at, account }: Untold): boolean {
    const { accounts } = this.#around;
    const band = records[at + EVENT.to] as number;
    const before = this.#resumed.has(shard) ? accounts.band(account as AccountHandle) : undefined;
    if (before === band) return false;
    if (before !== undefined) records[at + EVENT.from] = before;
    accounts.enter(account as AccountHandle, band);
    return true;
  }

  /** Says whose event it is, if that is known by now. */
  #identify(untold: Untold): boolean {
    const place = { shard: untold.shard, local: untold.word(EVENT.account) };
    const { accounts, departures } = this.#around;
    const departure = departures.from(place);
    untold.account = departure?.account ?? accounts.places.owner(place.shard, place.local);
    if (untold.account === undefined) return false;
    untold.id = departure?.id ?? accounts.names.id(untold.account);
    return true;
  }

  /** Tells what has become of accounts since what was told last, where a worker's own feed could not be repeated. */
  resume(shard: number, { timeMs, columns }: Standing): void {
    this.finish();
    this.#resumed.add(shard);
    const { accounts } = this.#around;
    const records: number[] = [];
    for (let row = 0; row < columns.length; row++) {
      const local = columns.handle[row] as number;
      const owner = accounts.places.owner(shard, local);
      const before = owner === undefined ? undefined : accounts.band(owner);
      const band = columns.band[row] as number;
      if (before === undefined || before === band || band === NO_BAND) continue;
      const figures = [timeMs, columns.equity[row] as number, columns.maintenance[row] as number];
      records.push(0, 0, local, before, band, NO_HANDLE, ...figures);
    }
    if (records.length > 0) this.hold(shard, Float64Array.from(records), 0);
  }
}

/** An event that waits to be told, as its shard knows it. */
class Untold {
  /** The pool's handle, once it has one. */
  account: AccountHandle | undefined;
  id = "";

  constructor(
    readonly turn: number,
    readonly shard: number,
    readonly records: Float64Array,
    /** Where its record begins. */
    readonly at: number,
  ) {}

  word(field: number): number {
    return this.records[this.at + field] as number;
  }
}

function inOrder(a: Untold, b: Untold): number {
  const slot = ({ account }: Untold) => (account as AccountHandle) & SLOT_MASK;
  return a.turn - b.turn || a.word(EVENT.pass) - b.word(EVENT.pass) || slot(a) - slot(b);
}
