import { spawn } from "node:child_process";

/** Runs a module in a Node of its own: how it ended and what it wrote. */
export async function run(module: string, ...args: string[]) {
  const child = spawn(process.execPath, [module, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (text) => (stdout += text));
  child.stderr.on("data", (text) => (stderr += text));
  const code = await new Promise((resolve) => child.on("close", resolve));
  return { code, stdout, stderr };
}
