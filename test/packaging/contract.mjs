/** The contract of an engine, on every host but Node, whose tests hold it to that themselves. */
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { BROWSER_NAMES, whyNot } from "../browser/browsers.mjs";
import { programOf } from "./hosts.mjs";
import { exampleFolder, run } from "./installed.mjs";
import { serve } from "./pages.mjs";
import { dependenciesOf, lastLineOf, toolsOf } from "./tools.mjs";

/** @typedef {import("../contract/hosted/check.js").Engines} Engines */

const HOSTED = fileURLToPath(new URL("../contract/hosted", import.meta.url));
const NAMES = {
  thread: "in the calling thread",
  workers: "in 1 and 2 workers",
  inline: "of plimsoll/inline, in thread and workers",
};
const ENGINES = /** @type {Engines[]} */ (Object.keys(NAMES));

/** @type {import("./hosts.mjs").Host[]} */
export const CONTRACTS = [
  ...BROWSER_NAMES.flatMap((browser) =>
    ENGINES.flatMap((engines) =>
      // isolation changes what workers share
      (engines === "workers" ? [false, true] : [false]).map((isIsolated) => inPage(browser, engines, isIsolated)),
    ),
  ),
  ...ENGINES.flatMap((engines) => [
    inRuntime("Bun", "bun", ["@oven/bun-linux-x64/bin/bun", "@oven/bun-linux-aarch64/bin/bun"], [], engines),
    inRuntime("Deno", "deno", ["@deno/linux-x64-glibc/deno", "@deno/linux-arm64-glibc/deno"], ["run", "-A"], engines),
  ]),
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
 * @param {import("../browser/browsers.mjs").BrowserName} browser
 * @param {Engines} engines
 * @param {boolean} isIsolated
 * @returns {import("./hosts.mjs").Host}
 */
function inPage(browser, engines, isIsolated) {
  const reason = whyNot(browser);
  return {
    host: `contract ${NAMES[engines]}${isIsolated ? ", cross-origin isolated" : ""} → ${browser}`,
    ...(reason !== undefined && { needs: reason }),
    async try(browsers) {
      const folder = await exampleFolder("script");
      await run(process.execPath, ["build.js"], folder);
      writeFileSync(path.join(folder, "contract.js"), await bundled());
      const imports = { plimsoll: "/plimsoll/index.js", "plimsoll/inline": "/plimsoll/inline.js" };
      const html = `<!doctype html><title>contract</title><script type="importmap">${JSON.stringify({ imports })}</script>`;
      writeFileSync(path.join(folder, "index.html"), html);
      const server = await serve(folder, { isIsolated });
      try {
        const page = await browsers.page(browser);
        await page.goto(server.url);
        const outcome = await page.evaluate(
          `import("/contract.js").then(({ check }) => check(${JSON.stringify(engines)}))`,
        );
        return { version: page.version, detail: verdict(outcome) };
      } finally {
        server.close();
      }
    },
  };
}

/**
 * @param {string} name
 * @param {string} tool
 * @param {string[]} places
 * @param {string[]} args
 * @param {Engines} engines
 * @returns {import("./hosts.mjs").Host}
 */
function inRuntime(name, tool, places, args, engines) {
  return {
    host: `contract ${NAMES[engines]} → ${name}`,
    async try() {
      const folder = await exampleFolder("node");
      writeFileSync(path.join(folder, "contract.js"), await bundled());
      const program = `import { check } from "./contract.js";\nconsole.log(JSON.stringify(await check(${JSON.stringify(engines)})));\n`;
      writeFileSync(path.join(folder, "main.js"), program);
      const output = await run(await programOf("runtimes", places, name), [...args, "main.js"], folder);
      return { version: dependenciesOf("runtimes")[tool] ?? "", detail: verdict(JSON.parse(lastLineOf(output))) };
    },
  };
}
