/** The package as its users get it: packed, and installed from the tarball into an empty folder. */
import { cpSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { capture } from "../../scripts/setup/process.mjs";
import { lastLineOf, workFolder } from "./tools.mjs";

const PACKAGE = fileURLToPath(new URL("../../packages/plimsoll", import.meta.url));
const EXAMPLES = fileURLToPath(new URL("../../examples", import.meta.url));

/** @type {Promise<{ folder: string, tarball: string, files: string[] }> | undefined} */
let installed;

/** The folder in whose `node_modules` the package is, the tarball that it came from, and what that holds. */
export function installedPackage() {
  installed ??= install();
  return installed;
}

async function install() {
  const folder = await workFolder(undefined);
  const [packed] = JSON.parse(await npm(PACKAGE, "pack", "--json", "--pack-destination", folder));
  writeFileSync(path.join(folder, "package.json"), "{}");
  await npm(folder, "install", "--offline", "--no-audit", "--no-fund", `./${packed.filename}`);
  return {
    folder,
    tarball: path.join(folder, packed.filename),
    files: packed.files.map((/** @type {{ path: string }} */ file) => file.path),
  };
}

/**
 * A copy of an example's folder with the package installed in it.
 *
 * @param {string} example
 * @param {import("./tools.mjs").ToolGroup} [group] the tools that it is built with
 */
export async function exampleFolder(example, group) {
  const folder = await workFolder(group);
  cpSync(path.join(EXAMPLES, example), folder, { recursive: true });
  cpSync(path.join((await installedPackage()).folder, "node_modules"), path.join(folder, "node_modules"), {
    recursive: true,
  });
  return folder;
}

/**
 * @param {string} folder
 * @param {string[]} args
 */
async function npm(folder, ...args) {
  return run("npm", args, folder);
}

/**
 * What a command prints.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} cwd
 * @throws {Error} with the end of its output where it fails
 */
export async function run(command, args, cwd) {
  const { code, output } = await capture(command, args, { cwd });
  if (code !== 0) throw new Error(`${path.basename(command)} ${args.join(" ")} failed: ${lastLineOf(output)}`);
  return output;
}
