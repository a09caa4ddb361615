/**
 * Which ticks are kept while workers are behind.
 *
 * A tick takes the place of an earlier one only if it ticks the same thing and gives the same fields, and it goes to the end of the
 * line. So what is kept is a subsequence of what came, in its order, in which every tick left out is followed by one that says all
 * that it said anew: the engine ends in the state to which all of them would have led it, if times do not go back. One thing looks
 * back, an option's mark, whose vol is read at the forward of that moment: where it comes without its `underlyingPrice`, that is the
 * last one kept before it.
 */
import { NAMES } from "../layout.js";
import { ROW, ROW_WORDS, TARGET } from "./tick-row.js";

const REJECTED_TIME = NAMES.tickStatus.indexOf("rejected-time");
const SLOTS_FIRST = 64;
/** In place of a slot's order: nothing is in it. */
const FREE = -1;

/** Bits of a key beside a bit for each field given. */
const BIT = { mark: 1, index: 2, underlyingPrice: 4, vol: 8, rate: 16, isMarkZero: 32, isDoubtful: 64 } as const;
const KEYS_PER_TARGET = 128;
const TARGETS = 4;
/** What an index ticks; beside the targets of rows. */
const INDEX_TARGET = 3;

export class Conflation {
  readonly #keepsExtremes: boolean;
  readonly #underlyingOf: (instrument: number) => number | undefined;
  #words = new Float64Array(SLOTS_FIRST * ROW_WORDS);
  /** By slot: its place in the order in which ticks came. */
  #orders = new Float64Array(SLOTS_FIRST).fill(FREE);
  readonly #free: number[] = [];
  #extent = 0;
  #order = 0;
  /** By key (see {@link keyOf}): slots of the last tick, and of those with the lowest and the highest mark. */
  readonly #last = new Map<number, number>();
  readonly #lowest = new Map<number, number>();
  readonly #highest = new Map<number, number>();
  /** Time of the latest tick, by what it ticks. */
  readonly #latestMs = new Map<number, number>();
  #conflations = 0;

  /**
   * `keepsExtremes`: besides the last tick of a key also those with its lowest and its highest mark. `underlyingOf` an instrument
   * is a number for the underlying whose price its index sets, where that is known.
   */
  constructor(keepsExtremes: boolean, underlyingOf: (instrument: number) => number | undefined) {
    this.#keepsExtremes = keepsExtremes;
    this.#underlyingOf = underlyingOf;
  }

  /** Ticks that are kept. */
  get rows(): number {
    return this.#extent - this.#free.length;
  }

  /** Ticks that later ones have taken the place of. */
  get conflations(): number {
    return this.#conflations;
  }

  /**
   * Takes a tick's words in, a copy. Returns the status with which a tick is refused that is older than one that came before it:
   * the engine would not see that one any more, and would take it.
   */
  take(row: Float64Array): number | undefined {
    const timeMs = row[ROW.timeMs] as number;
    const target = targetOf(row[ROW.handle] as number, row[ROW.target] as number);
    if (this.#isLate(target, timeMs)) return REJECTED_TIME;
    const isDoubtful = !isPlain(row);
    if (!isDoubtful) {
      const priced = this.#indexTarget(row);
      if (priced !== undefined && this.#isLate(priced, timeMs)) return REJECTED_TIME;
      this.#latestMs.set(target, timeMs);
      if (priced !== undefined) this.#latestMs.set(priced, timeMs);
    }
    const key = keyOf(target, row, isDoubtful);
    const slot = this.#store(row);
    this.#replace(this.#last, key, slot);
    const mark = row[ROW.mark] as number;
    if (!this.#keepsExtremes || isDoubtful || Number.isNaN(mark)) return undefined;
    if (!(mark >= this.#markOf(this.#lowest, key))) this.#replace(this.#lowest, key, slot);
    if (!(mark <= this.#markOf(this.#highest, key))) this.#replace(this.#highest, key, slot);
    return undefined;
  }

  /**
   * Moves all that is kept to `batch`, which has {@link rows} rows, in the order in which it came, and divides it into passes of at
   * most `passRowsMax` rows: a pass ends before a second tick of a key, else only the last of them would be assessed.
   */
  drainTo(batch: Float64Array, passRowsMax: number): void {
    const slots: number[] = [];
    for (let slot = 0; slot < this.#extent; slot++) if (this.#orders[slot] !== FREE) slots.push(slot);
    slots.sort((a, b) => (this.#orders[a] as number) - (this.#orders[b] as number));
    const inPass = new Set<number>();
    let first = 0;
    for (const [place, slot] of slots.entries()) {
      const row = this.#row(slot);
      const key = keyOf(targetOf(row[ROW.handle] as number, row[ROW.target] as number), row, !isPlain(row));
      if (place - first === passRowsMax || inPass.has(key) || isAlone(row) || isAlone(batch, first)) {
        first = place;
        inPass.clear();
      }
      inPass.add(key);
      batch.set(row, place * ROW_WORDS);
      batch[place * ROW_WORDS + ROW.rows] = 0;
      batch[first * ROW_WORDS + ROW.rows] = place - first + 1;
    }
    this.clear();
  }

  /** Forgets all that is kept. */
  clear(): void {
    this.#orders.fill(FREE);
    this.#free.length = 0;
    this.#extent = 0;
    for (const map of [this.#last, this.#lowest, this.#highest, this.#latestMs]) map.clear();
  }

  #isLate(target: number, timeMs: number): boolean {
    const latestMs = this.#latestMs.get(target);
    return latestMs !== undefined && !(timeMs >= latestMs);
  }

  /** What the index of an instrument's tick ticks. */
  #indexTarget(row: Float64Array): number | undefined {
    if (row[ROW.target] !== TARGET.instrument || Number.isNaN(row[ROW.index])) return undefined;
    const underlying = this.#underlyingOf(row[ROW.handle] as number);
    return underlying === undefined ? undefined : targetOf(underlying, INDEX_TARGET);
  }

  #row(slot: number): Float64Array {
    return this.#words.subarray(slot * ROW_WORDS, (slot + 1) * ROW_WORDS);
  }

  #markOf(map: Map<number, number>, key: number): number {
    const slot = map.get(key);
    return slot === undefined ? Number.NaN : (this.#words[slot * ROW_WORDS + ROW.mark] as number);
  }

  #store(row: Float64Array): number {
    const slot = this.#free.pop() ?? this.#extent++;
    if (slot === this.#orders.length) this.#grow();
    this.#words.set(row, slot * ROW_WORDS);
    this.#orders[slot] = this.#order++;
    return slot;
  }

  #replace(map: Map<number, number>, key: number, slot: number): void {
    const before = map.get(key);
    map.set(key, slot);
    if (before === undefined || before === slot) return;
    for (const other of [this.#last, this.#lowest, this.#highest]) if (other.get(key) === before) return;
    this.#orders[before] = FREE;
    this.#free.push(before);
    this.#conflations++;
  }

  #grow(): void {
    const words = new Float64Array(2 * this.#words.length);
    words.set(this.#words);
    const orders = new Float64Array(2 * this.#orders.length).fill(FREE);
    orders.set(this.#orders);
    [this.#words, this.#orders] = [words, orders];
  }
}

/** What is ticked, as a number. */
function targetOf(handle: number, target: number): number {
  return handle * TARGETS + target;
}

/**
 * What must be the same where a tick takes another's place: what it ticks, which fields it gives, whether its mark is 0, which only
 * options may have, and whether the engine may refuse it.
 */
function keyOf(target: number, row: Float64Array, isDoubtful: boolean): number {
  let bits = isDoubtful ? BIT.isDoubtful : 0;
  for (const field of ["mark", "index", "underlyingPrice", "vol", "rate"] as const) {
    if (!Number.isNaN(row[ROW[field]])) bits |= BIT[field];
  }
  if (row[ROW.mark] === 0) bits |= BIT.isMarkZero;
  return target * KEYS_PER_TARGET + bits;
}

/** Whether nothing in the row gives the engine a reason to refuse it. */
function isPlain(row: Float64Array): boolean {
  const timeMs = row[ROW.timeMs] as number;
  const [mark, vol] = [row[ROW.mark] as number, row[ROW.vol] as number];
  const [index, underlyingPrice] = [row[ROW.index] as number, row[ROW.underlyingPrice] as number];
  const rate = row[ROW.rate] as number;
  // a comparison with NaN, which stands for "not given", is false
  const isOutOfDomain = mark < 0 || vol < 0 || index <= 0 || underlyingPrice <= 0 || !(timeMs >= 0);
  const isInfinite = [mark, index, underlyingPrice, vol, rate, timeMs].some((value) => Math.abs(value) === Infinity);
  const givesNothing = [mark, index, underlyingPrice, vol, rate].every(Number.isNaN);
  return !(isOutOfDomain || isInfinite || givesNothing);
}

/** Whether the row at `place` ticks what the engine takes in passes of one. */
function isAlone(rows: Float64Array, place = 0): boolean {
  return rows[place * ROW_WORDS + ROW.target] !== TARGET.instrument;
}
