/// <reference lib="esnext.disposable" preserve="true" />
/** The public types, written by hand; `test/layout.test.ts` proves them against what the binary exports. */
import type { WasmModule } from "./host-types.js";
import type { SurfaceVerdict, SviParameters } from "./surface.js";

export type { ArbitrageInterval, SurfaceVerdict, SviParameters } from "./surface.js";

/**
 * An amount: a string is the decimal that it says, a number is the double that it is. Either becomes a multiple of 2⁻⁶⁰,
 * rounded against the account where it is none.
 */
export type Money = number | string;

/** A signed size in an instrument's units: a whole multiple of 10^−`sizeDecimals`, anything else is refused. */
export type Size = number | string;

declare const kind: unique symbol;
type HandleOf<Kind extends string> = number & { readonly [kind]: Kind };

/** What `addAccount` returns and every call about an account takes: an unsigned 32-bit number. */
export type AccountHandle = HandleOf<"account">;
/** What `addInstrument` returns. */
export type InstrumentHandle = HandleOf<"instrument">;
/** What `addAsset` returns. */
export type AssetHandle = HandleOf<"asset">;
/** What `addUnderlying` returns. */
export type UnderlyingHandle = HandleOf<"underlying">;
/** What `addModel` returns. */
export type ModelHandle = HandleOf<"model">;
/** What `placeOrder` returns. */
export type OrderHandle = HandleOf<"order">;

/** How an account stands towards its requirements; thresholds belong to its margin model. */
export type Band = "healthy" | "warning" | "reduce-only" | "liquidatable" | "insolvent";

/**
 * What a row's figures rest on. With `ok`, `stale` (a price is older than `staleAfterMs`) and `expired` (past expiry, not yet
 * settled) there are figures; with `no-vol`, `missing-price` and `out-of-range` there are none.
 */
export type RowStatus = "ok" | "stale" | "expired" | "no-vol" | "missing-price" | "out-of-range";

/** What became of a tick. A rejected one changed nothing. */
export type TickStatus =
  | "applied"
  | "rejected-price"
  | "rejected-time"
  | "rejected-vol"
  | "rejected-settled"
  | "rejected-handle";

/**
 * A leverage, which is not always a number: `none` when nothing is held, `liquidatable` when equity does not exceed the
 * maintenance requirement, `insolvent` when it is not positive, `unknown` when a figure that it needs is missing.
 */
export type Leverage =
  | { readonly state: "none" }
  | { readonly state: "finite"; readonly value: number }
  | { readonly state: "liquidatable" }
  | { readonly state: "insolvent" }
  | { readonly state: "unknown" };

/** Names of the states of a {@link Leverage}. */
export type LeverageState = Leverage["state"];

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

/** Options of {@link createEngine}. */
export interface EngineOptions {
  /** Asset that every figure is in, at price 1; default: the model's, else `"USD"`. */
  readonly quote?: string;
  /**
   * Figures are summed in units of 2^`quoteScaleLog2` of the quote asset, and each must stay below 2³¹ of them, or the account's status
   * is `out-of-range`: raise it for yen or won, 10 reaches 2.2 · 10¹²; default 0.
   */
  readonly quoteScaleLog2?: number;
  /**
   * Margin model of accounts that name none; default: one without tables, under which only instruments with `brackets` of their
   * own can be held.
   */
  readonly model?: MarginModel;
  /** The engine's time at the start, milliseconds since the epoch; default 0. Ticks and `advance` move it on. */
  readonly timeMs?: number;
  /** Age in milliseconds from which a price is stale; default `Infinity`: never. */
  readonly staleAfterMs?: number;
  /** Rows that `ticks` holds; default 1024. */
  readonly tickCapacity?: number;
  /**
   * What {@link Engine.snapshot} gave: the engine starts as that one was, with every handle that it had given out. `quote`,
   * `quoteScaleLog2`, `model`, `timeMs` and `staleAfterMs` are then left out, since the snapshot says them.
   */
  readonly snapshot?: Uint8Array;
  /** Where the WebAssembly module comes from; default: the file beside this one, found by `import.meta.url`. */
  readonly wasm?: WasmSource;
}

/** Where the WebAssembly module may come from. */
export type WasmSource =
  | URL
  | string
  | ArrayBuffer
  | ArrayBufferView
  | WasmModule
  | Response
  | Promise<URL | string | ArrayBuffer | ArrayBufferView | WasmModule | Response>;

/** An asset as it is registered. */
export interface AssetInput {
  /** Unique name. */
  readonly id: string;
  /**
   * How much of a positive balance counts, slice by slice: the part up to `upTo` units at `factor` (1 − the haircut). The last
   * slice has no end where it names none; beyond the last end nothing counts. Default: all of it counts. Debts count in full.
   */
  readonly haircuts?: readonly { readonly upTo?: number; readonly factor: number }[];
  /**
   * Underlying whose price it follows until it gets a tick of its own, and with which it moves along the line of liquidation prices, which
   * holds the value of an asset that names none.
   */
  readonly underlying?: string;
  /** Sums are kept in units of 2^`scaleLog2`: raise it for assets of tiny value held in huge amounts; default 0. */
  readonly scaleLog2?: number;
}

/** An instrument as it is registered. */
export interface InstrumentInput {
  /** Unique name. */
  readonly id: string;
  /** Kind. */
  readonly kind: "spot" | "perp" | "future" | "option";
  /** Price factor that moves it; registered with it when the name is new. */
  readonly underlying: string;
  /** Asset that its price is in; default: the engine's quote asset. */
  readonly quote?: string;
  /**
   * Asset that profit is paid in; default: `quote` when linear, the underlying's name when inverse. Another one than `quote` makes a linear
   * contract a quanto: `multiplier` units of it for each 1.0 of the price.
   */
  readonly settle?: string;
  /** Asset that a spot instrument trades, and whose price its mark becomes; default: the underlying's name. */
  readonly base?: string;
  /** `linear`: profit ∝ price; `inverse`: a fixed amount of the price's currency, settled in coin; default `linear`. */
  readonly payoff?: "linear" | "inverse";
  /** Units of the underlying (linear), of the price's currency (inverse), or of coin (inverse option) per unit of size; default 1. */
  readonly multiplier?: number;
  /**
   * Sizes are whole multiples of 10^−`sizeDecimals`, 0 to 15, and fewer than 2⁵³ of them: with the default, 8, up to 90 million units;
   * give what the venue states where coins are cheap.
   */
  readonly sizeDecimals?: number;
  /** Expiry of a future or option, milliseconds since the epoch. What a kind of instrument does not have is refused. */
  readonly expiryMs?: number;
  /** Strike of an option, in price units. */
  readonly strike?: number;
  /** Whether an option is a call or a put. */
  readonly option?: "call" | "put";
  /** Largest leverage that the venue allows; models with a `leverageRule` make its table from it. */
  readonly maxLeverage?: number;
  /** Id of one of the model's `marginTables`. */
  readonly marginTable?: string | number;
  /** A table of its own, under every model. */
  readonly brackets?: Brackets;
}

/** An account as it is registered. */
export interface AccountInput {
  /** Unique name. */
  readonly id: string;
  /** Starting balances by asset id. */
  readonly collateral?: Readonly<Record<string, Money>>;
  /** Margin model that it stands under; default: the engine's. */
  readonly model?: ModelHandle;
}

/**
 * Many accounts as columns. Row k of `ids` is account k. Either all of them are registered or none.
 */
export interface AccountColumnsInput {
  /** Unique names. */
  readonly ids: readonly string[];
  /** Starting balances by asset id: one number per account. */
  readonly collateral?: Readonly<Record<string, ArrayLike<number>>>;
  /** Positions in any order. */
  readonly positions?: {
    /** Index into `ids`. */
    readonly account: ArrayLike<number>;
    /** Instrument handles. */
    readonly instrument: ArrayLike<number>;
    /** Signed sizes. */
    readonly size: ArrayLike<number>;
    /** Entry prices. */
    readonly entryPrice: ArrayLike<number>;
  };
  /** Margin model of all of them; default: the engine's. */
  readonly model?: ModelHandle;
}

/** A tick of an instrument. Only what moved need be given. */
export interface Tick {
  /**
   * Mark price; premium in settlement terms for an option. One of more than twice what any vol explains, the forward of a call or the
   * strike of a put, leaves the option without figures (`no-vol`), whatever `vol` came with it.
   */
  readonly mark?: number;
  /** Index price of the underlying; becomes its reference price, unless it has a newer index already. */
  readonly index?: number;
  /** Forward of an option's own expiry; default: the underlying's reference price. */
  readonly underlyingPrice?: number;
  /**
   * Implied vol of an option, per 1.0 and √year (0.6 is 60 %), at most 20; with a mark, the mark's difference to the model is carried
   * along.
   */
  readonly vol?: number;
  /** Continuous rate that discounts an option; default: the last one, 0 at first. */
  readonly rate?: number;
  /**
   * When it was true, milliseconds since the epoch; not before the instrument's last tick, nor more than 40 years before an option's expiry,
   * as times in seconds are.
   */
  readonly timeMs: number;
  /** Any number that names where it came from; default 0. */
  readonly source?: number;
}

/** A tick of an asset or an underlying. */
export interface PriceTick {
  /** Price in the engine's quote asset. */
  readonly price: number;
  /** When it was true, milliseconds since the epoch; not before the last tick. */
  readonly timeMs: number;
  /** Any number that names where it came from; default 0. */
  readonly source?: number;
}

/** A price of one underlying at which an account becomes liquidatable or stops being so. */
export interface Root {
  /** Price of the underlying. */
  readonly price: number;
  /** Relative move from the reference price: price / reference − 1. */
  readonly move: number;
  /** On which side of it the account is liquidatable: `below` a long's, `above` a short's. */
  readonly liquidatable: "below" | "above";
}

/** Why there is no liquidation price. */
export type NoLiquidationReason =
  | "no-exposure"
  | "missing-price"
  | "safe-at-every-price"
  | "liquidatable-at-every-price";

/**
 * Every price of one underlying at which the account's equity crosses its model's liquidation threshold, all that is on the
 * underlying moved by one ratio, the rest held, tiers chosen anew.
 */
export interface LiquidationPrices {
  /** Reference price that moves are measured from; NaN where it is missing. */
  readonly reference: number;
  /** Roots below the reference price, nearest first. */
  readonly down: readonly Root[];
  /** Roots above it, nearest first. */
  readonly up: readonly Root[];
  /** The reason, where there is no root. */
  readonly none?: NoLiquidationReason;
}

/**
 * Derivatives of the value of an account's positions by one underlying, in quote units, the prices of what they settle in and of
 * collateral held; raw: per 1.0 and per year. NaN where figures are missing, and where one is infinite: gamma and theta of an option
 * that expires at its strike.
 */
export interface UnderlyingGreeks {
  readonly underlying: UnderlyingHandle;
  /** The underlying's name. */
  readonly id: string;
  /** Per 1.0 of the underlying's price. */
  readonly delta: number;
  /** Second derivative by the underlying's price. */
  readonly gamma: number;
  /** Per 1.0 of vol. */
  readonly vega: number;
  /** Per year of calendar time. */
  readonly theta: number;
  /** Per 1.0 of the rate. */
  readonly rho: number;
  /** Delta-equivalent exposure: change per relative move of 1.0 of the price. */
  readonly exposure: number;
}

/** One asset's part in an account. `value + haircut` is what it gives to equity. */
export interface AssetRow {
  readonly asset: AssetHandle;
  /** The asset's name. */
  readonly id: string;
  /** Balance in units of the asset. */
  readonly amount: number;
  /** Price in the quote asset. */
  readonly price: number;
  /** Amount × price. */
  readonly value: number;
  /** What does not count, ≤ 0. */
  readonly haircut: number;
  readonly status: RowStatus;
  /** Age of the price, milliseconds; NaN where there is none to have an age. */
  readonly ageMs: number;
}

/** Where an option's vol is from; `none` also for what is no option. */
export type VolSource = "none" | "own" | "surface";

/** Vols for the options of an underlying that have none of their own. */
export interface SurfaceInput {
  /** SVI slices by rising expiry; total variance runs from `timeMs` to the expiry. */
  readonly expiries: readonly {
    /** Expiry, milliseconds since the epoch, after `timeMs` by at most 40 years. */
    readonly expiryMs: number;
    /** Forward price of the fit > 0; default: the underlying's price now. */
    readonly forward?: number;
    readonly svi: SviParameters;
  }[];
  /** What stays when the underlying moves: the vol of a strike, or that of a delta, at one expiry that of a log-moneyness. */
  readonly rule: "sticky-strike" | "sticky-delta";
  /** When the surface was made; the engine's time moves on to it as by a tick. */
  readonly timeMs: number;
}

/** One position's part in an account, in quote units; each column sums to the headline. */
export interface Contribution {
  readonly instrument: InstrumentHandle;
  /** The instrument's name. */
  readonly id: string;
  /** Signed size. */
  readonly size: number;
  /** Average entry price; NaN for what has none. */
  readonly entryPrice: number;
  /** Mark used. */
  readonly mark: number;
  /** Vol that an option's value uses, per √year; NaN where there is none. */
  readonly vol: number;
  /** Where that is from: a tick (or the mark of one) of its own, or the surface of its underlying. */
  readonly volSource: VolSource;
  readonly status: RowStatus;
  /** Age of the oldest price used, milliseconds. */
  readonly ageMs: number;
  /** Absolute notional; of an option, that of its underlying. */
  readonly notional: number;
  /** Profit of a future, value of an option. */
  readonly equity: number;
  readonly initial: number;
  readonly maintenance: number;
  /** Delta-equivalent exposure: change of value per relative move of 1.0 of the underlying. */
  readonly delta: number;
  /** Share of the account's initial leverage (Euler allocation); NaN where that is no number. */
  readonly leverage: number;
}

/** An account's health, leverage and Greeks now, with what they are made of. Money is in the engine's quote asset. */
export interface Assessment {
  readonly account: AccountHandle;
  /** The engine's time. */
  readonly timeMs: number;
  /** The worst status of any row; figures are NaN where it says that they are missing. */
  readonly status: RowStatus;
  /** What counts as margin, marked to market, after haircuts. */
  readonly equity: number;
  /** Initial requirement. */
  readonly initial: number;
  /** Maintenance requirement. */
  readonly maintenance: number;
  /** Equity − initial. */
  readonly freeCollateral: number;
  /** Equity − maintenance. */
  readonly health: number;
  /** Equity / maintenance; null where nothing is required. */
  readonly healthRatio: number | null;
  /** Maintenance / equity; null where equity is not positive. */
  readonly marginRatio: number | null;
  /** By the thresholds now, without hysteresis; null where figures are missing, of which `status` says why. */
  readonly band: Band | null;
  readonly positionValue: {
    /** Sum of absolute notionals. */
    readonly gross: number;
    /** Sum of signed notionals. */
    readonly net: number;
    /** Sum over underlyings of the absolute delta-equivalent exposure. */
    readonly deltaEquivalent: number;
  };
  readonly leverage: {
    /** Gross position value / equity. */
    readonly initial: Leverage;
    /** Gross position value / (equity − maintenance). */
    readonly maintenance: Leverage;
    /** Delta-equivalent exposure / equity. */
    readonly effective: Leverage;
  };
  /**
   * 1 / maintenance leverage: the first-order relative distance to where equity is down to the maintenance requirement, which is
   * liquidation unless the model's `bands` say otherwise (liquidation prices go by these); null where leverage is no number.
   */
  readonly distance: number | null;
  /** Term of the margin model that decided the requirement, such as a scenario; null for a rule without one. */
  readonly binding: number | null;
  readonly greeks: readonly UnderlyingGreeks[];
  readonly assets: readonly AssetRow[];
  readonly contributions: readonly Contribution[];
  readonly liquidation: {
    /** {@link Engine.liquidationPrices} of this account, of `whatIf` after the changes, on the engine's state when it is called. */
    for(underlying: string | UnderlyingHandle): LiquidationPrices;
  };
}

/** An account that went from one band to another. */
export interface BandEvent {
  /** 1 for the engine's first event, one more for each. */
  readonly sequence: number;
  readonly account: AccountHandle;
  /** The account's name. */
  readonly id: string;
  readonly from: Band;
  readonly to: Band;
  /** The instrument whose tick moved it; null where something else did (a deposit, time, an asset's price). */
  readonly driver: InstrumentHandle | null;
  readonly timeMs: number;
  readonly equity: number;
  readonly maintenance: number;
}

/** Which events a subscriber hears; without a field, all of them. */
export interface EventFilter {
  /** Only events of these accounts. */
  readonly accounts?: readonly AccountHandle[];
  /** Only events that bring their account into one of these bands. */
  readonly bands?: readonly Band[];
  /** Ends the subscription when it aborts. */
  readonly signal?: AbortSignal;
}

/** Options of `subscribe`. */
export interface ListenOptions extends EventFilter {
  /**
   * Hears what the listener throws, and with workers `WORKER_FAILED` where they are given up; default: it is reported as what nobody
   * catches (`reportError`, in Node `uncaughtException`).
   */
  readonly onError?: (error: unknown) => void;
}

/** Options of `events`. */
export interface EventOptions extends EventFilter {
  /** How many events may wait to be read; default 65,536. */
  readonly capacity?: number;
  /**
   * What happens when one more comes: `"gap"` (the default) drops the oldest, which the next read tells; `"latest"` leaves each
   * account its last event, whose `from` is that of the first left out.
   */
  readonly whenFull?: "gap" | "latest";
  /** Is told of events dropped, before the next one is read; without it the read rejects with `EVENTS_MISSED`. */
  readonly onGap?: (gap: EventGap) => void;
}

/** Events that a slow reader has missed. */
export interface EventGap {
  /** Sequence number of the first. */
  readonly from: number;
  /** Sequence number of the last. */
  readonly to: number;
  /** How many of them its filter would have let through. */
  readonly count: number;
}

/**
 * Every account's figures as views on the engine's memory: row `row(account)` of each. Views are fetched anew after a registration and
 * after memory has grown, which any call but a tick may make it do, so take them from here each time instead of keeping them: an old
 * view shows what was there before, or has length 0 and reads `undefined`. Figures that are missing, and rows of removed accounts, are
 * NaN.
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

/**
 * Ticks as resident columns in the engine's memory: write rows 0 to n − 1, then `applyTicks(n)`. NaN stands for "not given". The
 * views are fetched anew after memory has grown, so take them from here each time instead of keeping them.
 */
export interface TickBuffer {
  /** Rows that it holds. */
  readonly capacity: number;
  readonly instrument: Uint32Array;
  readonly mark: Float64Array;
  readonly index: Float64Array;
  readonly underlyingPrice: Float64Array;
  readonly vol: Float64Array;
  readonly rate: Float64Array;
  readonly timeMs: Float64Array;
  readonly source: Uint32Array;
  /** Written by `applyTicks`: index into `TICK_STATUSES`. */
  readonly status: Uint8Array;
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
  /** Its row in `columns()`. */
  readonly row: number;
  /** The figure; NaN where figures are missing. */
  readonly value: number;
}

/** Accounts that an engine has taken up, isolated positions after their parents, and their resting orders. */
export interface ImportedAccounts {
  /**
   * Each account with its name, its handle now, the one that it had where it came from, and the handle now of the account that it is
   * an isolated position of, or null.
   */
  readonly accounts: readonly {
    readonly id: string;
    readonly account: AccountHandle;
    readonly previous: AccountHandle;
    readonly parent: AccountHandle | null;
  }[];
  /** Each resting order with its handle now and the one that it had. */
  readonly orders: readonly { readonly order: OrderHandle; readonly previous: OrderHandle }[];
}

/** What an engine holds and has done. */
export interface EngineStats {
  readonly accounts: number;
  readonly positions: number;
  readonly orders: number;
  readonly instruments: number;
  readonly assets: number;
  /** Ticks applied. */
  readonly ticks: number;
  /** Assessments of accounts that ticks have brought about, so far: of those that a tick moved, or of all where it took a pass over the book. */
  readonly assessments: number;
  /** Passes over the whole book that were chosen over increments. */
  readonly fullPasses: number;
  /** Events that wait to be drained. */
  readonly pendingEvents: number;
  /** Linear memory of the engine. */
  readonly memoryBytes: number;
}

/** One change that {@link Engine.whatIf} makes: a trade, or an amount of an asset received (or, negative, paid). */
export type Change =
  | { readonly instrument: InstrumentHandle; readonly size: Size; readonly price?: number }
  | { readonly asset: string | AssetHandle; readonly amount: Money };

/** A venue's own rule for the liquidation price that it shows. */
export type DisplayedRule = "hyperliquid-2023" | "hyperliquid" | "binance-usdm";

/** What a fill realised, in the instrument's settlement asset, before its fee. */
export interface FillResult {
  readonly realizedProfit: number;
}

/** A fill: signed size and price, with its fee. */
export interface Fill {
  /** Signed: positive buys. */
  readonly size: Size;
  readonly price: number;
  /** Paid (or, negative, received); default 0. */
  readonly fee?: Money;
  /** Asset that the fee is paid in; default: the settlement asset. */
  readonly feeAsset?: string | AssetHandle;
}

/**
 * An engine: instruments, market and accounts of one shard, every call synchronous. `docs/sdk.md` is the tour. Examples below run
 * after these lines:
 *
 * ```ts
 * const engine = await createEngine({ model: venues.hyperliquid() });
 * const btc = engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
 * const me = engine.addAccount({ id: "me", collateral: { USDC: 25_000 } });
 * engine.setPosition(me, btc, { size: 1.5, entryPrice: 61_200 });
 * engine.tick(btc, { mark: 60_950, timeMs: 1 });
 * ```
 *
 * Every method throws {@link DisposedError} after `dispose`, {@link HandleError} for a handle that is unknown or stale, and
 * {@link ConfigError} for a parameter that it cannot take; a call that throws has changed nothing.
 */
export interface Engine {
  /** Asset that every figure is in. */
  readonly quote: string;
  /** The engine's time, milliseconds since the epoch: that of the last `advance` or of the latest tick. */
  readonly timeMs: number;
  /**
   * Resident columns for a batch of ticks.
   *
   * @example
   * const { ticks } = engine;
   * ticks.instrument[0] = btc;
   * ticks.mark[0] = 61_000;
   * ticks.timeMs[0] = 2;
   * engine.applyTicks(1);
   * TICK_STATUSES[ticks.status[0]]; // → "applied"
   */
  readonly ticks: TickBuffer;

  /**
   * Registers an asset and returns its handle. The quote asset is registered from the start.
   *
   * @throws {ConfigError} `DUPLICATE_ID`; `INVALID_VALUE` for a slice that does not ascend or a factor outside 0 to 1
   * @example
   * const asset = engine.addAsset({ id: "BTC", underlying: "BTC", haircuts: [{ upTo: 10, factor: 0.95 }, { factor: 0.9 }] });
   * engine.deposit(me, "BTC", 11);
   * engine.assess(me).assets[1].value; // → 670450
   */
  addAsset(asset: AssetInput): AssetHandle;
  /**
   * Registers an underlying. `addInstrument` and `addAsset` do it for a name that is new.
   *
   * @throws {ConfigError} `DUPLICATE_ID`
   * @example
   * const eth = engine.addUnderlying({ id: "ETH" });
   * engine.tickUnderlying(eth, { price: 3_000, timeMs: 1 }); // → "applied"
   */
  addUnderlying(underlying: { readonly id: string }): UnderlyingHandle;
  /**
   * Registers an instrument and returns its handle.
   *
   * @throws {ConfigError} `DUPLICATE_ID`, `UNKNOWN_ASSET` for a settlement or base asset that is not registered,
   *   `INVALID_BRACKETS` for a table with a gap or an overlap, `INVALID_VALUE` for a number outside its domain or a field that
   *   the kind does not have
   * @example
   * const call = engine.addInstrument({
   *   id: "BTC-27MAR26-70000-C", kind: "option", underlying: "BTC",
   *   option: "call", strike: 70_000, expiryMs: Date.UTC(2026, 2, 27, 8), maxLeverage: 10,
   * });
   * engine.tick(call, { vol: 0.6, timeMs: Date.UTC(2026, 2, 1) }); // → "applied"
   */
  addInstrument(instrument: InstrumentInput): InstrumentHandle;
  /**
   * Registers a margin model that accounts may name.
   *
   * @example
   * const binance = engine.addModel(venues.binanceUsdm());
   * const other = engine.addAccount({ id: "other", collateral: { USDC: 10_000 }, model: binance });
   */
  addModel(model: MarginModel): ModelHandle;
  /**
   * Replaces a margin model's parameters and assesses its accounts again.
   *
   * @throws {ConfigError} `INVALID_VERSION` where the version does not grow
   * @example
   * engine.replaceModel(engine.defaultModel, { ...venues.hyperliquid2023(), version: 2 });
   * engine.assess(me).maintenance; // → 914.25
   */
  replaceModel(model: ModelHandle, replacement: MarginModel): void;
  /**
   * Handle of the margin model of accounts that name none.
   *
   * @example
   * engine.addAccount({ id: "explicit", model: engine.defaultModel });
   */
  readonly defaultModel: ModelHandle;
  /**
   * Registers an account and returns its handle, which every other call takes.
   *
   * @throws {ConfigError} `DUPLICATE_ID`; `UNKNOWN_ASSET` when a balance names an asset that is not registered
   * @throws {MoneyError} `INVALID_MONEY` for a balance that is no amount
   * @example
   * const alice = engine.addAccount({ id: "alice", collateral: { USDC: "10000.50" } });
   * engine.assess(alice).equity; // → 10000.5
   */
  addAccount(account: AccountInput): AccountHandle;
  /**
   * Registers many accounts from columns: all of them or, where it throws, none.
   *
   * @throws {ConfigError} with a path such as `addAccounts.ids[3]`
   * @example
   * const [bob, carol] = engine.addAccounts({
   *   ids: ["bob", "carol"],
   *   collateral: { USDC: [5_000, 7_000] },
   *   positions: { account: [0, 1], instrument: [btc, btc], size: [0.1, -0.1], entryPrice: [60_000, 60_000] },
   * });
   * engine.assess(bob).equity; // → 5095
   */
  addAccounts(accounts: AccountColumnsInput): AccountHandle[];
  /**
   * Removes an account with all that it holds; its handle is stale from then on.
   *
   * @example
   * engine.removeAccount(me);
   * engine.account("me"); // → undefined
   */
  removeAccount(account: AccountHandle): void;
  /**
   * Removes an instrument that nobody holds.
   *
   * @throws {ConfigError} `IN_USE` while a position or an order is open in it
   * @example
   * const spare = engine.addInstrument({ id: "ETH-PERP", kind: "perp", underlying: "ETH" });
   * engine.removeInstrument(spare);
   */
  removeInstrument(instrument: InstrumentHandle): void;
  /**
   * Handle of the account of that name, or undefined.
   *
   * @example
   * engine.account("me") === me; // → true
   */
  account(id: string): AccountHandle | undefined;
  /**
   * Handle of the instrument of that name, or undefined.
   *
   * @example
   * engine.instrument("BTC-PERP") === btc; // → true
   */
  instrument(id: string): InstrumentHandle | undefined;
  /**
   * Handle of the asset of that name, or undefined.
   *
   * @example
   * engine.asset("DOGE"); // → undefined
   */
  asset(id: string): AssetHandle | undefined;
  /**
   * Handle of the underlying of that name, or undefined.
   *
   * @example
   * engine.underlying("BTC") !== undefined; // → true
   */
  underlying(id: string): UnderlyingHandle | undefined;

  /**
   * Replaces an account's position by one of this size and entry price; balances stay as they are. Size 0 removes it.
   *
   * @throws {ConfigError} `INVALID_SIZE` for a size that is not finite or no whole number of lots; `MISSING_PARAMETERS` where the
   *   account's model has no table for the instrument; `NOT_APPLICABLE` for spot
   * @example
   * engine.setPosition(me, btc, { size: "-0.25", entryPrice: 60_000 });
   */
  setPosition(
    account: AccountHandle,
    instrument: InstrumentHandle,
    position: { readonly size: Size; readonly entryPrice: number },
  ): void;
  /**
   * Trades: closes what is on the other side first and realises its profit, opens the rest, takes the fee.
   *
   * @example
   * const { realizedProfit } = engine.fill(me, btc, { size: -0.5, price: 61_500, fee: 12.3 });
   * realizedProfit; // → 150
   */
  fill(account: AccountHandle, instrument: InstrumentHandle, fill: Fill): FillResult;
  /**
   * Adds to a balance; the amount is ≥ 0.
   *
   * @example
   * engine.deposit(me, "USDC", "0.1");
   */
  deposit(account: AccountHandle, asset: string | AssetHandle, amount: Money): void;
  /**
   * Takes from a balance, which may become a debt; the amount is ≥ 0.
   *
   * @example
   * engine.withdraw(me, "USDC", 1_000);
   * engine.assess(me).equity; // → 23625
   */
  withdraw(account: AccountHandle, asset: string | AssetHandle, amount: Money): void;
  /**
   * Pays funding on every position of an instrument: longs pay `rate` × notional when it is positive, shorts receive it.
   *
   * @example
   * engine.fund(btc, { rate: 0.0001 });
   * engine.assess(me).assets[0].amount; // → 24990.8575
   */
  fund(instrument: InstrumentHandle, funding: { readonly rate: number }): void;
  /**
   * Books a funding payment as recorded: received when positive, in the settlement asset.
   *
   * @example
   * engine.fundAccount(me, btc, { amount: "-1.25" });
   */
  fundAccount(account: AccountHandle, instrument: InstrumentHandle, funding: { readonly amount: Money }): void;
  /**
   * Places a resting order, which counts in the initial requirement at the worse of filled and not.
   *
   * @example
   * const order = engine.placeOrder(me, btc, { size: 1, price: 60_000 });
   * engine.cancelOrder(order);
   */
  placeOrder(
    account: AccountHandle,
    instrument: InstrumentHandle,
    order: { readonly size: Size; readonly price: number },
  ): OrderHandle;
  /**
   * Removes a resting order; its handle is stale from then on.
   *
   * @example
   * engine.cancelOrder(engine.placeOrder(me, btc, { size: -1, price: 70_000 }));
   */
  cancelOrder(order: OrderHandle): void;
  /**
   * Fills a resting order, wholly or in part: size and price default to what rests, at the order's price.
   *
   * @example
   * const resting = engine.placeOrder(me, btc, { size: -1, price: 62_000 });
   * engine.fillOrder(resting, { size: -0.4 }).realizedProfit; // → 320
   */
  fillOrder(
    order: OrderHandle,
    fill?: {
      readonly size?: Size;
      readonly price?: number;
      readonly fee?: Money;
      readonly feeAsset?: string | AssetHandle;
    },
  ): FillResult;
  /**
   * Opens an isolated position's own account under a parent and moves its margin there; trade and assess it by its handle.
   *
   * The child's name is `id`, or else the parent's and the instrument's, as in `me/BTC-PERP`, with `#2` and so on where that is taken.
   *
   * @example
   * const isolated = engine.isolate(me, btc, { margin: 2_000 });
   * engine.fill(isolated, btc, { size: 0.1, price: 61_000 });
   * engine.assess(isolated).equity; // → 1995
   */
  isolate(
    account: AccountHandle,
    instrument: InstrumentHandle,
    position: { readonly margin: Money; readonly id?: string },
  ): AccountHandle;
  /**
   * Moves an amount from one account to another.
   *
   * @example
   * const savings = engine.addAccount({ id: "savings" });
   * engine.transfer(me, savings, "USDC", 500);
   */
  transfer(from: AccountHandle, to: AccountHandle, asset: string | AssetHandle, amount: Money): void;
  /**
   * Size and average entry price of a position, without assessing the account; size 0 where nothing is held.
   *
   * @example
   * engine.position(me, btc); // → { size: 1.5, entryPrice: 61_200 }
   */
  position(
    account: AccountHandle,
    instrument: InstrumentHandle,
  ): { readonly size: number; readonly entryPrice: number };
  /**
   * A balance in units of the asset, without the profit of open positions.
   *
   * @example
   * engine.balance(me, "USDC"); // → 25000
   */
  balance(account: AccountHandle, asset: string | AssetHandle): number;
  /**
   * Chooses an account's leverage for an instrument: the initial requirement is at least notional / leverage. `Infinity` takes
   * the choice back.
   *
   * @example
   * engine.setLeverage(me, btc, 5);
   * engine.assess(me).initial; // → 18285
   */
  setLeverage(account: AccountHandle, instrument: InstrumentHandle, leverage: number): void;
  /**
   * Settles an expired instrument at a price: cash is paid, positions and orders are gone.
   *
   * @throws {ConfigError} `EXPIRED` before the expiry; `NOT_APPLICABLE` for what does not expire
   * @example
   * const future = engine.addInstrument({ id: "BTC-DEC", kind: "future", underlying: "BTC", expiryMs: 1_000, maxLeverage: 20 });
   * engine.setPosition(me, future, { size: 1, entryPrice: 60_000 });
   * engine.settle(future, { price: 60_500, timeMs: 1_000 });
   * engine.assess(me).assets[0].amount; // → 25500
   */
  settle(instrument: InstrumentHandle, settlement: { readonly price: number; readonly timeMs: number }): void;

  /**
   * Takes a tick in and assesses every account that holds something it moved. Allocates nothing.
   *
   * @returns what became of it; a bad price or time is a status, an unknown handle throws
   * @example
   * engine.tick(btc, { mark: 60_000, index: 60_010, timeMs: 2 }); // → "applied"
   * engine.tick(btc, { mark: Number.NaN, timeMs: 3 }); // → "rejected-price"
   * engine.tick(btc, { mark: 60_000, timeMs: -1 }); // → "rejected-time"
   */
  tick(instrument: InstrumentHandle, tick: Tick): TickStatus;
  /**
   * Takes an asset's price in: collateral values, and whatever settles in it.
   *
   * @example
   * const usdt = engine.addAsset({ id: "USDT" });
   * engine.tickAsset(usdt, { price: 0.998, timeMs: 2 }); // → "applied"
   */
  tickAsset(asset: AssetHandle, tick: PriceTick): TickStatus;
  /**
   * Takes an underlying's reference price in: options on it, and assets that follow it.
   *
   * @example
   * engine.tickUnderlying(engine.underlying("BTC"), { price: 61_000, timeMs: 2 }); // → "applied"
   */
  tickUnderlying(underlying: UnderlyingHandle, tick: PriceTick): TickStatus;
  /**
   * Gives options of an underlying that have no vol of their own the vols of a surface, in place of any before; `null` takes it
   * away. A tick with a vol or mark of an option's own overrides it. Total variance is linear in time between expiries at fixed
   * log-moneyness, vols are flat beyond them, and a vol stays with its strike and expiry as time passes. Under `sticky-delta` delta
   * and gamma are those along the smile. Returns where the surface admits arbitrage, which is flagged and not refused.
   *
   * @throws {ConfigError} `INVALID_VALUE` naming the parameter that makes no slice
   * @throws {HandleError} `UNKNOWN_HANDLE`
   * @example
   * const svi = { a: 0.01, b: 0.1, rho: -0.3, m: 0, sigma: 0.2 };
   * const surface = { expiries: [{ expiryMs: 1e10, forward: 60_000, svi }], rule: "sticky-strike", timeMs: 2 };
   * engine.setSurface(engine.underlying("BTC"), surface); // → { butterfly: [], calendar: [] }
   */
  setSurface(underlying: UnderlyingHandle, surface: SurfaceInput | null): SurfaceVerdict;
  /**
   * Applies the first `count` rows of `ticks` in order; each row's `status` says what became of it.
   *
   * @returns how many were applied
   * @example
   * for (let row = 0; row < 2; row++) {
   *   engine.ticks.instrument[row] = btc;
   *   engine.ticks.mark[row] = 61_000 + row;
   *   engine.ticks.timeMs[row] = 2 + row;
   * }
   * engine.applyTicks(2); // → 2
   */
  applyTicks(count: number): number;
  /**
   * Moves time on without a tick: options decay, prices go stale, expiries pass.
   *
   * @throws {ConfigError} `INVALID_VALUE` for a time before the engine's
   * @example
   * engine.advance(60_000);
   * engine.timeMs; // → 60000
   */
  advance(timeMs: number): void;

  /**
   * Assesses an account now.
   *
   * @example
   * const risk = engine.assess(me);
   * risk.equity; // → 24625
   * risk.leverage.maintenance.value.toFixed(4); // → "3.8558"
   * risk.liquidation.for("BTC").down[0].price.toFixed(2); // → "44983.16"
   */
  assess(account: AccountHandle): Assessment;
  /**
   * Every account's figures as resident columns: no copy, and no allocation while memory stays where it is.
   *
   * @example
   * const columns = engine.columns();
   * columns.equity[columns.row(me)]; // → 24625
   * BANDS[columns.band[columns.row(me)]]; // → "healthy"
   */
  columns(): AccountColumns;
  /**
   * Every price of an underlying at which the account becomes liquidatable or stops being so.
   *
   * @example
   * engine.liquidationPrices(me, "BTC").up; // → []
   */
  liquidationPrices(account: AccountHandle, underlying: string | UnderlyingHandle): LiquidationPrices;
  /**
   * The liquidation price as a venue displays it by a rule of its own, which may hold the requirement still; null for none.
   *
   * @example
   * // (60,950 − 23,710.75 / 1.5): the requirement, 914.25, is held
   * engine.displayedLiquidationPrice(me, btc, "hyperliquid-2023").toFixed(4); // → "45142.8333"
   */
  displayedLiquidationPrice(account: AccountHandle, instrument: InstrumentHandle, rule: DisplayedRule): number | null;
  /**
   * The assessment after changes that are not made: the very same code on a copy of the account.
   *
   * @example
   * const risk = engine.whatIf(me, [{ instrument: btc, size: +1 }]);
   * risk.maintenance; // → 1523.75
   * risk.liquidation.for("BTC").down[0].price.toFixed(2); // → "51616.16"
   * engine.assess(me).maintenance; // → 914.25
   */
  whatIf(account: AccountHandle, changes: readonly Change[]): Assessment;
  /**
   * The `count` accounts that come first by a figure; the same figure in the order of registration, missing figures last.
   *
   * @example
   * const [worst] = engine.top(10, { by: "healthRatio" });
   * worst.account === me; // → true
   * engine.top(1, { by: "maintenanceLeverage", order: "descending" }).length; // → 1
   */
  top(count: number, options: TopOptions): TopRow[];
  /**
   * Exact sums over all accounts.
   *
   * @example
   * engine.totals().equity; // → 24625
   */
  totals(): Totals;
  /**
   * Band crossings since the last call, oldest first. While others subscribe, the last 65,536 at least are kept; whether older
   * ones are gone, `sequence` shows.
   *
   * @example
   * engine.tick(btc, { mark: 44_000, timeMs: 2 });
   * const [event] = engine.drainEvents();
   * event.to; // → "insolvent"
   * event.driver === btc; // → true
   */
  drainEvents(): BandEvent[];
  /**
   * Band crossings from now on, as they come; ends when the engine is disposed or the signal aborts.
   *
   * @throws {PlimsollError} from a read: `EVENTS_MISSED` where the reader is too slow and has no `onGap`
   * @example
   * const stop = new AbortController();
   * const events = engine.events({ signal: stop.signal, bands: ["liquidatable", "insolvent"] });
   * engine.tick(btc, { mark: 44_000, timeMs: 2 });
   * for await (const { id, to } of events) {
   *   id + " is " + to; // → "me is insolvent"
   *   stop.abort();
   * }
   */
  events(options?: EventOptions): AsyncIterableIterator<BandEvent>;
  /**
   * Calls `listener` with every band crossing from now on, before the call that caused it returns; what it throws harms nobody
   * else. Returns a function that ends it.
   *
   * @example
   * const heard = [];
   * const end = engine.subscribe(({ id, to }) => heard.push(id + " is " + to), { accounts: [me] });
   * engine.tick(btc, { mark: 44_000, timeMs: 2 });
   * heard; // → ["me is insolvent"]
   * end();
   */
  subscribe(listener: (event: BandEvent) => void, options?: ListenOptions): () => void;
  /**
   * 16 hex digits over equity, requirements, liquidation prices and events of every account, the same on every machine and for
   * every order of registration.
   *
   * @example
   * engine.digest().length; // → 16
   */
  digest(): string;
  /**
   * Assesses every account in full, which changes no figure: for tests and benchmarks.
   *
   * @example
   * engine.reassessAll();
   * engine.drainEvents(); // → []
   */
  reassessAll(): void;
  /**
   * The whole state as bytes, to be restored by `createEngine({ snapshot })`: handles, names, models and undrained events with it.
   * Restored, the engine gives bit for bit what this one gives.
   *
   * @example
   * const saved = engine.snapshot();
   * const restored = await createEngine({ snapshot: saved });
   * restored.assess(me).equity === engine.assess(me).equity; // → true
   * restored.digest() === engine.digest(); // → true
   * restored.dispose();
   */
  snapshot(): Uint8Array;
  /**
   * Some accounts as bytes, with the isolated positions of these, for `importAccounts` of another engine. They stay here until
   * they are removed.
   *
   * @throws {ConfigError} `NOT_APPLICABLE` for an isolated position without its parent
   * @example
   * const other = await createEngine({ model: venues.hyperliquid() });
   * other.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
   * const { accounts } = other.importAccounts(engine.exportAccounts([me]));
   * accounts.map(({ id }) => id); // → ["me"]
   * other.position(accounts[0].account, btc).size; // → 1.5
   * other.dispose();
   */
  exportAccounts(accounts: readonly AccountHandle[]): Uint8Array;
  /**
   * Takes up accounts that another engine has exported, under the names that they had and new handles. Bands come along; where
   * prices here are others, what that changes is told as events.
   *
   * @throws {SnapshotError} `SNAPSHOT_MISMATCH` naming the asset, underlying, instrument or model in which the engines differ
   * @throws {ConfigError} `DUPLICATE_ID` where a name is taken
   * @example
   * const saved = engine.exportAccounts([me]);
   * engine.removeAccount(me);
   * const [moved] = engine.importAccounts(saved).accounts;
   * moved.previous === me; // → true
   * engine.account("me") === moved.account; // → true
   */
  importAccounts(bytes: Uint8Array): ImportedAccounts;
  /**
   * What the engine holds and has done.
   *
   * @example
   * engine.stats().positions; // → 1
   */
  stats(): EngineStats;

  /**
   * Frees the engine: open `events()` end, every later call throws {@link DisposedError}. A second call does nothing.
   *
   * @example
   * engine.dispose();
   * engine.dispose();
   */
  dispose(): void;
  [Symbol.dispose](): void;
  [Symbol.asyncDispose](): Promise<void>;
}
