/** What mathematics takes and what it gives: types alone, so that every file may know them. */
import type { NAMES } from "../core/layout.js";
import type { SviParameters } from "../surface.js";

/**
 * `spot`: Black–Scholes–Merton with carry; `forward`: Black-76; `inverse`: coin-settled, value in coin, for which a
 * forward that the venue quotes by, as Deribit does, is the `spot`, with `rate` and `carry` 0; `bachelier`: on forwards of
 * either sign, whose vol is in price units per √year.
 */
export type OptionModel = (typeof NAMES.mathModel)[number];

/** Figures of an option, raw: per 1.0 and per year of calendar time; {@link perVolPoint} has the table of units. */
export type GreekName = (typeof NAMES.mathFigure)[number];

/** Figures that are given where none is asked for. */
export type DefaultGreeks = readonly ["price", "delta", "gamma", "vega", "theta", "rho"];

/** A value for each name in a tuple; of a list whose names only its running program knows, any may be missing. */
export type Asked<Names extends readonly string[], Value> = number extends Names["length"]
  ? { readonly [Name in Names[number]]?: Value }
  : { readonly [Name in Names[number]]: Value };

/** A column, or one number for every row. */
export type Column = ArrayLike<number> | number;

/** What every option row needs: `spot` or `forward`, not both. All columns have the length of `strike`. */
export interface OptionColumns {
  /** `"call"`, `"put"`, or a column with +1 for a call and −1 for a put. */
  readonly type: "call" | "put" | ArrayLike<number>;
  /** Price of the underlying ≥ 0. */
  readonly spot?: Column;
  /** Forward price, for the forward model (≥ 0) and Bachelier's; the inverse model takes it as its `spot`. */
  readonly forward?: Column;
  /** Strike ≥ 0; of either sign under Bachelier's model. */
  readonly strike: ArrayLike<number>;
  /** Time to expiry in years ≥ 0. */
  readonly years: Column;
  /** Continuous rate; default 0. */
  readonly rate?: Column;
  /** Continuous carry yield of the underlying; default 0; not read by models on forwards. */
  readonly carry?: Column;
  /** Default: `forward` where a forward is given, else `spot`. */
  readonly model?: OptionModel;
}

/** Inputs of {@link greeks}. */
export interface GreeksInput<Names extends readonly GreekName[] = readonly GreekName[]> extends OptionColumns {
  /** Vol per √year ≥ 0; under Bachelier's model in price units per √year. */
  readonly vol: Column;
  /** Figures wanted; what is not wanted costs nothing. Default: price, delta, gamma, vega, theta, rho. */
  readonly outputs?: Names;
}

/** Inputs of {@link impliedVol}. */
export interface ImpliedVolInput extends OptionColumns {
  /** Price in quote units; in coin for the inverse model. */
  readonly price: Column;
  /** Vols near the answer, such as the last tick's, for a faster search; a bad one costs time, not accuracy. */
  readonly start?: Column;
}

/** Status of each row: `GREEKS_STATUSES` or `IMPLIED_VOL_STATUSES` names it. */
export interface StatusColumn {
  readonly status: Uint8Array;
}

/** One option: {@link OptionColumns} with a number for each column. */
export interface SingleOption {
  readonly type: "call" | "put";
  /** Price of the underlying ≥ 0. */
  readonly spot?: number;
  /** Forward price, instead of a spot. */
  readonly forward?: number;
  /** Strike ≥ 0. */
  readonly strike: number;
  /** Time to expiry in years ≥ 0. */
  readonly years: number;
  /** Continuous rate; default 0. */
  readonly rate?: number;
  /** Continuous carry yield of the underlying; default 0; not read by models on forwards. */
  readonly carry?: number;
  /** Default: `forward` where a forward is given, else `spot`. */
  readonly model?: OptionModel;
}

/** Models that share terms among strikes. */
export type ChainModel = Exclude<OptionModel, "bachelier">;

/** What a chain of strikes is to hold. */
export interface ChainOptions<Names extends readonly GreekName[]> {
  /** Strikes ≥ 0. */
  readonly strike: ArrayLike<number>;
  /** Default: `spot`. */
  readonly model?: ChainModel;
  /** Figures wanted; default: price, delta, gamma, vega, theta, rho. */
  readonly outputs?: Names;
}

/** What resident columns are to hold. */
export interface ResidentOptions {
  /** How many rows, from 1 to 2²⁴. */
  readonly rows: number;
  /** Default: `spot`. */
  readonly model?: OptionModel;
}

/**
 * Figures of a contract, raw as those of `greeks`: price, delta (∂/∂S), vega, theta, rho, psi (∂/∂ carry) and dualDelta (∂/∂K, of a
 * touch ∂/∂ barrier).
 */
export type ContractFigure = (typeof NAMES.contractFigure)[number];

/** Figures of a touch's probability: itself, that of no touch, and the derivatives of the former. */
export type TouchFigure = (typeof NAMES.touchFigure)[number];

/** Figures of a double no-touch: those of a contract, with a derivative by each barrier. */
export type DoubleFigure = (typeof NAMES.doubleFigure)[number];

/** What every contract on spot with carry needs, and what is wanted of it. */
interface ContractTerms {
  /** Price of the underlying ≥ 0. */
  readonly spot: Column;
  /** Time to expiry in years ≥ 0. */
  readonly years: Column;
  /** Continuous rate; default 0. */
  readonly rate?: Column;
  /** Continuous carry yield of the underlying; default 0. */
  readonly carry?: Column;
  /** Vol per √year ≥ 0. */
  readonly vol: Column;
  /**
   * Figures wanted; default: all, which one evaluation gives together. American options are less work without vega, theta, rho and psi.
   */
  readonly outputs?: readonly ContractFigure[];
}

/** Columns of options on spot with carry; all have the length of `strike`. */
export interface ContractOption extends ContractTerms {
  /** `"call"`, `"put"`, or a column with +1 for a call and −1 for a put. */
  readonly type: "call" | "put" | ArrayLike<number>;
  /** Strike ≥ 0. */
  readonly strike: ArrayLike<number>;
}

/** Inputs of {@link digital}. */
export interface DigitalInput extends ContractOption {
  /** Where it ends in the money it pays 1 in quote (`cash`), or one unit of the underlying (`asset`). Default: `cash`. */
  readonly pays?: "cash" | "asset";
}

/** Columns of contracts on a barrier that is watched without interruption; all have the length of `barrier`. */
export interface BarrierColumns extends ContractTerms {
  /** `"above"`: touched when the price rises to the barrier; `"below"`; or a column with +1 and −1. */
  readonly side: "above" | "below" | ArrayLike<number>;
  /** Barrier ≥ 0. */
  readonly barrier: ArrayLike<number>;
}

/** Inputs of {@link oneTouch}. */
export interface OneTouchInput extends BarrierColumns {
  /** When it pays. Default: `at-hit`. */
  readonly pays?: "at-hit" | "at-expiry";
}

/** Inputs of {@link touchProbability}. */
export interface TouchProbabilityInput extends Omit<BarrierColumns, "rate" | "carry" | "outputs"> {
  /** Continuous rate at which the price is expected to grow; default 0. */
  readonly drift?: Column;
  /** Figures wanted; default: all, which one evaluation gives together. */
  readonly outputs?: readonly TouchFigure[];
}

/** Inputs of {@link doubleNoTouch}; all columns have the length of `lower`. */
export interface DoubleNoTouchInput extends Omit<BarrierColumns, "side" | "barrier" | "outputs"> {
  /** Lower barrier ≥ 0. */
  readonly lower: ArrayLike<number>;
  /** Upper barrier ≥ the lower one, else the row's status is `invalid-input`. */
  readonly upper: Column;
  /** Figures wanted; default: all, which one evaluation gives together. */
  readonly outputs?: readonly DoubleFigure[];
}

/** The same inputs with a number for each column. */
export type Single<Input> = {
  readonly [Name in keyof Input]: Input[Name] extends Column | undefined
    ? number
    : Exclude<Input[Name], ArrayLike<number>>;
};

/** All slices from three numbers (Gatheral and Jacquier 2014), with φ(θ) = eta·θ^−gamma·(1 + θ)^(gamma − 1). */
export interface SsviParameters {
  /** Between −1 and 1. */
  readonly rho: number;
  /** > 0. */
  readonly eta: number;
  /** Between 0 and 1. */
  readonly gamma: number;
}

/** One expiry of a surface. */
export interface SurfaceExpiry {
  /** Time to expiry in years > 0, rising from one expiry to the next. */
  readonly years: number;
  /** Forward price of the fit > 0; default 1, for those who ask by log-moneyness alone, which `sticky-strike` does not. */
  readonly forward?: number;
  readonly svi: SviParameters;
}

/**
 * What stays where it is when the forward moves: the vol of a strike, read at ln(K / forward of the fit), or that of a delta, which at
 * one expiry is that of a log-moneyness, read at ln(K / forward now).
 */
export type Stickiness = (typeof NAMES.stickiness)[number];

/** Inputs of {@link surfaceVol}. */
export interface SurfaceVolInput {
  readonly expiries: readonly SurfaceExpiry[];
  /** Time to the options' expiry > 0. */
  readonly years: number;
  /** Forward price to that expiry now > 0. */
  readonly forward: number;
  /** Strikes > 0. */
  readonly strike: ArrayLike<number>;
  readonly rule: Stickiness;
}

/** Quotes of one expiry: vols of bid and ask by strike, such as `impliedVol` finds. */
export interface SurfaceQuotes {
  /** Time to expiry in years > 0, rising from one expiry to the next. */
  readonly years: number;
  /** Forward price > 0. */
  readonly forward: number;
  readonly strike: ArrayLike<number>;
  /** Vol of the bid > 0. */
  readonly bid: ArrayLike<number>;
  /** Vol of the ask ≥ that of the bid; half the spread, at least 0.1 vol points, is what an error counts against. */
  readonly ask: ArrayLike<number>;
}
