import { readFileSync } from "node:fs";
import path from "node:path";
import { SetupError } from "./errors.mjs";

const WASM_PACK = "0.15.1";
// Not in package.json's packageManager: pnpm would then add itself, for every platform, to the lock file.
const PNPM = "12.21.0";

/**
 * The versions that this checkout asks for: Rust as in `rust-toolchain.toml`, wasm-bindgen as in `Cargo.toml`, the rest as
 * written here.
 *
 * @throws {SetupError} one of them is not declared, or the wasm-bindgen crate and command would differ
 */
export function readPins(root) {
  const text = (name) => readFileSync(path.join(root, name), "utf8");
  const toolchain = text("rust-toolchain.toml");
  const rust = {
    channel: find(toolchain, /^channel\s*=\s*"([^"]+)"/m, "rust-toolchain.toml names no channel"),
    components: list(toolchain, "components"),
    targets: list(toolchain, "targets"),
  };
  const wasmBindgen = find(
    text("Cargo.toml"),
    /^wasm-bindgen\s*=.*"=([^"]+)"/m,
    'Cargo.toml does not pin wasm-bindgen with "=", so its crate and its command may differ',
  );
  const locked = find(
    text("Cargo.lock"),
    /name = "wasm-bindgen"\r?\nversion = "([^"]+)"/,
    "Cargo.lock has no wasm-bindgen: run cargo update --workspace",
  );
  if (locked !== wasmBindgen) {
    throw new SetupError(
      `wasm-bindgen is ${wasmBindgen} in Cargo.toml but ${locked} in Cargo.lock: run cargo update -p wasm-bindgen --precise ${wasmBindgen}`,
    );
  }
  return { rust, wasmPack: WASM_PACK, wasmBindgen, pnpm: PNPM };
}

function find(text, pattern, complaint) {
  const match = pattern.exec(text);
  if (match === null) throw new SetupError(complaint);
  return match[1];
}

function list(toml, key) {
  const items = new RegExp(`^${key}\\s*=\\s*\\[([^\\]]*)\\]`, "m").exec(toml)?.[1] ?? "";
  return [...items.matchAll(/"([^"]+)"/g)].map(([, item]) => item);
}
