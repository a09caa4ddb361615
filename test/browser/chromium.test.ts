import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { chromium } from "playwright-core";
import { expect, test } from "vitest";

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
  ".wasm": "application/wasm",
  ".html": "text/html",
};
const dist = path.dirname(createRequire(import.meta.url).resolve("plimsoll/plimsoll.wasm"));

async function serve() {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const name = path.basename(request.url ?? "/") || "index.html";
    requests.push(name);
    const file = path.join(dist, name);
    if (name !== "index.html" && !existsSync(file)) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": TYPES[path.extname(name)] ?? "text/plain" });
    return response.end(name === "index.html" ? "<!doctype html><title>Plimsoll</title>" : readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, requests, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

test("the first program gives its figures on a page in Chromium", async ({ skip }) => {
  if (!existsSync(CHROMIUM)) skip("Chromium is not installed");
  const { server, requests, origin } = await serve();
  const browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: FLAGS });
  try {
    const page = await browser.newPage();
    const faults: string[] = [];
    page.on("pageerror", (error) => faults.push(String(error)));
    await page.goto(origin);
    // a module script of the page does the import, since the test runner rewrites those of its own files
    await page.addScriptTag({ type: "module", content: `globalThis.plimsoll = await import("${origin}/index.js");` });
    await page.waitForFunction(() => "plimsoll" in globalThis);
    const figures = await page.evaluate(async () => {
      const { createEngine, venues } = (globalThis as unknown as { plimsoll: typeof import("plimsoll") }).plimsoll;
      const engine = await createEngine({ model: venues.hyperliquid() });
      const btc = engine.addInstrument({
        id: "BTC-PERP",
        kind: "perp",
        underlying: "BTC",
        quote: "USDC",
        maxLeverage: 50,
      });
      const me = engine.addAccount({ id: "me", collateral: { USDC: 25_000 } });
      engine.setPosition(me, btc, { size: 1.5, entryPrice: 61_200 });
      engine.tick(btc, { mark: 60_950, timeMs: 1 });
      const { equity, leverage, liquidation } = engine.assess(me);
      const failure = await createEngine({ wasm: "/nowhere.wasm" }).catch(
        (error: Error & { code: string }) => error.code,
      );
      return {
        equity,
        leverage: leverage.maintenance,
        down: liquidation.for("BTC").down,
        digest: engine.digest(),
        failure,
      };
    });
    // by hand in test/contract/suite.ts
    expect(figures.equity).toBe(24_625);
    expect(figures.leverage.state === "finite" && figures.leverage.value.toFixed(4)).toBe("3.8558");
    expect(figures.down.map(({ price }) => price.toFixed(2))).toEqual(["44983.16"]);
    expect(figures.failure).toBe("LOAD_FAILED");
    expect(requests.filter((name) => name === "plimsoll.wasm")).toHaveLength(1);
    expect(faults).toEqual([]);

    const { createEngine, venues } = await import("plimsoll");
    const here = await createEngine({ model: venues.hyperliquid() });
    const btc = here.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", quote: "USDC", maxLeverage: 50 });
    here.setPosition(here.addAccount({ id: "me", collateral: { USDC: 25_000 } }), btc, {
      size: 1.5,
      entryPrice: 61_200,
    });
    here.tick(btc, { mark: 60_950, timeMs: 1 });
    expect(figures.digest).toBe(here.digest());
  } finally {
    await browser.close();
    server.close();
  }
});
