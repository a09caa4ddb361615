// A clone and a machine to set up, without compilers: the programs that the set-up calls are played by one script, which does
// what their results amount to and fails as they do.

import { spawn } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const REAL_ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PROGRAMS = ["rustup", "cargo", "pnpm"];
const COPIED = ["scripts", "rust-toolchain.toml", "Cargo.toml", "Cargo.lock", "pnpm-lock.yaml", "pnpm-workspace.yaml"];
const PACKAGES = [".", "packages/plimsoll", "packages/cli", "bench", "test"];

/**
 * What a fake program says before it fails, as cargo says it.
 *
 * @type {Readonly<Record<string, string>>}
 */
export const FAULTS = {
  "no network": "error: download of config.json failed\n  [6] Could not resolve host: index.crates.io",
  "no disk": "error: failed to write `/x/y.o`: No space left on device (os error 28)",
};

/** A machine: its programs and its cache. Clones are made on it. */
export class FakeMachine {
  #folder = mkdtempSync(path.join(tmpdir(), "plimsoll-machine-"));
  #clones = 0;
  cache = path.join(this.#folder, "cache");
  #bin = path.join(this.#folder, "bin");
  #calls = path.join(this.#folder, "calls");

  /** @param {{ without?: readonly string[] }} [machine]  programs that are not installed */
  constructor({ without = [] } = {}) {
    mkdirSync(this.#bin);
    for (const name of PROGRAMS) if (!without.includes(name)) this.#install(path.join(this.#bin, name));
  }

  /** @param {string} file */
  #install(file) {
    const player = fileURLToPath(new URL("fake-program.mjs", import.meta.url));
    writeFileSync(file, `#!${process.execPath}\nimport(${JSON.stringify(player)});\n`);
    chmodSync(file, 0o755);
  }

  /** A fresh clone: what the set-up reads, and an empty source in each crate and package. */
  clone() {
    const root = path.join(this.#folder, `clone-${this.#clones++}`);
    for (const name of COPIED) cpSync(path.join(REAL_ROOT, name), path.join(root, name), { recursive: true });
    for (const folder of PACKAGES) {
      mkdirSync(path.join(root, folder, "src"), { recursive: true });
      cpSync(path.join(REAL_ROOT, folder, "package.json"), path.join(root, folder, "package.json"));
    }
    mkdirSync(path.join(root, "crates/wasm/src"), { recursive: true });
    writeFileSync(path.join(root, "crates/wasm/src/lib.rs"), "");
    return root;
  }

  /**
   * Starts `npm run build` of a clone.
   *
   * @param {string} root
   * @param {Readonly<Record<string, string>>} [env]  `FAKE_FAULT` makes cargo fail so; `FAKE_INSTALL_MS` makes it take that long
   */
  start(root, env = {}) {
    const child = spawn(process.execPath, [path.join(root, "scripts/run.mjs"), "build"], {
      env: { PATH: this.#bin, HOME: this.#folder, PLIMSOLL_CACHE: this.cache, FAKE_CALLS: this.#calls, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (said += text));
    const ended = new Promise((resolve) => child.on("close", (code) => resolve({ code, said })));
    return { child, /** @type {Promise<{ code: number | null, said: string }>} */ ended };
  }

  /**
   * @param {string} root
   * @param {Readonly<Record<string, string>>} [env]
   */
  setUp(root, env) {
    return this.start(root, env).ended;
  }

  /** Every call of a program so far, as one line each. */
  get calls() {
    return existsSync(this.#calls) ? readFileSync(this.#calls, "utf8").trimEnd().split("\n") : [];
  }

  /** How many calls begin so. @param {string} start */
  count(start) {
    return this.calls.filter((call) => call.startsWith(start)).length;
  }

  dispose() {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
