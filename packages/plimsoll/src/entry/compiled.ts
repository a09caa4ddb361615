import module from "#compiled";
import type { Origin } from "../core/origin.js";

/** A runtime that compiles no WebAssembly at run time and imports modules that are compiled: workerd. It has no workers to start. */
export const COMPILED: Origin = { wasm: () => module };
