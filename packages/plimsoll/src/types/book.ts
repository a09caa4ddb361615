/** All accounts at once: columns, sums and rankings. */
import type { AccountHandle } from "./handles.js";

/**
 * Every account's figures as views on the engine's memory: row `row(account)` of each. Views are fetched anew after a registration and
 * after memory has grown, which any call but a tick may make it do, so take them from here each time instead of keeping them: an old
 * view shows what was there before, or has length 0 and reads `undefined`. Ticks write them from the first time that one is read.
 * Figures that are missing, and rows of removed accounts, are NaN.
 */
export interface AccountColumns {
  /** Number of rows. */
  readonly length: number;
  readonly equity: Float64Array;
  readonly initial: Float64Array;
  readonly maintenance: Float64Array;
  /** Gross position value. */
  readonly positionValue: Float64Array;
  /** Position value / equity where that is finite, else NaN. */
  readonly initialLeverage: Float64Array;
  /** Value where `leverageState` says finite, else NaN. */
  readonly maintenanceLeverage: Float64Array;
  /** Index into `LEVERAGE_STATES`: state of the maintenance leverage. */
  readonly leverageState: Uint8Array;
  /** Index into `BANDS`; 255 where figures are missing, of which `status` says why, and in rows of removed accounts. */
  readonly band: Uint8Array;
  /** Index into `ROW_STATUSES`. */
  readonly status: Uint8Array;
  /** Handle of the row's account; 0xFFFFFFFF where it has been removed. */
  readonly handle: Uint32Array;
  /** Row of an account. */
  row(account: AccountHandle): number;
}

/** Exact sums over all accounts that have figures, in the quote asset. */
export interface Totals {
  /** How many accounts have figures. */
  readonly accounts: number;
  readonly equity: number;
  readonly initial: number;
  readonly maintenance: number;
  readonly positionValue: number;
}

/**
 * Figures by which accounts are ranked. A rank is a number where the figure is none: a health ratio is `Infinity` where nothing is
 * required and equity is positive, `-Infinity` where it is not; a leverage is 0 where nothing is held and equity is positive, and
 * `Infinity` where the account is liquidatable or insolvent.
 */
export type TopFigure =
  | "equity"
  | "initial"
  | "maintenance"
  | "positionValue"
  | "health"
  | "healthRatio"
  | "initialLeverage"
  | "maintenanceLeverage";

/** How accounts are ranked. */
export interface TopOptions {
  readonly by: TopFigure;
  /** Default `"ascending"`: the least first. */
  readonly order?: "ascending" | "descending";
}

/** An account in a ranking. */
export interface TopRow {
  readonly account: AccountHandle;
  /** The account's name. */
  readonly id: string;
  /** Its row in `columns()`. */
  readonly row: number;
  /** The figure; NaN where figures are missing. */
  readonly value: number;
}
