/** The ways from a tick to its event on a page that is cross-origin isolated, so that threads share memory. */
import { fileURLToPath } from "node:url";
import { openBrowser, whyNot } from "../../test/browser/browsers.mjs";
import { serve } from "../../test/packaging/pages.mjs";
import { MissingSite } from "../kernel/sites.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/**
 * @param {import("../../test/browser/browsers.mjs").BrowserName} browser
 * @param {number} rounds
 * @returns {Promise<{ runtime: string, singles: import("./turns.mjs").Times, bursts: import("./turns.mjs").Times }>}
 */
export async function inPage(browser, rounds) {
  const reason = whyNot(browser);
  if (reason !== undefined) throw new MissingSite(reason);
  const page = await openBrowser(browser);
  const server = await serve(ROOT, { isIsolated: true });
  try {
    await page.goto(`${server.url}bench/latency/page.html`);
    if (!(await page.evaluate("crossOriginIsolated && 'SharedArrayBuffer' in globalThis"))) {
      throw new MissingSite(`${browser} gives its pages no shared memory`);
    }
    const times = await page.evaluate(`import("./page.mjs").then(({ measure }) => measure(${rounds}))`);
    return { runtime: `${browser} ${page.version}`, ...times };
  } finally {
    await page.close();
    server.close();
  }
}
