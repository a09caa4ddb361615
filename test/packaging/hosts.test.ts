/** The rows of `npm run packaging` that take seconds; the others need runtimes and frameworks that are installed on demand. */
import { afterAll, expect, test } from "vitest";
import { whyNot } from "../browser/browsers.mjs";
import { CONTRACTS } from "./contract.mjs";
import { GATES } from "./gates.mjs";
import { HOSTS } from "./hosts.mjs";
import { Browsers } from "./pages.mjs";

const SHORT = [
  "package.json and its files, by publint",
  "types of every entry, by attw",
  "types of every entry in a strict program, by tsc",
  "this Node",
  "this Node, require()",
  "esbuild → Chromium",
  "Rollup → Chromium",
  "Vite build, a feed in the worker → Chromium",
  '<script type="module"> → chromium',
  '<script type="module">, strict CSP → chromium',
  '<script type="module">, strict CSP, cross-origin isolated → firefox',
  '<script type="module">, strict CSP, cross-origin isolated → webkit',
  "plimsoll/inline, worker from a blob → chromium",
  "contract in 1 and 2 workers, cross-origin isolated → chromium",
  "faults of workers, a hundred of each, cross-origin isolated → chromium",
];

const browsers = new Browsers();
afterAll(() => browsers.close());

for (const name of SHORT) {
  test(name, async ({ skip }) => {
    const row = [...GATES, ...HOSTS, ...CONTRACTS].find(({ host }) => host === name);
    if (row === undefined) throw new Error(`the matrix has no row ${name}`);
    const reason = name.endsWith("→ Chromium") ? whyNot("chromium") : row.needs;
    if (reason !== undefined) skip(reason);
    expect((await row.try(browsers)).detail).not.toBe("");
  });
}
