import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, expect, test } from "vitest";
import { FakeMachine } from "./fake-environment.mjs";

/** @type {FakeMachine[]} */
const machines = [];
afterEach(() => {
  for (const machine of machines.splice(0)) machine.dispose();
});

/** @param {ConstructorParameters<typeof FakeMachine>[0]} [options] */
function machine(options) {
  const made = new FakeMachine(options);
  machines.push(made);
  return made;
}

/** @param {FakeMachine} machine */
function toolsInCache(machine) {
  return readdirSync(machine.cache).sort();
}

const TOOLS = ["wasm-bindgen-cli-", "wasm-pack-"];

/** The one line that a refused set-up says, after lines that tell what it was doing. @param {string} said */
function lastLine(said) {
  return said.trimEnd().split("\n").at(-1);
}

test("a fresh clone is set up, and a second time there is nothing to do", async () => {
  const box = machine();
  const root = box.clone();
  const first = await box.setUp(root);
  expect(first).toMatchObject({ code: 0 });
  expect(lastLine(first.said)).toMatch(/^plimsoll: set up in [\d.]+ s$/);
  expect(toolsInCache(box).map((name) => name.replace(/[\d.]+-\w+-\w+$/, ""))).toEqual(TOOLS);
  const calls = box.count("cargo") + box.count("wasm-pack build") + box.count("pnpm install");

  const startedMs = performance.now();
  const second = await box.setUp(root);
  expect(performance.now() - startedMs).toBeLessThan(10_000);
  expect(second.code).toBe(0);
  expect(second.said).toMatch(/^plimsoll: nothing to set up \([\d.]+ s\)\n$/);
  expect(box.count("cargo") + box.count("wasm-pack build") + box.count("pnpm install")).toBe(calls);
});

test("another clone of the same user builds no tool again", async () => {
  const box = machine();
  await box.setUp(box.clone());
  expect(await box.setUp(box.clone())).toMatchObject({ code: 0 });
  expect(box.count("cargo install")).toBe(2);
});

test("without rustup one line says what is missing and where to get it", async () => {
  const box = machine({ without: ["rustup"] });
  const { code, said } = await box.setUp(box.clone());
  expect(code).toBe(1);
  expect(said).toBe(
    "plimsoll: rustup is missing, which installs the pinned Rust: get it from https://rustup.rs, then run this again\n",
  );
});

for (const [fault, line] of [
  [
    "no network",
    /^plimsoll: no network while building wasm-pack [\d.]+: connect \(or set the proxy\), then run this again$/,
  ],
  ["no disk", /^plimsoll: no disk space left while building wasm-pack [\d.]+: free some, then run this again$/],
]) {
  test(`${fault}: one line, nothing half-built is left, and the next set-up goes through`, async () => {
    const box = machine();
    const root = box.clone();
    const { code, said } = await box.setUp(root, { FAKE_FAULT: /** @type {string} */ (fault) });
    expect(code).toBe(1);
    expect(lastLine(said)).toMatch(line);
    expect(toolsInCache(box)).toEqual([]);
    expect(await box.setUp(root)).toMatchObject({ code: 0 });
  });
}

test("a tool in the cache that does not run, or says another version, is built anew", async () => {
  const box = machine();
  const root = box.clone();
  await box.setUp(root);
  const tool = (/** @type {string} */ start) => {
    const folder = /** @type {string} */ (toolsInCache(box).find((name) => name.startsWith(start)));
    return path.join(box.cache, folder, "bin", start.replace(/-cli-$|-$/, ""));
  };
  const truncated = tool("wasm-pack-");
  writeFileSync(truncated, readFileSync(truncated).subarray(0, 10));
  writeFileSync(`${tool("wasm-bindgen-cli-")}.version`, "0.0.1");
  expect(await box.setUp(root)).toMatchObject({ code: 0 });
  expect(box.count("cargo install")).toBe(4);
});

test("what a set-up that was killed has left is cleared away", async () => {
  const box = machine();
  const root = box.clone();
  const killed = box.start(root, { FAKE_INSTALL_MS: "60000" });
  while (box.count("cargo install") === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  killed.child.kill("SIGKILL");
  await killed.ended;
  expect(toolsInCache(box).some((name) => name.startsWith(".wasm-pack-"))).toBe(true);
  expect(await box.setUp(root)).toMatchObject({ code: 0 });
  expect(toolsInCache(box).map((name) => name.replace(/[\d.]+-\w+-\w+$/, ""))).toEqual(TOOLS);
});

test("two clones that set up at once share one build of each tool", async () => {
  const box = machine();
  const slow = { FAKE_INSTALL_MS: "400" };
  const both = await Promise.all([box.setUp(box.clone(), slow), box.setUp(box.clone(), slow)]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect(box.count("cargo install")).toBe(2);
  expect(both.some(({ said }) => /waiting for the set-up that builds wasm-pack \(process \d+\)/.test(said))).toBe(true);
});

test("two set-ups of one clone at once build once", async () => {
  const box = machine();
  const root = box.clone();
  const slow = { FAKE_INSTALL_MS: "400" };
  const both = await Promise.all([box.setUp(root, slow), box.setUp(root, slow)]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect(box.count("wasm-pack build")).toBe(1);
  expect(both.filter(({ said }) => said.includes("nothing to set up"))).toHaveLength(1);
});

test("what is built is built anew when it is damaged or its source has changed, and only then", async () => {
  const box = machine();
  const root = box.clone();
  await box.setUp(root);
  writeFileSync(path.join(root, "crates/wasm/src/lib.rs"), "// changed");
  await box.setUp(root);
  expect(box.count("wasm-pack build")).toBe(2);
  writeFileSync(path.join(root, "packages/plimsoll/pkg/plimsoll_bg.wasm"), "");
  await box.setUp(root);
  expect(box.count("wasm-pack build")).toBe(3);
  rmSync(path.join(root, "packages/plimsoll/dist/index.js"));
  await box.setUp(root);
  expect(existsSync(path.join(root, "packages/plimsoll/dist/index.js"))).toBe(true);
  expect(box.count("wasm-pack build")).toBe(3);
});

test("a wasm-bindgen crate of another version than its command is refused in one line", async () => {
  const box = machine();
  const root = box.clone();
  const lock = path.join(root, "Cargo.lock");
  const text = readFileSync(lock, "utf8");
  writeFileSync(lock, text.replace(/(name = "wasm-bindgen"\nversion = )"[^"]+"/, '$1"0.2.1"'));
  const { code, said } = await box.setUp(root);
  expect(code).toBe(1);
  expect(said).toMatch(
    /^plimsoll: wasm-bindgen is \S+ in Cargo.toml but 0.2.1 in Cargo.lock: run cargo update [^\n]+\n$/,
  );
});

test("a cache that cannot be written is named", async () => {
  const box = machine();
  const root = box.clone();
  writeFileSync(box.cache, "a file where the folder should be");
  const { code, said } = await box.setUp(root);
  expect(code).toBe(1);
  expect(lastLine(said)).toMatch(/^plimsoll: .*cache.*PLIMSOLL_CACHE/);
});
