/** Serves the page, cross-origin isolated so that its clock is as fine as the browser gives it. */
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const TYPES = /** @type {Readonly<Record<string, string>>} */ ({
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
});
const ISOLATED = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };

const { resolve } = createRequire(import.meta.url);
/** First part of a request's path → the folder that answers. */
const FOLDERS = /** @type {Readonly<Record<string, string>>} */ ({
  plimsoll: path.dirname(resolve("plimsoll/plimsoll.wasm")),
  uplot: path.dirname(resolve("uplot")),
  page: fileURLToPath(new URL(".", import.meta.url)),
  inputs: fileURLToPath(new URL("../inputs", import.meta.url)),
});

/**
 * Serves on the loopback interface.
 *
 * @param {number} [port] Default: any that is free.
 * @returns {Promise<{ url: string, close: () => void }>}
 */
export async function servePage(port = 0) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const [, folder = "", ...names] = pathname === "/" ? ["", "page", "index.html"] : pathname.split("/");
    const file = names.includes("..") ? "" : path.join(FOLDERS[folder] ?? "", ...names);
    if (FOLDERS[folder] === undefined || !existsSync(file)) return response.writeHead(404).end();
    const type = TYPES[path.extname(file)] ?? "text/plain";
    return response
      .writeHead(200, { "content-type": type, "cache-control": "no-store", ...ISOLATED })
      .end(readFileSync(file));
  });
  await new Promise((ready) => server.listen(port, "127.0.0.1", () => ready(undefined)));
  const address = /** @type {import("node:net").AddressInfo} */ (server.address());
  return { url: `http://127.0.0.1:${address.port}/`, close: () => void server.close() };
}
