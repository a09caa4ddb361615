/** Does a page freeze under 100,000 accounts in workers? Serves the page to whoever opens it, or opens it with a browser. */
import { whyNot } from "../../test/browser/browsers.mjs";
import { WrongAnswer } from "../answers.mjs";
import { MissingSite } from "../kernel/sites.mjs";
import { servePage } from "../page/server.mjs";
import { visit } from "../page/visit.mjs";
import { counted } from "../row.mjs";

export const name = "page";

const PORT = 8_060;
const SECONDS = 10;
const SECONDS_SHORT = 3;
const ACCOUNTS_SHORT = 10_000;
const FRAME_MS = 1_000 / 60;
const TASK_GOAL = { max: 8 };
const LATENCY_GOAL = { max: 2 * FRAME_MS };
/** Percentage points of frames that the open market may cost; the same page without it is counted first. */
const LOST_GOAL = { max: 1 };

/**
 * @param {{ isShort: boolean, isHeadless: boolean, browser: import("../../test/browser/browsers.mjs").BrowserName, screenshot?: string }} options
 */
export async function run({ isShort, isHeadless, browser, screenshot }) {
  if (!isHeadless) {
    const { url } = await servePage(PORT);
    console.log(`bench: open ${url} (end with Ctrl-C); ?accounts=, ?workers= and ?conflate=extremes change it`);
    await new Promise(() => {});
  }
  const reason = whyNot(browser);
  if (reason !== undefined) throw new MissingSite(reason);
  const site = await servePage();
  try {
    const url = isShort ? `${site.url}?accounts=${ACCOUNTS_SHORT}` : site.url;
    return rows(await visit(browser, url, isShort ? SECONDS_SHORT : SECONDS, screenshot));
  } finally {
    site.close();
  }
}

/** @param {import("../page/visit.mjs").Visit} visit */
function rows({ browser, figures, tasks }) {
  if (!(figures.tickQueue.batches > 0 && figures.ticksPerSecond > 0 && figures.eventsPerSecond > 0)) {
    throw new WrongAnswer(`the market stood still: ${JSON.stringify(figures)}`);
  }
  const page = `page, ${figures.accounts} × 20 positions, ${figures.workers} workers`;
  const row = (/** @type {string} */ what, /** @type {number} */ figure, /** @type {string} */ unit, goal = null) =>
    counted({ work: `${page}: ${what}`, runtime: browser, figure, goal, unit });
  const longest = (/** @type {keyof import("../page/trace.mjs").Task} */ time) =>
    Math.max(...(tasks ?? []).map((task) => task[time]));
  const goal = /** @type {any} */ (TASK_GOAL);
  return [
    ...(tasks === undefined
      ? [row("main thread, held up at most", figures.holdupMsMax, "ms", goal)]
      : [
          row("main thread, longest task", longest("ms"), "ms", goal),
          row("main thread, longest task in processor time", longest("cpuMs"), "ms"),
        ]),
    row("main thread, longest of the page's own ticks", figures.ownTaskMsMax, "ms"),
    row("main thread, held up at most while accounts were registered", figures.registrationLongestMs, "ms"),
    row("tick to event, p50", figures.latencyMsP50, "ms"),
    row("tick to event, p99", figures.latencyMsP99, "ms", /** @type {any} */ (LATENCY_GOAL)),
    row("frames", figures.framesPerSecond, "per second"),
    row(
      "frames left out beyond those of the same page before ticks",
      100 * Math.max(0, figures.framesLostShare - figures.controlLostShare),
      "% of all",
      /** @type {any} */ (LOST_GOAL),
    ),
    row("recomputation of all accounts, p50", figures.recomputeMsP50, "ms"),
    row("ticks", figures.ticksPerSecond, "per second"),
    row("events", figures.eventsPerSecond, "per second"),
    ...(figures.heapMb === null ? [] : [row("JavaScript heap", figures.heapMb, "MB")]),
  ];
}
