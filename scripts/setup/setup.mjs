import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { SetupError } from "./errors.mjs";
import { withFunctionNames } from "./function-order.mjs";
import { withLock } from "./lock.mjs";
import { panicTexts, withoutPanicPlaces } from "./panic-places.mjs";
import { readPins } from "./pins.mjs";
import { capture, runStep } from "./process.mjs";
import { say } from "./progress.mjs";
import { digestOf, filesUnder, Stamp } from "./stamp.mjs";
import { cacheFolder, ensureTool } from "./tools.mjs";
import { withoutCustomSections } from "./wasm.mjs";

/**
 * What Binaryen does to the module, in this order: it drops arguments that nothing reads, above all the places of panics, what
 * is there twice, stores, branches and blocks without effect, and spares locals. No arithmetic among it, so no bit of an answer
 * changes. The passes of its levels beyond these leave code that V8 runs slower.
 */
const WASM_PASSES = [
  ...["dae", "duplicate-function-elimination", "rse", "vacuum", "remove-unused-brs", "remove-unused-names"],
  ...["merge-blocks", "simplify-locals-nostructure", "coalesce-locals", "reorder-locals", "vacuum"],
  "remove-unused-module-elements",
];

/** How often functions are put in an order: calls have their places in them, so that each order is of other bytes than it was made for. */
const ORDERS = 5;

/**
 * Makes a fresh clone ready, and a clone that has changed; costs a few hundred milliseconds where nothing did.
 *
 * Toolchain, tools, packages, wasm, SDK, command, in this order; each step looks whether its result is there and whole, and
 * runs only where it is not. All that it says goes to stderr.
 *
 * @param root  the clone
 * @returns the environment in which to run what comes next: the tools are on its PATH, the toolchain is the pinned one
 * @throws {SetupError} one line that says what is missing and how to get it
 */
export async function setUp(root) {
  const startedMs = performance.now();
  const state = path.join(root, ".setup");
  const logs = path.join(state, "logs");
  const pins = readPins(root);
  const onWait = (pid) => say(`waiting for the set-up that runs in this clone (process ${pid})`);
  const { env, changes } = await withLock(path.join(state, "lock"), onWait, async () => {
    await ensureRust(pins.rust, logs);
    const env = { ...process.env, RUSTUP_TOOLCHAIN: pins.rust.channel };
    const cache = cacheFolder();
    const folders = [
      await ensureTool(
        { crate: "wasm-pack", command: "wasm-pack", version: pins.wasmPack, isLocked: true },
        { cache, logs, env },
      ),
      // Its published lock file is out of date, so that --locked refuses it.
      await ensureTool(
        { crate: "wasm-bindgen-cli", command: "wasm-bindgen", version: pins.wasmBindgen, isLocked: false },
        { cache, logs, env },
      ),
    ];
    prependToPath(env, folders);
    const context = { root, state, logs, env, pins };
    const changes = [
      await ensurePackages(context),
      await ensureWasm(context),
      await ensureSdk(context),
      await ensureCommand(context),
    ];
    return { env, changes };
  });
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  say(changes.some(Boolean) ? `set up in ${seconds} s` : `nothing to set up (${seconds} s)`);
  return env;
}

function prependToPath(env, folders) {
  const key = Object.keys(env).find((name) => name.toUpperCase() === "PATH") ?? "PATH";
  env[key] = [...folders, env[key]].join(path.delimiter);
}

async function ensureRust({ channel, components, targets }, logs) {
  const installed = await capture("rustup", ["component", "list", "--installed", "--toolchain", channel]);
  if (installed.code === null) {
    throw new SetupError(
      "rustup is missing, which installs the pinned Rust: get it from https://rustup.rs, then run this again",
    );
  }
  const isThere = (part) => installed.code === 0 && installed.output.split(/\s+/).some((name) => name.startsWith(part));
  const parts = ["rustc", "cargo", ...components, ...targets.map((target) => `rust-std-${target}`)];
  if (parts.every(isThere)) return;
  await runStep({
    title: `installing Rust ${channel} with ${[...components, ...targets].join(", ")}`,
    doing: `installing Rust ${channel}`,
    verdict: "installed",
    log: path.join(logs, "rust.log"),
    command: "rustup",
    args: [
      ...["toolchain", "install", channel, "--profile", "minimal", "--no-self-update"],
      ...components.flatMap((component) => ["--component", component]),
      ...targets.flatMap((target) => ["--target", target]),
    ],
  });
}

async function ensurePackages({ root, state, logs, env, pins }) {
  const manifests = [
    "package.json",
    "packages/plimsoll/package.json",
    "packages/cli/package.json",
    "bench/package.json",
    "test/package.json",
  ];
  const files = ["pnpm-lock.yaml", "pnpm-workspace.yaml", ...manifests].map((name) => path.join(root, name));
  const inputs = digestOf(root, files, pins.pnpm);
  const missing = () =>
    manifests.flatMap((manifest) => {
      const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(path.join(root, manifest), "utf8"));
      const folder = path.join(root, path.dirname(manifest), "node_modules");
      return Object.keys({ ...dependencies, ...devDependencies }).filter(
        (name) => !existsSync(path.join(folder, name, "package.json")),
      );
    });
  const stamp = new Stamp(state, "packages");
  if (stamp.matches(inputs, "") && missing().length === 0) return false;
  stamp.remove();
  const [command, ...before] = await pnpmCommand(pins.pnpm);
  await runStep({
    title: `installing the workspace's packages with pnpm ${pins.pnpm}`,
    doing: "installing the workspace's packages",
    verdict: "installed",
    log: path.join(logs, "packages.log"),
    command,
    args: [...before, "install", "--frozen-lockfile"],
    // CI makes pnpm replace a node_modules of another layout without asking.
    options: { cwd: root, env: { ...env, CI: "true" } },
  });
  const left = missing();
  if (left.length > 0) throw new SetupError(`pnpm installed the packages but ${left.join(", ")} is not there`);
  stamp.write(inputs, "");
  return true;
}

/** The command, with its first arguments, that is pnpm at this version. */
export async function pnpmCommand(version) {
  const { code, output } = await capture("pnpm", ["--version"]);
  if (code === 0 && output.trim() === version) return ["pnpm"];
  return ["npx", "--yes", `pnpm@${version}`];
}

async function ensureWasm({ root, state, logs, env, pins }) {
  const crates = path.join(root, "crates");
  const isNoInput = (place) => /[\\/]crates[\\/][^\\/]+[\\/](tests|examples|benches)$/.test(place);
  const settings = ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", ".cargo"];
  const shrinking = [
    "node_modules/binaryen/package.json",
    "scripts/setup/function-order.mjs",
    "scripts/setup/panic-places.mjs",
    "scripts/setup/wasm.mjs",
  ];
  const rest = [...settings, ...shrinking].map((name) => path.join(root, name));
  const pkg = path.join(root, "packages", "plimsoll", "pkg");
  const binary = path.join(pkg, "plimsoll_bg.wasm");
  return ensureBuilt({
    root,
    stamp: new Stamp(state, "wasm"),
    inputs: digestOf(
      root,
      filesUnder([crates, ...rest], isNoInput),
      pins.wasmPack,
      pins.wasmBindgen,
      ...WASM_PASSES,
      `${ORDERS}`,
    ),
    outputs: [pkg],
    needs: [...["plimsoll.js", "plimsoll.d.ts"].map((name) => path.join(pkg, name)), binary],
    run: async () => {
      const step = { verdict: "built", options: { cwd: root, env }, showsOutput: true };
      await runStep({
        ...step,
        title: "building the core to WebAssembly",
        doing: "building the core to WebAssembly",
        log: path.join(logs, "wasm.log"),
        command: "wasm-pack",
        args: [
          ...["build", path.join(crates, "wasm"), "--release", "--target", "web", "--mode", "no-install", "--no-pack"],
          ...["--out-dir", pkg, "--out-name", "plimsoll", "--", "--locked", "--config", withoutOwnPaths()],
        ],
      });
      const wasmOpt = (title, passes) =>
        runStep({
          ...step,
          title,
          doing: title,
          log: path.join(logs, "wasm-opt.log"),
          command: process.execPath,
          args: [tool(root, "wasm-opt"), binary, "-o", binary, ...passes.map((pass) => `--${pass}`)],
        });
      await wasmOpt("making the core smaller", WASM_PASSES);
      const sources = filesUnder([crates], isNoInput).filter((file) => file.endsWith(".rs"));
      const texts = panicTexts(sources.map((file) => readFileSync(file, "utf8")));
      let module = withoutPanicPlaces(readFileSync(binary), texts);
      const orders = [];
      for (let turn = 1; turn <= ORDERS; turn++) {
        writeFileSync(binary, withFunctionNames(module));
        const title = `putting like functions of the core side by side, ${turn} of ${ORDERS}`;
        await wasmOpt(title, ["reorder-functions-by-name"]);
        module = readFileSync(binary);
        orders.push({ module, gzipped: gzipSync(withoutCustomSections(module), { level: 9 }).length });
      }
      const [smallest] = orders.sort((a, b) => a.gzipped - b.gzipped);
      writeFileSync(binary, smallest.module);
    },
  });
}

/** Cargo's setting that keeps this machine's folder of packages out of the binary, so that every machine builds the same. */
function withoutOwnPaths() {
  const packages = path.join(process.env.CARGO_HOME ?? path.join(homedir(), ".cargo"), "registry", "src");
  return `target.wasm32-unknown-unknown.rustflags=['--remap-path-prefix=${packages}=registry']`;
}

async function ensureSdk({ root, state, logs, env }) {
  const home = path.join(root, "packages", "plimsoll");
  const [source, pkg, compiled, dist] = ["src", "pkg", ".build", "dist"].map((name) => path.join(home, name));
  const settings = ["tsconfig.json", "rollup.config.mjs", "package.json"].map((name) => path.join(home, name));
  const shared = ["tsconfig.base.json", "pnpm-lock.yaml"].map((name) => path.join(root, name));
  return ensureBuilt({
    root,
    stamp: new Stamp(state, "sdk"),
    inputs: digestOf(root, filesUnder([source, pkg, ...settings, ...shared])),
    outputs: [dist],
    needs: [
      "index.js",
      "index.d.ts",
      "math.js",
      "math.d.ts",
      "inline.js",
      "slim.js",
      "workerd.js",
      "worker.js",
      "plimsoll.wasm",
    ].map((name) => path.join(dist, name)),
    run: async () => {
      const doing = "building the SDK, packages/plimsoll";
      const step = { doing, log: path.join(logs, "sdk.log"), command: process.execPath, showsOutput: true };
      const options = { cwd: home, env };
      rmSync(compiled, { recursive: true, force: true });
      const core = readFileSync(path.join(pkg, "plimsoll_bg.wasm"));
      writeFileSync(path.join(dist, "plimsoll.wasm"), withoutCustomSections(core));
      await runStep({ ...step, title: `${doing}: types`, verdict: "right", args: [tool(root, "tsc")], options });
      await runStep({
        ...step,
        title: `${doing}: bundle`,
        verdict: "built",
        args: [tool(root, "rollup"), "-c"],
        options,
      });
      cpSync(compiled, dist, { recursive: true, filter: (file) => !/\.js(\.map)?$/.test(file) });
    },
  });
}

async function ensureCommand({ root, state, logs, env }) {
  const home = path.join(root, "packages", "cli");
  const [source, dist] = ["src", "dist"].map((name) => path.join(home, name));
  const settings = ["tsconfig.json", "package.json"].map((name) => path.join(home, name));
  const shared = ["tsconfig.base.json", "pnpm-lock.yaml", "packages/plimsoll/dist"].map((name) =>
    path.join(root, name),
  );
  return ensureBuilt({
    root,
    stamp: new Stamp(state, "cli"),
    inputs: digestOf(root, filesUnder([source, ...settings, ...shared])),
    outputs: [dist],
    needs: [path.join(dist, "main.js")],
    run: () =>
      runStep({
        title: "building the command, packages/cli",
        doing: "building the command, packages/cli",
        verdict: "built",
        log: path.join(logs, "cli.log"),
        command: process.execPath,
        args: [tool(root, "tsc")],
        options: { cwd: home, env },
        showsOutput: true,
      }),
  });
}

/** Runs a build unless its stamp says that these inputs gave these very outputs. @returns whether it ran */
async function ensureBuilt({ root, stamp, inputs, outputs, needs, run }) {
  const isWhole = () => needs.every((file) => existsSync(file));
  const outcome = () => digestOf(root, filesUnder(outputs));
  if (isWhole() && stamp.matches(inputs, outcome())) return false;
  stamp.remove();
  for (const output of outputs) {
    rmSync(output, { recursive: true, force: true });
    mkdirSync(output, { recursive: true });
  }
  await run();
  const left = needs.filter((file) => !existsSync(file));
  if (left.length > 0)
    throw new SetupError(`built, but ${left.map((file) => path.relative(root, file)).join(", ")} is not there`);
  stamp.write(inputs, outcome());
  return true;
}

/** The script that runs one of the packages' commands, without a shell between. */
export function tool(root, name) {
  const scripts = {
    tsc: ["typescript", "bin", "tsc"],
    rollup: ["rollup", "dist", "bin", "rollup"],
    vitest: ["vitest", "vitest.mjs"],
    biome: ["@biomejs", "biome", "bin", "biome"],
    "wasm-opt": ["binaryen", "bin", "wasm-opt"],
  };
  return path.join(root, "node_modules", ...scripts[name]);
}
