import compile from "#inlined/plimsoll.wasm";
import type { Origin } from "../core/origin.js";

/** The module's bytes are in the file itself; a worker's script is made only where it is asked for. */
export const INLINED: Origin = { wasm: compile };
