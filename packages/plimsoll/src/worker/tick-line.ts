/** Ticks in a line, from which any may go, in columns that are used again: a feed that is faster than the workers leaves no garbage. */
import { ROW, ROW_WORDS } from "./tick-row.js";

const SLOTS_FIRST = 64;
/** A slot that holds no tick: both ends of the line meet in it, and it stands for none. */
export const NONE = 0;
/** On how many earlier ticks one can rest. */
const SUPPORTS_MAX = 8;

/**
 * A tick stays as long as somebody holds it. Beyond that it stays for those that are held and rest on it, since the engine reads what it
 * has set when they come; what it rests on itself does not matter any more by then.
 */
export class TickLine {
  #words = new Float64Array(SLOTS_FIRST * ROW_WORDS);
  readonly #previous = [NONE];
  readonly #next = [NONE];
  /** By slot: how many hold it, how many that are held rest on it, and on which it rests, {@link SUPPORTS_MAX} of them for each. */
  readonly #holders = [0];
  readonly #resting = [0];
  readonly #supports = new Array<number>(SUPPORTS_MAX).fill(NONE);
  /** A slot whose tick has gone; `#next` leads from there to the others. */
  #free = NONE;
  /** Slots in use or gone, with {@link NONE}. */
  #extent = 1;
  #rows = 0;
  #gone = 0;

  /** Ticks in the line. */
  get rows(): number {
    return this.#rows;
  }

  /** Ticks that have gone from it one by one. */
  get gone(): number {
    return this.#gone;
  }

  get first(): number {
    return this.#next[NONE] as number;
  }

  after(slot: number): number {
    return this.#next[slot] as number;
  }

  word(slot: number, field: number): number {
    return this.#words[slot * ROW_WORDS + field] as number;
  }

  /** Whether a field is given; asked here, so that no number is put on the heap. */
  gives(slot: number, field: number): boolean {
    return !Number.isNaN(this.#words[slot * ROW_WORDS + field]);
  }

  copyTo(words: Float64Array, at: number, slot: number): void {
    for (let word = 0; word < ROW_WORDS; word++) words[at + word] = this.#words[slot * ROW_WORDS + word] as number;
  }

  /** Puts a copy of a tick, which nobody holds yet, at the end. */
  add(rows: Float64Array, at: number): number {
    const isNew = this.#free === NONE;
    const slot = isNew ? this.#extent++ : this.#free;
    if (!isNew) this.#free = this.#next[slot] as number;
    this.#rows++;
    if ((slot + 1) * ROW_WORDS > this.#words.length) {
      const words = new Float64Array(2 * this.#words.length);
      words.set(this.#words);
      this.#words = words;
    }
    for (let word = 0; word < ROW_WORDS; word++) this.#words[slot * ROW_WORDS + word] = rows[at + word] as number;
    this.#holders[slot] = 0;
    this.#resting[slot] = 0;
    for (let i = 0; i < SUPPORTS_MAX; i++) this.#supports[slot * SUPPORTS_MAX + i] = NONE;
    this.#link(this.#previous[NONE] as number, slot);
    this.#link(slot, NONE);
    return slot;
  }

  /** To hold {@link NONE} means nothing. */
  hold(slot: number): void {
    (this.#holders[slot] as number)++;
  }

  /** Lets go of a tick that was held in favour of `heir`, which stands for it too from now on. */
  release(slot: number, heir: number): void {
    if (--(this.#holders[slot] as number) > 0) return;
    const standsAt = slot * ROW_WORDS + ROW.count;
    (this.#words[heir * ROW_WORDS + ROW.count] as number) += this.#words[standsAt] as number;
    this.#words[standsAt] = 0;
    for (let i = 0; i < SUPPORTS_MAX; i++) {
      const support = this.#supports[slot * SUPPORTS_MAX + i] as number;
      if (support === NONE) break;
      (this.#resting[support] as number)--;
      this.#removeUnused(support);
    }
    this.#removeUnused(slot);
  }

  /** A tick that is held needs an earlier one before it. */
  rest(slot: number, on: number): void {
    if (on === NONE) return;
    for (let i = slot * SUPPORTS_MAX; i < (slot + 1) * SUPPORTS_MAX; i++) {
      if (this.#supports[i] === on) return;
      if (this.#supports[i] !== NONE) continue;
      this.#supports[i] = on;
      (this.#resting[on] as number)++;
      return;
    }
  }

  clear(): void {
    this.#link(NONE, NONE);
    this.#free = NONE;
    this.#extent = 1;
    this.#rows = 0;
  }

  #removeUnused(slot: number): void {
    if ((this.#holders[slot] as number) > 0 || (this.#resting[slot] as number) > 0) return;
    this.#link(this.#previous[slot] as number, this.#next[slot] as number);
    this.#next[slot] = this.#free;
    this.#free = slot;
    this.#rows--;
    this.#gone++;
  }

  #link(before: number, after: number): void {
    this.#next[before] = after;
    this.#previous[after] = before;
  }
}
