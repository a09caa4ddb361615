/** What a browser test stands on: a page in a real browser, from a server of its own that gives out what is built. */
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type BrowserName, openBrowser, type Page } from "./browsers.mjs";

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
<script>
  globalThis.faults = [];
  addEventListener("error", ({ message }) => faults.push(message));
  addEventListener("unhandledrejection", ({ reason }) => faults.push(String(reason)));
</script>
<script type="importmap">{ "imports": { "plimsoll": "/plimsoll/index.js", "plimsoll/math": "/plimsoll/math.js" } }</script>`;
const ISOLATED = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };

export interface Site {
  readonly page: Page;
  /** Paths that were asked for. */
  readonly requests: readonly string[];
  /** Runs a module script on the page and returns what its `answer` is. */
  answer<Answer>(script: string): Promise<Answer>;
  /** Errors that nobody on the page has caught. */
  faults(): Promise<string[]>;
  close(): Promise<void>;
}

/** `isIsolated`: cross-origin isolation, which gives the page shared memory and a finer clock. */
export async function openSite(browser: BrowserName, { isIsolated = false } = {}): Promise<Site> {
  const requests: string[] = [];
  const scripts: string[] = [];
  const server = createServer((request, response) => {
    const asked = new URL(request.url ?? "/", "http://localhost").pathname;
    requests.push(asked);
    const send = (type: string, content: string | Buffer) =>
      response.writeHead(200, { "content-type": type, ...(isIsolated && ISOLATED) }).end(content);
    if (asked === "/") return send("text/html", PAGE);
    const [, folder = "", ...rest] = asked.split("/");
    if (folder === "scripts") return send("text/javascript", scripts[Number(rest[0])] ?? "");
    const file = path.join(FOLDERS[folder] ?? "/nowhere", ...rest);
    if (!existsSync(file)) return response.writeHead(404).end();
    return send(TYPES[path.extname(file)] ?? "text/plain", readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  let page: Page | undefined;
  const close = async () => {
    await page?.close();
    server.close();
  };
  try {
    page = await openBrowser(browser);
    const opened = page;
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    return {
      page,
      requests,
      answer: (script) => {
        const number = scripts.push(`${script}\nexport { answer };`) - 1;
        return opened.evaluate(`import("/scripts/${number}").then(({ answer }) => answer)`);
      },
      faults: () => opened.evaluate("globalThis.faults"),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
