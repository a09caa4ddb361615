/** Visits the page with a browser and brings its figures home. */
import { writeFileSync } from "node:fs";
import { launchChromium, openBrowser } from "../../test/browser/browsers.mjs";
import { mainThreadTasks } from "./trace.mjs";

/** How long a page may take until the market is open. */
const OPEN_MS_MAX = 180_000;
const POLL_MS = 500;

/**
 * @typedef {object} Visit
 * @property {string} browser With its version.
 * @property {any} figures What the page's `readFigures()` answers.
 * @property {import("./trace.mjs").Task[] | undefined} tasks The main thread's while the market was open, where the browser traces them.
 */

/**
 * @param {import("../../test/browser/browsers.mjs").BrowserName} name
 * @param {string} url
 * @param {number} seconds How long the market is watched.
 * @param {string} [screenshot] Where a picture of the page goes.
 * @returns {Promise<Visit>}
 */
export async function visit(name, url, seconds, screenshot) {
  const page = name === "chromium" ? await openTracedChromium() : { ...untraced, ...(await openBare(name)) };
  try {
    await page.goto(url);
    await untilOpen(page);
    await page.startTracing();
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    const figures = await page.evaluate("readFigures()");
    const tasks = await page.stopTracing();
    if (screenshot !== undefined) writeFileSync(screenshot, await page.screenshot());
    return { browser: `${name} ${page.version}`, figures, tasks };
  } finally {
    await page.close();
  }
}

const untraced = { startTracing: async () => {}, stopTracing: async () => undefined };

/** @param {import("../../test/browser/browsers.mjs").BrowserName} name */
async function openBare(name) {
  const page = await openBrowser(name);
  return {
    version: page.version,
    goto: (/** @type {string} */ url) => page.goto(url),
    evaluate: (/** @type {string} */ expression) => page.evaluate(expression),
    screenshot: () => page.screenshot(),
    close: () => page.close(),
  };
}

async function openTracedChromium() {
  const browser = await launchChromium();
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  return {
    version: browser.version(),
    goto: async (/** @type {string} */ url) => void (await page.goto(url)),
    evaluate: (/** @type {string} */ expression) => page.evaluate(expression),
    screenshot: () => page.screenshot({ fullPage: true }),
    close: () => browser.close(),
    startTracing: () => browser.startTracing(page, { categories: ["toplevel", "devtools.timeline"] }),
    stopTracing: async () => mainThreadTasks(await browser.stopTracing()),
  };
}

/** @param {{ evaluate: (expression: string) => Promise<any> }} page */
async function untilOpen(page) {
  const endMs = performance.now() + OPEN_MS_MAX;
  for (;;) {
    const figures = await page.evaluate("globalThis.failure ? { failure } : (globalThis.readFigures?.() ?? null)");
    if (figures?.failure !== undefined) throw new Error(`the page failed: ${figures.failure}`);
    if (figures?.phase === "run") return;
    if (performance.now() > endMs) throw new Error(`the market was not open after ${OPEN_MS_MAX} ms`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
