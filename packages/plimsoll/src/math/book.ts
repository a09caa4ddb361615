/** A book: columns of options in the module's own memory, and the views on them. */
import type { Core } from "../core/core.js";
import { NAMES, OUTCOME } from "../core/layout.js";
import { DisposedError, LoadError, shown } from "../errors.js";
import { countOnes } from "./figures.js";

/** Inputs of a row beside whether it is a call. */
export type InputName = (typeof NAMES.mathInput)[number];

interface Views {
  readonly isCall: Uint8Array;
  readonly status: Uint8Array;
  readonly inputs: readonly Float64Array[];
  readonly outputs: readonly Float64Array[];
}

export class Book {
  readonly rows: number;
  readonly #core: Core;
  readonly #number: number;
  readonly #outputs: number;
  /** They hold until the memory grows, which leaves them with length 0. */
  #views: Views | undefined;
  #isFreed = false;

  /** `mask` has a bit for each figure that there is room for. */
  constructor(core: Core, rows: number, mask: number, path: string) {
    this.#core = core;
    this.rows = rows;
    this.#outputs = countOnes(mask);
    this.#number = core.exports.math_allocate(rows, mask) >>> 0;
    if (this.#number === OUTCOME.none) {
      throw new LoadError("OUT_OF_MEMORY", {
        path,
        expected: "a number of rows that memory holds",
        received: shown(rows),
      });
    }
  }

  /** The views as they are now. */
  get views(): Views {
    this.#requireAlive();
    if (this.#views !== undefined && this.#views.status.length > 0) return this.#views;
    const { buffer } = this.#core.exports.memory;
    const { rows } = this;
    const address = (part: (typeof NAMES.mathPart)[number], column = 0) =>
      this.#core.exports.math_address(this.#number, NAMES.mathPart.indexOf(part), column) >>> 0;
    const columns = (part: "input" | "output", count: number) =>
      Array.from({ length: count }, (_, i) => new Float64Array(buffer, address(part, i), rows));
    this.#views = {
      isCall: new Uint8Array(buffer, address("isCall"), rows),
      status: new Uint8Array(buffer, address("status"), rows),
      inputs: columns("input", NAMES.mathInput.length),
      outputs: columns("output", this.#outputs),
    };
    return this.#views;
  }

  input(name: InputName): Float64Array {
    return this.views.inputs[NAMES.mathInput.indexOf(name)] as Float64Array;
  }

  /** `place` is the figure's place among those that there is room for. */
  output(place: number): Float64Array {
    return this.views.outputs[place] as Float64Array;
  }

  greeks(model: number, mask: number, rows: number): void {
    this.#requireAlive();
    this.#core.exports.greeks(this.#number, model, mask, rows);
  }

  impliedVol(model: number, isWarm: boolean, rows: number): void {
    this.#requireAlive();
    this.#core.exports.implied_vol(this.#number, model, isWarm ? 1 : 0, rows);
  }

  contracts(contract: number, mask: number, rows: number): void {
    this.#requireAlive();
    this.#core.exports.contracts(this.#number, contract, mask, rows);
  }

  #requireAlive(): void {
    if (!this.#isFreed) return;
    throw new DisposedError("COLUMNS_DISPOSED", { path: "", expected: "columns that are alive", received: "disposed" });
  }

  free(): void {
    if (!this.#isFreed) this.#core.exports.math_free(this.#number);
    this.#isFreed = true;
    this.#views = undefined;
  }
}
