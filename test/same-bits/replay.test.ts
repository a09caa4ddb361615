import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { pictureOf } from "../../scripts/picture.mjs";
import { BROWSER_NAMES, whyNot } from "../browser/browsers.mjs";
import { openSite } from "../browser/site.js";

/** Of `npm start` without arguments. Whoever changes a figure of the engine or the stream writes it anew, and says why. */
const PINNED = "8977dec6c70b1249";

/** The native replay may have to be built first. */
const BUILD_MS_MAX = 600_000;

const root = fileURLToPath(new URL("../../", import.meta.url));
const cli = path.dirname(createRequire(import.meta.url).resolve("@plimsoll/cli/package.json"));
const folder = mkdtempSync(path.join(tmpdir(), "plimsoll-replay-"));
const journal = path.join(folder, "default.journal");
const page = path.join(folder, "default.html");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: "utf8", maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with code ${status}: ${stderr}`);
  return stdout;
}

let report: DefaultReport | undefined;

/** What `npm start` without arguments reports; its journal and its page are written along with it. */
function defaultReport(): DefaultReport {
  const args = [
    "--no-concurrent-recompilation",
    path.join(cli, "dist/main.js"),
    "replay",
    "--json",
    "--journal",
    journal,
    "--html",
    page,
  ];
  report ??= JSON.parse(run(process.execPath, args)) as DefaultReport;
  return report;
}

interface DefaultReport {
  readonly accounts: number;
  readonly ticks: number;
  readonly digest: string;
  readonly summary: Readonly<
    Record<
      | "passedEveryBand"
      | "passedEveryBandWithOptions"
      | "passedEveryBandByOptions"
      | "passedEveryBandWithCoinCollateral",
      number
    >
  >;
}

test("1 % of the accounts and more pass through every band, some because of options, some with coin as collateral", () => {
  const { accounts, summary } = defaultReport();
  expect(accounts).toBeGreaterThanOrEqual(10_000);
  expect(summary.passedEveryBand).toBeGreaterThanOrEqual(0.01 * accounts);
  expect(summary.passedEveryBandWithOptions).toBeGreaterThanOrEqual(0.01 * accounts);
  // Driven over the line by a tick of the option itself: its vol, where no price moved.
  expect(summary.passedEveryBandByOptions).toBeGreaterThan(0);
  expect(summary.passedEveryBandWithCoinCollateral).toBeGreaterThanOrEqual(0.01 * accounts);
});

test("the README's picture is the page's", () => {
  defaultReport();
  expect(readFileSync(path.join(root, "docs/crash.svg"), "utf8")).toBe(pictureOf(readFileSync(page, "utf8")));
});

test(
  "the embedded market has the pinned digest in Node, and in the native build that replays its journal",
  () => {
    const report = defaultReport();
    expect(report.digest).toBe(PINNED);
    const native = [
      "run",
      "--quiet",
      "--locked",
      "--profile",
      "test",
      "-p",
      "plimsoll-engine",
      "--example",
      "replay_journal",
      "--",
      journal,
    ];
    const told = `${report.accounts} accounts, ${report.ticks} ticks, digest ${PINNED}\n`;
    expect(run("cargo", native)).toBe(told);
  },
  BUILD_MS_MAX,
);

test.for(BROWSER_NAMES)("the embedded market has the pinned digest in %s", async (browser, { skip }) => {
  const reason = whyNot(browser);
  if (reason !== undefined) skip(reason);
  const { answer, faults, close } = await openSite(browser);
  try {
    const digest = await answer<string>(
      `import { createEngine } from "plimsoll";
      import { runScenario } from "/cli/scenario/index.js";
      const answer = (await runScenario(createEngine, { seed: 1, accounts: 10_000 })).digest;`,
    );
    expect(await faults()).toEqual([]);
    expect(digest).toBe(PINNED);
  } finally {
    await close();
  }
});
