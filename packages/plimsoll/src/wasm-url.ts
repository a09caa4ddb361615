/** Address of the WebAssembly module that lies beside this file. The only place that names it, so that a bundler emits it once. */
export function wasmUrl(): URL {
  return new URL("./plimsoll.wasm", import.meta.url);
}
