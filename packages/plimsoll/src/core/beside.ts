/**
 * Where the default entries find what they need: in files beside their own. The only place that names these files, each once and
 * in the form that bundlers look for, so that they emit it, and once.
 */
import type { Origin } from "./origin.js";

export const BESIDE: Origin = {
  wasm: () => new URL("./plimsoll.wasm", import.meta.url),
  worker: {
    url: () => {
      // not in that form: a second one would emit the script twice
      const here = import.meta.url;
      return new URL("./worker.js", here);
    },
    start: () => new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "plimsoll" }),
  },
};
