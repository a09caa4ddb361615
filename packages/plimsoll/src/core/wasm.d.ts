/** What the build puts in the place of these imports. */

declare module "#compiled" {
  /** The module beside the entry, as runtimes import it that compile WebAssembly before they start. */
  const module: WebAssembly.Module;
  export default module;
}

declare module "#inlined/plimsoll.wasm" {
  /** Compiles the module whose bytes are in the entry's own file. */
  export default function compile(): Promise<WebAssembly.Module>;
}

declare module "#inlined/worker.js" {
  /** Text of the worker's script, which is one file without imports. */
  const source: string;
  export default source;
}
