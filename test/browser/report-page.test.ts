import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { SMALL_EXPORT, SMALL_TICKERS } from "../../packages/cli/test/small-export.js";
import { launchChromium, whyNot } from "./browsers.mjs";

const cli = path.dirname(createRequire(import.meta.url).resolve("@plimsoll/cli/package.json"));
const folder = mkdtempSync(path.join(tmpdir(), "plimsoll-page-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
for (const [name, content] of Object.entries({ ...SMALL_EXPORT, "chain.csv": SMALL_TICKERS }))
  writeFileSync(path.join(folder, name), content);

function pageOf(...input: string[]): string {
  const file = path.join(folder, "page.html");
  const { status, stderr } = spawnSync(
    process.execPath,
    ["--no-concurrent-recompilation", path.join(cli, "dist/main.js"), "replay", ...input, "--html", file],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error(stderr);
  return readFileSync(file, "utf8");
}

/** What a reader of the page would stumble over. Runs on the page, so it stands alone. */
function look() {
  const shown = [...document.querySelectorAll("figure svg")].filter((svg) => svg.getBoundingClientRect().width > 0);
  const overlaps = shown.flatMap((svg) => {
    const texts = [...svg.querySelectorAll("text")].filter((text) => text.textContent !== "");
    const boxes = texts.map((text) => ({ text: text.textContent ?? "", box: text.getBoundingClientRect() }));
    return boxes.flatMap((one, i) =>
      boxes
        .slice(i + 1)
        .filter(
          ({ box }) =>
            Math.min(box.right, one.box.right) - Math.max(box.left, one.box.left) > 1 &&
            Math.min(box.bottom, one.box.bottom) - Math.max(box.top, one.box.top) > 3,
        )
        .map((other) => `${svg.getAttribute("aria-label")}: "${one.text}" and "${other.text}"`),
    );
  });
  const letterPx = shown.map((svg) => (12 * svg.getBoundingClientRect().width) / Number(svg.getAttribute("width")));
  return {
    charts: shown.length,
    figures: document.querySelectorAll("figure").length,
    overlaps,
    smallestLetterPx: Math.min(...letterPx),
    beyondTheEdge: document.documentElement.scrollWidth - window.innerWidth,
  };
}

const SMALLEST_LETTER_PX = 11;
const DATA = fileURLToPath(new URL("../../../shared/data", import.meta.url));

for (const [name, input] of [
  ["an export", ["--fills", folder]],
  ["a chain", ["--chain", path.join(folder, "chain.csv")]],
  ["the embedded market", ["--accounts", "300"]],
  ["a real export", ["--fills", path.join(DATA, "hyperliquid-replay-2023")]],
  ["a real chain", ["--chain", path.join(DATA, "deribit-2021-02-11/btc.csv.gz")]],
] as const) {
  test(`the page about ${name} reads well in Chromium on a desk and on a telephone, and asks for nothing`, async ({
    skip,
  }) => {
    const reason = whyNot("chromium");
    if (reason !== undefined) skip(reason);
    if (name.startsWith("a real") && !existsSync(DATA)) skip("skipped: no data");
    const html = pageOf(...input);
    const browser = await launchChromium();
    try {
      const page = await browser.newPage();
      const faults: string[] = [];
      page.on("pageerror", (error) => faults.push(String(error)));
      const asked: string[] = [];
      page.on("request", (request) => asked.push(request.url()));
      for (const width of [1200, 400]) {
        await page.setViewportSize({ width, height: 900 });
        await page.setContent(html);
        const { charts, figures, overlaps, smallestLetterPx, beyondTheEdge } = await page.evaluate(look);
        expect({ charts, overlaps, beyondTheEdge }, `at ${width} px`).toEqual({
          charts: figures,
          overlaps: [],
          beyondTheEdge: 0,
        });
        expect(charts).toBeGreaterThanOrEqual(3);
        expect(smallestLetterPx).toBeGreaterThanOrEqual(SMALLEST_LETTER_PX);
      }
      expect({ asked, faults }).toEqual({ asked: [], faults: [] });
    } finally {
      await browser.close();
    }
  });
}
