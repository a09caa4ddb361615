import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

// Cargo writes this name of its registry into every lock file, whichever mirror the packages come from.
const CARGO_REGISTRY = 'source = "registry+https://github.com/rust-lang/crates.io-index"';

/** One line for each address in the lock files: they pin packages by version and hash, not by the machine they came from. */
export function addressesInLocks(root) {
  const tools = "test/packaging/tools";
  const groups = readdirSync(path.join(root, tools)).map((group) => `${tools}/${group}/pnpm-lock.yaml`);
  return ["pnpm-lock.yaml", "Cargo.lock", ...groups].flatMap((name) =>
    readFileSync(path.join(root, name), "utf8")
      .split("\n")
      .flatMap((line, index) =>
        /\b(https?|ssh|git):\/\//.test(line) && line.trim() !== CARGO_REGISTRY
          ? [`${name}:${index + 1}: a lock file must name no address: ${line.trim()}`]
          : [],
      ),
  );
}
