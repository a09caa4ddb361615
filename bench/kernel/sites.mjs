/** Where kernels run: this thread, another Node, a native program, a page in Chromium. All answer the same two questions. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { openBrowser, whyNot } from "../../test/browser/browsers.mjs";
import { RUNTIME } from "../row.mjs";
import { inputColumns, Kernel, STRIKES } from "./kernel.mjs";

/**
 * @typedef {object} Site
 * @property {string} runtime
 * @property {(work: string) => Promise<string> | string} digest Of the bits of the answers.
 * @property {(work: string) => Promise<number> | number} sample Nanoseconds per option.
 * @property {() => Promise<void> | void} end
 */

/** A site that is asked for and cannot be had. */
export class MissingSite extends Error {}

const root = fileURLToPath(new URL("../..", import.meta.url));
/** The npm package `node` of this version carries the newer V8. */
const NEWER_NODE = "26.10.0";
/** The instructions that V8 emits for WebAssembly on x86-64: AVX without FMA, no vector wider than two doubles. */
const NATIVE_FLAGS = process.arch === "x64" ? "-C target-feature=+avx,+prefer-128-bit" : "";

/** @returns {Promise<Site>} */
export async function here() {
  const kernel = await Kernel.load();
  return {
    runtime: RUNTIME,
    digest: (work) => kernel.digest(work),
    sample: (work) => kernel.sample(work),
    end() {},
  };
}

/**
 * A process that answers line by line.
 *
 * @param {string} runtime
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {Site}
 */
function answeringProcess(runtime, command, args) {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (/** @type {string} */ line) => {
    child.stdin.write(`${line}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error(`${runtime} ended before it answered "${line}"`);
    return value;
  };
  return {
    runtime,
    digest: (work) => ask(`digest ${work}`),
    sample: async (work) => Number(await ask(`sample ${work}`)),
    end: () => void child.stdin.end(),
  };
}

/**
 * What a command prints on stdout. Its stderr is told only where it fails: cargo warns that prefer-128-bit is not among its stable
 * features, npx tells of newer versions of itself.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnSyncOptions} options
 * @param {string} fault
 */
function heard(command, args, options, fault) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { ...options, encoding: "utf8" });
  if (status === 0) return stdout;
  const reason = error?.message ?? `${stderr}`.trim().split("\n").at(-1);
  throw new MissingSite(`${fault}: ${reason}`);
}

/**
 * A Node with a newer V8, fetched by npx where it is not in npm's cache.
 *
 * @returns {Site}
 */
export function newerNode() {
  const npx = ["--yes", `--package=node@${NEWER_NODE}`, "--", "node", "-p", "process.execPath"];
  const node = heard("npx", npx, { cwd: root }, `npx could not fetch node@${NEWER_NODE}`).trim();
  return answeringProcess(`node ${NEWER_NODE}`, node, [fileURLToPath(new URL("lines.mjs", import.meta.url))]);
}

/**
 * The same source as a native program of 128-bit instructions.
 *
 * @returns {Site}
 */
export function native() {
  const target = path.join(root, "target", "native-128");
  const build = ["build", "--release", "--locked", "--quiet", "-p", "plimsoll-math", "--example", "bench_kernel"];
  const env = { ...process.env, RUSTFLAGS: NATIVE_FLAGS };
  heard("cargo", [...build, "--target-dir", target], { cwd: root, env }, "cargo could not build bench_kernel");
  const folder = mkdtempSync(path.join(tmpdir(), "plimsoll-bench-"));
  const file = path.join(folder, "columns");
  writeFileSync(file, inputColumns());
  const site = answeringProcess("native", path.join(target, "release", "examples", "bench_kernel"), [
    file,
    `${STRIKES}`,
  ]);
  return {
    ...site,
    end() {
      site.end();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Bytes that a tick with resident columns allocates on the JavaScript heap of this Node. */
export function heapBytesPerTick() {
  const script = fileURLToPath(new URL("heap.mjs", import.meta.url));
  return Number(execFileSync(process.execPath, ["--expose-gc", script], { encoding: "utf8" }));
}

/**
 * A page in Chromium, isolated so that its clock is fine enough.
 *
 * @returns {Promise<Site>}
 */
export async function chromium() {
  const reason = whyNot("chromium");
  if (reason !== undefined) throw new MissingSite(reason);
  const page = await openBrowser("chromium");
  const { server, origin } = await serve();
  await page.goto(origin);
  await page.evaluate("globalThis.loaded");
  const ask = (/** @type {"digest" | "sample"} */ question, /** @type {string} */ work) =>
    page.evaluate(`kernel.${question}(${JSON.stringify(work)})`);
  return {
    runtime: `chromium ${page.version}`,
    digest: (work) => ask("digest", work),
    sample: (work) => ask("sample", work),
    async end() {
      await page.close();
      server.close();
    },
  };
}

/** Serves `bench` and the SDK's bundle on loopback. */
async function serve() {
  const page = `<!doctype html><title>Plimsoll</title>
<script type="importmap">{ "imports": { "plimsoll/math": "/packages/plimsoll/dist/math.js" } }</script>
<script>
  globalThis.loaded = import("/bench/kernel/kernel.mjs").then(async ({ Kernel }) => {
    globalThis.kernel = await Kernel.load();
  });
</script>`;
  /** @type {Readonly<Record<string, string>>} */
  const types = { ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };
  const isolated = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };
  const server = createServer(({ url = "/" }, response) => {
    if (url === "/") return response.writeHead(200, { ...isolated, "content-type": "text/html" }).end(page);
    const file = path.join(root, path.normalize(url));
    const type = types[path.extname(file)];
    if (type === undefined || !existsSync(file)) return response.writeHead(404).end();
    return response.writeHead(200, { ...isolated, "content-type": type }).end(readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const address = /** @type {import("node:net").AddressInfo} */ (server.address());
  return { server, origin: `http://127.0.0.1:${address.port}/` };
}
