/** What the package promises of its weight, its start and its types, as rows of the matrix. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { installedPackage } from "./installed.mjs";
import { binaries, DIST, ENTRY_NAMES, GZIPPED_KB_GOAL, sizesOfEntries } from "./sizes.mjs";
import { dependenciesOf, toolsOf } from "./tools.mjs";

/** From import to the first result in Node. */
const START_MS_GOAL = 20;
const STARTS = 9;

/** @type {import("./hosts.mjs").Host[]} */
export const GATES = [
  ...ENTRY_NAMES.map((entry) => ({ host: `size of ${entry}`, try: async () => sizeOf(entry) })),
  { host: `≤ ${START_MS_GOAL} ms from import to the first result in Node`, try: start },
  { host: "package.json and its files, by publint", try: publint },
  { host: "types of every entry, by attw", try: attw },
];

/** @param {string} entry */
function sizeOf(entry) {
  const found = sizesOfEntries().find((size) => size.entry === entry);
  if (found === undefined) throw new Error(`there is no entry ${entry}`);
  if (binaries().length !== 1) throw new Error(`${binaries().length} binaries in the package`);
  const weight = `${found.kilobytesGzipped.toFixed(1)} kB gzipped, ${found.kilobytes.toFixed(0)} kB in all`;
  if (!found.isAll) return { version: "", detail: `${weight}: ${found.files.join(", ")}` };
  const detail = `${weight}; goal: ≤ ${GZIPPED_KB_GOAL} kB gzipped`;
  if (found.kilobytesGzipped > GZIPPED_KB_GOAL) throw new Error(detail);
  return { version: "", detail };
}

async function start() {
  const program = `
    const startedMs = performance.now();
    const { createEngine, venues } = await import(${JSON.stringify(pathToFileURL(path.join(DIST, "index.js")).href)});
    const engine = await createEngine({ model: venues.hyperliquid() });
    const btc = engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
    const me = engine.addAccount({ id: "me", collateral: { USDC: 25_000 } });
    engine.setPosition(me, btc, { size: 1.5, entryPrice: 61_200 });
    engine.tick(btc, { mark: 60_950, timeMs: 1 });
    engine.assess(me);
    console.log(performance.now() - startedMs);`;
  const args = ["--input-type=module", "-e", program];
  const ms = Array.from({ length: STARTS }, () =>
    Number(spawnSync(process.execPath, args, { encoding: "utf8" }).stdout),
  );
  ms.sort((a, b) => a - b);
  const [median, best] = [ms[STARTS >> 1] ?? Number.NaN, ms[0] ?? Number.NaN];
  const detail = `median ${median.toFixed(1)} ms, best ${best.toFixed(1)} ms of ${STARTS} fresh processes; goal: a median ≤ ${START_MS_GOAL} ms`;
  if (!(median <= START_MS_GOAL)) throw new Error(detail);
  return { version: process.versions.node, detail };
}

async function publint() {
  const { publint: check } = await import(await moduleOf("publint"));
  const { formatMessage } = await import(await moduleOf("publint/utils"));
  const { buffer: tarball } = new Uint8Array(readFileSync((await installedPackage()).tarball));
  const { messages, pkg } = await check({ pack: { tarball }, strict: true });
  if (messages.length > 0) {
    throw new Error(
      messages.map((/** @type {any} */ message) => formatMessage(message, pkg, { color: false })).join("; "),
    );
  }
  return { version: dependenciesOf("bundlers").publint ?? "", detail: "nothing to remark" };
}

/** Ways of resolving that cannot be right for a package of ES modules: TypeScript before 4.7, and `require` before Node 20.19. */
const NOT_FOR_ES_MODULES = new Set(["node10", "node16-cjs"]);

async function attw() {
  const core = await import(await moduleOf("@arethetypeswrong/core"));
  const { tarball } = await installedPackage();
  const checked = await core.checkPackage(core.createPackageFromTarballData(new Uint8Array(readFileSync(tarball))), {
    excludeEntrypoints: ["./worker.js", "./plimsoll.wasm"],
  });
  const problems = checked.problems.filter(
    (/** @type {any} */ { resolutionKind }) => !NOT_FOR_ES_MODULES.has(resolutionKind),
  );
  if (problems.length > 0) {
    throw new Error(
      problems.map((/** @type {any} */ { kind, entrypoint }) => `${kind} ${entrypoint ?? ""}`).join("; "),
    );
  }
  const entries = Object.keys(checked.entrypoints).length;
  return {
    version: dependenciesOf("bundlers")["@arethetypeswrong/core"] ?? "",
    detail: `${entries} entries as ES modules and for bundlers: right`,
  };
}

/** @param {string} name */
async function moduleOf(name) {
  const from = createRequire(path.join(await toolsOf("bundlers"), "node_modules", "from.js"));
  return pathToFileURL(from.resolve(name)).href;
}
