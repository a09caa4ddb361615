/** Three browser engines behind one face: Chromium (V8), Firefox (SpiderMonkey), WebKitGTK (JavaScriptCore). */
import { existsSync } from "node:fs";
import { WebDriver } from "./webdriver.mjs";

/**
 * A page in a browser of its own.
 *
 * @typedef {object} Page
 * @property {string} version of the browser
 * @property {(url: string) => Promise<void>} goto
 * @property {(expression: string) => Promise<any>} evaluate the value of an expression, or of its promise, as JSON carries it
 * @property {() => Promise<Buffer>} screenshot a PNG of what is seen
 * @property {() => Promise<void>} close ends the browser
 */

/** @typedef {"chromium" | "firefox" | "webkit"} BrowserName */

const CHROMIUM = "/usr/bin/chromium";
const CHROMIUM_FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const FIREFOX = "/usr/bin/firefox-esr";
const WEBKIT_DRIVER = "/usr/bin/WebKitWebDriver";
const DISPLAY = "/usr/bin/xvfb-run";
const MINI_BROWSER = ["x86_64", "aarch64"].map((cpu) => `/usr/lib/${cpu}-linux-gnu/webkit2gtk-4.1/MiniBrowser`);
const SIZE = { width: 1280, height: 900 };
const SCRIPT_MS_MAX = 180_000;

/** @type {Readonly<Record<BrowserName, { needs: readonly (readonly string[])[], install: string, open: () => Promise<Page> }>>} */
const BROWSERS = {
  chromium: { needs: [[CHROMIUM]], install: "apt-get install chromium", open: openChromium },
  firefox: { needs: [[FIREFOX]], install: "apt-get install firefox-esr", open: openFirefox },
  webkit: {
    needs: [[WEBKIT_DRIVER], [DISPLAY], MINI_BROWSER],
    install: "apt-get install webkit2gtk-driver xvfb",
    open: openWebKit,
  },
};

/** Their names. */
export const BROWSER_NAMES = /** @type {readonly BrowserName[]} */ (Object.keys(BROWSERS));

/**
 * Why a browser cannot be opened here, with how to get it; undefined where it can.
 *
 * @param {BrowserName} name
 * @returns {string | undefined}
 */
export function whyNot(name) {
  const { needs, install } = BROWSERS[name];
  const missing = needs.find((places) => !places.some((place) => existsSync(place)));
  return missing && `${name} is not installed: ${install}`;
}

/**
 * Opens a browser, without a window, on an empty page.
 *
 * @param {BrowserName} name
 * @returns {Promise<Page>}
 */
export function openBrowser(name) {
  const reason = whyNot(name);
  return reason === undefined ? BROWSERS[name].open() : Promise.reject(new Error(reason));
}

/** Chromium as playwright drives it, for tests that need more than the common face. */
export async function launchChromium() {
  const { chromium } = await import("playwright-core");
  return chromium.launch({ executablePath: CHROMIUM, headless: true, args: CHROMIUM_FLAGS });
}

/** @returns {Promise<Page>} */
async function openChromium() {
  const browser = await launchChromium();
  const page = await browser.newPage({ viewport: SIZE });
  return {
    version: browser.version(),
    goto: async (url) => void (await page.goto(url)),
    evaluate: (expression) => page.evaluate(expression),
    screenshot: () => page.screenshot(),
    close: () => browser.close(),
  };
}

/** @returns {Promise<Page>} */
async function openFirefox() {
  const { launch } = await import("puppeteer-core");
  const browser = await launch({
    browser: "firefox",
    executablePath: FIREFOX,
    headless: true,
    defaultViewport: SIZE,
    protocolTimeout: SCRIPT_MS_MAX,
  });
  const page = await browser.newPage();
  return {
    version: (await browser.version()).replace(/^\D*/, ""),
    goto: async (url) => void (await page.goto(url)),
    evaluate: (expression) => page.evaluate(expression),
    screenshot: async () => Buffer.from(await page.screenshot()),
    close: () => browser.close(),
  };
}

/** @returns {Promise<Page>} */
function openWebKit() {
  return WebDriver.start(/** @type {string} */ (MINI_BROWSER.find((place) => existsSync(place))));
}
