/**
 * The typed-array JavaScript that a good engineer would write instead of the engine: a book of accounts in rows, a record per
 * instrument, and four sums per account, from which its row of figures is written.
 *
 * Two ways to find the requirement of a notional under three tiers. `max` is that of the yardstick, `jsCsrBest` in `health.mjs`,
 * whose two figures it gives beside all others: r0·|n| + r1·max(|n| − t1, 0) + r2·max(|n| − t2, 0). `look-up` picks the tier's rate and deduction by index, of which V8 makes
 * faster code, since `Math.max` must care for NaN and −0. Sums are plain, or in two levels that lose nothing: a contribution is
 * split into a multiple of 2⁻²⁰ and one of 2⁻⁶⁰, which doubles add exactly.
 */
import { EVERY_PRICE, RivalFigures } from "./figures.mjs";

/** Doubles per instrument: two cache lines. */
const RECORD = 16;
const RECORD_LOG2 = 4;
/** Adding and subtracting it rounds to a multiple of 2⁻²⁰. */
const HIGH = 1.5 * 2 ** 32;
/** Adding and subtracting it rounds to a multiple of 2⁻⁶⁰. */
const LOW = 1.5 * 2 ** -8;
/** Doubles per account of the incremental rival: high and low part of four sums, a cache line. */
const SUMS = 8;
const SUMS_LOG2 = 3;

/** @typedef {import("../inputs/book.mjs").Book} Book */

/**
 * Records for the `max` form: 0 price | 1, 2 where tiers two and three begin | 3, 5, 7 initial rate of the first tier and its
 * steps | 4, 6, 8 maintenance likewise.
 *
 * @param {Book} book
 */
function recordsForMax({ tiers }) {
  const records = new Float64Array(tiers.length * RECORD);
  for (const [k, table] of tiers.entries()) {
    const at = k * RECORD;
    let [initialBefore, maintenanceBefore] = [0, 0];
    for (const [i, { lower, maxLeverage }] of table.entries()) {
      if (i > 0) records[at + i] = lower;
      const [initial, maintenance] = [1 / maxLeverage, 0.5 / maxLeverage];
      records[at + 3 + 2 * i] = initial - initialBefore;
      records[at + 4 + 2 * i] = maintenance - maintenanceBefore;
      [initialBefore, maintenanceBefore] = [initial, maintenance];
    }
  }
  return records;
}

/**
 * Records for the `look-up` form: 0 price | 1, 2 where tiers two and three begin | from 4, per tier: initial rate, maintenance
 * rate, initial deduction, maintenance deduction.
 *
 * @param {Book} book
 */
function recordsForLookUp({ tiers }) {
  const records = new Float64Array(tiers.length * RECORD);
  for (const [k, table] of tiers.entries()) {
    const at = k * RECORD;
    let [initialBefore, maintenanceBefore, initialDeduction, maintenanceDeduction] = [0, 0, 0, 0];
    for (const [i, { lower, maxLeverage }] of table.entries()) {
      if (i > 0) records[at + i] = lower;
      const [initial, maintenance] = [1 / maxLeverage, 0.5 / maxLeverage];
      initialDeduction += lower * (initial - initialBefore);
      maintenanceDeduction += lower * (maintenance - maintenanceBefore);
      records.set([initial, maintenance, initialDeduction, maintenanceDeduction], at + 4 + 4 * i);
      [initialBefore, maintenanceBefore] = [initial, maintenance];
    }
  }
  return records;
}

/**
 * New prices of all instruments.
 *
 * @param {Float64Array} records
 * @param {Float64Array} prices
 */
function setPrices(records, prices) {
  for (let k = 0; k < prices.length; k++) records[k << RECORD_LOG2] = prices[k];
}

/**
 * What each account has paid in and for its positions: equity without their value.
 *
 * @param {Book} book
 */
function cashAfterCosts({ accounts, offsets, size, entryPrice, cash }) {
  const net = cash.slice();
  for (let a = 0; a < accounts; a++) for (let p = offsets[a]; p < offsets[a + 1]; p++) net[a] -= size[p] * entryPrice[p];
  return net;
}

/**
 * Writes every account's figures.
 *
 * @typedef {(
 *   accounts: number,
 *   offsets: Int32Array,
 *   instrument: Int32Array,
 *   size: Float64Array,
 *   records: Float64Array,
 *   cash: Float64Array,
 *   figures: RivalFigures,
 * ) => void} Assess
 */

/**
 * Plain sums, tiers by `max`.
 *
 * @type {Assess}
 */
function assessPlainMax(accounts, offsets, instrument, size, records, cash, figures) {
  let p = offsets[0];
  for (let a = 0; a < accounts; a++) {
    const end = offsets[a + 1];
    let e = cash[a];
    let i = 0;
    let m = 0;
    let g = 0;
    for (; p < end; p++) {
      const at = instrument[p] << RECORD_LOG2;
      const value = size[p] * records[at];
      const notional = Math.abs(value);
      const second = Math.max(notional - records[at + 1], 0);
      const third = Math.max(notional - records[at + 2], 0);
      e += value;
      i += notional * records[at + 3] + second * records[at + 5] + third * records[at + 7];
      m += notional * records[at + 4] + second * records[at + 6] + third * records[at + 8];
      g += notional;
    }
    figures.finish(a, e, i, m, g, EVERY_PRICE);
  }
}

/**
 * Plain sums, tiers by look-up.
 *
 * @type {Assess}
 */
function assessPlainLookUp(accounts, offsets, instrument, size, records, cash, figures) {
  let p = offsets[0];
  for (let a = 0; a < accounts; a++) {
    const end = offsets[a + 1];
    let e = cash[a];
    let i = 0;
    let m = 0;
    let g = 0;
    for (; p < end; p++) {
      const at = instrument[p] << RECORD_LOG2;
      const value = size[p] * records[at];
      const notional = Math.abs(value);
      const tier = at + 4 + ((Number(notional > records[at + 1]) + Number(notional > records[at + 2])) << 2);
      e += value;
      i += notional * records[tier] - records[tier + 2];
      m += notional * records[tier + 1] - records[tier + 3];
      g += notional;
    }
    figures.finish(a, e, i, m, g, EVERY_PRICE);
  }
}

/**
 * Exact sums, tiers by `max`.
 *
 * @type {Assess}
 */
function assessExactMax(accounts, offsets, instrument, size, records, cash, figures) {
  let p = offsets[0];
  for (let a = 0; a < accounts; a++) {
    const end = offsets[a + 1];
    let eHigh = cash[a] + HIGH - HIGH;
    let eLow = cash[a] - eHigh + LOW - LOW;
    let iHigh = 0;
    let iLow = 0;
    let mHigh = 0;
    let mLow = 0;
    let gHigh = 0;
    let gLow = 0;
    for (; p < end; p++) {
      const at = instrument[p] << RECORD_LOG2;
      const value = size[p] * records[at];
      const notional = Math.abs(value);
      const second = Math.max(notional - records[at + 1], 0);
      const third = Math.max(notional - records[at + 2], 0);
      const i = notional * records[at + 3] + second * records[at + 5] + third * records[at + 7];
      const m = notional * records[at + 4] + second * records[at + 6] + third * records[at + 8];
      const valueHigh = value + HIGH - HIGH;
      const initialHigh = i + HIGH - HIGH;
      const maintenanceHigh = m + HIGH - HIGH;
      const grossHigh = notional + HIGH - HIGH;
      eHigh += valueHigh;
      iHigh += initialHigh;
      mHigh += maintenanceHigh;
      gHigh += grossHigh;
      eLow += value - valueHigh + LOW - LOW;
      iLow += i - initialHigh + LOW - LOW;
      mLow += m - maintenanceHigh + LOW - LOW;
      gLow += notional - grossHigh + LOW - LOW;
    }
    figures.finish(a, eHigh + eLow, iHigh + iLow, mHigh + mLow, gHigh + gLow, EVERY_PRICE);
  }
}

/**
 * Exact sums, tiers by look-up.
 *
 * @type {Assess}
 */
function assessExactLookUp(accounts, offsets, instrument, size, records, cash, figures) {
  let p = offsets[0];
  for (let a = 0; a < accounts; a++) {
    const end = offsets[a + 1];
    let eHigh = cash[a] + HIGH - HIGH;
    let eLow = cash[a] - eHigh + LOW - LOW;
    let iHigh = 0;
    let iLow = 0;
    let mHigh = 0;
    let mLow = 0;
    let gHigh = 0;
    let gLow = 0;
    for (; p < end; p++) {
      const at = instrument[p] << RECORD_LOG2;
      const value = size[p] * records[at];
      const notional = Math.abs(value);
      const tier = at + 4 + ((Number(notional > records[at + 1]) + Number(notional > records[at + 2])) << 2);
      const i = notional * records[tier] - records[tier + 2];
      const m = notional * records[tier + 1] - records[tier + 3];
      const valueHigh = value + HIGH - HIGH;
      const initialHigh = i + HIGH - HIGH;
      const maintenanceHigh = m + HIGH - HIGH;
      const grossHigh = notional + HIGH - HIGH;
      eHigh += valueHigh;
      iHigh += initialHigh;
      mHigh += maintenanceHigh;
      gHigh += grossHigh;
      eLow += value - valueHigh + LOW - LOW;
      iLow += i - initialHigh + LOW - LOW;
      mLow += m - maintenanceHigh + LOW - LOW;
      gLow += notional - grossHigh + LOW - LOW;
    }
    figures.finish(a, eHigh + eLow, iHigh + iLow, mHigh + mLow, gHigh + gLow, EVERY_PRICE);
  }
}

/**
 * A way to assess: how instruments are recorded and what is done with the records.
 *
 * @typedef {{ records: (book: Book) => Float64Array, assess: Assess }} Way
 */

/** @type {Way} */
export const plainMax = { records: recordsForMax, assess: assessPlainMax };
/** @type {Way} */
export const plainLookUp = { records: recordsForLookUp, assess: assessPlainLookUp };
/** @type {Way} */
export const exactMax = { records: recordsForMax, assess: assessExactMax };
/** @type {Way} */
export const exactLookUp = { records: recordsForLookUp, assess: assessExactLookUp };

/** The rival that passes over every account. */
export class FullPassRival {
  /**
   * @param {Book} book
   * @param {Way} way
   */
  constructor(book, way) {
    this.book = book;
    this.way = way;
    this.records = way.records(book);
    this.cash = cashAfterCosts(book);
    this.figures = new RivalFigures(book.accounts);
  }

  /**
   * Takes every price in and assesses every account.
   *
   * @param {Float64Array} prices
   */
  assess(prices) {
    const { accounts, offsets, instrument, size } = this.book;
    setPrices(this.records, prices);
    this.way.assess(accounts, offsets, instrument, size, this.records, this.cash, this.figures);
  }
}

/**
 * The incremental rival: a list of holders per instrument, exact sums per account, tiers by look-up. A tick adds the difference of
 * every holder's contribution.
 */
export class IncrementalRival {
  /**
   * @param {Book} book
   * @param {Float64Array} prices At which its accounts begin, healthy or not.
   */
  constructor(book, prices) {
    const { accounts, account, instrument, size, tiers } = book;
    this.records = recordsForLookUp(book);
    this.timesMs = new Float64Array(tiers.length);
    this.figures = new RivalFigures(accounts);
    this.sums = new Float64Array(accounts * SUMS);
    const cash = cashAfterCosts(book);
    for (let a = 0; a < accounts; a++) {
      const high = cash[a] + HIGH - HIGH;
      this.sums[a * SUMS] = high;
      this.sums[a * SUMS + 1] = cash[a] - high + LOW - LOW;
    }
    // holders in columns by instrument
    this.starts = new Int32Array(tiers.length + 1);
    for (const k of instrument) this.starts[k + 1]++;
    for (let k = 0; k < tiers.length; k++) this.starts[k + 1] += this.starts[k];
    this.holders = new Int32Array(account.length);
    this.sizes = new Float64Array(account.length);
    const next = this.starts.slice();
    for (let row = 0; row < account.length; row++) {
      const at = next[instrument[row]]++;
      this.holders[at] = account[row];
      this.sizes[at] = size[row];
    }
    // from prices of zero, on the way from which bands mean nothing
    for (const [k, price] of prices.entries()) this.tick(k, price, 0);
    this.figures.restartBands();
  }

  /**
   * Takes a price in and keeps every holder's figures.
   *
   * @param {number} instrument
   * @param {number} price
   * @param {number} timeMs
   * @returns {boolean} whether it was taken: a price that is not positive and finite, or older than the last, is not.
   */
  tick(instrument, price, timeMs) {
    if (!(price > 0 && price < Number.POSITIVE_INFINITY && timeMs >= this.timesMs[instrument])) return false;
    this.timesMs[instrument] = timeMs;
    const { records, sums, holders, sizes, figures } = this;
    const at = instrument << RECORD_LOG2;
    const before = records[at];
    const [secondFrom, thirdFrom] = [records[at + 1], records[at + 2]];
    records[at] = price;
    const end = this.starts[instrument + 1];
    for (let p = this.starts[instrument]; p < end; p++) {
      const was = sizes[p] * before;
      const value = sizes[p] * price;
      const wasNotional = Math.abs(was);
      const notional = Math.abs(value);
      const wasTier = at + 4 + ((Number(wasNotional > secondFrom) + Number(wasNotional > thirdFrom)) << 2);
      const tier = at + 4 + ((Number(notional > secondFrom) + Number(notional > thirdFrom)) << 2);
      const wasInitial = wasNotional * records[wasTier] - records[wasTier + 2];
      const wasMaintenance = wasNotional * records[wasTier + 1] - records[wasTier + 3];
      const nowInitial = notional * records[tier] - records[tier + 2];
      const nowMaintenance = notional * records[tier + 1] - records[tier + 3];
      const wasHigh = was + HIGH - HIGH;
      const valueHigh = value + HIGH - HIGH;
      const wasInitialHigh = wasInitial + HIGH - HIGH;
      const initialHigh = nowInitial + HIGH - HIGH;
      const wasMaintenanceHigh = wasMaintenance + HIGH - HIGH;
      const maintenanceHigh = nowMaintenance + HIGH - HIGH;
      const wasGrossHigh = Math.abs(wasHigh);
      const grossHigh = Math.abs(valueHigh);
      const account = holders[p];
      const s = account << SUMS_LOG2;
      const eHigh = sums[s] + (valueHigh - wasHigh);
      const eLow = sums[s + 1] + (value - valueHigh + LOW - LOW) - (was - wasHigh + LOW - LOW);
      const iHigh = sums[s + 2] + (initialHigh - wasInitialHigh);
      const iLow =
        sums[s + 3] + (nowInitial - initialHigh + LOW - LOW) - (wasInitial - wasInitialHigh + LOW - LOW);
      const mHigh = sums[s + 4] + (maintenanceHigh - wasMaintenanceHigh);
      const mLow =
        sums[s + 5] +
        (nowMaintenance - maintenanceHigh + LOW - LOW) -
        (wasMaintenance - wasMaintenanceHigh + LOW - LOW);
      const gHigh = sums[s + 6] + (grossHigh - wasGrossHigh);
      const gLow = sums[s + 7] + (notional - grossHigh + LOW - LOW) - (wasNotional - wasGrossHigh + LOW - LOW);
      sums[s] = eHigh;
      sums[s + 1] = eLow;
      sums[s + 2] = iHigh;
      sums[s + 3] = iLow;
      sums[s + 4] = mHigh;
      sums[s + 5] = mLow;
      sums[s + 6] = gHigh;
      sums[s + 7] = gLow;
      figures.finish(account, eHigh + eLow, iHigh + iLow, mHigh + mLow, gHigh + gLow, instrument);
    }
    return true;
  }
}
