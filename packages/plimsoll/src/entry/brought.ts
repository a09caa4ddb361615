import type { WasmSource } from "../types.js";

/** What `plimsoll/slim` cannot do without. */
export interface Brought {
  /** The WebAssembly module, or where it comes from. */
  readonly wasm: WasmSource;
}
