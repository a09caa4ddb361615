/** One instance of the binary: arguments in, answers out, errors rebuilt. Knows the wire and nothing of accounts. */

import { requireGivenNumber, requireHandle, requireMoney, requireNumber } from "../checks.js";
import { type ErrorCode, errorFromCode, FaultError, shown } from "../errors.js";
import type { Bytes } from "./host-types.js";
import { BLOCK, BLOCKS, type BlockName, COMMAND, COMMANDS, type CommandName, OUTCOME } from "./layout.js";
import type { CoreExports } from "./loader.js";

interface ViewOf {
  readonly f64: Float64Array;
  readonly u32: Uint32Array;
  readonly u8: Uint8Array;
}
type View<Name extends BlockName> = ViewOf[(typeof BLOCKS)[Name]];

const VIEW_CONSTRUCTORS = { f64: Float64Array, u32: Uint32Array, u8: Uint8Array } as const;

/** Words that a caller has laid out itself, for the composite arguments. */
export type Words = ArrayLike<number>;

export class Core {
  readonly exports: CoreExports;
  /** Set by a fault: the instance's state can no longer be trusted. */
  isPoisoned = false;
  readonly #memory: WebAssembly.Memory;
  readonly #views: (ViewOf[keyof ViewOf] | undefined)[] = [];
  #input: Float64Array;
  #words = 0;
  #bytes = 0;

  constructor(exports: CoreExports) {
    this.exports = exports;
    this.#memory = exports.memory;
    exports.reserve(256, 512);
    this.#input = this.view("input");
  }

  /**
   * The view on a block as it lies now. Growth of memory detaches every view, and registration moves columns, so this is the
   * only place that makes views and it checks both; it allocates only when one of them has happened.
   */
  view<Name extends BlockName>(name: Name): View<Name> {
    const block = BLOCK[name];
    const buffer = this.#memory.buffer;
    const address = this.exports.address(block);
    const length = this.exports.length(block);
    const view = this.#views[block];
    if (
      view !== undefined &&
      view.buffer === buffer &&
      view.length === length &&
      (view.byteOffset === address || length === 0)
    ) {
      return view as View<Name>;
    }
    const made = new VIEW_CONSTRUCTORS[BLOCKS[name]](buffer, length === 0 ? 0 : address, length);
    this.#views[block] = made;
    return made as View<Name>;
  }

  get memoryBytes(): number {
    return this.#memory.buffer.byteLength;
  }

  /**
   * Carries out a command and returns the view on its answer, which holds until the next call. `method` begins the path of errors.
   */
  call(name: CommandName, method: string, ...args: readonly unknown[]): Float64Array {
    this.#words = 0;
    this.#bytes = 0;
    this.#input = this.view("input");
    const types: readonly string[] = COMMANDS[name];
    for (let i = 0; i < types.length; i++) {
      const declared = types[i] as string;
      const colon = declared.indexOf(":");
      try {
        this.#argument(declared.slice(colon + 1), args[i], method, declared.slice(0, colon));
      } catch (cause) {
        // room for what is given can be wanting too
        throw cause instanceof WebAssembly.RuntimeError ? this.fault(method, cause) : cause;
      }
    }
    let outcome: number;
    try {
      outcome = this.exports.execute(COMMAND[name]);
    } catch (cause) {
      throw this.fault(method, cause);
    }
    if (outcome === OUTCOME.refused) throw this.refusal(method);
    return this.view("output");
  }

  /** Carries out a command that leaves bytes in the `snapshot` block; returns a copy of them. */
  bytesOf(name: CommandName, ...args: readonly unknown[]): Bytes {
    this.call(name, name, ...args);
    const bytes = this.view("snapshot").slice();
    this.exports.resize_snapshot(0);
    return bytes;
  }

  /** Carries out calls that find bytes in the `snapshot` block. */
  withBytes<Result>(bytes: Uint8Array, method: string, calls: () => Result): Result {
    try {
      this.exports.resize_snapshot(bytes.length);
    } catch (cause) {
      throw this.fault(method, cause);
    }
    try {
      this.view("snapshot").set(bytes);
      return calls();
    } finally {
      if (!this.isPoisoned) this.exports.resize_snapshot(0);
    }
  }

  /** How refusals tell which instrument is in a slot; empty where nobody knows. */
  instrumentIn: (slot: number) => string = () => "";

  /** The error that the last refused call has left: phrases in the text, the numbers of their `{}` in the output block. */
  refusal(method: string): Error {
    const [code, ...phrases] = new TextDecoder().decode(this.view("error")).split("\n");
    const words = this.view("output");
    let at = 0;
    const [field, expected, received] = phrases.map((phrase) => {
      let numbers = words[at++] as number;
      const text = phrase.replaceAll("{}", (place) => (numbers-- > 0 ? String(words[at++]) : place));
      return text.replace(/in slot (\d+)/, (place, slot) => {
        const id = this.instrumentIn(Number(slot));
        return id === "" ? place : `of the name ${shown(id)}`;
      });
    }) as [string, string, string];
    return errorFromCode(code as ErrorCode, { path: `${method}.${field}`, expected, received });
  }

  /** The error of a call in which the instance trapped. */
  fault(method: string, cause: unknown): FaultError {
    this.isPoisoned = true;
    const expected = "the engine to carry the call out";
    return new FaultError("ENGINE_FAULT", { path: method, expected, received: String(cause), cause });
  }

  #argument(type: string, value: unknown, method: string, field: string): void {
    if (value === undefined && type.endsWith("?")) {
      this.#push(Number.NaN);
      return;
    }
    const path = `${method}.${field}`;
    switch (type) {
      case "number":
        this.#push(requireNumber(value, path));
        break;
      case "number?":
        this.#push(requireGivenNumber(value, path));
        break;
      case "index":
      case "flag":
        this.#push(Number(value));
        break;
      case "handle":
      case "handle?":
        this.#push(requireHandle(value, path));
        break;
      case "money":
        this.#money(value, path);
        break;
      case "bytes":
        this.#text(value as Uint8Array);
        break;
      case "balances":
      case "amounts":
        this.#amounts(value as readonly (readonly unknown[])[], path);
        break;
      default:
        // rows, tables, models and columns: words that the caller has laid out
        this.#append(value as Words);
    }
  }

  #push(word: number): void {
    if (this.#words === this.#input.length) this.#grow(1);
    this.#input[this.#words++] = word;
  }

  #append(words: Words): void {
    if (this.#words + words.length > this.#input.length) this.#grow(words.length);
    this.#input.set(words, this.#words);
    this.#words += words.length;
  }

  /** Bytes in the block of texts, and their number. */
  #text(bytes: Uint8Array): void {
    this.exports.reserve(0, bytes.length);
    this.#input = this.view("input");
    this.view("text").set(bytes);
    this.#push(bytes.length);
  }

  #grow(more: number): void {
    this.exports.reserve(2 * (this.#words + more), 0);
    this.#input = this.view("input");
  }

  /** Rows whose last item is an amount; the others are numbers. */
  #amounts(rows: readonly (readonly unknown[])[], path: string): void {
    this.#push(rows.length);
    for (const row of rows) {
      for (let i = 0; i < row.length - 1; i++) this.#push(row[i] as number);
      this.#money(row[row.length - 1], path);
    }
  }

  #money(value: unknown, path: string): void {
    const amount = requireMoney(value, path);
    if (typeof amount === "number") {
      this.#push(amount);
      this.#push(0);
      return;
    }
    let text = this.view("text");
    if (this.#bytes + amount.length > text.length) {
      this.exports.reserve(0, 2 * (this.#bytes + amount.length));
      text = this.view("text");
      this.#input = this.view("input");
    }
    this.#push(this.#bytes);
    this.#push(amount.length);
    for (let i = 0; i < amount.length; i++) text[this.#bytes++] = amount.charCodeAt(i);
  }
}
