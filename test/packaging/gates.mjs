/** What the package promises of its weight, its start and its types, as rows of the matrix. */
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { capture } from "../../scripts/setup/process.mjs";
import { installedPackage } from "./installed.mjs";
import { binaries, ENTRY_NAMES, GZIPPED_KB_GOAL, sizesOfEntries } from "./sizes.mjs";
import { STARTS, startMs } from "./start.mjs";
import { dependenciesOf, toolsOf } from "./tools.mjs";

/** From import to the first result in Node. */
const START_MS_GOAL = 20;
const ROUNDS = 15;

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** @type {import("./hosts.mjs").Host[]} */
export const GATES = [
  ...ENTRY_NAMES.map((entry) => ({ host: `size of ${entry}`, try: async () => sizeOf(entry) })),
  { host: `≤ ${START_MS_GOAL} ms from import to the first result in Node`, try: start },
  { host: "package.json and its files, by publint", try: publint },
  { host: "types of every entry, by attw", try: attw },
  { host: "types of every entry in a strict program, by tsc", try: tsc },
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

/** Programs take turns, so that what else the machine does falls on all of them. */
async function start() {
  const ms = new Map(STARTS.map((program) => [program, /** @type {number[]} */ ([])]));
  for (let round = 0; round < ROUNDS; round++) for (const [program, times] of ms) times.push(startMs(program));
  const told = [...ms].map(([program, times]) => {
    times.sort((a, b) => a - b);
    return `${program} ${medianOf(times).toFixed(1)} ms (best ${Math.min(...times).toFixed(1)})`;
  });
  const detail = `medians of ${ROUNDS} processes each: ${told.join(", ")}; goal: ≤ ${START_MS_GOAL} ms`;
  if (!(medianOf(ms.get("import.mjs") ?? []) <= START_MS_GOAL)) throw new Error(detail);
  return { version: process.versions.node, detail };
}

/** @param {readonly number[]} sorted */
function medianOf(sorted) {
  return sorted[sorted.length >> 1] ?? Number.NaN;
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

/** What a program may have beside the language: a browser's library, Node's types, or both. */
const LIBRARIES = [
  { lib: ["es2022", "dom"], types: [] },
  { lib: ["es2022"], types: ["node"] },
  { lib: ["esnext", "dom"], types: ["node"] },
];
/** The compiler of this workspace, and the oldest that the README promises. */
const COMPILERS = ["typescript", "typescript-oldest"];
const RESOLUTIONS = [
  { module: "nodenext", moduleResolution: "nodenext" },
  { module: "es2022", moduleResolution: "bundler" },
];

async function tsc() {
  const { folder } = await installedPackage();
  const program = "every-entry.mts";
  cpSync(new URL(`programs/${program}`, import.meta.url), path.join(folder, program));
  for (const libraries of LIBRARIES) {
    for (const resolution of RESOLUTIONS) {
      const compilerOptions = {
        ...{ ...libraries, ...resolution, typeRoots: [path.join(ROOT, "node_modules/@types")] },
        ...{ strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false, target: "es2022", noEmit: true },
      };
      writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [program] }));
      // the oldest takes its time
      for (const compiler of libraries === LIBRARIES.at(-1) ? COMPILERS : COMPILERS.slice(0, 1)) {
        const script = path.join(ROOT, "node_modules", compiler, "bin/tsc");
        const { code, output } = await capture(process.execPath, [script, "-p", "."], { cwd: folder });
        const how = JSON.stringify({ compiler, ...libraries, ...resolution });
        if (code !== 0) throw new Error(`${how}: ${output.split("\n", 3).join(" ")}`);
      }
    }
  }
  const versionOf = (/** @type {string} */ compiler) => {
    return JSON.parse(readFileSync(path.join(ROOT, "node_modules", compiler, "package.json"), "utf8")).version;
  };
  const version = COMPILERS.map(versionOf).join(", ");
  return { version, detail: "with the DOM, with Node, with both; as modules of Node and for bundlers: right" };
}

/** @param {string} name */
async function moduleOf(name) {
  const from = createRequire(path.join(await toolsOf("bundlers"), "node_modules", "from.js"));
  return pathToFileURL(from.resolve(name)).href;
}
