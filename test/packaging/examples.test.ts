/** The examples say one thing: the same program of each host, the versions that the matrix runs. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { dependenciesOf } from "./tools.mjs";

const EXAMPLES = new URL("../../examples/", import.meta.url);
const names = readdirSync(EXAMPLES).filter((name) => name !== "README.md");
const read = (file: string) => readFileSync(new URL(file, EXAMPLES), "utf8");
const withHealth = names.filter((name) => existsSync(new URL(`${name}/health.js`, EXAMPLES)));

/** What a host has of its own in the program: where it imports from, and which files it gives. */
function common(program: string) {
  return program
    .replace(/^import .*\n/gm, "")
    .replace(/^ {2}const (wasm|workerUrl) = .*\n/gm, "")
    .replace(/, wasm\b/g, "")
    .replace(/, workerUrl\b(: inlineWorkerUrl\(\))?/g, "");
}

test("the program of every example is that of examples/node but for what its host needs", () => {
  expect(withHealth.length).toBeGreaterThan(5);
  for (const name of withHealth) expect(common(read(`${name}/health.js`)), name).toBe(common(read("node/health.js")));
});

test("the README of the examples says how to follow each of them, and what it prints", () => {
  const readme = read("README.md");
  for (const name of names) expect(readme, name).toContain(`[${name}](${name})`);
  // equity 25,000 + 1.5 · (60,950 − 61,200) less maintenance 1.5 · 60,950 / 50 / 2
  expect(readme).toContain(`health ${24_625 - 914.25} in this thread`);
});

test("every example asks for the versions that the matrix installs", () => {
  const versions: Record<string, string> = {
    ...dependenciesOf("bundlers"),
    ...dependenciesOf("next"),
    ...dependenciesOf("runtimes"),
    plimsoll: `^${JSON.parse(readFileSync(new URL("../../packages/plimsoll/package.json", import.meta.url), "utf8")).version}`,
  };
  for (const name of names) {
    const { dependencies, devDependencies } = JSON.parse(read(`${name}/package.json`));
    const asked = { ...dependencies, ...devDependencies };
    expect(Object.keys(asked), name).toContain("plimsoll");
    for (const tool of Object.keys(asked)) expect(`${tool} ${asked[tool]}`, name).toBe(`${tool} ${versions[tool]}`);
  }
});
