/**
 * Which ticks are kept while workers are behind.
 *
 * A tick takes the place of an earlier one only if it ticks the same thing and gives the same fields, and if the engine takes it where it
 * would have taken that one; it goes to the end of the line. So what is kept is a subsequence of what came, in its order, in which every
 * tick left out is followed by one that says all that it said anew.
 *
 * The engine also reads what earlier ticks have set: its time, prices that a tick brings no newer ones of, and by these whether a tick is
 * late. A tick for which that matters rests on those that have set it, so that they stay before it, whatever takes their place behind it:
 * the engine ends in the state to which all ticks would have led it, and judges each by what it would have judged it by.
 *
 * What was set and when is remembered for as long as there is what it was set for, whether ticks were conflated or sent as they came: by
 * that a tick is late, and a mark may have waited in the engine since an earlier batch. What a snapshot holds is not known here, so that
 * of a pool that goes on from one all this holds for ticks that are not older than that; and an instrument is known to be settled once
 * every worker has settled it.
 */
import { LIMITS, QUOTE_ASSET } from "../core/layout.js";
import { NONE, TickLine } from "./tick-line.js";
import { ROW, ROW_WORDS, TARGET } from "./tick-row.js";

/** How many keys, and how many things ticked that may have been removed since, are remembered from one drain to the next. */
const REMEMBERED_MAX = 65_536;

/** Bits of a key: one for each field given, and what else must be the same of two ticks where one takes the other's place. */
const BIT = {
  mark: 1,
  index: 2,
  underlyingPrice: 4,
  vol: 8,
  rate: 16,
  isBad: 32,
  isLate: 64,
  mayBeLate: 128,
  isAwaiting: 256,
} as const;
const KEYS_PER_THING = 512;

/** What ticks set and later ones are read by, beside the targets of rows: those are the times of instruments, the prices of the others. */
const SET = { ...TARGET, forward: 3, rate: 4, standIn: 5, time: 6 } as const;
/** Those of instruments, which come and go. */
const OF_INSTRUMENTS: readonly number[] = [SET.instrument, SET.forward, SET.rate];

const MIN = Number.MIN_VALUE;
const MAX = Number.MAX_VALUE;
/** Between what bounds the engine takes the fields that may be given, which stand one behind the other in a row as their bits do. */
const LOWEST = [MIN, MIN, MIN, 0, -MAX];
const HIGHEST = [MAX, MAX, MAX, LIMITS.volMax, MAX];

/** What a market says of an instrument. */
export interface InstrumentTerms {
  readonly underlying: number;
  readonly isOption: boolean;
  isSettled: boolean;
  /** The asset that it is settled in, and the one of which it is the price, if it is spot. */
  readonly settle: number;
  readonly base: number | undefined;
}

/** What a conflation must know of the market. */
export interface MarketTerms {
  /** Undefined where there is no such instrument. */
  termsOf(instrument: number): InstrumentTerms | undefined;
  /** The underlying that an asset follows. */
  followedBy(asset: number): number | undefined;
  /** The instrument whose mark stands in for the price of an underlying that has no index. */
  standInOf(underlying: number): number | undefined;
}

export class Conflation {
  readonly #keepsExtremes: boolean;
  readonly #market: MarketTerms;
  readonly #line = new TickLine();
  /** By slot of the line: the place of its tick's key. */
  readonly #keyOf = [0];
  /**
   * By key, what is ticked and what must be the same where a tick takes another's place (see {@link BIT}): its place in the columns below.
   * Keys are small, so that making one leaves no garbage.
   */
  readonly #keys = new Map<number, number>();
  /** Slots of the last tick, and of those with the lowest and the highest mark. */
  readonly #last: number[] = [];
  readonly #lowest: number[] = [];
  readonly #highest: number[] = [];
  /** What its ticks tick, a place in the columns below. */
  readonly #thingOf: number[] = [];
  /**
   * By kind (see {@link SET}) and handle what ticks set: its place in the columns of the newest ticks that did, of their times (which
   * outlast drains), and of the passes that had one last.
   */
  readonly #things = Object.values(SET).map(() => new Map<number, number>());
  readonly #setter: number[] = [];
  readonly #setMs: number[] = [];
  readonly #pass: number[] = [];
  /** The place of the engine's time. */
  #time = this.#place(SET.time, 0);
  #thingsMax = REMEMBERED_MAX;
  #passes = 0;
  /** Of the tick that is looked at: terms if it is of an instrument, a bit for each field given, and the place of what it ticks. */
  #target = 0;
  #handle = 0;
  #timeMs = 0;
  #terms: InstrumentTerms | undefined;
  #given = 0;
  #thing = 0;

  /** `keepsExtremes`: besides the last tick of a key also those with its lowest and its highest mark. */
  constructor(keepsExtremes: boolean, market: MarketTerms) {
    this.#keepsExtremes = keepsExtremes;
    this.#market = market;
  }

  /** Ticks that are kept. */
  get rows(): number {
    return this.#line.rows;
  }

  /** Ticks that later ones have taken the place of. */
  get conflations(): number {
    return this.#line.gone;
  }

  /**
   * Takes in a copy of the tick that begins at `at` in `rows`; false where the engine would refuse it as late, whatever it makes of those
   * before it.
   */
  take(rows: Float64Array, at: number): boolean {
    const isBad = this.#isBad(rows, at);
    this.#thing = this.#place(this.#target, this.#handle);
    if (isBad) {
      const key = this.#key(BIT.isBad);
      this.#name(this.#last, key, this.#add(rows, at, key));
      return true;
    }
    const lateness = this.#lateness();
    const isAwaiting = this.#terms?.isOption && !this.#hasForward(this.#terms);
    const key = this.#key(lateness | (isAwaiting ? BIT.isAwaiting : 0));
    // it is older than one for which all is so that is so for it
    if (this.#timeMs < this.#wordIn(this.#last, key, ROW.timeMs)) return false;
    const slot = this.#add(rows, at, key);
    // with the first price of its own an asset leaves its underlying
    const isFirst = this.#last[key] === NONE;
    if (isFirst && this.#target === TARGET.asset && this.#market.followedBy(this.#handle) !== undefined) {
      this.#line.hold(slot);
    }
    this.#support(slot);
    if (lateness !== BIT.isLate) this.#note(slot);
    this.#name(this.#last, key, slot);
    const mark = rows[at + ROW.mark] as number;
    if (!this.#keepsExtremes || lateness > 0 || Number.isNaN(mark)) return true;
    if (!(mark >= this.#wordIn(this.#lowest, key, ROW.mark))) this.#name(this.#lowest, key, slot);
    if (!(mark <= this.#wordIn(this.#highest, key, ROW.mark))) this.#name(this.#highest, key, slot);
    return true;
  }

  /** Takes notice of ticks that are sent as they came, while none is kept. */
  pass(batch: Float64Array): void {
    for (let at = 0; at < batch.length; at += ROW_WORDS) {
      if (this.#isBad(batch, at)) continue;
      this.#thing = this.#place(this.#target, this.#handle);
      if (this.#lateness() !== BIT.isLate) this.#note(NONE);
    }
    if (this.#setMs.length > this.#thingsMax) this.clear();
  }

  /**
   * Moves all that is kept to `batch`, which has {@link rows} rows, in the order in which it came, and divides it into passes of at
   * most `passRowsMax` rows. Where extremes are kept a pass ends before a second tick of an instrument, whatever fields it gives, since
   * only what the last of them leads to is assessed.
   */
  drainTo(batch: Float64Array, passRowsMax: number): void {
    let [first, at, wasAlone] = [0, 0, false];
    let pass = ++this.#passes;
    for (let slot = this.#line.first; slot !== NONE; slot = this.#line.after(slot), at += ROW_WORDS) {
      const thing = this.#thingOf[this.#keyOf[slot] as number] as number;
      this.#line.copyTo(batch, at, slot);
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

  /**
   * Looks at a tick from now on. Whether the engine refuses it whatever came before it: it takes no other's place, and sets nothing. Field
   * by field, so that no number is put on the heap.
   */
  #isBad(rows: Float64Array, at: number): boolean {
    this.#target = rows[at + ROW.target] as number;
    this.#handle = rows[at + ROW.handle] as number;
    this.#timeMs = rows[at + ROW.timeMs] as number;
    this.#terms = this.#target === TARGET.instrument ? this.#market.termsOf(this.#handle) : undefined;
    this.#given = 0;
    let isBad = !(this.#timeMs >= 0 && this.#timeMs <= MAX);
    for (let field = 0; field < LOWEST.length; field++) {
      const value = rows[at + ROW.mark + field] as number;
      if (Number.isNaN(value)) continue;
      this.#given |= 1 << field;
      // an option may be worth nothing
      const isNothing = field === 0 && value === 0 && this.#terms?.isOption;
      if (!(value >= (LOWEST[field] as number) && value <= (HIGHEST[field] as number)) && !isNothing) isBad = true;
    }
    if (this.#target === TARGET.instrument && this.#terms?.isSettled !== false) return true;
    return isBad || this.#given === 0;
  }

  /** Forgets all that is kept, and not what has been set and when. */
  clear(): void {
    this.#line.clear();
    const byKey = [this.#last, this.#lowest, this.#highest];
    const isFull = this.#setMs.length > this.#thingsMax;
    if (isFull || this.#keys.size > REMEMBERED_MAX) {
      this.#keys.clear();
      for (const column of [...byKey, this.#thingOf]) column.length = 0;
    }
    if (isFull) this.#forgetRemoved();
    for (const column of byKey) column.fill(NONE);
    this.#setter.fill(NONE);
  }

  #forgetRemoved(): void {
    let place = 0;
    const setMs = this.#setMs.slice();
    for (const [kind, things] of this.#things.entries()) {
      for (const [handle, from] of things) {
        if (OF_INSTRUMENTS.includes(kind) && this.#market.termsOf(handle) === undefined) things.delete(handle);
        else {
          this.#setMs[place] = setMs[from] as number;
          things.set(handle, place++);
        }
      }
    }
    for (const column of [this.#setter, this.#setMs, this.#pass]) column.length = place;
    this.#time = this.#place(SET.time, 0);
    this.#thingsMax = Math.max(REMEMBERED_MAX, 2 * place);
  }

  #place(kind: number, handle: number): number {
    const things = this.#things[kind] as Map<number, number>;
    const known = things.get(handle);
    if (known !== undefined) return known;
    things.set(handle, this.#setter.length);
    this.#setMs.push(Number.NaN);
    this.#pass.push(0);
    return this.#setter.push(NONE) - 1;
  }

  /** The key of the tick that is looked at; `kind`: what else it must have beside the fields given. */
  #key(kind: number): number {
    const key = this.#thing * KEYS_PER_THING + (this.#given | kind);
    const known = this.#keys.get(key);
    if (known !== undefined) return known;
    this.#keys.set(key, this.#thingOf.length);
    for (const column of [this.#last, this.#lowest, this.#highest]) column.push(NONE);
    return this.#thingOf.push(this.#thing) - 1;
  }

  /** Whether it is older than what has been set, so that the engine refuses it for that alone. */
  #lateness(): number {
    if (this.#timeMs < (this.#setMs[this.#thing] as number)) return BIT.isLate;
    if (this.#target === TARGET.asset) {
      const followed = this.#market.followedBy(this.#handle);
      const isOlder = this.#isOlder(SET.underlying, followed) || this.#isOlder(SET.standIn, followed);
      // the asset may have left its underlying
      return isOlder ? BIT.mayBeLate : 0;
    }
    const isLate = this.#given === BIT.index && this.#isOlder(SET.underlying, this.#terms?.underlying);
    return isLate ? BIT.isLate : 0;
  }

  /** Whether there is a forward to read an option's mark by: else that waits in the engine, maybe since an earlier drain. */
  #hasForward({ underlying }: InstrumentTerms): boolean {
    const isPriced = this.#isSet(SET.underlying, underlying) || this.#isSet(SET.standIn, underlying);
    return isPriced || this.#isSet(SET.forward, this.#handle);
  }

  #isSet(kind: number, handle: number): boolean {
    return !Number.isNaN(this.#setMs[this.#place(kind, handle)]);
  }

  #isOlder(kind: number, handle: number | undefined): boolean {
    return handle !== undefined && this.#timeMs < (this.#setMs[this.#place(kind, handle)] as number);
  }

  /** Makes it rest on those by which the engine judges it and reads it. */
  #support(slot: number): void {
    const handle = this.#handle;
    const given = this.#given;
    this.#rest(slot, this.#time, true);
    this.#rest(slot, this.#thing, true);
    if (this.#target === TARGET.asset) this.#restOnPrice(slot, this.#market.followedBy(handle), true);
    if (this.#target === TARGET.underlying) this.#restOnPrice(slot, handle, true);
    if (this.#terms === undefined) return;
    const { underlying, isOption, settle, base } = this.#terms;
    if (given & BIT.index) this.#restOnPrice(slot, underlying, true);
    if (!(given & BIT.mark)) return;
    if (isOption) {
      // its vol is read at the forward and the rate of the moment
      if (!(given & BIT.rate)) this.#rest(slot, this.#place(SET.rate, handle));
      if (given & BIT.underlyingPrice) return;
      this.#rest(slot, this.#place(SET.forward, handle));
      if (!(given & BIT.index)) this.#restOnPrice(slot, underlying);
    } else if (base !== undefined && settle !== QUOTE_ASSET) {
      // the price of its base asset is its mark times that of the other
      this.#rest(slot, this.#place(SET.asset, settle));
      this.#restOnPrice(slot, this.#market.followedBy(settle));
    }
  }

  #restOnPrice(slot: number, underlying: number | undefined, isOnNewer = false): void {
    if (underlying === undefined) return;
    this.#rest(slot, this.#place(SET.underlying, underlying), isOnNewer);
    this.#rest(slot, this.#place(SET.standIn, underlying), isOnNewer);
  }

  /** Makes it rest on what has set something last, or on that only if it is newer. */
  #rest(slot: number, thing: number, isOnNewer = false): void {
    if (isOnNewer && !(this.#timeMs < (this.#setMs[thing] as number))) return;
    this.#line.rest(slot, this.#setter[thing] as number);
  }

  /** Notes what it sets where it is not late; it is in a slot, unless it is sent as it came. */
  #note(slot: number): void {
    const handle = this.#handle;
    const given = this.#given;
    this.#set(slot, this.#time);
    this.#set(slot, this.#thing, this.#target === TARGET.underlying);
    if (this.#terms === undefined) return;
    const { underlying, base } = this.#terms;
    if (given & BIT.underlyingPrice) this.#set(slot, this.#place(SET.forward, handle));
    if (given & BIT.rate) this.#set(slot, this.#place(SET.rate, handle));
    if (given & BIT.index) this.#set(slot, this.#place(SET.underlying, underlying), true);
    if (!(given & BIT.mark)) return;
    if (base !== undefined) this.#set(slot, this.#place(SET.asset, base));
    const isStandIn = this.#market.standInOf(underlying) === handle;
    if (isStandIn) this.#set(slot, this.#place(SET.standIn, underlying), true);
  }

  /** Where a newer one has set it, that is what counts. */
  #set(slot: number, thing: number, isOfUnderlying = false): void {
    const beforeMs = this.#setMs[thing] as number;
    if (this.#timeMs < beforeMs) return;
    // marks of options may have waited for the first price of their underlying
    if (isOfUnderlying && Number.isNaN(beforeMs)) this.#line.hold(slot);
    this.#setMs[thing] = this.#timeMs as number;
    this.#setter[thing] = slot;
  }

  /** A word of the tick that a column names for a key; NaN where it names none. */
  #wordIn(column: readonly number[], key: number, field: number): number {
    const slot = column[key] as number;
    return slot === NONE ? Number.NaN : this.#line.word(slot, field);
  }

  #add(rows: Float64Array, at: number, key: number): number {
    const slot = this.#line.add(rows, at);
    this.#keyOf[slot] = key;
    return slot;
  }

  /** Names a tick in a column of its key, in the place of the one named before. */
  #name(column: number[], key: number, slot: number): void {
    const before = column[key] as number;
    column[key] = slot;
    this.#line.hold(slot);
    if (before !== NONE) this.#line.release(before, slot);
  }
}
