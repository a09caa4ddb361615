/** Option chains in the module's memory: what the options of one expiry share is computed once per tick. */

import { requireColumn, requireNumber } from "../checks.js";
import type { Core } from "../core/core.js";
import { NAMES, OUTCOME } from "../core/layout.js";
import { DISPOSE } from "../disposal.js";
import { DisposedError, LoadError, shown } from "../errors.js";
import { countOnes, DEFAULT_GREEKS, maskOf, namedColumns, placesOf } from "./figures.js";
import { modelOf, typeWriter } from "./inputs.js";
import { loadedCore } from "./loaded.js";
import { CHECK } from "./options.js";
import type { Asked, ChainOptions, DefaultGreeks, GreekName } from "./types.js";

type PartName = (typeof NAMES.chainPart)[number];

interface Views {
  readonly vol: Float64Array;
  readonly status: Uint8Array;
  readonly outputs: readonly Float64Array[];
  readonly putStatus: Uint8Array;
  readonly putOutputs: readonly Float64Array[];
}

/** Strikes of one underlying and expiry. */
abstract class Strikes {
  /** How many strikes there are. */
  readonly length: number;
  readonly #core: Core;
  /** The class's name, which begins the path of errors. */
  readonly #name: string;
  readonly #number: number;
  readonly #counts: readonly [number, number];
  /** They hold until the memory grows, which leaves them with length 0. */
  #views: Views | undefined;
  #isFreed = false;

  constructor(name: string, strike: ArrayLike<number>, model: number, outputs: number, putOutputs: number) {
    this.#name = name;
    this.length = strike.length;
    this.#core = loadedCore();
    this.#counts = [countOnes(outputs), putOutputs === OUTCOME.none ? 0 : countOnes(putOutputs)];
    this.#number = this.#core.exports.chain_allocate(this.length, model, outputs, putOutputs) >>> 0;
    if (this.#number === OUTCOME.none) {
      const [expected, received] = ["a number of strikes that memory holds", shown(this.length)];
      throw new LoadError("OUT_OF_MEMORY", { path: `${name}.strike`, expected, received });
    }
  }

  /** Vols per √year, to be written in place; after a listing they are to be written anew. */
  get vol(): Float64Array {
    return this.views.vol;
  }

  /** Time to expiry in years ≥ 0, continuous rate and carry yield (default 0 both); needed once, and when time has passed. */
  setClock(clock: { readonly years: number; readonly rate?: number; readonly carry?: number }): void {
    this.#requireAlive();
    CHECK.clock(clock, `${this.#name}.setClock`);
    const { years, rate = 0, carry = 0 } = clock;
    this.#core.exports.chain_set_clock(this.#number, years, rate, carry);
  }

  /** Computes every strike's figures at a price of the underlying: the spot, or the forward under the forward model. */
  compute(price: number): void {
    this.#requireAlive();
    if (typeof price !== "number") requireNumber(price, `${this.#name}.compute.price`);
    this.#core.exports.chain_greeks(this.#number, price);
  }

  /** Gives the memory back; a second call does nothing. */
  dispose(): void {
    if (!this.#isFreed) this.#core.exports.chain_free(this.#number);
    this.#isFreed = true;
    this.#views = undefined;
  }

  [DISPOSE](): void {
    this.dispose();
  }

  protected get views(): Views {
    this.#requireAlive();
    if (this.#views !== undefined && this.#views.status.length > 0) return this.#views;
    const { buffer } = this.#core.exports.memory;
    const bytes = (part: PartName) => new Uint8Array(buffer, this.#address(part), this.length);
    const doubles = (part: PartName, count: number) =>
      Array.from({ length: count }, (_, i) => new Float64Array(buffer, this.#address(part, i), this.length));
    const [outputs, putOutputs] = this.#counts;
    this.#views = {
      vol: doubles("vol", 1)[0] as Float64Array,
      status: bytes("status"),
      outputs: doubles("output", outputs),
      putStatus: bytes("putStatus"),
      putOutputs: doubles("putOutput", putOutputs),
    };
    return this.#views;
  }

  protected write(strike: ArrayLike<number>, writeType: (to: Uint8Array, from: number, count: number) => void): void {
    this.#requireAlive();
    const { buffer } = this.#core.exports.memory;
    new Float64Array(buffer, this.#address("strike"), this.length).set(strike);
    writeType(new Uint8Array(buffer, this.#address("isCall"), this.length), 0, this.length);
    this.#core.exports.chain_list(this.#number);
    this.#views = undefined;
  }

  #address(part: PartName, column = 0): number {
    return this.#core.exports.chain_address(this.#number, NAMES.chainPart.indexOf(part), column) >>> 0;
  }

  #requireAlive(): void {
    if (!this.#isFreed) return;
    throw new DisposedError("COLUMNS_DISPOSED", { path: "", expected: "a chain that is alive", received: "disposed" });
  }
}

/**
 * The options of one underlying and expiry, one at each strike. A tick computes the figures from a price; what all strikes share,
 * and the logarithms of strikes, are kept.
 *
 * @example
 * const chain = new ResidentChain({ type: "call", strike: [90, 100], outputs: ["price", "delta"] });
 * chain.vol.fill(0.2);
 * chain.setClock({ years: 1 });
 * chain.compute(100);
 * chain.out.price[1].toFixed(6); // → "7.965567"
 * chain.dispose();
 */
export class ResidentChain<const Names extends readonly GreekName[] = DefaultGreeks> extends Strikes {
  /** The figures' columns, by name. */
  readonly out: Asked<Names, Float64Array>;

  /**
   * Lists the options.
   *
   * @throws {ConfigError} `INVALID_VALUE` naming the field
   * @throws {LoadError} `NOT_LOADED` before `loadMath`, `OUT_OF_MEMORY`
   */
  constructor(options: ChainOptions<Names> & { readonly type: "call" | "put" | ArrayLike<number> }) {
    CHECK.residentChain(options, "ResidentChain");
    const { type, strike, model } = options;
    const outputs = (options.outputs ?? DEFAULT_GREEKS) as Names;
    const rows = requireColumn(strike, "ResidentChain.strike");
    // a copy, since what lies in the memory itself does not outlive its growth
    const listed = Float64Array.from(strike);
    const writeType = typeWriter(type instanceof Float64Array ? type.slice() : type, rows, "ResidentChain.type");
    const mask = maskOf(placesOf(outputs));
    super("ResidentChain", strike, modelOf(model, false), mask, OUTCOME.none);
    this.out = namedColumns(outputs, mask, (rank) => this.views.outputs[rank] as Float64Array);
    this.write(listed, writeType);
  }

  /** Status of each option after the last `compute`. */
  get status(): Uint8Array {
    return this.views.status;
  }

  /** Lists as many other options; their vols are to be written anew. @throws {ConfigError} `INVALID_VALUE` naming the field */
  list(listing: { readonly type: "call" | "put" | ArrayLike<number>; readonly strike: ArrayLike<number> }): void {
    const path = "ResidentChain.list";
    CHECK.listing(listing, path);
    requireColumn(listing.strike, `${path}.strike`, this.length);
    this.write(listing.strike, typeWriter(listing.type, this.length, `${path}.type`));
  }
}

/** Figures that a call and a put of the same strike have in common, in quote units. */
const SHARED: ReadonlySet<GreekName> = new Set<GreekName>([
  "gamma",
  "vega",
  "vanna",
  "volga",
  "speed",
  "zomma",
  "color",
  "veta",
  "ultima",
  "dualGamma",
]);

/**
 * The call and the put of every strike of one underlying and expiry, computed in one pass.
 *
 * @example
 * const pairs = new ResidentStrikePairs({ strike: [90, 100], outputs: ["price", "gamma"] });
 * pairs.vol.fill(0.2);
 * pairs.setClock({ years: 1 });
 * pairs.compute(100);
 * (pairs.call.price[0] - pairs.put.price[0]).toFixed(10); // → "10.0000000000"
 * pairs.call.gamma[0] === pairs.put.gamma[0]; // → true
 * pairs.dispose();
 */
export class ResidentStrikePairs<const Names extends readonly GreekName[] = DefaultGreeks> extends Strikes {
  /** The calls' columns, by name. */
  readonly call: Asked<Names, Float64Array>;
  /** The puts' columns; a figure that both have in common is the same column. */
  readonly put: Asked<Names, Float64Array>;

  /**
   * Lists the strikes.
   *
   * @throws {ConfigError} `INVALID_VALUE` naming the field
   * @throws {LoadError} `NOT_LOADED` before `loadMath`, `OUT_OF_MEMORY`
   */
  constructor(options: ChainOptions<Names>) {
    CHECK.residentStrikePairs(options, "ResidentStrikePairs");
    const { strike, model } = options;
    const outputs = (options.outputs ?? DEFAULT_GREEKS) as Names;
    requireColumn(strike, "ResidentStrikePairs.strike");
    const listed = Float64Array.from(strike);
    const mask = maskOf(placesOf(outputs));
    const isShared = (name: GreekName) => model !== "inverse" && SHARED.has(name);
    const putMask = maskOf(placesOf(outputs.filter((name) => !isShared(name))));
    super("ResidentStrikePairs", strike, modelOf(model, false), mask, putMask);
    const ofCalls = (rank: number) => this.views.outputs[rank] as Float64Array;
    const ofPuts = (rank: number) => this.views.putOutputs[rank] as Float64Array;
    this.call = namedColumns(outputs, mask, ofCalls);
    const own = namedColumns(
      outputs.filter((name) => !isShared(name)),
      putMask,
      ofPuts,
    );
    const shared = namedColumns(outputs.filter(isShared), mask, ofCalls);
    this.put = Object.defineProperties(own, Object.getOwnPropertyDescriptors(shared)) as Asked<Names, Float64Array>;
    this.list({ strike: listed });
  }

  /** Status of each call after the last `compute`. */
  get callStatus(): Uint8Array {
    return this.views.status;
  }
  /** Status of each put after the last `compute`. */
  get putStatus(): Uint8Array {
    return this.views.putStatus;
  }

  /** Lists as many other strikes; their vols are to be written anew. @throws {ConfigError} `INVALID_VALUE` naming the field */
  list(listing: { readonly strike: ArrayLike<number> }): void {
    CHECK.strikes(listing, "ResidentStrikePairs.list");
    requireColumn(listing.strike, "ResidentStrikePairs.list.strike", this.length);
    this.write(listing.strike, (to) => void to.fill(1));
  }
}
