/** Contracts beyond European options: digitals, one-touches and no-touches, American options. */

import { requireColumn } from "../checks.js";
import { NAMES } from "../layout.js";
import type { StatusColumn } from "../math.js";
import { type Column, checkColumns, type Given, typeWriter } from "./inputs.js";
import { inTurns, turnBook } from "./loaded.js";
import { CHECK } from "./options.js";

/**
 * Figures of a contract, raw as those of `greeks`: price, delta (∂/∂S), vega, theta, rho, psi (∂/∂ carry) and dualDelta (∂/∂K, of a
 * touch ∂/∂ barrier).
 */
export type ContractFigure = (typeof NAMES.contractFigure)[number];
/** Figures of a touch's probability: itself, that of no touch, and the derivatives of the former. */
export type TouchFigure = (typeof NAMES.touchFigure)[number];
/** Name of a row's status in {@link american}. */
export type AmericanStatus = (typeof NAMES.americanStatus)[number];

/**
 * Names of the numbers in the status of {@link american}; the first four are those of `GREEKS_STATUSES`.
 *
 * @example
 * AMERICAN_STATUSES[4]; // → "two-boundaries"
 */
export const AMERICAN_STATUSES: readonly AmericanStatus[] = NAMES.americanStatus;

/** Columns of options on spot with carry; all have the length of `strike`. */
export interface ContractOption {
  /** `"call"`, `"put"`, or a column with +1 for a call and −1 for a put. */
  readonly type: "call" | "put" | ArrayLike<number>;
  /** Price of the underlying ≥ 0. */
  readonly spot: Column;
  /** Strike ≥ 0. */
  readonly strike: ArrayLike<number>;
  /** Time to expiry in years ≥ 0. */
  readonly years: Column;
  /** Continuous rate; default 0. */
  readonly rate?: Column;
  /** Continuous carry yield of the underlying; default 0. */
  readonly carry?: Column;
  /** Vol per √year ≥ 0. */
  readonly vol: Column;
}

/** Inputs of {@link digital}. */
export interface DigitalInput extends ContractOption {
  /** Where it ends in the money it pays 1 in quote (`cash`), or one unit of the underlying (`asset`). Default: `cash`. */
  readonly pays?: "cash" | "asset";
}

/** Columns of contracts on a barrier that is watched without interruption; all have the length of `barrier`. */
export interface BarrierColumns {
  /** `"above"`: touched when the price rises to the barrier; `"below"`; or a column with +1 and −1. */
  readonly side: "above" | "below" | ArrayLike<number>;
  /** Price of the underlying ≥ 0. */
  readonly spot: Column;
  /** Barrier ≥ 0. */
  readonly barrier: ArrayLike<number>;
  /** Time to expiry in years ≥ 0. */
  readonly years: Column;
  /** Continuous rate; default 0. */
  readonly rate?: Column;
  /** Continuous carry yield of the underlying; default 0. */
  readonly carry?: Column;
  /** Vol per √year ≥ 0. */
  readonly vol: Column;
}

/** The same inputs with a number for each column. */
export type Single<Input> = {
  readonly [Name in keyof Input]: Input[Name] extends Column | undefined
    ? number
    : Exclude<Input[Name], ArrayLike<number>>;
};

/** A column per figure, and one of statuses. */
export type ContractColumns<Figure extends string = ContractFigure> = Readonly<Record<Figure, Float64Array>> &
  StatusColumn;
type Figures<Figure extends string, Status extends string> = Readonly<Record<Figure, number>> & {
  readonly status: Status;
};
type ContractStatus = (typeof NAMES.mathStatus)[number];
type ContractName = (typeof NAMES.contract)[number];

/**
 * Price and first-order Greeks of digitals: European options that pay 1, or one unit of the underlying, where they end in the money.
 * Prices are exact to 1e-13 relative, derivatives to 1e-12 (`docs/pricing.md`).
 *
 * @throws {ConfigError} `INVALID_VALUE` naming a column of another length, an unknown type or payment
 * @throws {LoadError} `NOT_LOADED` before `loadMath`
 * @example
 * const { price, delta } = digital({ type: "call", spot: 100, strike: [90, 100], years: 1, vol: 0.2 });
 * price[1].toFixed(12); // → "0.460172162723"
 * const [asset] = digital({ type: "call", spot: 100, strike: [100], years: 1, vol: 0.2, pays: "asset" }).price;
 * (asset - 100 * price[1]).toFixed(6); // → "7.965567"
 */
export function digital(input: DigitalInput): ContractColumns {
  CHECK.digital(input, "digital");
  return onStrikes("digital", `${input.pays ?? "cash"}-or-nothing`, input);
}

/**
 * Price and first-order Greeks of one digital, with the name of its status.
 *
 * @throws {ConfigError} as {@link digital}
 * @throws {LoadError} `NOT_LOADED` before `loadMath`
 * @example
 * digitalOf({ type: "put", spot: 100, strike: 100, years: 0, vol: 0.2 }).status; // → "kink"
 */
export function digitalOf(option: Single<DigitalInput>): Figures<ContractFigure, ContractStatus> {
  CHECK.digitalOf(option, "digitalOf");
  return first(digital({ ...option, strike: [option.strike] }), NAMES.mathStatus);
}

/**
 * Price and first-order Greeks of options that may be exercised at any time, in quote units. Price ≤ 1e-9 of the strike and Greeks
 * ≤ 1e-6 of their scales at a market's vols (`docs/pricing.md`); about a thousand times the work of a European option.
 *
 * @throws {ConfigError} `INVALID_VALUE` naming a column of another length or an unknown type
 * @throws {LoadError} `NOT_LOADED` before `loadMath`
 * @example
 * const { price, status } = american({ type: "put", spot: 100, strike: [90, 100], years: 1, rate: 0.05, vol: 0.2 });
 * price[1].toFixed(6); // → "6.090371"
 * AMERICAN_STATUSES[status[1]]; // → "ok"
 */
export function american(input: ContractOption): ContractColumns {
  CHECK.american(input, "american");
  return onStrikes("american", "american", input);
}

/**
 * Price and first-order Greeks of one American option, with the name of its status.
 *
 * @throws {ConfigError} as {@link american}
 * @throws {LoadError} `NOT_LOADED` before `loadMath`
 * @example
 * americanOf({ type: "put", spot: 50, strike: 100, years: 1, rate: 0.05, vol: 0.2 }).price; // → 50
 * americanOf({ type: "put", spot: 90, strike: 100, years: 1, rate: -0.01, carry: -0.05, vol: 0.2 }).status; // → "two-boundaries"
 */
export function americanOf(option: Single<ContractOption>): Figures<ContractFigure, AmericanStatus> {
  CHECK.americanOf(option, "americanOf");
  return first(american({ ...option, strike: [option.strike] }), AMERICAN_STATUSES);
}

/**
 * Price and first-order Greeks of contracts that pay 1 where the barrier is touched before expiry, at the touch or at expiry (`pays`,
 * default `at-hit`). Prices are exact to 1e-14 relative, derivatives to 1e-12 (`docs/pricing.md`).
 *
 * @throws {ConfigError} `INVALID_VALUE` naming a column of another length, an unknown side or time of payment
 * @throws {LoadError} `NOT_LOADED` before `loadMath`
 * @example
 * const { price } = oneTouch({ side: "above", spot: 100, barrier: [110], years: 1, carry: -0.02, vol: 0.2 });
 * price[0].toFixed(12); // → "0.633681954638"
 */
export function oneTouch(input: BarrierColumns & { readonly pays?: "at-hit" | "at-expiry" }): ContractColumns {
  CHECK.oneTouch(input, "oneTouch");
  const { pays = "at-hit" } = input;
  return onBarriers("oneTouch", `one-touch-${pays}`, input);
}

/**
 * Price and first-order Greeks of one such contract, with the name of its status.
 *
 * @throws {ConfigError} as {@link oneTouch}
 * @throws {LoadError} `NOT_LOADED` before `loadMath`
 * @example
 * oneTouchOf({ side: "below", spot: 100, barrier: 120, years: 1, vol: 0.2 }).price; // → 1
 */
export function oneTouchOf(
  contract: Single<BarrierColumns & { readonly pays?: "at-hit" | "at-expiry" }>,
): Figures<ContractFigure, ContractStatus> {
  CHECK.oneTouchOf(contract, "oneTouchOf");
  return first(oneTouch({ ...contract, barrier: [contract.barrier] }), NAMES.mathStatus);
}

/**
 * Price and first-order Greeks of contracts that pay 1 at expiry where the barrier has not been touched.
 *
 * @throws {ConfigError} as {@link oneTouch}
 * @throws {LoadError} `NOT_LOADED` before `loadMath`
 * @example
 * const { price } = noTouch({ side: "above", spot: 100, barrier: [110], years: 1, carry: -0.02, vol: 0.2 });
 * price[0].toFixed(12); // → "0.366318045362"
 */
export function noTouch(input: BarrierColumns): ContractColumns {
  CHECK.noTouch(input, "noTouch");
  return onBarriers("noTouch", "no-touch", input);
}

/**
 * Price and first-order Greeks of one such contract, with the name of its status.
 *
 * @throws {ConfigError} as {@link noTouch}
 * @throws {LoadError} `NOT_LOADED` before `loadMath`
 * @example
 * noTouchOf({ side: "above", spot: 100, barrier: 110, years: 1, vol: -1 }).status; // → "invalid-input"
 */
export function noTouchOf(contract: Single<BarrierColumns>): Figures<ContractFigure, ContractStatus> {
  CHECK.noTouchOf(contract, "noTouchOf");
  return first(noTouch({ ...contract, barrier: [contract.barrier] }), NAMES.mathStatus);
}

/**
 * The probability that a price touches a barrier within `years` where it is expected to grow at the continuous `drift` (default 0),
 * and that it does not, each accurate where it is small; with the derivatives of the former. Nothing is discounted.
 *
 * @throws {ConfigError} as {@link oneTouch}
 * @throws {LoadError} `NOT_LOADED` before `loadMath`
 * @example
 * const { touch, noTouch } = touchProbability({ side: "below", spot: 100, barrier: [90, 50], years: 0.1, vol: 0.4 });
 * touch[0].toFixed(6); // → "0.426377"
 * touch[0] + noTouch[0]; // → 1
 */
export function touchProbability(
  input: Omit<BarrierColumns, "rate" | "carry"> & { readonly drift?: Column },
): ContractColumns<TouchFigure> {
  CHECK.touchProbability(input, "touchProbability");
  const { spot, barrier, years, drift = 0, vol } = input;
  return figuresOf("touchProbability", "touch-probability", NAMES.touchFigure, input.side, SIDES, [
    ["strike", "barrier", barrier],
    ["spot", "spot", spot],
    ["years", "years", years],
    ["rate", "drift", drift],
    ["vol", "vol", vol],
  ]);
}

/**
 * The probability of one touch, with the name of its status.
 *
 * @throws {ConfigError} as {@link touchProbability}
 * @throws {LoadError} `NOT_LOADED` before `loadMath`
 * @example
 * touchProbabilityOf({ side: "below", spot: 100, barrier: 90, years: 0, vol: 0.4 }).touch; // → 0
 */
export function touchProbabilityOf(
  contract: Single<Omit<BarrierColumns, "rate" | "carry"> & { readonly drift?: Column }>,
): Figures<TouchFigure, ContractStatus> {
  CHECK.touchProbabilityOf(contract, "touchProbabilityOf");
  return first(touchProbability({ ...contract, barrier: [contract.barrier] }), NAMES.mathStatus);
}

const SIDES = ["above", "below"] as const;

function onStrikes(method: string, contract: ContractName, input: ContractOption): ContractColumns {
  const { spot, strike, years, rate = 0, carry = 0, vol } = input;
  return figuresOf(method, contract, NAMES.contractFigure, input.type, NAMES.option, [
    ["strike", "strike", strike],
    ["spot", "spot", spot],
    ["years", "years", years],
    ["rate", "rate", rate],
    ["carry", "carry", carry],
    ["vol", "vol", vol],
  ]);
}

function onBarriers(method: string, contract: ContractName, input: BarrierColumns): ContractColumns {
  const { spot, barrier, years, rate = 0, carry = 0, vol } = input;
  return figuresOf(method, contract, NAMES.contractFigure, input.side, SIDES, [
    ["strike", "barrier", barrier],
    ["spot", "spot", spot],
    ["years", "years", years],
    ["rate", "rate", rate],
    ["carry", "carry", carry],
    ["vol", "vol", vol],
  ]);
}

/** All figures of a contract, the first column being the one that says how many rows there are. */
function figuresOf<Figure extends string>(
  method: string,
  contract: ContractName,
  figures: readonly Figure[],
  type: string | ArrayLike<number>,
  types: readonly [string, string],
  columns: readonly [Given, ...Given[]],
): ContractColumns<Figure> {
  const book = turnBook();
  const [[, name, column]] = columns;
  const rows = requireColumn(column, `${method}.${name}`);
  const writeType = typeWriter(type, rows, `${method}.${types === SIDES ? "side" : "type"}`, types);
  const found = figures.map(() => new Float64Array(rows));
  const status = inTurns(checkColumns(method, rows, columns, writeType), (from, count) => {
    book.contracts(NAMES.contract.indexOf(contract), count);
    for (const [k, figure] of found.entries()) figure.set(book.output(k).subarray(0, count), from);
  });
  const named = Object.fromEntries(figures.map((figure, k) => [figure, found[k]]));
  return { ...named, status } as unknown as ContractColumns<Figure>;
}

/** The first row as numbers. */
function first<Figure extends string, Status extends string>(
  { status, ...columns }: ContractColumns<Figure>,
  statuses: readonly Status[],
): Figures<Figure, Status> {
  const numbers = Object.entries<Float64Array>(columns).map(([name, column]) => [name, column[0]]);
  return { ...Object.fromEntries(numbers), status: statuses[status[0] as number] };
}
