/** Market data: ticks and surfaces. */
import type { SviParameters } from "../surface.js";

export type { ArbitrageInterval, SurfaceVerdict, SviParameters } from "../surface.js";

/** A tick of an instrument. Only what changed need be given. */
export interface Tick {
  /**
   * Mark price; premium in settlement terms for an option. One above what any vol explains, the forward of a call or the strike of a put,
   * is taken beside a `vol` up to twice that; alone up to a hundredth above it, where it is a hundred times the other of the two or more,
   * as of a call with a low exercise price: then the vol is 0. Else the option has no figures (`no-vol`).
   */
  readonly mark?: number;
  /** Index price of the underlying; becomes its reference price, unless it has a newer index already. */
  readonly index?: number;
  /**
   * Forward of an option's own expiry; default: the underlying's reference price. Once given it is held until another is: from then on
   * ticks of the underlying do not move the option, so give it with every move or never.
   */
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

/** The outcome of a tick. A rejected one has changed nothing. */
export type TickStatus =
  | "applied"
  | "rejected-price"
  | "rejected-time"
  | "rejected-vol"
  | "rejected-settled"
  | "rejected-handle";

/** A tick of an asset or an underlying. */
export interface PriceTick {
  /** Price in the engine's quote asset. */
  readonly price: number;
  /** When it was true, milliseconds since the epoch; not before the last tick. */
  readonly timeMs: number;
  /** Any number that names where it came from; default 0. */
  readonly source?: number;
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
