import { randomUUID } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import path from "node:path";

const POLL_MS = 200;
const HEARTBEAT_MS = 2_000;
const SILENT_MS_MAX = 30_000;

const held = new Map();

/**
 * Runs `body` while no other process holds the lock, waiting where one does. The lock is a file with its holder's process
 * id, touched every 2 s. One whose holder is dead, or silent for 30 s, is taken over.
 *
 * @param file    the lock file
 * @param onWait  called once, with the holder's process id, when there is somebody to wait for
 */
export async function withLock(file, onWait, body) {
  mkdirSync(path.dirname(file), { recursive: true });
  const token = JSON.stringify({ pid: process.pid, host: hostname(), id: randomUUID() });
  let hasWaited = false;
  while (!tryCreate(file, token)) {
    const holder = read(file);
    if (holder === null) continue;
    if (isStale(file, holder)) {
      takeAway(file, holder);
      continue;
    }
    if (!hasWaited) onWait(parse(holder).pid);
    hasWaited = true;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const heartbeat = setInterval(() => touch(file), HEARTBEAT_MS);
  heartbeat.unref();
  held.set(file, token);
  try {
    return await body();
  } finally {
    clearInterval(heartbeat);
    release(file);
  }
}

/** Gives up every lock that this process holds; for the way out on a signal. */
export function releaseLocks() {
  for (const file of [...held.keys()]) release(file);
}

function release(file) {
  if (read(file) === held.get(file)) rmSync(file, { force: true });
  held.delete(file);
}

/** Creates the lock with its content in one atomic operation, so that nobody ever reads a lock without a holder. */
function tryCreate(file, token) {
  const draft = `${file}.${process.pid}-${randomUUID()}`;
  writeFileSync(draft, token);
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return null;
    throw error;
  }
}

function parse(holder) {
  try {
    return JSON.parse(holder);
  } catch {
    return { pid: null, host: null };
  }
}

function isStale(file, holder) {
  const { pid, host } = parse(holder);
  if (typeof pid !== "number") return true;
  if (host === hostname() && !isAlive(pid)) return true;
  try {
    return Date.now() - statSync(file).mtimeMs > SILENT_MS_MAX;
  } catch {
    return false;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Removes a dead holder's lock. Where somebody else was faster and holds a new one by now, that one is put back. */
function takeAway(file, staleHolder) {
  const aside = `${file}.stale-${randomUUID()}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (error.code === "ENOENT") return;
    throw error;
  }
  try {
    if (readFileSync(aside, "utf8") !== staleHolder) linkSync(aside, file);
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function touch(file) {
  const now = new Date();
  try {
    utimesSync(file, now, now);
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
}
