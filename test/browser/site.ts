/** What a browser test stands on: a page in a real Chromium, from a server of its own that gives out what is built. */
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium, type Page } from "playwright-core";

const CHROMIUM = "/usr/bin/chromium";
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
  ".html": "text/html",
};

const require = createRequire(import.meta.url);
/** First part of a request's path → the folder that answers. */
const FOLDERS: Readonly<Record<string, string>> = {
  plimsoll: path.dirname(require.resolve("plimsoll/plimsoll.wasm")),
  cli: path.join(path.dirname(require.resolve("@plimsoll/cli/package.json")), "dist"),
  "same-bits": fileURLToPath(new URL("../same-bits", import.meta.url)),
};
const PAGE = `<!doctype html><title>Plimsoll</title>
<script type="importmap">{ "imports": { "plimsoll": "/plimsoll/index.js", "plimsoll/math": "/plimsoll/math.js" } }</script>`;

/** Why there is no page, for the reason of a skipped test; undefined where there is one. */
export const WHY_NO_PAGE = existsSync(CHROMIUM) ? undefined : "Chromium is not installed";

export interface Site {
  readonly page: Page;
  /** Paths that were asked for. */
  readonly requests: readonly string[];
  /** Errors that nobody on the page has caught. */
  readonly faults: readonly string[];
  close(): Promise<void>;
}

export async function openSite(): Promise<Site> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const asked = new URL(request.url ?? "/", "http://localhost").pathname;
    requests.push(asked);
    if (asked === "/") return response.writeHead(200, { "content-type": "text/html" }).end(PAGE);
    const [, folder = "", ...rest] = asked.split("/");
    const file = path.join(FOLDERS[folder] ?? "/nowhere", ...rest);
    if (!existsSync(file)) return response.writeHead(404).end();
    return response
      .writeHead(200, { "content-type": TYPES[path.extname(file)] ?? "text/plain" })
      .end(readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: FLAGS });
  const close = async () => {
    await browser.close();
    server.close();
  };
  try {
    const page = await browser.newPage();
    const faults: string[] = [];
    page.on("pageerror", (error) => faults.push(String(error)));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return { page, requests, faults, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Runs a module script on the page and returns what its `answer` is; the test runner would rewrite an import in a function. */
export async function answerOf<Answer>(page: Page, script: string): Promise<Answer> {
  const name = `answer${Math.random()}`;
  const content = `${script}\nglobalThis[${JSON.stringify(name)}] = answer;`;
  await page.addScriptTag({ type: "module", content });
  const isThere = await page.waitForFunction((key) => key in globalThis, name, { timeout: 150_000 });
  await isThere.dispose();
  return page.evaluate((key) => (globalThis as unknown as Record<string, Answer>)[key] as Answer, name);
}
