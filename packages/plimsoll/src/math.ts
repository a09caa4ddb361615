/**
 * `plimsoll/math`: option prices, Greeks and implied vols on columns, and the functions beneath them, without an engine.
 *
 * @module
 */
import { Core, requireName, requireNumber } from "./core.js";
import { ConfigError, LoadError, shown } from "./errors.js";
import { NAMES, OUTCOME } from "./layout.js";
import { instantiate, loadModule } from "./loader.js";
import type { WasmSource } from "./types.js";

export { ConfigError, LoadError, PlimsollError } from "./errors.js";

/** `spot`: Black–Scholes–Merton with carry; `forward`: Black-76; `inverse`: coin-settled, value in coin. */
export type OptionModel = "spot" | "forward" | "inverse";

/** Figures that {@link greeks} gives: raw, per 1.0 and per year of calendar time. */
export type GreekName = (typeof GREEKS)[number];

const GREEKS = [
  "price",
  "delta",
  "gamma",
  "vega",
  "theta",
  "rho",
  "psi",
  "vanna",
  "volga",
  "charm",
  "speed",
  "zomma",
  "color",
  "veta",
  "ultima",
  "dualDelta",
  "dualGamma",
  "elasticity",
  "probabilityInTheMoney",
  "premiumAdjustedDelta",
] as const;
const DEFAULT_GREEKS: readonly GreekName[] = ["price", "delta", "gamma", "vega", "theta", "rho"];

/** A column, or one number for every row. */
export type Column = ArrayLike<number> | number;

/** What every option row needs: `spot` or `forward`, not both. All columns have the length of `strike`. */
export interface OptionColumns {
  /** `"call"`, `"put"`, or a column with +1 for a call and −1 for a put. */
  readonly type: "call" | "put" | ArrayLike<number>;
  /** Price of the underlying ≥ 0. */
  readonly spot?: Column;
  /** Forward price ≥ 0, for the forward model. */
  readonly forward?: Column;
  /** Strike ≥ 0. */
  readonly strike: ArrayLike<number>;
  /** Time to expiry in years ≥ 0. */
  readonly years: Column;
  /** Continuous rate; default 0. */
  readonly rate?: Column;
  /** Continuous carry yield of the underlying; default 0; not read by the forward model. */
  readonly carry?: Column;
  /** Default: `forward` where a forward is given, else `spot`. */
  readonly model?: OptionModel;
}

/** Inputs of {@link greeks}. */
export interface GreeksInput<Name extends GreekName = GreekName> extends OptionColumns {
  /** Vol per √year ≥ 0. */
  readonly vol: Column;
  /** Figures wanted; what is not wanted costs nothing. Default: price, delta, gamma, vega, theta, rho. */
  readonly outputs?: readonly Name[];
}

/** Inputs of {@link impliedVol}. */
export interface ImpliedVolInput extends OptionColumns {
  /** Price in quote units; in coin for the inverse model. */
  readonly price: Column;
}

/** Status of each row: `GREEKS_STATUSES` or `IMPLIED_VOL_STATUSES` names it. */
export interface StatusColumn {
  readonly status: Uint8Array;
}

/**
 * Names of the numbers in the status of {@link greeks}.
 *
 * @example
 * GREEKS_STATUSES[0]; // → "ok"
 */
export const GREEKS_STATUSES: readonly string[] = NAMES.mathStatus;

/**
 * Names of the numbers in the status of {@link impliedVol}.
 *
 * @example
 * IMPLIED_VOL_STATUSES[1]; // → "below-intrinsic"
 */
export const IMPLIED_VOL_STATUSES: readonly string[] = NAMES.volStatus;

let loaded: Core | undefined;

/**
 * Loads the WebAssembly module (once per thread) for mathematics alone; the functions below are synchronous from then on. A second
 * call does nothing.
 *
 * @throws {LoadError} where the module cannot be had, naming its address
 * @example
 * await loadMath();
 * ln(1); // → 0
 */
export async function loadMath(options: { readonly wasm?: WasmSource } = {}): Promise<void> {
  if (loaded !== undefined) return;
  const core = new Core(await instantiate(await loadModule(options.wasm)));
  core.exports.reserve_math();
  loaded ??= core;
}

function loadedCore(): Core {
  if (loaded !== undefined) return loaded;
  const expected = "`await loadMath()` before the first call";
  throw new LoadError("NOT_LOADED", { path: "", expected, received: "a call without it" });
}

/**
 * Price and Greeks of every row, in new columns; bad rows have a status and NaN.
 *
 * @throws {ConfigError} `INVALID_VALUE` naming a column of another length, an unknown output, model or type
 * @throws {LoadError} `NOT_LOADED` before {@link loadMath}
 * @example
 * const { price, delta, status } = greeks({ type: "call", spot: 100, strike: [90, 100], years: 1, vol: 0.2 });
 * price[1].toFixed(6); // → "7.965567"
 * GREEKS_STATUSES[status[0]]; // → "ok"
 */
export function greeks<Name extends GreekName = "price" | "delta" | "gamma" | "vega" | "theta" | "rho">(
  input: GreeksInput<Name>,
): Record<Name, Float64Array> & StatusColumn {
  const core = loadedCore();
  const outputs = input.outputs ?? (DEFAULT_GREEKS as readonly Name[]);
  const places = outputs.map((name, i) => requireName(GREEKS, name, `greeks.outputs[${i}]`));
  const mask = places.reduce((bits, place) => bits | (1 << place), 0);
  const figures = places.map(() => new Float64Array(input.strike.length));
  const status = inTurns(core, "greeks", input, { vol: input.vol }, (model, from, count) => {
    core.exports.greeks(model, mask, count);
    const output = core.view("mathOutput");
    for (const [k, place] of places.entries()) {
      figures[k]?.set(output.subarray(place * ROWS, place * ROWS + count), from);
    }
  });
  const result: Record<string, Float64Array | Uint8Array> = { status };
  for (const [k, name] of outputs.entries()) result[name] = figures[k] as Float64Array;
  return result as Record<Name, Float64Array> & StatusColumn;
}

/**
 * The vol that gives each row's price, with a status where none does.
 *
 * @throws {ConfigError} as {@link greeks}
 * @throws {LoadError} `NOT_LOADED` before {@link loadMath}
 * @example
 * const { vol, status } = impliedVol({ type: "call", price: [7.965567455405804, 0], spot: 100, strike: [100, 50], years: 1 });
 * vol[0].toFixed(12); // → "0.200000000000"
 * IMPLIED_VOL_STATUSES[status[1]]; // → "below-intrinsic"
 */
export function impliedVol(input: ImpliedVolInput): { readonly vol: Float64Array } & StatusColumn {
  const core = loadedCore();
  const vol = new Float64Array(input.strike.length);
  const status = inTurns(core, "impliedVol", input, { price: input.price }, (model, from, count) => {
    core.exports.implied_vol(model, count);
    vol.set(core.view("mathOutput").subarray(0, count), from);
  });
  return { vol, status };
}

/**
 * eˣ, the same bits on every host.
 *
 * @example
 * exp(0); // → 1
 */
export function exp(x: number): number {
  return elementary("exp", x);
}

/**
 * Natural logarithm.
 *
 * @example
 * ln(1); // → 0
 */
export function ln(x: number): number {
  return elementary("ln", x);
}

/**
 * Normal density.
 *
 * @example
 * normPdf(0).toFixed(15); // → "0.398942280401433"
 */
export function normPdf(x: number): number {
  return elementary("normPdf", x);
}

/**
 * Normal distribution function, relatively accurate in the left tail.
 *
 * @example
 * normCdf(-1).toFixed(12); // → "0.158655253931"
 */
export function normCdf(x: number): number {
  return elementary("normCdf", x);
}

/**
 * Complementary error function, relatively accurate in the right tail.
 *
 * @example
 * erfc(1).toFixed(12); // → "0.157299207050"
 */
export function erfc(x: number): number {
  return elementary("erfc", x);
}

const ROWS = OUTCOME.mathRows;

function elementary(name: (typeof NAMES.mathFunction)[number], x: number): number {
  return loadedCore().exports.math_value(NAMES.mathFunction.indexOf(name), requireNumber(x, `${name}.x`));
}

/** Copies rows in, computes them and hands each turn to `take`; returns the statuses. */
function inTurns(
  core: Core,
  method: string,
  input: OptionColumns,
  own: Readonly<Record<string, Column>>,
  take: (model: number, from: number, count: number) => void,
): Uint8Array {
  const rows = requireColumn(input.strike, undefined, `${method}.strike`);
  const { type, forward, strike, years, rate = 0, carry = 0 } = input;
  const model = requireName(
    NAMES.mathModel,
    input.model ?? (forward === undefined ? "spot" : "forward"),
    `${method}.model`,
  );
  const isForward = NAMES.mathModel[model] === "forward";
  if (isForward && input.spot !== undefined && forward !== undefined) {
    throw new ConfigError("INVALID_VALUE", {
      path: `${method}.spot`,
      expected: "absent beside a forward",
      received: "given",
    });
  }
  const spot = isForward ? (forward ?? input.spot) : input.spot;
  requireColumn(spot, rows, `${method}.${isForward ? "forward" : "spot"}`);
  const columns: Readonly<Record<string, Column>> = { spot: spot as Column, strike, years, rate, carry, ...own };
  for (const [name, column] of Object.entries(columns)) requireColumn(column, rows, `${method}.${name}`);
  const isCallOf = callOrPut(type, rows, `${method}.type`);
  const status = new Uint8Array(rows);
  for (let from = 0; from < rows; from += ROWS) {
    const count = Math.min(ROWS, rows - from);
    const words = core.view("mathInput");
    for (const [name, column] of Object.entries(columns)) {
      const at = NAMES.mathInput.indexOf(name as (typeof NAMES.mathInput)[number]) * ROWS;
      if (typeof column === "number") words.fill(column, at, at + count);
      else for (let i = 0; i < count; i++) words[at + i] = column[from + i] as number;
    }
    const isCall = core.view("mathIsCall");
    for (let i = 0; i < count; i++) isCall[i] = Number(isCallOf(from + i));
    take(model, from, count);
    status.set(core.view("mathStatus").subarray(0, count), from);
  }
  return status;
}

/** Whether a row is a call; refuses a type that is neither. */
function callOrPut(type: OptionColumns["type"], rows: number, path: string): (row: number) => boolean {
  if (typeof type === "string") {
    const isCall = requireName(NAMES.option, type, path) === 0;
    return () => isCall;
  }
  requireColumn(type, rows, path);
  for (let row = 0; row < rows; row++) {
    if (type[row] !== 1 && type[row] !== -1) {
      throw new ConfigError("INVALID_VALUE", {
        path: `${path}[${row}]`,
        expected: "+1 (call) or -1 (put)",
        received: shown(type[row]),
      });
    }
  }
  return (row) => type[row] === 1;
}

function requireColumn(column: unknown, rows: number | undefined, path: string): number {
  if (typeof column === "number" && rows !== undefined) return rows;
  const length = (column as ArrayLike<number> | undefined)?.length;
  if (typeof column === "object" && typeof length === "number" && (rows === undefined || length === rows))
    return length;
  const expected = rows === undefined ? "a column of numbers" : `a number or a column of ${rows}`;
  throw new ConfigError("INVALID_VALUE", {
    path,
    expected,
    received: length === undefined ? shown(column) : `${length} rows`,
  });
}
