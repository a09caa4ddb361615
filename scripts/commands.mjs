import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { addressesInLocks } from "./lock-addresses.mjs";
import { environmentFault, SetupError } from "./setup/errors.mjs";
import { releaseLocks } from "./setup/lock.mjs";
import { attached, attachedAndHeard, killChildren } from "./setup/process.mjs";
import { say } from "./setup/progress.mjs";
import { setUp, tool } from "./setup/setup.mjs";
import { readCargoReport, readVitestReport, totalsOf, totalsText } from "./test-report.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const EXIT_BY_SIGNAL = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
const LINT_TARGETS = ["packages/plimsoll", "packages/cli", "bench", "test"];

const COMMANDS = { start, test, build, bench, accuracy, surfaces, packaging, lint, format };

/** Runs a root command and exits with its code. */
export async function main([name, ...args]) {
  if (!Object.hasOwn(COMMANDS, name)) {
    say(`unknown command ${name}: one of ${Object.keys(COMMANDS).join(", ")}`);
    process.exit(1);
  }
  for (const signal of Object.keys(EXIT_BY_SIGNAL)) process.on(signal, () => interrupt(signal));
  try {
    process.exitCode = await COMMANDS[name](args);
  } catch (error) {
    const fault = error instanceof SetupError ? error.message : environmentFault(String(error), "setting up");
    if (fault === null) throw error;
    say(fault.replaceAll(/\s*\n\s*/g, " "));
    process.exitCode = 1;
  }
}

let isAttached = false;

/** While a command has the terminal, the terminal's Ctrl-C reaches it too: it ends in its own way, and we after it. */
function interrupt(signal) {
  if (isAttached) {
    if (signal !== "SIGINT") killChildren(signal);
    return;
  }
  killChildren(signal);
  releaseLocks();
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
  process.exit(EXIT_BY_SIGNAL[signal]);
}

async function start(args) {
  const env = await setUp(root);
  // npm runs scripts in the clone's folder; files named on the command line are meant from where the user stands.
  const cwd = process.env.INIT_CWD ?? process.cwd();
  // the head of packages/cli/src/main.ts says why
  const command = ["--no-concurrent-recompilation", path.join(root, "packages/cli/dist/main.js"), "replay", ...args];
  return foreground(process.execPath, command, { cwd, env });
}

async function build() {
  await setUp(root);
  return 0;
}

async function bench(args) {
  const env = await setUp(root);
  const cwd = process.env.INIT_CWD ?? process.cwd();
  return foreground(process.execPath, [path.join(root, "bench/main.mjs"), ...args], { cwd, env });
}

async function accuracy(args) {
  const env = await setUp(root);
  const cwd = process.env.INIT_CWD ?? process.cwd();
  return foreground(process.execPath, [path.join(root, "test/accuracy/main.mjs"), ...args], { cwd, env });
}

async function surfaces(args) {
  const env = await setUp(root);
  const cwd = process.env.INIT_CWD ?? process.cwd();
  return foreground(process.execPath, [path.join(root, "test/surfaces/main.mjs"), ...args], { cwd, env });
}

async function packaging(args) {
  const env = await setUp(root);
  return foreground(process.execPath, [path.join(root, "test/packaging/main.mjs"), ...args], { cwd: root, env });
}

/** Runs the tests of both languages, whatever the first of them says, and sums them up in `.setup/test.json`. */
async function test(args) {
  if (args.length > 0) {
    throw new SetupError("npm test takes no arguments: for one test use cargo test NAME or npx vitest run FILE");
  }
  const state = path.join(root, ".setup");
  const [vitestFile, summaryFile] = ["vitest.json", "test.json"].map((name) => path.join(state, name));
  for (const file of [vitestFile, summaryFile]) rmSync(file, { force: true });
  const env = await setUp(root);
  mkdirSync(state, { recursive: true });

  isAttached = true;
  let cargoOutput = "";
  const cargoArgs = ["test", "--workspace", "--locked", "--no-fail-fast", "--", "--show-output"];
  const cargoCode = await attachedAndHeard("cargo", cargoArgs, (text) => (cargoOutput += text), { cwd: root, env });
  const vitestCode = await attached(process.execPath, [tool(root, "vitest"), "run"], { cwd: root, env });
  isAttached = false;

  const reports = { cargo: readCargoReport(cargoOutput, cargoCode), vitest: readVitestReport(vitestFile, vitestCode) };
  const totals = totalsOf(Object.values(reports));
  writeFileSync(summaryFile, `${JSON.stringify({ ...totals, reports }, null, 2)}\n`);
  say(totalsText(totals));
  return totals.failures.length + totals.faults.length === 0 ? 0 : 1;
}

async function lint() {
  const env = await setUp(root);
  const warningsAreErrors = ["--", "-D", "warnings"];
  const wasm = ["-p", "plimsoll-math", "-p", "plimsoll-wasm", "--lib", "--target", "wasm32-unknown-unknown"];
  const steps = [
    ["cargo", ["fmt", "--all", "--check"]],
    ["cargo", ["clippy", "--workspace", "--all-targets", "--locked", ...warningsAreErrors]],
    ["cargo", ["clippy", "--locked", ...wasm, ...warningsAreErrors]],
    [process.execPath, [tool(root, "biome"), "ci", "."]],
    ...LINT_TARGETS.map((folder) => [process.execPath, [tool(root, "tsc"), "-p", folder, "--noEmit"]]),
  ];
  const found = addressesInLocks(root);
  for (const line of found) say(line);
  const failed = found.length > 0 ? ["addresses in lock files"] : [];
  for (const [command, args] of steps) {
    const words = args.map((arg) => path.relative(root, path.resolve(root, arg)) || arg);
    const step = [path.basename(command), ...words].join(" ");
    say(`lint: ${step}`);
    if ((await foreground(command, args, { cwd: root, env })) !== 0) failed.push(step);
  }
  for (const step of failed) say(`lint failed: ${step}`);
  return failed.length > 0 ? 1 : 0;
}

async function format() {
  const env = await setUp(root);
  const rust = await foreground("cargo", ["fmt", "--all"], { cwd: root, env });
  return (
    (await foreground(process.execPath, [tool(root, "biome"), "check", "--write", "."], { cwd: root, env })) || rust
  );
}

async function foreground(command, args, options) {
  isAttached = true;
  try {
    return await attached(command, args, options);
  } finally {
    isAttached = false;
  }
}
