/** Events as numbers in one array: objects that live long would give every run of the garbage collector more to do. */

import { EVENT, EVENT_WORDS, NAMES } from "./core/layout.js";
import { eventOf } from "./engine/answers.js";
import type { AccountHandle, BandEvent, InstrumentHandle } from "./types.js";

const EVENTS_FIRST = 64;

/** Events in their order, as they travel. */
export interface EventColumns {
  /** Records, see {@link EVENT}: the account and the driver are handles of the caller's. */
  readonly words: Float64Array;
  readonly ids: readonly string[];
}

export function columnsOf(events: readonly BandEvent[]): EventColumns {
  const log = new EventLog();
  for (const event of events) log.push(event);
  return log.columns;
}

export function eventsOf({ words, ids }: EventColumns): BandEvent[] {
  return ids.map((id, row) => {
    const at = row * EVENT_WORDS;
    const word = (field: number) => words[at + field] as number;
    const driver = word(EVENT.driver) as InstrumentHandle;
    const account = word(EVENT.account) as AccountHandle;
    return eventOf(words, at, word(EVENT.sequence), account, id, Number.isNaN(driver) ? null : driver);
  });
}

/** Events in their order. */
export class EventLog {
  #words: Float64Array = new Float64Array();
  #ids: string[] = [];

  get length(): number {
    return this.#ids.length;
  }

  push({ sequence, account, id, from, to, driver, timeMs, equity, maintenance }: BandEvent): void {
    const at = this.length * EVENT_WORDS;
    if (at === this.#words.length) {
      const words = new Float64Array(2 * at || EVENTS_FIRST * EVENT_WORDS);
      words.set(this.#words);
      this.#words = words;
    }
    const words = this.#words;
    this.#ids.push(id);
    words[at + EVENT.sequence] = sequence;
    words[at + EVENT.account] = account;
    words[at + EVENT.from] = NAMES.band.indexOf(from);
    words[at + EVENT.to] = NAMES.band.indexOf(to);
    words[at + EVENT.driver] = driver ?? Number.NaN;
    words[at + EVENT.timeMs] = timeMs;
    words[at + EVENT.equity] = equity;
    words[at + EVENT.maintenance] = maintenance;
  }

  /** Drops all but the latest. */
  keep(count: number): void {
    const dropped = this.length - count;
    this.#words.copyWithin(0, dropped * EVENT_WORDS, this.length * EVENT_WORDS);
    this.#ids.splice(0, dropped);
  }

  events(): BandEvent[] {
    return eventsOf({ words: this.#words, ids: this.#ids });
  }

  /** As they are now. */
  get columns(): EventColumns {
    return { words: this.#words.slice(0, this.length * EVENT_WORDS), ids: this.#ids.slice() };
  }

  /** Takes them in the place of its own; the words are the log's from now on. */
  take({ words, ids }: EventColumns): void {
    this.#words = words;
    this.#ids = ids.slice();
  }

  clear(): void {
    this.#ids = [];
  }
}
