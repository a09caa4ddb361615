import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { greeks, loadMath, type SviParameters, sviTotalVariance } from "plimsoll/math";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "../run.js";

const COMMAND = fileURLToPath(new URL("main.mjs", import.meta.url));
const DATA = fileURLToPath(new URL("../../../shared/data/deribit-2026-snapshots", import.meta.url));

let folder: string;
beforeAll(async () => {
  await loadMath();
  folder = await mkdtemp(path.join(tmpdir(), "plimsoll-surfaces-"));
});
afterAll(() => rm(folder, { recursive: true }));

const surfaces = (...args: string[]) => run(COMMAND, ...args);

interface Expiry {
  readonly date: string;
  readonly years: number;
  readonly forward: number;
  readonly svi: SviParameters;
}

const FORWARD = 60_000;
/** Free of arbitrage: least variance, slopes and bend all rise with time. */
const SURFACE: readonly Expiry[] = [
  { date: "2026-03-06", years: 0.02, forward: FORWARD, svi: { a: 0.001, b: 0.04, rho: -0.3, m: 0, sigma: 0.06 } },
  { date: "2026-03-27", years: 0.08, forward: 60_300, svi: { a: 0.01, b: 0.08, rho: -0.25, m: 0.01, sigma: 0.15 } },
  { date: "2026-06-26", years: 0.33, forward: 61_000, svi: { a: 0.05, b: 0.14, rho: -0.2, m: 0.02, sigma: 0.3 } },
];

/**
 * A snapshot of those slices: strikes from −40 % to +40 %, quotes 2 % of the price on each side of the model's, which `mistake` (a factor
 * of total variance by strike) may move. The second expiry has no future.
 */
async function snapshot(name: string, mistake: (index: number) => number = () => 1) {
  const rows = SURFACE.flatMap(({ date, years, forward, svi }, i) => {
    const strike = Array.from({ length: 33 }, (_, j) => Math.round(forward * Math.exp((j - 16) / 40)));
    const { totalVariance } = sviTotalVariance(
      svi,
      strike.map((k) => Math.log(k / forward)),
    );
    const vol = totalVariance.map((w, j) => Math.sqrt((w * mistake(j)) / years));
    return (["call", "put"] as const).flatMap((type) => {
      const { price } = greeks({ model: "inverse", type, spot: forward, strike, years, vol });
      const underlying = `${i === 1 ? "SYN." : ""}BTC-${date}`;
      return strike.map((k, j) => {
        const [bid, ask] = [0.98 * (price[j] ?? 0), 1.02 * (price[j] ?? 0)];
        return [`BTC-${i}-${k}-${type}`, "BTC", type, k, date, years, underlying, forward, bid, ask].join(",");
      });
    });
  });
  const header =
    "instrument_name,currency,option_type,strike,expiry_datetime,time_to_maturity,underlying_name,underlying,bid_price,ask_price";
  const file = path.join(folder, `${name}.csv`);
  await writeFile(file, [header, ...rows].join("\n"));
  return file;
}

test("a chain of known slices is fitted within its spreads, without arbitrage, its missing forward by parity", async () => {
  const file = await snapshot("known");
  const { code, stdout, stderr } = await surfaces("--json", file);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const [found, ...others] = JSON.parse(stdout);
  expect(others).toEqual([]);
  expect(found).toMatchObject({ name: "known", coin: "BTC", expiries: 3, left: 0, quotes: 99 });
  expect(found.parityOff).toBeLessThan(1e-12);
  expect(found.svi).toMatchObject({ inside: 1, butterflies: 0, calendars: 0, unflagged: 0 });
  // Bid and ask are no mirror images in vol: their mid is off the model by less than a tenth of the half-spread.
  expect(found.svi.rmsHalfSpreads).toBeLessThan(0.1);
  expect(found.svi.largest).toBeLessThan(0.002);
  expect(found.ssvi).toMatchObject({ butterflies: 0, calendars: 0, unflagged: 0 });
  expect(found.byExpiry.map(({ years }: { years: number }) => years)).toEqual([0.02, 0.08, 0.33]);
  expect((await surfaces(file)).stdout).toMatch(/^\| known +\| BTC +\| 3 +\| 99 +\| 100\.0 /m);
});

test("ends with 1 and says why where no slice meets the quotes", async () => {
  // Every other strike has 30 % more variance: a saw that no smile follows.
  const { code, stderr } = await surfaces(await snapshot("saw", (j) => (j % 2 === 0 ? 1 : 1.3)));
  expect(code).toBe(1);
  expect(stderr).toMatch(/^surfaces: saw BTC: SVI has [\d.]+ % of the quotes within bid and ask, bound 90\.0 %$/m);
});

test("ends with 2 and one line where a file is unusable", async () => {
  const { code, stdout, stderr } = await surfaces("/nowhere.csv");
  expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: "", stderr: "surfaces: /nowhere.csv: no such file\n" });
  const unknown = await surfaces("--jsno");
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toMatch(/^surfaces: Unknown option '--jsno'.*\n$/);
});

test("every chain beside the repository is fitted", async ({ skip }) => {
  if (!existsSync(DATA)) skip("no data: deribit-2026-snapshots");
  const { code, stdout } = await surfaces("--json");
  expect(code).toBe(0);
  const found: { name: string; left: number; parityOff: number; svi: Record<string, number> }[] = JSON.parse(stdout);
  const snapshots = found.filter(({ name }) => /^2026\d{4}T/.test(name));
  expect(snapshots).toHaveLength(24);
  for (const { name, left, parityOff, svi } of snapshots) {
    expect(svi, name).toMatchObject({ butterflies: 0, calendarsQuoted: 0, unflagged: 0 });
    expect(svi.median, name).toBeLessThan(0.006);
    expect(left, name).toBe(0);
    // The exchange's own interpolation moves while the snapshot is read.
    expect(parityOff, name).toBeLessThan(3e-3);
  }
});
