// Plays rustup, cargo, pnpm, and the tools that cargo installs: argv[1] says which.

import { appendFileSync, chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { FAULTS } from "./fake-environment.mjs";

const [, self = "", ...args] = process.argv;
const name = path.basename(self);
const env = process.env;
appendFileSync(env.FAKE_CALLS ?? "/dev/null", `${[name, ...args].join(" ")}\n`);

/** The value after an option. @param {string} option */
const after = (option) => args[args.indexOf(option) + 1] ?? "";

/** @param {string} file @param {string} content */
function write(file, content) {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
}

const PLAYS = {
  rustup() {
    console.log("rustc-x\ncargo-x\nclippy-x\nrustfmt-x\nrust-std-wasm32-unknown-unknown");
  },

  async cargo() {
    if (args[0] !== "install") throw new Error(`cargo ${args.join(" ")}`);
    const crate = args.at(-1) ?? "";
    if (env.FAKE_FAULT !== undefined) {
      console.error(FAULTS[env.FAKE_FAULT]);
      process.exit(101);
    }
    await new Promise((resolve) => setTimeout(resolve, Number(env.FAKE_INSTALL_MS ?? 0)));
    const tool = path.join(after("--root"), "bin", crate.replace("-cli", ""));
    write(tool, readFileSync(self, "utf8"));
    write(`${tool}.version`, after("--version"));
    chmodSync(tool, 0o755);
  },

  pnpm() {
    if (args[0] === "--version") return console.log(env.FAKE_PNPM ?? "12.21.0");
    for (const folder of [".", "packages/plimsoll", "packages/cli", "bench", "test"]) {
      const { dependencies = {}, devDependencies = {} } = JSON.parse(
        readFileSync(path.join(folder, "package.json"), "utf8"),
      );
      for (const dependency of Object.keys({ ...dependencies, ...devDependencies })) {
        write(path.join(folder, "node_modules", dependency, "package.json"), "{}");
      }
    }
    const builds = `import(${JSON.stringify(new URL("fake-build.mjs", import.meta.url).href)});\n`;
    write("node_modules/typescript/bin/tsc", builds);
    write("node_modules/rollup/dist/bin/rollup", builds);
    write("node_modules/binaryen/bin/wasm-opt", "");
  },

  "wasm-pack"() {
    if (args[0] === "--version") return console.log(`wasm-pack ${readFileSync(`${self}.version`, "utf8")}`);
    for (const file of ["plimsoll.js", "plimsoll.d.ts", "plimsoll_bg.wasm"])
      write(path.join(after("--out-dir"), file), file);
  },

  "wasm-bindgen"() {
    console.log(`wasm-bindgen ${readFileSync(`${self}.version`, "utf8")}`);
  },
};

await PLAYS[/** @type {keyof typeof PLAYS} */ (name)]();
