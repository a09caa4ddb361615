/** Columns that stay in the module's memory, so that a tick copies nothing and allocates nothing. */

import { requireName, requireWhole } from "../checks.js";
import { NAMES } from "../core/layout.js";
import { DISPOSE } from "../disposal.js";
import { Book, type InputName } from "./book.js";
import { DEFAULT_GREEKS, maskOf, namedColumns, placesOf, requireOfModel } from "./figures.js";
import { modelOf } from "./inputs.js";
import { loadedCore } from "./loaded.js";
import { CHECK, checkComputeVols } from "./options.js";
import type { Asked, DefaultGreeks, GreekName, ResidentOptions } from "./types.js";

/** Inputs that have no default: until they are given, a row's status says that they are missing. */
const REQUIRED: readonly InputName[] = ["spot", "strike", "years", "vol", "price"];

/**
 * Input columns of `rows` options, to be written in place: 0 is what `rate` and `carry` begin with, a put is what `isCall` does,
 * the others hold no number. Until rows are computed their figures are NaN, and their status says that they cannot be used; rows that a
 * `compute` of fewer leaves out stay as they were. Each getter gives the same view until the memory grows, which other
 * columns that are made resident do, and functions of surfaces may: a loop may keep the view, code that calls these between ticks
 * takes it anew.
 */
abstract class Resident {
  /** How many rows there are. */
  readonly rows: number;
  protected readonly book: Book;
  protected readonly model: number;

  /** `unusable`: the status of a row whose inputs are no numbers. */
  constructor(method: string, options: ResidentOptions, mask: number, unusable: number) {
    this.rows = options.rows;
    this.model = modelOf(options.model, false);
    this.book = new Book(loadedCore(), this.rows, mask, `${method}.rows`);
    for (const name of REQUIRED) this.book.input(name).fill(Number.NaN);
    this.book.views.status.fill(unusable);
    for (const output of this.book.views.outputs) output.fill(Number.NaN);
  }

  /** 1 for a call, 0 for a put. */
  get isCall(): Uint8Array {
    return this.book.views.isCall;
  }
  /** Price of the underlying ≥ 0; the forward price for models on forwards. */
  get spot(): Float64Array {
    return this.book.input("spot");
  }
  /** Strike ≥ 0. */
  get strike(): Float64Array {
    return this.book.input("strike");
  }
  /** Time to expiry in years ≥ 0. */
  get years(): Float64Array {
    return this.book.input("years");
  }
  /** Continuous rate. */
  get rate(): Float64Array {
    return this.book.input("rate");
  }
  /** Continuous carry yield of the underlying; not read by models on forwards. */
  get carry(): Float64Array {
    return this.book.input("carry");
  }
  /** Status of each row after the last `compute`. */
  get status(): Uint8Array {
    return this.book.views.status;
  }

  /** Gives the memory back; a second call does nothing. */
  dispose(): void {
    this.book.free();
  }

  [DISPOSE](): void {
    this.dispose();
  }

  protected checkedRows(rows: number, method: string): number {
    if (Number.isInteger(rows) && rows >= 0 && rows <= this.rows) return rows;
    return requireWhole(rows, `${method}.rows`, 0, this.rows);
  }
}

/**
 * Price and Greeks of options whose columns stay in the module's memory.
 *
 * @example
 * const book = new ResidentGreeks({ rows: 2, outputs: ["price", "delta"] });
 * book.isCall.set([1, 0]);
 * book.spot.fill(100);
 * book.strike.fill(100);
 * book.years.fill(1);
 * book.vol.fill(0.2);
 * book.compute();
 * book.out.price[0].toFixed(6); // → "7.965567"
 * (book.out.delta[0] - book.out.delta[1]).toFixed(12); // → "1.000000000000"
 * book.dispose();
 */
export class ResidentGreeks<const Names extends readonly GreekName[] = DefaultGreeks> extends Resident {
  /** The figures' columns, by name. */
  readonly out: Asked<Names, Float64Array>;
  readonly #mask: number;

  /**
   * Makes room for the inputs and the wanted figures; default: price, delta, gamma, vega, theta, rho.
   *
   * @throws {ConfigError} `INVALID_VALUE` naming the field
   * @throws {LoadError} `NOT_LOADED` before `loadMath`, `OUT_OF_MEMORY`
   */
  constructor(options: ResidentOptions & { readonly outputs?: Names }) {
    CHECK.residentGreeks(options, "ResidentGreeks");
    const outputs = (options.outputs ?? DEFAULT_GREEKS) as Names;
    requireOfModel(outputs, modelOf(options.model, false), "ResidentGreeks.outputs");
    const mask = maskOf(placesOf(outputs));
    super("ResidentGreeks", options, mask, NAMES.mathStatus.indexOf("invalid-input"));
    this.#mask = mask;
    this.out = namedColumns(outputs, mask, (rank) => this.book.output(rank));
  }

  /** Vol per √year ≥ 0. */
  get vol(): Float64Array {
    return this.book.input("vol");
  }

  /** Computes the figures of the first rows; default: of all. */
  compute(rows: number = this.rows): void {
    this.book.greeks(this.model, this.#mask, this.checkedRows(rows, "ResidentGreeks.compute"));
  }
}

/**
 * Implied vols of prices whose columns stay in the module's memory.
 *
 * @example
 * const quotes = new ResidentImpliedVol({ rows: 1 });
 * quotes.isCall[0] = 1;
 * quotes.spot[0] = quotes.strike[0] = 100;
 * quotes.years[0] = 1;
 * quotes.price[0] = 7.965567455405804;
 * quotes.compute();
 * quotes.vol[0].toFixed(12); // → "0.200000000000"
 * quotes.price[0] = 8;
 * quotes.compute({ start: "last" });
 * quotes.vol[0].toFixed(4); // → "0.2009"
 * quotes.dispose();
 */
export class ResidentImpliedVol extends Resident {
  /**
   * Makes room for the inputs and the vols.
   *
   * @throws {ConfigError} `INVALID_VALUE` naming the field
   * @throws {LoadError} `NOT_LOADED` before `loadMath`, `OUT_OF_MEMORY`
   */
  constructor(options: ResidentOptions) {
    CHECK.residentImpliedVol(options, "ResidentImpliedVol");
    super("ResidentImpliedVol", options, 1, NAMES.volStatus.indexOf("non-finite-input"));
  }

  /** Price in quote units; in coin for the inverse model. */
  get price(): Float64Array {
    return this.book.input("price");
  }
  /** The vols that the last `compute` found. */
  get vol(): Float64Array {
    return this.book.output(0);
  }

  /** Finds the vols of the first rows, from the vols found last where `start` says so, which is faster after a small move. */
  compute(options: { readonly rows?: number; readonly start?: "last" } = {}): void {
    checkComputeVols(options, "ResidentImpliedVol.compute");
    const rows = this.checkedRows(options.rows === undefined ? this.rows : options.rows, "ResidentImpliedVol.compute");
    const isWarm = options.start === "last";
    if (!isWarm && options.start !== undefined)
      requireName(["last"], options.start, "ResidentImpliedVol.compute.start");
    if (isWarm) this.book.input(START).set(this.vol);
    this.book.impliedVol(this.model, isWarm, rows);
  }
}

const START: InputName = "vol";
