/** The contract of an engine, and what faults may cost, on every host but Node, whose tests hold it to these themselves. */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { capture } from "../../scripts/setup/process.mjs";
import { BROWSER_NAMES, whyNot } from "../browser/browsers.mjs";
import { commandOf } from "./hosts.mjs";
import { exampleFolder, run } from "./installed.mjs";
import { serve } from "./pages.mjs";
import { dependenciesOf, lastLineOf, toolsOf } from "./tools.mjs";

/** The package's files on a page, which a worker does not find by name. */
const IMPORTS = {
  plimsoll: "/plimsoll/index.js",
  "plimsoll/inline": "/plimsoll/inline.js",
  "plimsoll/worker": "/plimsoll/host.js",
  "plimsoll/plimsoll.wasm": "/plimsoll/plimsoll.wasm",
};
const HOSTED = fileURLToPath(new URL("../contract/hosted", import.meta.url));

/**
 * What check.ts holds engines to.
 *
 * @typedef {object} Check
 * @property {string} name as the matrix has it
 * @property {string} call
 */

/** @type {Check} */
const WORKERS = { name: "contract in 1 and 2 workers", call: 'check("workers")' };
/** @type {Check} */
const FAULTS = { name: "faults of workers, a hundred of each", call: "checkFaults()" };
/** @type {Check[]} */
const CHECKS = [
  { name: "contract in the calling thread", call: 'check("thread")' },
  WORKERS,
  { name: "contract of plimsoll/inline, in thread and workers", call: 'check("inline")' },
  FAULTS,
];

/** @type {import("./hosts.mjs").Host[]} */
export const CONTRACTS = [
  ...BROWSER_NAMES.flatMap((browser) => [
    ...CHECKS.map((check) => inPage(browser, check, false)),
    // isolation changes what workers share
    ...[WORKERS, FAULTS].map((check) => inPage(browser, check, true)),
  ]),
  ...CHECKS.flatMap((check) => [inRuntime("Bun", "bun", check), inRuntime("Deno", "deno", check)]),
  endsByItself("Bun", "bun"),
  endsByItself("Deno", "deno"),
];

/** @type {Promise<string> | undefined} */
let bundle;

/** The contract as one file that imports nothing but the package. */
function bundled() {
  bundle ??= (async () => {
    const { build } = createRequire(path.join(await toolsOf("bundlers"), "node_modules", "from.js"))("esbuild");
    const { outputFiles } = await build({
      entryPoints: [path.join(HOSTED, "check.ts")],
      alias: { vitest: path.join(HOSTED, "runner.mjs") },
      external: ["plimsoll", "plimsoll/*"],
      bundle: true,
      format: "esm",
      target: "es2022",
      write: false,
      logLevel: "silent",
    });
    return outputFiles[0].text;
  })();
  return bundle;
}

/** @param {{ passed: number, failures: string[] }} outcome */
function verdict({ passed, failures }) {
  if (failures.length > 0)
    throw new Error(`${failures.length} failed, ${passed} passed: ${failures.slice(0, 3).join("; ")}`);
  if (passed === 0) throw new Error("no test ran");
  return `${passed} tests passed`;
}

/**
 * Puts into a folder what a check runs: itself, and the worker that fails, which imports the package from `address`.
 *
 * @param {string} folder
 * @param {(specifier: string) => string} address
 */
async function writeCheck(folder, address) {
  writeFileSync(path.join(folder, "contract.js"), await bundled());
  const worker = readFileSync(path.join(HOSTED, "faulty-worker.mjs"), "utf8");
  const addressed = worker.replaceAll(/(?<=from ")plimsoll[^"]*/g, address);
  writeFileSync(path.join(folder, "faulty-worker.js"), addressed);
}

/**
 * @param {import("../browser/browsers.mjs").BrowserName} browser
 * @param {Check} check
 * @param {boolean} isIsolated
 * @returns {import("./hosts.mjs").Host}
 */
function inPage(browser, { name, call }, isIsolated) {
  const reason = whyNot(browser);
  return {
    host: `${name}${isIsolated ? ", cross-origin isolated" : ""} → ${browser}`,
    ...(reason !== undefined && { needs: reason }),
    async try(browsers) {
      const folder = await exampleFolder("script");
      await run(process.execPath, ["build.js"], folder);
      await writeCheck(folder, (specifier) => IMPORTS[/** @type {keyof typeof IMPORTS} */ (specifier)]);
      const html = `<!doctype html><title>contract</title><script type="importmap">${JSON.stringify({ imports: IMPORTS })}</script>`;
      writeFileSync(path.join(folder, "index.html"), html);
      const server = await serve(folder, { isIsolated });
      try {
        const page = await browsers.page(browser);
        await page.goto(server.url);
        const outcome = await page.evaluate(`import("/contract.js").then(({ check, checkFaults }) => ${call})`);
        return { version: page.version, detail: verdict(outcome) };
      } finally {
        server.close();
      }
    },
  };
}

/**
 * @param {string} runtime
 * @param {keyof typeof import("./hosts.mjs").RUNTIMES} tool
 * @param {Check} check
 * @returns {import("./hosts.mjs").Host}
 */
function inRuntime(runtime, tool, { name, call }) {
  return {
    host: `${name} → ${runtime}`,
    async try() {
      const folder = await exampleFolder("node");
      await writeCheck(folder, (specifier) => specifier);
      // it ends whatever a test that failed has left behind
      const program = `import { check, checkFaults } from "./contract.js";\nconsole.log(JSON.stringify(await ${call}));\nprocess.exit();\n`;
      writeFileSync(path.join(folder, "main.js"), program);
      const [command, ...args] = await commandOf(tool);
      const output = await run(command, [...args, "main.js"], folder);
      return { version: dependenciesOf("runtimes")[tool] ?? "", detail: verdict(JSON.parse(lastLineOf(output))) };
    },
  };
}

/** A program that ends by itself when all is done that it has asked for, though nobody disposes of its engine. */
const ENDING = `
import { createWorkerEngine, venues } from "plimsoll";
const engine = await createWorkerEngine({ model: venues.hyperliquid(), workers: 2, keepAlive: false });
const btc = await engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
engine.tick(btc, { mark: 60_000, timeMs: 1 });
engine.flush().then(() => console.log("applied"));
`;
/** How long it may take, on a machine that has other things to do. */
const END_MS_MAX = 60_000;

/**
 * @param {string} runtime
 * @param {keyof typeof import("./hosts.mjs").RUNTIMES} tool
 * @returns {import("./hosts.mjs").Host}
 */
function endsByItself(runtime, tool) {
  return {
    host: `keepAlive: false, a process that ends by itself → ${runtime}`,
    async try() {
      const folder = await exampleFolder("node");
      writeFileSync(path.join(folder, "main.js"), ENDING);
      const [command, ...args] = await commandOf(tool);
      const { code, output } = await capture(command, [...args, "main.js"], { cwd: folder, timeout: END_MS_MAX });
      if (code !== 0 || output !== "applied\n") throw new Error(`ended with ${code}: ${lastLineOf(output)}`);
      return { version: dependenciesOf("runtimes")[tool] ?? "", detail: "ended when its ticks were applied" };
    },
  };
}
