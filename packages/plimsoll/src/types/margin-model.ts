/** Margin models as data, and the options of their presets. */

/** One bracket of notional, from `lower` (inclusive below it lies the bracket before) up to `upper`. */
export interface BracketRow {
  /** Notional from which it applies. */
  readonly lower: number;
  /** Notional up to which it applies; default: the next row's `lower`, and no end for the last row. */
  readonly upper?: number;
  /** Initial rate, a fraction of notional (1 / the bracket's maximum leverage). */
  readonly initialRate: number;
  /** Maintenance rate, a fraction of notional. */
  readonly maintenanceRate: number;
  /** Amount to subtract from notional × maintenance rate (Binance: `cum`); only in the cumulative form; default 0. */
  readonly maintenanceDeduction?: number;
  /** Likewise for the initial requirement; default 0. */
  readonly initialDeduction?: number;
}

/** One tier of a Hyperliquid margin table. */
export interface LeverageTier {
  /** Notional from which it applies. */
  readonly lower: number;
  /** Largest leverage allowed there. */
  readonly maxLeverage: number;
}

/**
 * A table of notional brackets.
 * - `cumulative`: each row states its deduction, as Binance publishes it; a row that breaks continuity is refused.
 * - `marginal`: each rate applies to the part of the notional inside its bracket, like a tax.
 * - `max-leverage`: initial rate 1 / `maxLeverage` of each tier, maintenance `maintenanceShare` of it, both marginal.
 */
export type Brackets =
  | { readonly form: "cumulative"; readonly rows: readonly BracketRow[] }
  | { readonly form: "marginal"; readonly rows: readonly BracketRow[] }
  | { readonly form: "max-leverage"; readonly tiers: readonly LeverageTier[]; readonly maintenanceShare: number };

/** A level of equity: the greater of a multiple of the initial and one of the maintenance requirement. */
export interface Threshold {
  /** Multiple of the initial requirement; default 0. */
  readonly initial?: number;
  /** Multiple of the maintenance requirement; default 0. */
  readonly maintenance?: number;
}

/** Where each band begins: equity below a threshold is in its band. */
export interface BandThresholds {
  /** Default `{ initial: 1.25 }`. */
  readonly warning?: Threshold;
  /** Default `{ initial: 1 }`. */
  readonly reduceOnly?: Threshold;
  /** Default `{ maintenance: 1 }`. */
  readonly liquidatable?: Threshold;
  /** Whether equity exactly at the liquidatable threshold is liquidatable already; default true. */
  readonly equalityIsLiquidatable?: boolean;
  /** Share of a threshold by which equity must exceed it before a better band is told; default 0.01. */
  readonly hysteresis?: number;
}

/**
 * A margin model as data: bracket tables and thresholds, with a name, a version and the date of its parameters. Presets are in
 * {@link venues}. An instrument's table is the first of: its own `brackets`; its `marginTable`, where the model has
 * `leverageRule`; its `maxLeverage`, likewise; the model's `tables` under the instrument's id; under its underlying's id;
 * `defaultTable`. Where a model that has `marginTables` lacks the one that an instrument names, only `defaultTable` is left. An
 * instrument without any cannot be held under the model (`MISSING_PARAMETERS`).
 */
export interface MarginModel {
  /** The only kind so far. */
  readonly kind: "brackets";
  /** Name, for people. */
  readonly name: string;
  /** Version of the parameters, a whole number ≥ 1 that grows with each replacement. */
  readonly version: number;
  /** Date of the parameters, `YYYY-MM-DD` or `YYYY-MM`. */
  readonly date: string;
  /** Quote asset of the venue: the engine's, where `createEngine` names none. */
  readonly quote?: string;
  /** Unit of bounds and deductions: the quote asset, or each instrument's settlement asset (COIN-M); default `quote`. */
  readonly unit?: "quote" | "settlement";
  /** Whether resting orders count in maintenance as they do in initial; default false. */
  readonly ordersInMaintenance?: boolean;
  /** Thresholds between bands. */
  readonly bands?: BandThresholds;
  /** Tables by instrument id or underlying id. */
  readonly tables?: Readonly<Record<string, Brackets>>;
  /** Table of every instrument without another. */
  readonly defaultTable?: Brackets;
  /** How a maximum leverage makes a table: maintenance as a share of the initial rate, or as a rate of its own. */
  readonly leverageRule?: { readonly maintenanceShare: number } | { readonly maintenanceRate: number };
  /** Margin tables by id, for instruments that name a `marginTable`; an id below 50 that is absent is one tier of that leverage. */
  readonly marginTables?: Readonly<Record<string, readonly LeverageTier[]>>;
}

/** Options of {@link venues.hyperliquid}. */
export interface HyperliquidOptions {
  /** Margin tables by id, beside the defaults; an instrument names one by its `marginTable`. */
  readonly marginTables?: Readonly<Record<string, readonly LeverageTier[]>>;
  /** Date of the parameters given; default `"2025-06"`. */
  readonly date?: string;
  /** Version of the parameters; default 1. */
  readonly version?: number;
}

/** Options of {@link venues.binanceUsdm}. */
export interface BinanceUsdmOptions {
  /** Rows by instrument id or underlying id, in place of the defaults. */
  readonly brackets?: Readonly<Record<string, readonly BracketRow[]>>;
  /** Date of the parameters; default `"2024-10-24"`. */
  readonly date?: string;
  /** Version of the parameters; default 1. */
  readonly version?: number;
}
