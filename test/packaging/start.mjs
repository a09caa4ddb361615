/** How long Node takes from loading the package to a first result, each time in a process of its own. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Programs of the folder `start`; `empty.mjs` loads a module of nothing. */
export const STARTS = /** @type {const} */ (["import.mjs", "require.cjs", "empty.mjs"]);

/**
 * Milliseconds that such a program prints, see start/timed.cjs. Node's own start comes before and is not in it.
 *
 * @param {(typeof STARTS)[number]} program
 */
export function startMs(program) {
  const file = fileURLToPath(new URL(`start/${program}`, import.meta.url));
  // before Node 22 a required ES module is told of on stderr
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--no-warnings", file], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return Number(stdout);
}
