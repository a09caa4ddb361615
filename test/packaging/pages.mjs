/** Pages of the matrix: a server for a folder, with the headers that are asked for, and browsers that read what a page says. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { openBrowser } from "../browser/browsers.mjs";

const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
};

/** What a page must allow at least. */
export const STRICT_CSP =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'";

/**
 * Serves a folder on loopback.
 *
 * @param {string} folder
 * @param {{ isIsolated?: boolean, csp?: string | undefined }} [headers]
 */
export async function serve(folder, { isIsolated = false, csp } = {}) {
  const headers = {
    ...(isIsolated && { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" }),
    ...(csp !== undefined && { "content-security-policy": csp }),
  };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const file = path.join(folder, pathname === "/" ? "index.html" : pathname);
    if (!existsSync(file) || !statSync(file).isFile()) return response.writeHead(404).end();
    const type = TYPES[/** @type {keyof typeof TYPES} */ (path.extname(file))] ?? "text/plain";
    return response.writeHead(200, { "content-type": type, ...headers }).end(readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** One browser of each name, opened when it is first asked for. */
export class Browsers {
  /** @type {Map<string, Promise<import("../browser/browsers.mjs").Page>>} */
  #open = new Map();

  /** @param {import("../browser/browsers.mjs").BrowserName} name */
  page(name) {
    const page = this.#open.get(name) ?? openBrowser(name);
    this.#open.set(name, page);
    return page;
  }

  /**
   * What the element `#health` of a page says when it says something.
   *
   * @param {import("../browser/browsers.mjs").BrowserName} name
   * @param {string} url
   * @returns {Promise<string>}
   */
  async textAt(name, url) {
    const page = await this.page(name);
    await page.goto(url);
    return page.evaluate(`new Promise((resolve) => {
      const end = Date.now() + 20_000;
      const look = () => {
        const text = document.getElementById("health")?.textContent ?? "…";
        if (text !== "…" || Date.now() > end) resolve(text);
        else setTimeout(look, 20);
      };
      look();
    })`);
  }

  async close() {
    const pages = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(pages.map((page) => page.then((opened) => opened.close()).catch(() => {})));
  }
}
