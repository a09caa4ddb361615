/** The kernels in a process of their own: a command per line on stdin, `digest WORK` or `sample WORK`, answered by a line. */
import { createInterface } from "node:readline";
import { Kernel } from "./kernel.mjs";

const kernel = await Kernel.load();
for await (const line of createInterface({ input: process.stdin })) {
  const [command, work] = line.split(" ");
  console.log(command === "digest" ? kernel.digest(work) : kernel.sample(work));
}
