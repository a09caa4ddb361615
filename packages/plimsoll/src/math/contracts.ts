/** Contracts beyond European options: digitals, one-touches and no-touches, between two barriers too, American options. */

import { requireColumn } from "../checks.js";
import { NAMES } from "../core/layout.js";
import { maskOf } from "./figures.js";
import { checkColumns, type Given, typeWriter } from "./inputs.js";
import { inTurns, turnBook } from "./loaded.js";
import { CHECK } from "./options.js";
import type {
  Asked,
  BarrierColumns,
  ContractFigure,
  ContractOption,
  DigitalInput,
  DoubleFigure,
  DoubleNoTouchInput,
  OneTouchInput,
  Single,
  StatusColumn,
  TouchFigure,
  TouchProbabilityInput,
} from "./types.js";

/** Name of a row's status in {@link american}. */
export type AmericanStatus = (typeof NAMES.americanStatus)[number];

/**
 * Names of the numbers in the status of {@link american}; the first four are those of `GREEKS_STATUSES`.
 *
 * @example
 * AMERICAN_STATUSES[4]; // → "two-boundaries"
 */
export const AMERICAN_STATUSES: readonly AmericanStatus[] = NAMES.americanStatus;

/** The figures that a call wants. */
interface Wanted<Names extends readonly string[]> {
  readonly outputs?: Names;
}

/** A column per figure, and one of statuses. */
export type ContractColumns<Names extends readonly string[] = typeof NAMES.contractFigure> = Asked<
  Names,
  Float64Array
> &
  StatusColumn;
type Figures<Names extends readonly string[], Status extends string> = Asked<Names, number> & {
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
export function digital<const Names extends readonly ContractFigure[] = typeof NAMES.contractFigure>(
  input: DigitalInput & Wanted<Names>,
): ContractColumns<Names> {
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
export function digitalOf<const Names extends readonly ContractFigure[] = typeof NAMES.contractFigure>(
  option: Single<DigitalInput> & Wanted<Names>,
): Figures<Names, ContractStatus> {
  CHECK.digitalOf(option, "digitalOf");
  return first(digital<Names>({ ...option, strike: [option.strike] }), NAMES.mathStatus);
}

/**
 * Price and first-order Greeks of options that may be exercised at any time, in quote units. Price ≤ 1e-9 of the strike (a call's: of the spot price) and Greeks
 * ≤ 1e-6 of their scales at a market's vols, rho and psi ≤ 1e-5 where a put's rate is just below its carry (a call's: just above)
 * (`docs/pricing.md`). Each solves for its exercise boundary, so that it costs far more than a European option.
 *
 * @throws {ConfigError} `INVALID_VALUE` naming a column of another length or an unknown type
 * @throws {LoadError} `NOT_LOADED` before `loadMath`
 * @example
 * const { price, status } = american({ type: "put", spot: 100, strike: [90, 100], years: 1, rate: 0.05, vol: 0.2 });
 * price[1].toFixed(6); // → "6.090371"
 * AMERICAN_STATUSES[status[1]]; // → "ok"
 */
export function american<const Names extends readonly ContractFigure[] = typeof NAMES.contractFigure>(
  input: ContractOption & Wanted<Names>,
): ContractColumns<Names> {
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
export function americanOf<const Names extends readonly ContractFigure[] = typeof NAMES.contractFigure>(
  option: Single<ContractOption> & Wanted<Names>,
): Figures<Names, AmericanStatus> {
  CHECK.americanOf(option, "americanOf");
  return first(american<Names>({ ...option, strike: [option.strike] }), AMERICAN_STATUSES);
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
export function oneTouch<const Names extends readonly ContractFigure[] = typeof NAMES.contractFigure>(
  input: OneTouchInput & Wanted<Names>,
): ContractColumns<Names> {
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
export function oneTouchOf<const Names extends readonly ContractFigure[] = typeof NAMES.contractFigure>(
  contract: Single<OneTouchInput> & Wanted<Names>,
): Figures<Names, ContractStatus> {
  CHECK.oneTouchOf(contract, "oneTouchOf");
  return first(oneTouch<Names>({ ...contract, barrier: [contract.barrier] }), NAMES.mathStatus);
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
export function noTouch<const Names extends readonly ContractFigure[] = typeof NAMES.contractFigure>(
  input: BarrierColumns & Wanted<Names>,
): ContractColumns<Names> {
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
export function noTouchOf<const Names extends readonly ContractFigure[] = typeof NAMES.contractFigure>(
  contract: Single<BarrierColumns> & Wanted<Names>,
): Figures<Names, ContractStatus> {
  CHECK.noTouchOf(contract, "noTouchOf");
  return first(noTouch<Names>({ ...contract, barrier: [contract.barrier] }), NAMES.mathStatus);
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
export function touchProbability<const Names extends readonly TouchFigure[] = typeof NAMES.touchFigure>(
  input: TouchProbabilityInput & Wanted<Names>,
): ContractColumns<Names> {
  CHECK.touchProbability(input, "touchProbability");
  const { spot, barrier, years, drift = 0, vol, outputs } = input;
  return figuresOf("touchProbability", "touch-probability", NAMES.touchFigure, outputs, input.side, SIDES, [
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
export function touchProbabilityOf<const Names extends readonly TouchFigure[] = typeof NAMES.touchFigure>(
  contract: Single<TouchProbabilityInput> & Wanted<Names>,
): Figures<Names, ContractStatus> {
  CHECK.touchProbabilityOf(contract, "touchProbabilityOf");
  return first(touchProbability<Names>({ ...contract, barrier: [contract.barrier] }), NAMES.mathStatus);
}

/**
 * Price and first derivatives of contracts that pay 1 at expiry where the price has stayed between two barriers. Exact to 2e-14 of what
 * certain payment is worth, to 1e-12 relative where little is left of it (`docs/pricing.md`).
 *
 * @throws {ConfigError} `INVALID_VALUE` naming a column of another length
 * @throws {LoadError} `NOT_LOADED` before `loadMath`
 * @example
 * const { price } = doubleNoTouch({ spot: 100, lower: [80, 95], upper: [125, 106], years: 1, vol: 0.2, outputs: ["price"] });
 * price[0].toFixed(12); // → "0.470744458727"
 * price[1] < 1e-7; // → true
 */
export function doubleNoTouch<const Names extends readonly DoubleFigure[] = typeof NAMES.doubleFigure>(
  input: DoubleNoTouchInput & Wanted<Names>,
): ContractColumns<Names> {
  CHECK.doubleNoTouch(input, "doubleNoTouch");
  const { lower, upper, outputs } = input;
  return figuresOf("doubleNoTouch", "double-no-touch", NAMES.doubleFigure, outputs, "above", SIDES, [
    ["strike", "lower", lower],
    ["price", "upper", upper],
    ...market(input),
  ]);
}

/**
 * Price and first derivatives of one such contract, with the name of its status.
 *
 * @throws {ConfigError} as {@link doubleNoTouch}
 * @throws {LoadError} `NOT_LOADED` before `loadMath`
 * @example
 * doubleNoTouchOf({ spot: 100, lower: 100, upper: 125, years: 1, vol: 0.2 }).status; // → "kink"
 * doubleNoTouchOf({ spot: 100, lower: 125, upper: 80, years: 1, vol: 0.2 }).status; // → "invalid-input"
 */
export function doubleNoTouchOf<const Names extends readonly DoubleFigure[] = typeof NAMES.doubleFigure>(
  contract: Single<DoubleNoTouchInput> & Wanted<Names>,
): Figures<Names, ContractStatus> {
  CHECK.doubleNoTouchOf(contract, "doubleNoTouchOf");
  return first(doubleNoTouch<Names>({ ...contract, lower: [contract.lower] }), NAMES.mathStatus);
}

const SIDES = ["above", "below"] as const;

/** The columns that every contract on spot has. */
function market(input: Pick<ContractOption, "spot" | "years" | "rate" | "carry" | "vol">): readonly Given[] {
  const { spot, years, rate = 0, carry = 0, vol } = input;
  return Object.entries({ spot, years, rate, carry, vol }).map(([name, column]) => [name as Given[0], name, column]);
}

function onStrikes<Names extends readonly ContractFigure[]>(
  method: string,
  contract: ContractName,
  input: ContractOption & Wanted<Names>,
): ContractColumns<Names> {
  return figuresOf(method, contract, NAMES.contractFigure, input.outputs, input.type, NAMES.option, [
    ["strike", "strike", input.strike],
    ...market(input),
  ]);
}

function onBarriers<Names extends readonly ContractFigure[]>(
  method: string,
  contract: ContractName,
  input: BarrierColumns & Wanted<Names>,
): ContractColumns<Names> {
  return figuresOf(method, contract, NAMES.contractFigure, input.outputs, input.side, SIDES, [
    ["strike", "barrier", input.barrier],
    ...market(input),
  ]);
}

/** The wanted figures of a contract, the first column being the one that says how many rows there are. */
function figuresOf<Names extends readonly string[]>(
  method: string,
  contract: ContractName,
  figures: readonly string[],
  outputs: Names | undefined,
  type: string | ArrayLike<number>,
  types: readonly [string, string],
  columns: readonly [Given, ...Given[]],
): ContractColumns<Names> {
  const book = turnBook();
  const [[, name, column]] = columns;
  const rows = requireColumn(column, `${method}.${name}`);
  // An American's boundary takes memory, whose growth in one turn detaches columns that lie in it: the next needs copies.
  const keep = <Kept>(given: Kept): Kept =>
    rows > book.rows && given instanceof Float64Array ? (given.slice() as Kept) : given;
  const writeType = typeWriter(keep(type), rows, `${method}.${types === SIDES ? "side" : "type"}`, types);
  const given = columns.map(([input, name, column]): Given => [input, name, keep(column)]);
  const found = (outputs ?? figures).map((figure) => ({
    figure,
    place: figures.indexOf(figure),
    column: new Float64Array(rows),
  }));
  const mask = maskOf(found.map(({ place }) => place));
  const status = inTurns(checkColumns(method, rows, given, writeType), (from, count) => {
    book.contracts(NAMES.contract.indexOf(contract), mask, count);
    for (const { place, column } of found) column.set(book.output(place).subarray(0, count), from);
  });
  const named = Object.fromEntries(found.map(({ figure, column }) => [figure, column]));
  return { ...named, status } as unknown as ContractColumns<Names>;
}

/** The first row as numbers. */
function first<Names extends readonly string[], Status extends string>(
  { status, ...columns }: ContractColumns<Names>,
  statuses: readonly Status[],
): Figures<Names, Status> {
  const numbers = Object.entries(columns as Record<string, Float64Array>).map(([name, column]) => [name, column[0]]);
  return { ...Object.fromEntries(numbers), status: statuses[status[0] as number] };
}
