/** Compiles what the README, the docs and docstrings show, as a user of TypeScript would paste it into a strict program. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import * as sdk from "../dist/index.js";
import * as math from "../dist/math.js";
import { docstrings, exampleIn, FILES, PRELUDE, sourceOf } from "./docstrings.js";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const COMPILER = path.join(ROOT, "node_modules/typescript/bin/tsc");

/** What the user of a snippet has around it, beside the package's exports: a program's own names go before these. */
const AROUND = `
  const existsSync: typeof import("node:fs").existsSync;
  const readFileSync: typeof import("node:fs").readFileSync;
  const file: string;
  const engine: import("plimsoll").WorkerEngine;
  const btc: import("plimsoll").InstrumentHandle;
  const mark: number;
  const index: number;
  function openFeed(hear: (symbol: string, tick: import("plimsoll").Tick) => void): void;
  function useEffect(effect: () => () => void, reads: readonly unknown[]): void;
  function setEngine(engine: import("plimsoll").WorkerEngine | undefined): void;
  function setFailure(failure: unknown): void;
  interface ScriptPolicy { createScriptURL(url: string): string }
  const trustedTypes: { createPolicy(name: string, policy: ScriptPolicy): { createScriptURL(url: string): URL } };`;
const EXPORTS = [
  ...Object.keys(sdk.venues).map((name) => `const ${name}: typeof import("plimsoll").venues.${name};`),
  ...Object.keys(sdk).map((name) => `const ${name}: typeof import("plimsoll").${name};`),
  ...Object.keys(math).flatMap((name) => (name in sdk ? [] : `const ${name}: typeof import("plimsoll/math").${name};`)),
];
const GLOBALS = `export {};\ndeclare global {${AROUND}\n${EXPORTS.join("\n")}\n}`;

/** Compiles programs by name and returns what the compiler says. */
function compile(programs: Readonly<Record<string, string>>, options: object): string {
  const folder = mkdtempSync(path.join(tmpdir(), "plimsoll-examples-"));
  try {
    mkdirSync(path.join(folder, "node_modules"));
    symlinkSync(path.join(ROOT, "packages/plimsoll"), path.join(folder, "node_modules/plimsoll"));
    for (const [name, code] of Object.entries(programs)) {
      writeFileSync(path.join(folder, `${name}.mts`), `${code}\nexport {};`);
    }
    const compilerOptions = {
      ...{ strict: true, noEmit: true, target: "es2022", lib: ["es2022", "dom"], module: "nodenext" },
      ...{ typeRoots: [path.join(ROOT, "node_modules/@types")], types: ["node"] },
      ...options,
    };
    writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.mts"] }));
    return spawnSync(process.execPath, [COMPILER, "-p", folder], { encoding: "utf8", cwd: folder }).stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const snippetsOf = (file: string) => {
  return [...readFileSync(path.join(ROOT, file), "utf8").matchAll(/(?<=```(?:js|ts)\n)[\s\S]*?(?=```)/g)].map(String);
};
const named = (file: string, codes: readonly string[]) => {
  return Object.fromEntries(codes.map((code, i) => [`${file.replaceAll(/\W/g, "-")}-${i + 1}`, code]));
};

test("programs of the READMEs compile under the strictest options as they stand", () => {
  const programs = {
    ...named("README.md", snippetsOf("README.md")),
    ...named("package-README.md", snippetsOf("packages/plimsoll/README.md")),
  };
  expect(Object.keys(programs)).toHaveLength(3);
  expect(compile(programs, { noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true })).toBe("");
});

test("snippets of docs and examples of docstrings compile in a strict program", () => {
  const docs = readdirSync(path.join(ROOT, "docs")).map((file) => named(file, snippetsOf(`docs/${file}`)));
  const examples = FILES.map((file) => {
    const codes = docstrings(sourceOf(file)).flatMap(({ text }) => exampleIn(text) ?? []);
    return named(
      file,
      codes.map((code) => `${PRELUDE}\n{\n${code}\n}`),
    );
  });
  const programs = Object.assign({ globals: GLOBALS }, ...docs, ...examples);
  expect(Object.keys(programs).length).toBeGreaterThan(110);
  expect(compile(programs, {})).toBe("");
});
