import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "vitest";

/** The repository's root. */
export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
/** See the head of `src/main.ts`. */
const NO_HANG_AT_END = "--no-concurrent-recompilation";
const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command; `afterStart` may meddle with the process, e.g. send it a signal. */
export function plimsoll(args: readonly string[], afterStart: (pid: number) => void = () => {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [NO_HANG_AT_END, MAIN, ...args], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
    if (child.pid !== undefined) afterStart(child.pid);
  });
}

/** Runs `work` in a directory of its own with these files in it, and takes it away afterwards. */
export async function withFiles<T>(
  files: Readonly<Record<string, string | Uint8Array>>,
  work: (directory: string) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), "plimsoll-cli-"));
  try {
    for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content);
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** A test on real data beside the repository, which says so and is skipped where the data is absent. */
export function dataTest(name: string, path: string, work: (path: string) => Promise<void>, timeoutMs = 60_000): void {
  const full = join(ROOT, "../shared/data", path);
  if (existsSync(full)) {
    test(name, () => work(full), timeoutMs);
  } else {
    test(name, ({ skip }) => skip("no data"));
  }
}
