/**
 * `plimsoll/math`: option prices, Greeks and implied vols on columns, and the functions beneath them, without an engine.
 *
 * @module
 */
import { Core, requireName, requireNumber } from "./core.js";
import { ConfigError, shown } from "./errors.js";
import { NAMES, OUTCOME } from "./layout.js";
import { instantiate, loadModule } from "./loader.js";
import type { WasmSource } from "./types.js";

export { ConfigError, LoadError, PlimsollError } from "./errors.js";

/** `spot`: Black–Scholes–Merton with carry; `forward`: Black-76; `inverse`: coin-settled, value in coin. */
export type OptionModel = "spot" | "forward" | "inverse";

/** Figures that {@link PlimsollMath.greeks} gives: raw, per 1.0 and per year of calendar time. */
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

/** What every option row needs. All columns have the length of `strike`. */
export interface OptionColumns {
  /** `"call"`, `"put"`, or a column with 0 for a put and anything else for a call. */
  readonly type: "call" | "put" | ArrayLike<number>;
  /** Price of the underlying ≥ 0; of the forward for the forward model. */
  readonly spot: Column;
  /** Strike ≥ 0. */
  readonly strike: ArrayLike<number>;
  /** Time to expiry in years ≥ 0. */
  readonly years: Column;
  /** Continuous rate; default 0. */
  readonly rate?: Column;
  /** Continuous carry yield of the underlying; default 0; not read by the forward model. */
  readonly carry?: Column;
  /** Default `spot`. */
  readonly model?: OptionModel;
}

/** Inputs of {@link PlimsollMath.greeks}. */
export interface GreeksInput<Name extends GreekName = GreekName> extends OptionColumns {
  /** Vol per √year ≥ 0. */
  readonly vol: Column;
  /** Figures wanted; what is not wanted costs nothing. Default: price, delta, gamma, vega, theta, rho. */
  readonly outputs?: readonly Name[];
}

/** Inputs of {@link PlimsollMath.impliedVol}. */
export interface ImpliedVolInput extends OptionColumns {
  /** Price in quote units; in coin for the inverse model. */
  readonly price: Column;
}

/** Status of each row: `GREEKS_STATUSES` or `IMPLIED_VOL_STATUSES` names it. */
export interface StatusColumn {
  readonly status: Uint8Array;
}

/**
 * Names of the numbers in the status of {@link PlimsollMath.greeks}.
 *
 * @example
 * GREEKS_STATUSES[0]; // → "ok"
 */
export const GREEKS_STATUSES: readonly string[] = NAMES.mathStatus;

/**
 * Names of the numbers in the status of {@link PlimsollMath.impliedVol}.
 *
 * @example
 * IMPLIED_VOL_STATUSES[1]; // → "below-intrinsic"
 */
export const IMPLIED_VOL_STATUSES: readonly string[] = NAMES.volStatus;

/** Mathematics after the load: every call synchronous. Examples run after `const math = await loadMath();`. */
export interface PlimsollMath {
  /**
   * Price and Greeks of every row, in new columns; bad rows have a status and NaN.
   *
   * @throws {ConfigError} `INVALID_VALUE` naming a column of another length, an unknown output, model or type
   * @example
   * const { price, delta, status } = math.greeks({ type: "call", spot: 100, strike: [90, 100], years: 1, vol: 0.2 });
   * price[1].toFixed(6); // → "7.965567"
   * GREEKS_STATUSES[status[0]]; // → "ok"
   */
  greeks<Name extends GreekName = "price" | "delta" | "gamma" | "vega" | "theta" | "rho">(
    input: GreeksInput<Name>,
  ): Record<Name, Float64Array> & StatusColumn;
  /**
   * The vol that gives each row's price, with a status where none does.
   *
   * @throws {ConfigError} as {@link PlimsollMath.greeks}
   * @example
   * const { vol, status } = math.impliedVol({ type: "call", price: [7.965567455405804, 0], spot: 100, strike: [100, 50], years: 1 });
   * vol[0].toFixed(12); // → "0.200000000000"
   * IMPLIED_VOL_STATUSES[status[1]]; // → "below-intrinsic"
   */
  impliedVol(input: ImpliedVolInput): { readonly vol: Float64Array } & StatusColumn;
  /**
   * eˣ, the same bits on every host.
   *
   * @example
   * math.exp(0); // → 1
   */
  exp(x: number): number;
  /**
   * Natural logarithm.
   *
   * @example
   * math.ln(1); // → 0
   */
  ln(x: number): number;
  /**
   * Normal density.
   *
   * @example
   * math.normPdf(0).toFixed(15); // → "0.398942280401433"
   */
  normPdf(x: number): number;
  /**
   * Normal distribution function, relatively accurate in the left tail.
   *
   * @example
   * math.normCdf(-1).toFixed(12); // → "0.158655253931"
   */
  normCdf(x: number): number;
  /**
   * Complementary error function, relatively accurate in the right tail.
   *
   * @example
   * math.erfc(1).toFixed(12); // → "0.157299207050"
   */
  erfc(x: number): number;
}

/**
 * Loads the WebAssembly module (once per thread) for mathematics alone.
 *
 * @throws {LoadError} where the module cannot be had, naming its address
 * @example
 * const columns = await loadMath();
 * columns.ln(1); // → 0
 */
export async function loadMath(options: { readonly wasm?: WasmSource } = {}): Promise<PlimsollMath> {
  const module = await loadModule(options.wasm);
  return new CoreMath(new Core(await instantiate(module)));
}

const ROWS = OUTCOME.mathRows;

class CoreMath implements PlimsollMath {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
    core.exports.reserve_math();
  }

  greeks<Name extends GreekName>(input: GreeksInput<Name>): Record<Name, Float64Array> & StatusColumn {
    const outputs = input.outputs ?? (DEFAULT_GREEKS as readonly Name[]);
    const places = outputs.map((name, i) => requireName(GREEKS, name, `greeks.outputs[${i}]`));
    const mask = places.reduce((bits, place) => bits | (1 << place), 0);
    const rows = input.strike.length;
    const figures = places.map(() => new Float64Array(rows));
    const status = this.#turns("greeks", input, { vol: input.vol }, (model, from, count) => {
      this.#core.exports.greeks(model, mask, count);
      const output = this.#core.view("mathOutput");
      for (const [k, place] of places.entries()) {
        figures[k]?.set(output.subarray(place * ROWS, place * ROWS + count), from);
      }
    });
    const result: Record<string, Float64Array | Uint8Array> = { status };
    for (const [k, name] of outputs.entries()) result[name] = figures[k] as Float64Array;
    return result as Record<Name, Float64Array> & StatusColumn;
  }

  impliedVol(input: ImpliedVolInput): { readonly vol: Float64Array } & StatusColumn {
    const vol = new Float64Array(input.strike.length);
    const status = this.#turns("impliedVol", input, { price: input.price }, (model, from, count) => {
      this.#core.exports.implied_vol(model, count);
      vol.set(this.#core.view("mathOutput").subarray(0, count), from);
    });
    return { vol, status };
  }

  exp(x: number): number {
    return this.#value("exp", x);
  }
  ln(x: number): number {
    return this.#value("ln", x);
  }
  normPdf(x: number): number {
    return this.#value("normPdf", x);
  }
  normCdf(x: number): number {
    return this.#value("normCdf", x);
  }
  erfc(x: number): number {
    return this.#value("erfc", x);
  }

  #value(name: (typeof NAMES.mathFunction)[number], x: number): number {
    return this.#core.exports.math_value(NAMES.mathFunction.indexOf(name), requireNumber(x, `${name}.x`));
  }

  /** Copies rows in, computes them and hands each turn to `take`; returns the statuses. */
  #turns(
    method: string,
    input: OptionColumns,
    own: Readonly<Record<string, Column>>,
    take: (model: number, from: number, count: number) => void,
  ): Uint8Array {
    const rows = requireColumn(input.strike, undefined, `${method}.strike`);
    const model = requireName(NAMES.mathModel, input.model ?? "spot", `${method}.model`);
    const { type, spot, strike, years, rate = 0, carry = 0 } = input;
    const columns: Readonly<Record<string, Column>> = { spot, strike, years, rate, carry, ...own };
    for (const [name, column] of Object.entries(columns)) requireColumn(column, rows, `${method}.${name}`);
    if (typeof type === "string") requireName(NAMES.option, type, `${method}.type`);
    else requireColumn(type, rows, `${method}.type`);
    const status = new Uint8Array(rows);
    for (let from = 0; from < rows; from += ROWS) {
      const count = Math.min(ROWS, rows - from);
      const words = this.#core.view("mathInput");
      for (const [name, column] of Object.entries(columns)) {
        const at = NAMES.mathInput.indexOf(name as (typeof NAMES.mathInput)[number]) * ROWS;
        if (typeof column === "number") words.fill(column, at, at + count);
        else for (let i = 0; i < count; i++) words[at + i] = column[from + i] as number;
      }
      const isCall = this.#core.view("mathIsCall");
      for (let i = 0; i < count; i++)
        isCall[i] = typeof type === "string" ? Number(type === "call") : Number(type[from + i] !== 0);
      take(model, from, count);
      status.set(this.#core.view("mathStatus").subarray(0, count), from);
    }
    return status;
  }
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
