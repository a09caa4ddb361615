/** How close do the option kernels come to native code, and how far ahead of JavaScript are they, on each runtime? */
import { WrongAnswer } from "../answers.mjs";
import { measure } from "../harness.mjs";
import { chromium, here, native, newerNode } from "../kernel/sites.mjs";
import { comparison } from "../row.mjs";

export const name = "kernel";

/** Works whose answers must have the same bits at every site. */
const DIGESTED = ["column"];
/** What is timed at sites with JavaScript. */
const WORKS = ["column", "column16", "textbook", "best"];
/** What is timed in native code. */
const NATIVE_WORKS = ["column"];

/** @typedef {import("../row.mjs").Row["goal"]} Goal */

/** @type {readonly { work: string, label: string, peer: string, site?: "native" | "first", beside: string, goal: Goal }[]} */
const LINES = [
  {
    work: "column",
    label: "column, 9 Greeks",
    peer: "column",
    site: "native",
    beside: "native 128-bit",
    goal: { max: 1.3 },
  },
  { work: "column", label: "column, 9 Greeks", peer: "textbook", beside: "textbook JavaScript", goal: { min: 3.3 } },
  { work: "column", label: "column, 9 Greeks", peer: "best", beside: "our method in JavaScript", goal: null },
  {
    work: "column",
    label: "column, 9 Greeks",
    peer: "column",
    site: "first",
    beside: "the same here",
    goal: { max: 1.3 },
  },
  { work: "column16", label: "16 options at a time", peer: "column", beside: "1,024 at a time", goal: { max: 1.3 } },
];

/** @param {{ isInBrowser: boolean }} options */
export async function run({ isInBrowser }) {
  const first = await here();
  const scripted = [first, newerNode(), ...(isInBrowser ? [await chromium()] : [])];
  const machine = native();
  try {
    await requireSameBits([...scripted, machine]);
    const timing = await measure({
      ...Object.fromEntries(NATIVE_WORKS.map((work) => [key(machine, work), () => machine.sample(work)])),
      ...Object.fromEntries(
        WORKS.flatMap((work) => scripted.map((site) => [key(site, work), () => site.sample(work)])),
      ),
    });
    return scripted.flatMap((site) =>
      LINES.filter((line) => line.site !== "first" || site !== first).map(
        ({ work, label, peer, site: at, beside, goal }) =>
          comparison({
            work: `${label}, ${site.runtime}`,
            beside: at === "first" ? first.runtime : beside,
            runtime: site.runtime,
            timing,
            ours: key(site, work),
            peer: key({ native: machine, first, own: site }[at ?? "own"], peer),
            goal,
            unit: "ns per option",
          }),
      ),
    );
  } finally {
    for (const site of [...scripted, machine]) await site.end();
  }
}

/** @param {readonly import("../kernel/sites.mjs").Site[]} sites */
async function requireSameBits(sites) {
  for (const work of DIGESTED) {
    const digests = await Promise.all(sites.map(async (site) => [site.runtime, await site.digest(work)]));
    const [[, expected]] = digests;
    for (const [runtime, digest] of digests) {
      if (digest !== expected)
        throw new WrongAnswer(`${work}: digest ${digest} on ${runtime}, ${expected} on ${digests[0][0]}`);
    }
  }
}

/**
 * @param {import("../kernel/sites.mjs").Site} site
 * @param {string} work
 */
function key(site, work) {
  return `${work} on ${site.runtime}`;
}
