/**
 * The figures that a rival keeps per account: the engine's columns, its bands with their memory, and its events.
 *
 * Thresholds are the engine's defaults: warning below 1.25 × initial, reduce-only below initial, liquidatable at maintenance and
 * below, insolvent at 0 and below; a better band is told only past 1 % of its threshold.
 */

import { requireAgreement, requireAgreementOrBothNaN } from "../answers.mjs";

/** Bands, as the engine numbers them. */
const [HEALTHY, WARNING, REDUCE_ONLY, LIQUIDATABLE, INSOLVENT] = [0, 1, 2, 3, 4];
/** Leverage states, as the engine numbers them. */
const [NONE, FINITE, LEVERAGE_LIQUIDATABLE, LEVERAGE_INSOLVENT, UNKNOWN] = [0, 1, 2, 3, 4];
/** Row statuses, as the engine numbers them. */
const [OK, MISSING_PRICE] = [0, 4];
const WARNING_SHARE = 1.25;
const HYSTERESIS = 0.01;

/** The driver of a crossing in a pass over every account. */
export const EVERY_PRICE = -1;

/**
 * A band crossing.
 *
 * @typedef {object} Crossing
 * @property {number} account
 * @property {number} from Band.
 * @property {number} to Band.
 * @property {number} driver The instrument whose tick it was, or {@link EVERY_PRICE}.
 * @property {number} equity
 * @property {number} maintenance
 */

/** Accounts' figures, a row each. */
export class RivalFigures {
  /** @param {number} accounts */
  constructor(accounts) {
    this.equity = new Float64Array(accounts);
    this.initial = new Float64Array(accounts);
    this.maintenance = new Float64Array(accounts);
    this.positionValue = new Float64Array(accounts);
    this.initialLeverage = new Float64Array(accounts);
    this.maintenanceLeverage = new Float64Array(accounts);
    this.leverageState = new Uint8Array(accounts);
    this.band = new Uint8Array(accounts);
    this.status = new Uint8Array(accounts);
    /** @type {Crossing[]} */
    this.events = [];
  }

  /**
   * Writes an account's row, and an event where its band changes. Both usual answers, a finite leverage and the healthy band kept,
   * take one look each.
   *
   * @param {number} account
   * @param {number} equity
   * @param {number} initial
   * @param {number} maintenance
   * @param {number} gross Position value.
   * @param {number} driver
   */
  finish(account, equity, initial, maintenance, gross, driver) {
    this.equity[account] = equity;
    this.initial[account] = initial;
    this.maintenance[account] = maintenance;
    this.positionValue[account] = gross;
    const onEquity = gross / equity;
    const isFinite = onEquity > 0 && equity > maintenance;
    this.initialLeverage[account] = onEquity > 0 ? onEquity : Number.NaN;
    this.maintenanceLeverage[account] = isFinite ? gross / (equity - maintenance) : Number.NaN;
    this.leverageState[account] = isFinite ? FINITE : leverageState(equity, maintenance, gross);
    const isOk = equity - maintenance === equity - maintenance;
    this.status[account] = isOk ? OK : MISSING_PRICE;
    const before = this.band[account];
    const staysHealthy = before === HEALTHY && equity >= WARNING_SHARE * initial && equity > maintenance;
    if (!staysHealthy && isOk) {
      const band = bandAfter(before, equity, initial, maintenance);
      if (band !== before) {
        this.band[account] = band;
        this.events.push({ account, from: before, to: band, driver, equity, maintenance });
      }
    }
  }

  /** Judges every account anew, without memory and events. */
  restartBands() {
    for (const [account, equity] of this.equity.entries()) {
      this.band[account] = bandOf(equity, this.initial[account], this.maintenance[account], 0);
    }
    this.events.length = 0;
  }
}

/**
 * State of the maintenance leverage where it is not finite.
 *
 * @param {number} equity
 * @param {number} maintenance
 * @param {number} gross
 */
function leverageState(equity, maintenance, gross) {
  if (Number.isNaN(equity + maintenance + gross)) return UNKNOWN;
  if (!(equity > 0)) return gross === 0 ? NONE : LEVERAGE_INSOLVENT;
  return gross / equity > 0 ? LEVERAGE_LIQUIDATABLE : NONE;
}

/**
 * @param {number} before
 * @param {number} equity
 * @param {number} initial
 * @param {number} maintenance
 */
function bandAfter(before, equity, initial, maintenance) {
  const now = bandOf(equity, initial, maintenance, 0);
  return now >= before ? now : Math.min(bandOf(equity, initial, maintenance, HYSTERESIS), before);
}

/**
 * @param {number} equity
 * @param {number} initial
 * @param {number} maintenance
 * @param {number} slack Share of a threshold that equity must exceed it by.
 */
function bandOf(equity, initial, maintenance, slack) {
  const liquidation = maintenance * (1 + slack);
  if (equity < 0 || (maintenance > 0 && equity <= slack * maintenance)) return INSOLVENT;
  if (equity < liquidation || (liquidation > 0 && equity === liquidation)) return LIQUIDATABLE;
  if (equity < initial * (1 + slack)) return REDUCE_ONLY;
  return equity < WARNING_SHARE * initial * (1 + slack) ? WARNING : HEALTHY;
}

/**
 * Every column of the engine's figures beside a rival's: states, bands and statuses are the same; the others differ by at most a
 * share of what was summed, and a leverage by the share that this makes of it.
 *
 * @param {string} what
 * @param {import("plimsoll").AccountColumns} ours
 * @param {RivalFigures} theirs
 * @param {number} share 0 asks for the same figures.
 * @param {Float64Array} cash Balance of each account.
 */
export function requireSameColumns(what, ours, theirs, share, cash) {
  for (const column of /** @type {const} */ (["leverageState", "band", "status"])) {
    requireAgreement(`${what}: ${column}`, ours[column], theirs[column], () => 0);
  }
  const money = (/** @type {number} */ a) => share * (cash[a] + ours.positionValue[a]);
  for (const column of /** @type {const} */ (["equity", "initial", "maintenance", "positionValue"])) {
    requireAgreement(`${what}: ${column}`, ours[column], theirs[column], money);
  }
  // a leverage x on a margin v/x carries the margin's difference d as x·(d·x/v), and roundings of its own
  for (const column of /** @type {const} */ (["initialLeverage", "maintenanceLeverage"])) {
    const allowed = (/** @type {number} */ a) =>
      ours[column][a] * (share + (2 * money(a) * ours[column][a]) / ours.positionValue[a]);
    requireAgreementOrBothNaN(`${what}: ${column}`, ours[column], theirs[column], allowed);
  }
}
