/** Turns whatever the caller has into a compiled module, and a module into an instance of its own for each engine. */

import { invalid } from "../checks.js";
import { LoadError, shown } from "../errors.js";
import type { WasmSource } from "../types.js";
import type { WasmMemory, WasmModule } from "./host-types.js";
import type { Origin } from "./origin.js";

/** A module of one function that returns a v128: valid only where SIMD is there. */
const SIMD_PROBE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);

type Source = Awaited<WasmSource>;

const SOURCES = "a URL, an absolute address, bytes, a WebAssembly.Module or a Response";

let ownModule: Promise<WebAssembly.Module> | undefined;

/**
 * The compiled module; `path` is the field that names its source. The entry's own is compiled once per thread; after a failure it
 * is tried again.
 *
 * @throws {ConfigError} `INVALID_VALUE` where there is neither
 * @throws {LoadError} `SIMD_UNSUPPORTED`, `LOAD_FAILED` naming the address, `INVALID_WASM`
 */
export function loadModule(source: WasmSource | undefined, path: string, origin: Origin): Promise<WasmModule> {
  if (typeof WebAssembly !== "object" || !WebAssembly.validate(SIMD_PROBE)) {
    const expected = "a runtime with WebAssembly SIMD (Node 16, Chrome 91, Firefox 89, Safari 16.4 or newer)";
    const received = "one without";
    return Promise.reject(new LoadError("SIMD_UNSUPPORTED", { path: "", expected, received }));
  }
  if (source !== undefined) return compile(source, path);
  if (origin.wasm === undefined) return Promise.reject(invalid(path, SOURCES, source));
  ownModule ??= compile(origin.wasm(), path).catch((error: unknown) => {
    ownModule = undefined;
    throw error;
  });
  return ownModule;
}

async function compile(given: WasmSource, path: string): Promise<WebAssembly.Module> {
  const source: Source = await given;
  if (source instanceof WebAssembly.Module) return source;
  if (typeof source === "string" || source instanceof URL) return compileFrom(toUrl(source, path));
  if (typeof Response === "function" && source instanceof Response)
    return compileResponse(source, source.url || "the response");
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source))
    return compileBytes(source as BufferSource, "the bytes given");
  throw new LoadError("INVALID_WASM", { path, expected: SOURCES, received: shown(source) });
}

/** A string is an absolute URL, or an address relative to the page where there is one. */
function toUrl(address: string | URL, path: string): URL {
  try {
    return new URL(address, (globalThis as { location?: { href: string } }).location?.href);
  } catch (cause) {
    const expected = "a URL or an absolute address";
    throw new LoadError("LOAD_FAILED", { path, expected, received: shown(String(address)), cause });
  }
}

async function compileFrom(url: URL): Promise<WebAssembly.Module> {
  try {
    // fetch of Node takes no file: address; the built-in is asked for by name so that no bundler follows it into a page
    const process = (globalThis as { process?: { getBuiltinModule?: (id: string) => unknown } }).process;
    if (url.protocol === "file:" && process?.getBuiltinModule !== undefined) {
      const { readFileSync } = process.getBuiltinModule("node:fs") as {
        readFileSync(url: URL): Uint8Array<ArrayBuffer>;
      };
      return compileAtOnce(readFileSync(url), url.href);
    }
    return await compileResponse(await fetch(url), url.href);
  } catch (cause) {
    if (cause instanceof LoadError) throw cause;
    throw new LoadError("LOAD_FAILED", {
      path: "",
      expected: "the WebAssembly module to load",
      received: url.href,
      cause,
    });
  }
}

async function compileResponse(response: Response, name: string): Promise<WebAssembly.Module> {
  if (!response.ok) {
    const expected = `the WebAssembly module to load (the server answered ${response.status})`;
    throw new LoadError("LOAD_FAILED", { path: "", expected, received: name });
  }
  const isServedAsWasm = response.headers.get("content-type")?.startsWith("application/wasm") ?? false;
  if (!isServedAsWasm) return compileBytes(await response.arrayBuffer(), name);
  try {
    return await WebAssembly.compileStreaming(response);
  } catch (cause) {
    throw invalidModule(name, cause);
  }
}

async function compileBytes(bytes: BufferSource, name: string): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(bytes);
  } catch (cause) {
    throw invalidModule(name, cause);
  }
}

/** In this thread: a hop to the thread pool and back takes as long as V8 needs, which compiles a function when it is first called. */
function compileAtOnce(bytes: BufferSource, name: string): WebAssembly.Module {
  try {
    return new WebAssembly.Module(bytes);
  } catch (cause) {
    throw invalidModule(name, cause);
  }
}

function invalidModule(name: string, cause: unknown): LoadError {
  return new LoadError("INVALID_WASM", { path: "", expected: "Plimsoll's WebAssembly module", received: name, cause });
}

/** What the module exports. */
export interface CoreExports {
  readonly memory: WasmMemory;
  address(block: number): number;
  length(block: number): number;
  reserve(words: number, bytes: number): void;
  reserve_ticks(rows: number): void;
  resize_snapshot(bytes: number): void;
  execute(command: number): number;
  tick(
    instrument: number,
    mark: number,
    index: number,
    underlyingPrice: number,
    vol: number,
    rate: number,
    timeMs: number,
    source: number,
  ): number;
  tick_asset(asset: number, price: number, timeMs: number, source: number): number;
  tick_underlying(underlying: number, price: number, timeMs: number, source: number): number;
  apply_ticks(count: number): number;
  refresh_figures(): void;
  watch_figures(): void;
  time_ms(): number;
  pending_events(): number;
  math_allocate(rows: number, outputs: number): number;
  math_free(book: number): void;
  math_address(book: number, part: number, column: number): number;
  greeks(book: number, model: number, mask: number, rows: number): void;
  implied_vol(book: number, model: number, isWarm: number, rows: number): void;
  contracts(book: number, contract: number, outputs: number, rows: number): void;
  chain_allocate(strikes: number, model: number, outputs: number, putOutputs: number): number;
  chain_free(chain: number): void;
  chain_address(chain: number, part: number, column: number): number;
  chain_list(chain: number): void;
  chain_set_clock(chain: number, years: number, rate: number, carry: number): void;
  chain_greeks(chain: number, price: number): void;
  math_value(fn: number, x: number): number;
}

/**
 * A new instance with a memory of its own. wasm-bindgen's glue keeps one instance per thread in a global, and since every export
 * takes and returns numbers none of it is needed; an instance per engine means that nothing is shared, that a fault poisons one
 * engine only, and that a disposed engine's memory goes as a whole.
 *
 * @throws {LoadError} `INVALID_WASM` where the module asks for imports or lacks an export
 */
export async function instantiate(module: WasmModule): Promise<CoreExports> {
  try {
    // at once where that may be: a page's thread may not wait for a module of some size, others would only lose a turn
    if (!("document" in globalThis)) return instantiateAtOnce(module);
    return exportsOf(await WebAssembly.instantiate(module, importsOf(module)));
  } catch (cause) {
    throw invalidModule("another module", cause);
  }
}

/** {@link instantiate} without a promise, which browsers allow in workers alone, of a module that has been instantiated before. */
export function instantiateAtOnce(module: WasmModule): CoreExports {
  return exportsOf(new WebAssembly.Instance(module, importsOf(module)));
}

function exportsOf({ exports }: WebAssembly.Instance): CoreExports {
  (exports.__wbindgen_start as (() => void) | undefined)?.();
  if (typeof exports.execute !== "function") throw new TypeError("the module lacks the export `execute`");
  return exports as unknown as CoreExports;
}

/** wasm-bindgen's start code sets a table up through one import; nothing of ours uses that table. */
function importsOf(module: WebAssembly.Module): WebAssembly.Imports {
  const imports: Record<string, Record<string, () => void>> = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    imports[from] ??= {};
    if (name === "__wbindgen_init_externref_table") imports[from][name] = () => {};
  }
  return imports;
}
