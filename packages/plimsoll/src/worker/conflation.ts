/**
 * Which ticks are kept while workers are behind.
 *
 * A tick takes the place of an earlier one only if it ticks the same thing and gives the same fields, and it goes to the end of the
 * line. So what is kept is a subsequence of what came, in its order, in which every tick left out is followed by one that says all
 * that it said anew: the engine ends in the state to which all of them would have led it, if times do not go back. One thing looks
 * back, an option's mark, whose vol is read at the forward of that moment: where it comes without its `underlyingPrice`, that is the
 * last one kept before it.
 */
import { NAMES } from "../core/layout.js";
import { ROW, ROW_WORDS, TARGET, TARGET_NAMES } from "./tick-row.js";

const REJECTED_TIME = NAMES.tickStatus.indexOf("rejected-time");
const SLOTS_FIRST = 64;
/** A slot that holds no tick: both ends of the line meet in it, and it stands for none. */
const NONE = 0;
/** How many keys and things ticked are remembered from one drain to the next, whatever comes and goes. */
const REMEMBERED_MAX = 65_536;

/** Bits of a key beside a bit for each field given. */
const BIT = { mark: 1, index: 2, underlyingPrice: 4, vol: 8, rate: 16, isMarkZero: 32, isDoubtful: 64 } as const;
const KEYS_PER_THING = 128;
/** What an index ticks; beside the targets of rows. */
const INDEX_TARGET = 3;

/** Holds ticks in columns that are used again, so that a feed which is faster than the workers leaves no garbage. */
export class Conflation {
  readonly #keepsExtremes: boolean;
  readonly #underlyingOf: (instrument: number) => number | undefined;
  #words = new Float64Array(SLOTS_FIRST * ROW_WORDS);
  /** By slot: the ones that came before and after it, the place of its key, and how many of that key's columns name it. */
  readonly #previous = [NONE];
  readonly #next = [NONE];
  readonly #keyOf = [0];
  readonly #uses = [0];
  /** A slot whose tick has gone; `#next` leads from there to the others. */
  #free = NONE;
  /** Slots in use or gone, with {@link NONE}. */
  #extent = 1;
  #rows = 0;
  /**
   * By key, what is ticked and what must be the same where a tick takes another's place (see {@link kindOf}): its place in the columns
   * below. Keys are small, so that making one leaves no garbage.
   */
  readonly #keys = new Map<number, number>();
  /** Slots of the last tick, and of those with the lowest and the highest mark. */
  readonly #last: number[] = [];
  readonly #lowest: number[] = [];
  readonly #highest: number[] = [];
  /** What its ticks tick, a place in the columns below. */
  readonly #thingOf: number[] = [];
  /**
   * By target and handle what is ticked: its place in the columns of the times of the latest ticks, and of the passes that had one
   * last.
   */
  readonly #things = [...TARGET_NAMES, INDEX_TARGET].map(() => new Map<number, number>());
  readonly #latestMs: number[] = [];
  readonly #pass: number[] = [];
  #passes = 0;
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
    return this.#rows;
  }

  /** Ticks that later ones have taken the place of. */
  get conflations(): number {
    return this.#conflations;
  }

  /**
   * Takes in a copy of the tick that begins at `at` in `rows`, without its index where that is older than one before it. Returns the
   * status with which a tick is refused that is older than one that came before it: the engine would not see that one any more, and
   * would take it.
   */
  take(rows: Float64Array, at: number): number | undefined {
    const timeMs = rows[at + ROW.timeMs] as number;
    const thing = this.#thing(rows[at + ROW.target] as number, rows[at + ROW.handle] as number);
    if (this.#isLate(thing, timeMs)) return REJECTED_TIME;
    const isDoubtful = !isPlain(rows, at);
    if (!isDoubtful) {
      let priced = this.#thingOfIndex(rows, at);
      if (priced !== undefined && this.#isLate(priced, timeMs)) {
        // the engine would leave it out, had it seen the newer one
        rows[at + ROW.index] = Number.NaN;
        if (!isPlain(rows, at)) return REJECTED_TIME;
        priced = undefined;
      }
      this.#latestMs[thing] = timeMs;
      if (priced !== undefined) this.#latestMs[priced] = timeMs;
    }
    const key = this.#key(thing, kindOf(rows, at, isDoubtful));
    const slot = this.#store(rows, at, key);
    this.#name(this.#last, key, slot);
    const mark = rows[at + ROW.mark] as number;
    if (!this.#keepsExtremes || isDoubtful || Number.isNaN(mark)) return undefined;
    if (!(mark >= this.#markIn(this.#lowest, key))) this.#name(this.#lowest, key, slot);
    if (!(mark <= this.#markIn(this.#highest, key))) this.#name(this.#highest, key, slot);
    return undefined;
  }

  /**
   * Moves all that is kept to `batch`, which has {@link rows} rows, in the order in which it came, and divides it into passes of at
   * most `passRowsMax` rows. Where extremes are kept a pass ends before a second tick of an instrument, whatever fields it gives, since
   * only what the last of them leads to is assessed.
   */
  drainTo(batch: Float64Array, passRowsMax: number): void {
    let [first, at, wasAlone] = [0, 0, false];
    let pass = ++this.#passes;
    for (let slot = this.#next[NONE] as number; slot !== NONE; slot = this.#next[slot] as number, at += ROW_WORDS) {
      const thing = this.#thingOf[this.#keyOf[slot] as number] as number;
      for (let word = 0; word < ROW_WORDS; word++) {
        batch[at + word] = this.#words[slot * ROW_WORDS + word] as number;
      }
      // what the engine takes in passes of one
      const isAlone = batch[at + ROW.target] !== TARGET.instrument;
      const isFull = at - first === passRowsMax * ROW_WORDS;
      const isSecond = this.#keepsExtremes && this.#pass[thing] === pass;
      if (at > first && (isFull || isAlone || wasAlone || isSecond)) {
        first = at;
        pass = ++this.#passes;
      }
      wasAlone = isAlone;
      this.#pass[thing] = pass;
      batch[at + ROW.rows] = 0;
      batch[first + ROW.rows] = (at - first) / ROW_WORDS + 1;
    }
    this.clear();
  }

  /** Forgets all that is kept. */
  clear(): void {
    this.#link(NONE, NONE);
    this.#free = NONE;
    this.#extent = 1;
    this.#rows = 0;
    if (this.#keys.size + this.#latestMs.length > REMEMBERED_MAX) {
      for (const map of [this.#keys, ...this.#things]) map.clear();
      for (const column of [this.#last, this.#lowest, this.#highest, this.#thingOf, this.#latestMs, this.#pass])
        column.length = 0;
    }
    for (const column of [this.#last, this.#lowest, this.#highest]) column.fill(NONE);
    this.#latestMs.fill(Number.NaN);
  }

  #thing(target: number, handle: number): number {
    const things = this.#things[target] as Map<number, number>;
    const known = things.get(handle);
    if (known !== undefined) return known;
    things.set(handle, this.#latestMs.length);
    this.#pass.push(0);
    return this.#latestMs.push(Number.NaN) - 1;
  }

  #key(thing: number, kind: number): number {
    const key = thing * KEYS_PER_THING + kind;
    const known = this.#keys.get(key);
    if (known !== undefined) return known;
    this.#keys.set(key, this.#thingOf.length);
    for (const column of [this.#last, this.#lowest, this.#highest]) column.push(NONE);
    return this.#thingOf.push(thing) - 1;
  }

  #isLate(thing: number, timeMs: number): boolean {
    const latestMs = this.#latestMs[thing] as number;
    return !Number.isNaN(latestMs) && !(timeMs >= latestMs);
  }

  /** What the index of an instrument's tick ticks. */
  #thingOfIndex(rows: Float64Array, at: number): number | undefined {
    if (rows[at + ROW.target] !== TARGET.instrument || Number.isNaN(rows[at + ROW.index])) return undefined;
    const underlying = this.#underlyingOf(rows[at + ROW.handle] as number);
    return underlying === undefined ? undefined : this.#thing(INDEX_TARGET, underlying);
  }

  /** The mark of the tick that a column names for a key; NaN where it names none. */
  #markIn(column: readonly number[], key: number): number {
    const slot = column[key] as number;
    return slot === NONE ? Number.NaN : (this.#words[slot * ROW_WORDS + ROW.mark] as number);
  }

  /** Puts a tick at the end of the line. */
  #store(rows: Float64Array, at: number, key: number): number {
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
    this.#keyOf[slot] = key;
    this.#uses[slot] = 0;
    this.#link(this.#previous[NONE] as number, slot);
    this.#link(slot, NONE);
    return slot;
  }

  #link(before: number, after: number): void {
    this.#next[before] = after;
    this.#previous[after] = before;
  }

  /** Names a tick in a column of its key; the one named before goes where no other column names it. */
  #name(column: number[], key: number, slot: number): void {
    const before = column[key] as number;
    column[key] = slot;
    this.#uses[slot] = (this.#uses[slot] as number) + 1;
    if (before === NONE) return;
    this.#uses[before] = (this.#uses[before] as number) - 1;
    if (this.#uses[before] !== 0) return;
    this.#link(this.#previous[before] as number, this.#next[before] as number);
    this.#next[before] = this.#free;
    this.#free = before;
    this.#rows--;
    this.#conflations++;
  }
}

/**
 * What must be the same of two ticks of a thing where one takes the other's place: which fields they give, whether the mark is 0,
 * which only options may have, and whether the engine may refuse them.
 */
function kindOf(rows: Float64Array, at: number, isDoubtful: boolean): number {
  const isMarkZero = rows[at + ROW.mark] === 0;
  return givenIn(rows, at) | (isMarkZero ? BIT.isMarkZero : 0) | (isDoubtful ? BIT.isDoubtful : 0);
}

/** A bit for each field that a row gives. */
function givenIn(rows: Float64Array, at: number): number {
  return (
    (Number.isNaN(rows[at + ROW.mark]) ? 0 : BIT.mark) |
    (Number.isNaN(rows[at + ROW.index]) ? 0 : BIT.index) |
    (Number.isNaN(rows[at + ROW.underlyingPrice]) ? 0 : BIT.underlyingPrice) |
    (Number.isNaN(rows[at + ROW.vol]) ? 0 : BIT.vol) |
    (Number.isNaN(rows[at + ROW.rate]) ? 0 : BIT.rate)
  );
}

/** Vols above it the engine refuses, as percent. */
const VOL_MAX = 20;
const MAX = Number.MAX_VALUE;

/** Whether nothing in the row gives the engine a reason to refuse it. Field by field, so that no number is put on the heap. */
function isPlain(rows: Float64Array, at: number): boolean {
  const timeMs = rows[at + ROW.timeMs] as number;
  return (
    isWithin(rows[at + ROW.mark] as number, 0, MAX) &&
    isWithin(rows[at + ROW.index] as number, Number.MIN_VALUE, MAX) &&
    isWithin(rows[at + ROW.underlyingPrice] as number, Number.MIN_VALUE, MAX) &&
    isWithin(rows[at + ROW.vol] as number, 0, VOL_MAX) &&
    isWithin(rows[at + ROW.rate] as number, -MAX, MAX) &&
    timeMs >= 0 &&
    timeMs <= MAX &&
    givenIn(rows, at) !== 0
  );
}

/** Whether a field lies between two bounds, or is not given: a comparison with NaN is false. */
function isWithin(value: number, min: number, max: number): boolean {
  return !(value < min || value > max);
}
