/** Bundlers and runtimes of the matrix: installed on demand, at the versions of the lock files in `tools/`, into a cache outside the clone. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { withLock } from "../../scripts/setup/lock.mjs";
import { readPins } from "../../scripts/setup/pins.mjs";
import { capture } from "../../scripts/setup/process.mjs";
import { say } from "../../scripts/setup/progress.mjs";
import { pnpmCommand } from "../../scripts/setup/setup.mjs";
import { digestOf, filesUnder } from "../../scripts/setup/stamp.mjs";
import { cacheFolder } from "../../scripts/setup/tools.mjs";

/** @typedef {"bundlers" | "next" | "nodes" | "runtimes"} ToolGroup */

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const LOCKED = fileURLToPath(new URL("tools", import.meta.url));

/**
 * The folder whose `node_modules` holds a group of tools.
 *
 * @param {ToolGroup} group
 * @returns {Promise<string>}
 */
export async function toolsOf(group) {
  const locked = path.join(LOCKED, group);
  const place = path.join(cacheFolder(), `packaging-${group}-${digestOf(locked, filesUnder([locked])).slice(0, 12)}`);
  const done = path.join(place, "node_modules", ".installed");
  if (existsSync(done)) return place;
  const onWait = (/** @type {number} */ pid) => say(`waiting for process ${pid}, which installs ${group}`);
  mkdirSync(cacheFolder(), { recursive: true });
  await withLock(`${place}.lock`, onWait, async () => {
    if (existsSync(done)) return;
    say(`installing ${Object.keys(dependenciesOf(group)).join(", ")}, once for all clones …`);
    rmSync(place, { recursive: true, force: true });
    cpSync(locked, place, { recursive: true });
    const [command, ...before] = await pnpmCommand(readPins(ROOT).pnpm);
    const args = [...before, "install", "--frozen-lockfile", "--ignore-scripts"];
    const { code, output } = await capture(command, args, { cwd: place, env: { ...process.env, CI: "true" } });
    if (code !== 0) throw new Error(`${group} cannot be installed: ${lastLineOf(output)}`);
    mkdirSync(done);
  });
  return place;
}

/**
 * Versions of a group's tools by name.
 *
 * @param {ToolGroup} group
 * @returns {Record<string, string>}
 */
export function dependenciesOf(group) {
  const manifest = JSON.parse(readFileSync(path.join(LOCKED, group, "package.json"), "utf8"));
  return { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
}

/** @type {string[]} */
const workFolders = [];

function removeWorkFolders() {
  for (const folder of workFolders) rmSync(folder, { recursive: true, force: true });
}

/**
 * A fresh folder, which goes when the process ends, from where a group's tools are found.
 *
 * @param {ToolGroup | undefined} group undefined: a folder that needs none
 */
export async function workFolder(group) {
  const home = path.join(group === undefined ? cacheFolder() : await toolsOf(group), "work");
  mkdirSync(home, { recursive: true });
  const folder = mkdtempSync(path.join(home, `${process.pid}-`));
  if (workFolders.push(folder) === 1) process.on("exit", removeWorkFolders);
  return folder;
}

/** @param {string} text */
export function lastLineOf(text) {
  return text.trimEnd().split("\n").pop() ?? "";
}
