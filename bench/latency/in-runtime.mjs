/** The ways from a tick to its event in Bun and Deno. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** @typedef {"bun" | "deno"} RuntimeName */

/** @type {readonly RuntimeName[]} */
export const RUNTIME_NAMES = ["bun", "deno"];

const BENCH = fileURLToPath(new URL("..", import.meta.url));
/** Packages are where pnpm has put them. */
const OPTIONS = { bun: [], deno: ["--node-modules-dir=manual"] };
/** Named by their address, so that the type check does not follow them to what has no types. */
const [HOSTS, TOOLS] = ["hosts", "tools"].map(
  (name) => new URL(`../../test/packaging/${name}.mjs`, import.meta.url).href,
);

/**
 * @param {RuntimeName} name
 * @param {number} rounds
 * @returns {ReturnType<typeof import("./in-page.mjs").inPage>}
 */
export async function inRuntime(name, rounds) {
  const [{ commandOf }, { dependenciesOf }] = await Promise.all([import(HOSTS), import(TOOLS)]);
  const [program, ...args] = await commandOf(name);
  const script = [...args, ...OPTIONS[name], "latency/runtime.mjs", String(rounds)];
  const output = execFileSync(program, script, { cwd: BENCH, encoding: "utf8" });
  return { runtime: `${name} ${dependenciesOf("runtimes")[name]}`, ...JSON.parse(output) };
}
