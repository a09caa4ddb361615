/**
 * The hosts of the matrix. Each is tried as a new user would: the example's folder is copied, the packed package installed in
 * it, built where there is a build, and run; a host is right when it says both healths.
 */
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { capture } from "../../scripts/setup/process.mjs";
import { BROWSER_NAMES, whyNot } from "../browser/browsers.mjs";
import { exampleFolder, run } from "./installed.mjs";
import { STRICT_CSP, serve } from "./pages.mjs";
import { dependenciesOf, lastLineOf, toolsOf } from "./tools.mjs";

/**
 * @typedef {object} Host
 * @property {string} host
 * @property {string} [needs] why it cannot be tried here, with how to get it
 * @property {(browsers: import("./pages.mjs").Browsers) => Promise<{ version: string, detail: string }>} try
 *   throws where something is not as it should be
 */

/** 25,000 + 1.5 · (60,950 − 61,200), less 1.5 · 60,950 at 1 %. */
const HEALTH = 24_625 - 914.25;
const SAID = `health ${HEALTH} in this thread, ${HEALTH} in a worker`;
const SAID_BY_FEED = `health ${HEALTH} by a feed in the worker`;
const SERVER_START_MS_MAX = 60_000;

/** @param {string} text */
function requireSaid(text, said = SAID) {
  if (!text.includes(said)) throw new Error(`it says: ${lastLineOf(text)}`);
  return said;
}

/** Runtimes beside Node: where their packages have the program, and what comes before a script's name. */
export const RUNTIMES = {
  bun: {
    places: ["@oven/bun-linux-x64/bin/bun", "@oven/bun-linux-aarch64/bin/bun"],
    args: /** @type {string[]} */ ([]),
  },
  deno: { places: ["@deno/linux-x64-glibc/deno", "@deno/linux-arm64-glibc/deno"], args: ["run", "-A"] },
};

/** @type {Host[]} */
export const HOSTS = [
  node("this Node", "main.js", async () => process.execPath),
  node("this Node, require()", "main.cjs", async () => process.execPath),
  ...[20, 22, 24, 26].flatMap((major) => [
    node(`Node ${major}`, "main.js", () => nodeOfMajor(major)),
    node(`Node ${major}, require()`, "main.cjs", () => nodeOfMajor(major)),
  ]),
  runtime("Bun", "bun"),
  runtime("Deno", "deno"),
  {
    host: "workerd (miniflare)",
    async try() {
      const folder = await exampleFolder("workerd", "runtimes");
      await run(process.execPath, ["build.js"], folder);
      const detail = lastLineOf(await run(process.execPath, ["serve.js"], folder));
      if (detail !== `health ${HEALTH} in this thread; workers: INVALID_VALUE`) throw new Error(`it says: ${detail}`);
      return { version: dependenciesOf("runtimes").miniflare ?? "", detail: `${detail}; ${oneBinary(folder, "dist")}` };
    },
  },
  bundler("esbuild", "esbuild", "esbuild", [], (folder) => run(process.execPath, ["build.js"], folder), "dist"),
  bundler("Rollup", "rollup", "rollup", ["dist/bin/rollup"], ["-c"], "dist"),
  bundler("webpack 5", "webpack", "webpack-cli", ["bin/cli.js"], [], "dist"),
  bundler("Vite build", "vite", "vite", ["bin/vite.js"], ["build"], "dist", "dist"),
  viteServer("Vite dev", "vite"),
  bundler("Vite build, a feed in the worker", "feed", "vite", ["bin/vite.js"], ["build"], "dist", "dist", SAID_BY_FEED),
  viteServer("Vite dev, a feed in the worker", "feed", SAID_BY_FEED),
  next("Turbopack", []),
  next("webpack", ["--webpack"]),
  ...BROWSER_NAMES.flatMap((browser) =>
    [false, true].flatMap((isIsolated) => [
      script(browser, isIsolated, undefined),
      script(browser, isIsolated, STRICT_CSP),
    ]),
  ),
  ...BROWSER_NAMES.flatMap((browser) => [
    page(
      browser,
      "plimsoll/inline, worker from a blob",
      "inline",
      STRICT_CSP.replace("worker-src", "worker-src blob:"),
    ),
    page(browser, "plimsoll/slim, files of one's own", "slim", STRICT_CSP, "bundlers"),
  ]),
];

/**
 * @param {string} host
 * @param {string} file
 * @param {() => Promise<string>} program
 * @returns {Host}
 */
function node(host, file, program) {
  return {
    host,
    async try() {
      const command = await program();
      const folder = await exampleFolder("node");
      const { code, output } = await capture(command, [file], { cwd: folder });
      if (code !== 0) throw new Error(lastLineOf(output));
      const version = (await capture(command, ["--version"])).output.trim().slice(1);
      return { version, detail: requireSaid(output) };
    },
  };
}

/** @param {number} major */
async function nodeOfMajor(major) {
  return programOf(
    "nodes",
    [`node-${major}-linux-x64/bin/node`, `node-${major}-linux-arm64/bin/node`],
    `Node ${major}`,
  );
}

/**
 * @param {import("./tools.mjs").ToolGroup} group
 * @param {string[]} places
 * @param {string} name
 */
async function programOf(group, places, name) {
  const modules = path.join(await toolsOf(group), "node_modules");
  const found = places.map((place) => path.join(modules, place)).find((place) => existsSync(place));
  if (found === undefined)
    throw new Error(`${name} has no package for ${process.platform} ${process.arch} here: install it by hand`);
  return found;
}

/**
 * The command that runs a script in a runtime, without the script's name.
 *
 * @param {keyof typeof RUNTIMES} name
 * @returns {Promise<[program: string, ...args: string[]]>}
 */
export async function commandOf(name) {
  const { places, args } = RUNTIMES[name];
  return [await programOf("runtimes", places, name), ...args];
}

/**
 * @param {string} host
 * @param {keyof typeof RUNTIMES} name
 * @returns {Host}
 */
function runtime(host, name) {
  return {
    host,
    async try() {
      const [program, ...args] = await commandOf(name);
      const detail = requireSaid(await run(program, [...args, "main.js"], await exampleFolder("node")));
      return { version: dependenciesOf("runtimes")[name] ?? "", detail };
    },
  };
}

/**
 * @param {string} host
 * @param {string} example
 * @param {string} tool package of the command
 * @param {string[]} script of the command
 * @param {string[] | ((folder: string) => Promise<string>)} args
 * @param {string} output folder with what is built
 * @param {string} [site] folder that is served
 * @param {string} [said] what the page is to say
 * @returns {Host}
 */
function bundler(host, example, tool, script, args, output, site = ".", said = SAID) {
  return {
    host: `${host} → Chromium`,
    async try(browsers) {
      const folder = await exampleFolder(example, "bundlers");
      if (typeof args === "function") await args(folder);
      else {
        const command = path.join(await toolsOf("bundlers"), "node_modules", tool, ...script);
        await run(process.execPath, [command, ...args], folder);
      }
      const binaries = oneBinary(folder, output);
      const server = await serve(path.join(folder, site), { csp: STRICT_CSP });
      try {
        const detail = requireSaid(await browsers.textAt("chromium", server.url), said);
        const versions = dependenciesOf("bundlers");
        return { version: versions[example] ?? versions[tool] ?? "", detail: `${detail}; ${binaries}` };
      } finally {
        server.close();
      }
    },
  };
}

/**
 * @param {string} folder
 * @param {string} output
 * @throws {Error} where what is built holds not exactly one binary
 */
function oneBinary(folder, output) {
  const files = readdirSync(path.join(folder, output), { recursive: true, encoding: "utf8" });
  const binaries = files.filter((file) => file.endsWith(".wasm"));
  if (binaries.length !== 1) throw new Error(`${binaries.length} binaries in ${output}: ${binaries.join(", ")}`);
  return "one .wasm";
}

/**
 * @param {string} host
 * @param {string} example
 * @param {string} [said] what the page is to say
 * @returns {Host}
 */
function viteServer(host, example, said = SAID) {
  return {
    host: `${host} → Chromium`,
    async try(browsers) {
      const folder = await exampleFolder(example, "bundlers");
      const command = path.join(await toolsOf("bundlers"), "node_modules/vite/bin/vite.js");
      const detail = await served(
        folder,
        (port) => [command, "--host", "127.0.0.1", "--port", `${port}`, "--strictPort"],
        (url) => browsers.textAt("chromium", url),
      );
      return { version: dependenciesOf("bundlers").vite ?? "", detail: requireSaid(detail, said) };
    },
  };
}

/**
 * @param {string} name
 * @param {string[]} flags of its build
 * @returns {Host}
 */
function next(name, flags) {
  return {
    host: `Next by ${name}, server and client → Chromium`,
    async try(browsers) {
      const folder = await exampleFolder("next", "next");
      const command = path.join(await toolsOf("next"), "node_modules/next/dist/bin/next");
      await run(process.execPath, [command, "build", ...flags], folder);
      const binaries = oneBinary(folder, ".next/static");
      const detail = await served(
        folder,
        (port) => [command, "start", "-H", "127.0.0.1", "-p", `${port}`],
        async (url) => {
          const html = await (await fetch(url)).text();
          requireSaid(html);
          return browsers.textAt("chromium", url);
        },
      );
      return {
        version: dependenciesOf("next").next ?? "",
        detail: `${requireSaid(detail)}, on the server likewise; ${binaries}`,
      };
    },
  };
}

/**
 * The package's files as they are, on a page without a bundler.
 *
 * @param {import("../browser/browsers.mjs").BrowserName} browser
 * @param {boolean} isIsolated
 * @param {string | undefined} csp
 */
function script(browser, isIsolated, csp) {
  const conditions = [csp === undefined ? [] : ["strict CSP"], isIsolated ? ["cross-origin isolated"] : []].flat();
  return page(browser, ['<script type="module">', ...conditions].join(", "), "script", csp, undefined, isIsolated);
}

/**
 * A page that an example's `build.js` makes.
 *
 * @param {import("../browser/browsers.mjs").BrowserName} browser
 * @param {string} what
 * @param {string} example
 * @param {string | undefined} csp
 * @param {import("./tools.mjs").ToolGroup} [group]
 * @param {boolean} [isIsolated]
 * @returns {Host}
 */
function page(browser, what, example, csp, group, isIsolated = false) {
  const reason = whyNot(browser);
  return {
    host: `${what} → ${browser}`,
    ...(reason !== undefined && { needs: reason }),
    async try(browsers) {
      const folder = await exampleFolder(example, group);
      await run(process.execPath, ["build.js"], folder);
      const server = await serve(folder, { isIsolated, csp });
      try {
        const detail = requireSaid(await browsers.textAt(browser, server.url));
        const opened = await browsers.page(browser);
        if ((await opened.evaluate("globalThis.crossOriginIsolated")) !== isIsolated)
          throw new Error("not as isolated as it should be");
        return { version: opened.version, detail };
      } finally {
        server.close();
      }
    },
  };
}

/**
 * Starts a server of an example and asks it something once it answers.
 *
 * @template Answer
 * @param {string} cwd
 * @param {(port: number) => string[]} args
 * @param {(url: string) => Promise<Answer>} ask
 */
async function served(cwd, args, ask) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const server = spawn(process.execPath, args(port), { cwd, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  server.stderr.setEncoding("utf8").on("data", (/** @type {string} */ text) => (said += text));
  try {
    const deadline = performance.now() + SERVER_START_MS_MAX;
    while (!(await fetch(url).catch(() => undefined))) {
      if (server.exitCode !== null || performance.now() > deadline)
        throw new Error(`the server does not start: ${lastLineOf(said)}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return await ask(url);
  } finally {
    server.kill();
  }
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}
