/** The one instance of the module that mathematics runs on. */
import { Core } from "../core/core.js";
import { NAMES } from "../core/layout.js";
import { instantiate, loadModule } from "../core/loader.js";
import type { Origin } from "../core/origin.js";
import { LoadError } from "../errors.js";
import type { WasmSource } from "../types.js";
import { Book } from "./book.js";
import type { CheckedRows } from "./inputs.js";
import { CHECK } from "./options.js";

/** Inputs and outputs of so many rows stay in the processor's second-level cache. */
const TURN_ROWS = 4096;

interface Loaded {
  readonly core: Core;
  /** It is made with the core, since what grows the memory during a call would detach columns that lie in it. */
  readonly turnBook: Book;
}

let loaded: Loaded | undefined;

/** Options of `loadMath`. */
export interface MathOptions {
  /** Where the WebAssembly module comes from; default: the file beside this one, found by `import.meta.url`. */
  readonly wasm?: WasmSource;
}

/** What `loadMath` does, in an entry whose own files are found by `origin`. */
export async function load(options: MathOptions, origin: Origin): Promise<void> {
  CHECK.loadMath(options, "loadMath");
  if (loaded !== undefined) return;
  const core = new Core(await instantiate(await loadModule(options.wasm, "loadMath.wasm", origin)));
  loaded ??= { core, turnBook: new Book(core, TURN_ROWS, 2 ** NAMES.mathFigure.length - 1, "") };
}

export function loadedCore(): Core {
  return requireLoaded().core;
}

/** The book, with room for every figure, through which columns of any length pass in turns. */
export function turnBook(): Book {
  return requireLoaded().turnBook;
}

function requireLoaded(): Loaded {
  if (loaded !== undefined) return loaded;
  const expected = "`await loadMath()` before the first call";
  throw new LoadError("NOT_LOADED", { path: "", expected, received: "a call without it" });
}

/** Brings rows into the book turn by turn and hands each turn to `take`; returns the statuses. */
export function inTurns({ rows, write }: CheckedRows, take: (from: number, count: number) => void): Uint8Array {
  const book = turnBook();
  const status = new Uint8Array(rows);
  for (let from = 0; from < rows; from += book.rows) {
    const count = Math.min(book.rows, rows - from);
    write(book, from, count);
    take(from, count);
    status.set(book.views.status.subarray(0, count), from);
  }
  return status;
}
