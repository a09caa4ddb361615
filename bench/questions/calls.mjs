/** How long does each call of an engine in workers hold a page's main thread up? Asked of Chromium, whose traces tell. */
import { launchChromium, whyNot } from "../../test/browser/browsers.mjs";
import { WrongAnswer } from "../answers.mjs";
import { MissingSite } from "../kernel/sites.mjs";
import { servePage } from "../page/server.mjs";
import { mainThreadTasks, marksOf } from "../page/trace.mjs";
import { counted } from "../row.mjs";

export const name = "calls";

const ACCOUNTS = 100_000;
const ACCOUNTS_SHORT = 24_000;
const EVENTS_SHARE_MIN = 0.2;

/** @param {{ isShort: boolean }} options */
export async function run({ isShort }) {
  const reason = whyNot("chromium");
  if (reason !== undefined) throw new MissingSite(reason);
  const accounts = isShort ? ACCOUNTS_SHORT : ACCOUNTS;
  const site = await servePage();
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    await page.goto(`${site.url}page/calls.html?accounts=${accounts}`);
    await page.waitForFunction("globalThis.run !== undefined");
    await browser.startTracing(page, { categories: ["toplevel", "devtools.timeline", "blink.user_timing"] });
    /** @type {{ calls: string[], events: number, mb: number }} */
    const { calls, events, mb } = await page.evaluate("run()");
    const trace = await browser.stopTracing();
    if (!(events > EVENTS_SHARE_MIN * accounts)) throw new WrongAnswer(`only ${events} events of ${accounts} accounts`);
    const tasks = mainThreadTasks(trace);
    const marks = marksOf(trace);
    return calls.map((call) => {
      const [from = Number.NaN, to = Number.NaN] = [marks.get(`begin ${call}`), marks.get(`end ${call}`)];
      const during = tasks.filter(({ startMs, ms }) => startMs + ms > from && startMs < to);
      const figure = Math.max(...during.map(({ cpuMs }) => cpuMs));
      const what = call === "snapshot" ? `snapshot of ${Math.round(mb)} MB` : call;
      const work = `${accounts} × 20 positions, 2 workers: ${call === "many events at once" ? `${events} events at once` : what}`;
      return counted({
        work,
        runtime: `chromium ${browser.version()}`,
        figure,
        goal: null,
        unit: "ms of the main thread",
      });
    });
  } finally {
    await browser.close();
    site.close();
  }
}
