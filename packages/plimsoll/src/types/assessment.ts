/** One account explained. */
import type { AccountHandle, AssetHandle, InstrumentHandle, Money, Size, UnderlyingHandle } from "./handles.js";

/** How an account stands towards its requirements, from best to worst as in `BANDS`; thresholds belong to its margin model. */
export type Band = "healthy" | "warning" | "reduce-only" | "liquidatable" | "insolvent";

/**
 * What a row's figures rest on. With `ok`, `stale` (a price is older than `staleAfterMs`) and `expired` (past expiry, not yet
 * settled) there are figures; with `no-vol`, `missing-price` and `out-of-range` there are none.
 */
export type RowStatus = "ok" | "stale" | "expired" | "no-vol" | "missing-price" | "out-of-range";

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

/** A price of one underlying at which an account becomes liquidatable or stops being so. */
export interface Root {
  /** Price of the underlying, its index where ticks give one. An instrument's mark is there its present mark × (1 + `move`). */
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
 * Every price of one underlying at which the account's equity crosses its model's liquidation threshold. Everything on that underlying
 * moves by one ratio, all else is held fixed, and margin tiers are looked up again at each price.
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

/** A venue's own rule for the liquidation price that it displays. */
export type DisplayedRule = "hyperliquid-2023" | "hyperliquid" | "binance-usdm";

/**
 * Derivatives of the value of an account's positions by one underlying, in quote units; raw: per 1.0 and per year. The prices of
 * settlement assets are held fixed and collateral is left out, so the delta of an option settled in its coin is the premium-adjusted one;
 * {@link Engine.whatIf} gives the effect of a move on equity, coin included (`docs/sdk.md`, "A bot"). NaN where figures are missing, and
 * where one is infinite: gamma and theta of an option that expires at its strike.
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
  /** Per 1.0 of the rate, forwards held. */
  readonly rho: number;
  /** Delta-equivalent exposure: change per relative move of 1.0 of the price, which is delta × price. */
  readonly exposure: number;
}

/** One asset's part in an account. `value + haircut` is its contribution to equity. */
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
  /** What the haircut takes off the balance and off the profit and option values that settle in the asset, ≤ 0. */
  readonly haircut: number;
  readonly status: RowStatus;
  /** Age of the price, milliseconds; NaN where there is no price. */
  readonly ageMs: number;
}

/** Where an option's vol comes from; `none` also for other instruments. */
export type VolSource = "none" | "own" | "surface";

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
  /** Share of the account's initial leverage (Euler allocation); NaN where that is no number. */
  readonly leverage: number;
  /** Its part in the account's Greeks on its underlying. */
  readonly greeks: UnderlyingGreeks;
}

/** An account's health, leverage and Greeks now, with what they are made of. Money is in the engine's quote asset. */
export interface Assessment {
  readonly account: AccountHandle;
  /** The account's name. */
  readonly id: string;
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
    /** `liquidationPrices` of this account, of `whatIf` after the changes, on the engine's state when it is called. */
    for(underlying: string | UnderlyingHandle): LiquidationPrices;
  };
}

/**
 * One change that `whatIf` makes: a trade (at the present mark, unless a price is given), an amount of an asset received (or,
 * negative, paid), or a relative move of an underlying's price, −0.2 for a fall by 20 %, which takes with it what moves along its
 * liquidation prices: marks and forwards of its instruments and assets that follow it, but no vol of an option's own. `volMove` moves the
 * vols of all options on it likewise, own ones and the surface's, 0.5 for 30 % to 45 %; default 0. They are made in their order: a trade
 * after a move is at the mark that it has moved to, and moves of one underlying compound.
 */
export type Change =
  | { readonly instrument: InstrumentHandle; readonly size: Size; readonly price?: number }
  | { readonly asset: string | AssetHandle; readonly amount: Money }
  | { readonly underlying: string | UnderlyingHandle; readonly move: number; readonly volMove?: number };
