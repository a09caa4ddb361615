/** Tells the events of all shards in the order in which one engine with all accounts tells them. */

import { EVENT, EVENT_WORDS, NO_BAND, NO_HANDLE, SLOT_MASK } from "../core/layout.js";
import { eventOf } from "../engine/answers.js";
import type { Registry } from "../engine/registry.js";
import type { AccountHandle, BandEvent, InstrumentHandle } from "../types.js";
import type { AccountDirectory } from "./account-directory.js";
import type { Standing } from "./calls.js";
import type { Departures } from "./departures.js";

/** What a teller knows of its pool. */
export interface Surroundings {
  readonly accounts: AccountDirectory;
  readonly instruments: Registry<InstrumentHandle>;
  readonly departures: Departures;
  /** The first turn that some shard has not done and told; Infinity where there is none. */
  oldestTurn(): number;
  tell(events: BandEvent[]): void;
}

export class EventTeller {
  /** Number of the event that was told last. */
  sequence = 0;
  readonly #around: Surroundings;
  /** Events that wait until every shard has done what comes before them. */
  #untold: Untold[] = [];
  /** Shards whose worker has a feed of its own and has been replaced: bands come from it anew. */
  readonly #resumed = new Set<number>();

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** Takes records of a shard, which a turn has caused there, or its worker's own feed (turn 0). */
  hold(shard: number, records: Float64Array, turn: number): void {
    // what its feed has caused comes after what the worker has done before
    this.#take(shard, records, turn || (this.#untold.findLast((untold) => untold.shard === shard)?.turn ?? 0));
    if (turn === 0) this.tell();
  }

  #take(shard: number, records: Float64Array, turn: number): void {
    // of the length that it needs: what grows by itself takes room for more
    const untold = new Array<Untold>(records.length / EVENT_WORDS);
    for (let i = 0; i < untold.length; i++) untold[i] = new Untold(turn, shard, records, i * EVENT_WORDS);
    if (this.#untold.length === 0) this.#untold = untold;
    else for (const each of untold) this.#untold.push(each);
  }

  /**
   * Tells the events of the turns that every shard has done, in the order in which one engine with all accounts tells them: by
   * turn, by pass within it, by account within a pass. What a worker's own feed has caused (turn 0) is told at once, unless that
   * worker has events to be told before, or the account is so new that its registration has not been heard of yet.
   */
  tell(): void {
    const { departures } = this.#around;
    if (this.#untold.length === 0 && departures.isEmpty) return;
    const oldestTurn = this.#around.oldestTurn();
    this.#tellBefore(oldestTurn);
    departures.settle(oldestTurn);
  }

  #tellBefore(turn: number): void {
    const isDue = (untold: Untold) => untold.turn < turn && this.#identify(untold);
    const told = this.#untold.filter(isDue).sort(inOrder);
    if (told.length === 0) return;
    this.#untold = told.length === this.#untold.length ? [] : this.#untold.filter((untold) => !isDue(untold));
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
    this.#take(shard, Float64Array.from(records), 0);
    this.tell();
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
