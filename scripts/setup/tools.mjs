import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statfsSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { environmentFault, SetupError } from "./errors.mjs";
import { withLock } from "./lock.mjs";
import { capture, runStep } from "./process.mjs";
import { say } from "./progress.mjs";

const BUILD_BYTES_MIN = 1.5 * 2 ** 30;
const EXE = process.platform === "win32" ? ".exe" : "";

/** Where built tools are kept for every clone of this user: `PLIMSOLL_CACHE`, else the system's place for caches. */
export function cacheFolder(env = process.env) {
  if (env.PLIMSOLL_CACHE) return path.resolve(env.PLIMSOLL_CACHE);
  if (env.XDG_CACHE_HOME) return path.join(path.resolve(env.XDG_CACHE_HOME), "plimsoll");
  if (process.platform === "win32") {
    return path.join(env.LOCALAPPDATA ?? path.join(homedir(), "AppData", "Local"), "plimsoll");
  }
  if (process.platform === "darwin") return path.join(homedir(), "Library", "Caches", "plimsoll");
  return path.join(homedir(), ".cache", "plimsoll");
}

/**
 * Makes sure that a command from crates.io is in the cache at exactly this version, building it where it is not.
 *
 * A tool counts as present when it runs and says the version that was asked for; anything else is built anew. It is built in
 * a folder beside its place and moved there in one rename, under a lock, so that no half-built tool is ever found.
 *
 * @param tool.crate      name on crates.io
 * @param tool.command    name of the program
 * @param tool.version    exact version
 * @param tool.isLocked   whether the crate's own lock file is used
 * @returns the folder with the program, for `PATH`
 */
export async function ensureTool({ crate, command, version, isLocked }, { cache, logs, env }) {
  const key = `${crate}-${version}-${process.platform}-${process.arch}`;
  const place = path.join(cache, key);
  const isReady = (folder) => saysVersion(path.join(folder, "bin", command + EXE), version);
  if (!(await isReady(place))) {
    guarded(cache, () => mkdirSync(cache, { recursive: true }));
    const onWait = (pid) => say(`waiting for the set-up that builds ${crate} (process ${pid})`);
    await withLock(path.join(cache, `${key}.lock`), onWait, async () => {
      if (await isReady(place)) return;
      requireSpace(cache, crate);
      const unfinished = `.${key}-`;
      for (const name of readdirSync(cache)) {
        if (name.startsWith(unfinished)) rmSync(path.join(cache, name), { recursive: true, force: true });
      }
      rmSync(place, { recursive: true, force: true });
      const work = guarded(cache, () => mkdtempSync(path.join(cache, unfinished)));
      try {
        await build({ crate, version, isLocked, work, logs, env });
        const built = path.join(work, "root");
        if (!(await isReady(built))) throw new SetupError(`${crate} was built but does not say that it is ${version}`);
        renameSync(built, place);
      } finally {
        rmSync(work, { recursive: true, force: true });
      }
    });
  }
  return path.join(place, "bin");
}

async function build({ crate, version, isLocked, work, logs, env }) {
  const lockArgument = isLocked ? ["--locked"] : [];
  await runStep({
    title: `building ${crate} ${version}, about 2 minutes, once for all clones`,
    doing: `building ${crate} ${version}`,
    verdict: "built",
    log: path.join(logs, `${crate}.log`),
    command: "cargo",
    args: ["install", "--debug", ...lockArgument, "--root", path.join(work, "root"), "--version", version, crate],
    options: { cwd: work, env: { ...env, CARGO_TARGET_DIR: path.join(work, "target"), CARGO_TERM_COLOR: "never" } },
  });
}

async function saysVersion(program, version) {
  const { code, output } = await capture(program, ["--version"]);
  return code === 0 && output.trim().split(/\s+/)[1] === version;
}

function requireSpace(cache, crate) {
  const { bavail, bsize } = statfsSync(cache);
  if (bavail * bsize >= BUILD_BYTES_MIN) return;
  const free = ((bavail * bsize) / 2 ** 30).toFixed(1);
  const needed = (BUILD_BYTES_MIN / 2 ** 30).toFixed(1);
  throw new SetupError(
    `no disk space for building ${crate}: ${free} GiB free in ${cache}, ${needed} GiB needed; free some or set PLIMSOLL_CACHE to a folder elsewhere`,
  );
}

function guarded(folder, body) {
  try {
    return body();
  } catch (error) {
    const fault = environmentFault(String(error), `writing to the cache ${folder}`);
    throw new SetupError(
      fault ?? `the cache ${folder} cannot be used (${error.code}): set PLIMSOLL_CACHE to a folder that can`,
    );
  }
}
