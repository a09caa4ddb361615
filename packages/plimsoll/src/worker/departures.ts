/** What has been removed, for as long as events from before may still be told: an event is of whom it happened to. */
import { SLOT_MASK } from "../core/layout.js";
import type { AccountHandle, InstrumentHandle } from "../types.js";
import { type Place, wordOf } from "./handle-table.js";

/** An account that is going or has gone. */
export interface Departure {
  readonly account: AccountHandle;
  readonly id: string;
  /** No event of it comes from a later turn; Infinity while its removal is under way. */
  turn: number;
}

export class Departures {
  /** By place. */
  readonly #accounts = new Map<number, Departure>();
  /** By slot. */
  readonly #instruments = new Map<number, { readonly instrument: InstrumentHandle; readonly turn: number }>();

  /** An account begins to go. */
  begin(place: Place, account: AccountHandle, id: string): void {
    this.#accounts.set(wordOf(place), { account, id, turn: Number.POSITIVE_INFINITY });
  }

  /** It stays. */
  cancel(place: Place): void {
    this.#accounts.delete(wordOf(place));
  }

  /** It has gone before what comes after `turn`. */
  end(place: Place, turn: number): void {
    const departure = this.from(place);
    if (departure !== undefined) departure.turn = turn;
  }

  get isEmpty(): boolean {
    return this.#accounts.size === 0 && this.#instruments.size === 0;
  }

  /** Who is going from a place, or has gone. */
  from(place: Place): Departure | undefined {
    return this.#accounts.get(wordOf(place));
  }

  /** An instrument has gone before what comes after `turn`. */
  ofInstrument(instrument: InstrumentHandle, turn: number): void {
    this.#instruments.set(instrument & SLOT_MASK, { instrument, turn });
  }

  /** The instrument that has gone from a slot since a turn. */
  fromSlot(slot: number, turn: number): InstrumentHandle | undefined {
    const gone = this.#instruments.get(slot);
    return gone !== undefined && turn <= gone.turn ? gone.instrument : undefined;
  }

  /** All events of the turns before `turn` have been told. */
  settle(turn: number): void {
    for (const items of [this.#accounts, this.#instruments]) {
      for (const [key, item] of items) if (item.turn < turn) items.delete(key);
    }
  }
}
