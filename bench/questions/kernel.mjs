/** How close do the option kernels come to native code, and how far ahead of JavaScript are they, on each runtime? */
import { WrongAnswer } from "../answers.mjs";
import { measure } from "../harness.mjs";
import { chromium, heapBytesPerTick, here, native, newerNode } from "../kernel/sites.mjs";
import { comparison, counted } from "../row.mjs";

export const name = "kernel";

const COLUMN = "a column pricing of 9 Greeks";
/** Time on a newer V8 over that on this Node. */
const NEWER_V8_MAX = 1.3;

/** What is timed at sites with JavaScript. */
const WORKS = ["column", "chain", "pairs", "column16", "impliedVolCold", "impliedVolWarm", "textbook", "best"];
/** What is timed in native code too. */
const NATIVE_WORKS = ["column", "chain", "pairs"];
/** Works of ours, whose answers must have the same bits at every site that has them. */
const DIGESTED = ["column", "chain", "pairs", "column16", "impliedVolCold", "impliedVolWarm"];

/**
 * @typedef {object} Line
 * @property {string} work
 * @property {string} label
 * @property {string} peer Work that it is held against.
 * @property {"own" | "native" | "first"} at Where the peer runs: at the same site, natively, in this thread.
 * @property {string} beside
 * @property {import("../row.mjs").Row["goal"]} goal
 */

/** @type {readonly Line[]} */
const LINES = [
  ...linesOf("column", "column, 9 Greeks", { native: { max: 1.3 }, textbook: { min: 3.3 } }),
  ...linesOf("chain", "chain, 9 Greeks", { native: { max: 1.2 }, textbook: { min: 5.5 } }),
  ...linesOf("pairs", "strike pair, 9 Greeks", { native: null, textbook: { min: 10 } }),
  {
    work: "column16",
    label: "16 options at a time",
    peer: "column",
    at: "own",
    beside: "1,024 at a time",
    goal: { max: 1.3 },
  },
  { work: "impliedVolCold", label: "implied vol, cold", peer: "column", at: "own", beside: COLUMN, goal: { max: 3 } },
  { work: "impliedVolWarm", label: "implied vol, warm", peer: "column", at: "own", beside: COLUMN, goal: { max: 2 } },
];

/** @param {{ isInBrowser: boolean }} options */
export async function run({ isInBrowser }) {
  /** @type {import("../kernel/sites.mjs").Site[]} */
  const scripted = [];
  /** @type {import("../kernel/sites.mjs").Site | undefined} */
  let machine;
  try {
    machine = native();
    const first = await here();
    scripted.push(first, newerNode());
    if (isInBrowser) scripted.push(await chromium());
    return await rowsOf(scripted, first, machine);
  } finally {
    await machine?.end();
    for (const site of scripted) await site.end();
  }
}

/**
 * @param {readonly import("../kernel/sites.mjs").Site[]} scripted
 * @param {import("../kernel/sites.mjs").Site} first
 * @param {import("../kernel/sites.mjs").Site} machine
 */
async function rowsOf(scripted, first, machine) {
  await requireSameBits(scripted, machine);
  const timing = await measure({
    ...Object.fromEntries(NATIVE_WORKS.map((work) => [key(machine, work), () => machine.sample(work)])),
    ...Object.fromEntries(WORKS.flatMap((work) => scripted.map((site) => [key(site, work), () => site.sample(work)]))),
  });
  const rows = scripted.flatMap((site) =>
    LINES.filter(({ at }) => at !== "first" || site !== first).map(({ work, label, peer, at, beside, goal }) =>
      comparison({
        work: label,
        beside: at === "first" ? first.runtime : beside,
        runtime: site.runtime,
        timing,
        ours: key(site, work),
        peer: key({ native: machine, first, own: site }[at], peer),
        goal,
        unit: "ns per option",
      }),
    ),
  );
  return [
    ...rows,
    counted({ work: "a tick with resident columns", figure: heapBytesPerTick(), goal: { max: 0 }, unit: "bytes" }),
  ];
}

/**
 * The lines of a pricing kernel.
 *
 * @param {string} work
 * @param {string} label
 * @param {Record<"native" | "textbook", import("../row.mjs").Row["goal"]>} goals
 * @returns {Line[]}
 */
function linesOf(work, label, goals) {
  const line = { work, label };
  return [
    { ...line, peer: work, at: "native", beside: "native 128-bit", goal: goals.native },
    { ...line, peer: "textbook", at: "own", beside: "textbook JavaScript", goal: goals.textbook },
    { ...line, peer: "best", at: "own", beside: "our method in JavaScript", goal: null },
    { ...line, peer: work, at: "first", beside: "", goal: { max: NEWER_V8_MAX } },
  ];
}

/**
 * @param {readonly import("../kernel/sites.mjs").Site[]} scripted
 * @param {import("../kernel/sites.mjs").Site} machine
 */
async function requireSameBits(scripted, machine) {
  for (const work of DIGESTED) {
    const sites = NATIVE_WORKS.includes(work) ? [...scripted, machine] : scripted;
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
