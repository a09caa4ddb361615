/** `npm run bench`: answers checked, contestants timed in turns, ratios told. */
import { nearestName } from "../packages/cli/dist/nearest.js";
import { BROWSER_NAMES } from "../test/browser/browsers.mjs";
import { WrongAnswer } from "./answers.mjs";
import { ROUNDS } from "./harness.mjs";
import { MissingSite } from "./kernel/sites.mjs";
import { RUNTIME_NAMES } from "./latency/in-runtime.mjs";
import * as boundary from "./questions/boundary.mjs";
import * as calls from "./questions/calls.mjs";
import * as greeks from "./questions/greeks.mjs";
import * as kernel from "./questions/kernel.mjs";
import * as latency from "./questions/latency.mjs";
import * as page from "./questions/page.mjs";
import * as reassess from "./questions/reassess.mjs";
import * as snapshot from "./questions/snapshot.mjs";
import * as tick from "./questions/tick.mjs";
import { table } from "./report.mjs";
import { isFarOff, RUNTIME } from "./row.mjs";

/** Questions that are asked where none is named. */
const STANDING = [greeks, reassess, tick, boundary, latency];
/** Those asked by name only: one that takes long, one that needs a native build and another Node, and two that need a browser. */
const QUESTIONS = [...STANDING, snapshot, kernel, page, calls];
const OPTIONS = ["--json", "--short", "--gate", "--browser", "--runtime", "--headless", "--screenshot"];

const { names, isJson, isShort, isGated, ...site } = read(process.argv.slice(2));
try {
  const rows = [];
  for (const question of QUESTIONS) {
    if (!names.includes(question.name)) continue;
    if (process.stderr.isTTY) process.stderr.write(`bench: ${question.name} …\n`);
    rows.push(...(await question.run({ isShort, ...site })));
  }
  if (isJson) console.log(JSON.stringify(rows, null, 2));
  else {
    const [runtime, ...others] = new Set(rows.map(({ runtime }) => runtime));
    const title = `${others.length > 0 ? RUNTIME : runtime}, medians of ${ROUNDS} interleaved rounds${isShort ? ", small sizes" : ""}`;
    console.log(`${title}\n\n${table(rows)}`);
  }
  const farOff = isGated ? rows.filter(isFarOff) : [];
  for (const { work, beside } of farOff) console.error(`bench: far off its goal: ${work}, beside ${beside}`);
  if (farOff.length > 0) process.exitCode = 1;
} catch (error) {
  if (error instanceof WrongAnswer) {
    console.error(`bench: wrong answer: ${error.message}`);
    process.exitCode = 1;
  } else if (error instanceof MissingSite) {
    console.error(`bench: ${error.message}`);
    process.exitCode = 2;
  } else throw error;
}

/** @param {readonly string[]} args */
function read(args) {
  const known = QUESTIONS.map(({ name }) => name);
  const browser = BROWSER_NAMES.find((name) => name === args[args.indexOf("--browser") + 1]);
  const screenshot = args.includes("--screenshot") ? args[args.indexOf("--screenshot") + 1] : undefined;
  const beside = RUNTIME_NAMES.find((name) => name === args[args.indexOf("--runtime") + 1]);
  const words = args.filter((arg) => arg !== browser && arg !== beside && arg !== screenshot);
  const named = words.filter((arg) => !arg.startsWith("-"));
  for (const arg of words) {
    const candidates = arg.startsWith("-") ? OPTIONS : known;
    if (candidates.includes(arg)) continue;
    console.error(
      `bench: unknown ${arg.startsWith("-") ? "option" : "question"} ${arg}: did you mean ${nearestName(arg, candidates)}?`,
    );
    process.exit(2);
  }
  return {
    names: named.length > 0 ? named : STANDING.map(({ name }) => name),
    isJson: args.includes("--json"),
    isShort: args.includes("--short"),
    isGated: args.includes("--gate"),
    isInBrowser: args.includes("--browser"),
    isHeadless: args.includes("--headless") || browser !== undefined,
    browser: browser ?? BROWSER_NAMES[0],
    ...(beside !== undefined && { beside }),
    ...(screenshot !== undefined && { screenshot }),
  };
}
