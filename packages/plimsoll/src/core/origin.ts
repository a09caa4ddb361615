/** What an entry of this package finds by itself: the one thing in which entries differ. */

import type { WasmSource } from "../types.js";
import type { WebWorker } from "./host-types.js";

export interface Origin {
  /** The WebAssembly module where the caller names none; absent where the caller must. */
  readonly wasm?: () => WasmSource;
  /** The script of workers, likewise. */
  readonly worker?: OwnScript;
}

/** A worker's script that comes with an entry. */
export interface OwnScript {
  /** Its address, for Node's threads and for errors. */
  readonly url: () => URL;
  /** A web worker on it. */
  readonly start: () => WebWorker;
}
