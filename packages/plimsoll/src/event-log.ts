/** Events as numbers in one array: objects that live long would give every run of the garbage collector more to do. */
import { eventOf } from "./answers.js";
import { EVENT, EVENT_WORDS, NAMES } from "./layout.js";
import type { AccountHandle, BandEvent, InstrumentHandle } from "./types.js";

const EVENTS_FIRST = 64;

/** Events in their order. */
export class EventLog {
  #words = new Float64Array(EVENTS_FIRST * EVENT_WORDS);
  #ids: string[] = [];

  get length(): number {
    return this.#ids.length;
  }

  push({ sequence, account, id, from, to, driver, timeMs, equity, maintenance }: BandEvent): void {
    const at = this.length * EVENT_WORDS;
    if (at === this.#words.length) {
      const words = new Float64Array(2 * at);
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
    return this.#ids.map((id, row) => {
      const at = row * EVENT_WORDS;
      const word = (field: number) => this.#words[at + field] as number;
      const driver = word(EVENT.driver) as InstrumentHandle;
      const account = word(EVENT.account) as AccountHandle;
      return eventOf(this.#words, at, word(EVENT.sequence), account, id, Number.isNaN(driver) ? null : driver);
    });
  }

  clear(): void {
    this.#ids = [];
  }
}
