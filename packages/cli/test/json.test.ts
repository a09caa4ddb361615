import { describe, expect, test } from "vitest";
import { SMALL_EXPORT, SMALL_SNAPSHOT, SMALL_TICKERS } from "./small-export.js";
import { plimsoll, withFiles } from "./support.js";

const HEX_16 = /^[0-9a-f]{16}$/;

/** Runs with --json and asserts that stdout is one JSON document and nothing else, with the fields that every input has. */
async function document(...args: string[]) {
  const { code, stdout, stderr } = await plimsoll(["replay", "--json", ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const parsed = JSON.parse(stdout);
  expect(parsed).toMatchObject({
    accounts: expect.any(Number),
    ticks: expect.any(Number),
    seconds: expect.any(Number),
    digest: expect.stringMatching(HEX_16),
  });
  expect(Array.isArray(parsed.rejectedRows)).toBe(true);
  return parsed;
}

describe("--fills", () => {
  test("every figure of a small export is as worked out by hand", async () => {
    await withFiles(SMALL_EXPORT, async (directory) => {
      const report = await document("--fills", directory);
      expect(report).toMatchObject({ input: "fills", path: directory, accounts: 4, ticks: 7, rejectedRows: [] });
      expect(report.liquidations).toHaveLength(1);
      const [row] = report.liquidations;
      expect(row).toEqual({
        time: "2023-03-01T10:20:00Z",
        user: "alice",
        leverageType: "Cross",
        coins: ["BTC"],
        recordedNotional: 90.7,
        rebuiltNotional: 90, // 1 at the last trade of the second
        recordedEquity: 0.7,
        rebuiltEquity: expect.closeTo(0.7, 12), // 10 + 90.7 − 100
        band: "insolvent", // 10 + 90 − 100 = 0
        maintenanceLeverage: { state: "insolvent", value: null },
        called: true,
        calledAtRecordedMark: true, // 0.7 < 0.907
        calledBeforeTheSecond: false, // 2 > 0.92
      });
      expect(report.falseCalls).toEqual([
        {
          time: "2023-03-01T10:00:01Z",
          user: "carol",
          equity: 0,
          maintenance: 1,
          positionValue: 100,
          reason: "no-ledger",
        },
        {
          time: "2023-03-01T10:40:00Z",
          user: "dave",
          equity: 0,
          maintenance: expect.closeTo(0.24, 12),
          positionValue: expect.closeTo(24, 12),
          reason: "unjudged",
        },
      ]);
      expect(report.summary).toMatchObject({
        records: 1,
        notionalWithin3Percent: 1,
        cross: { records: 1, called: 1, calledAtRecordedMark: 1, calledBeforeTheSecond: 0 },
      });
    });
  });

  test("an isolated record is not judged and counts only the coins filled in its second", async () => {
    const trades = `${SMALL_EXPORT["trades.csv"]}`.replace(
      "2023-03-01T10:10:00Z,bob",
      "2023-03-01T10:05:00Z,alice,ETH,Bid,10,2,true\n2023-03-01T10:10:00Z,bob",
    );
    const records = SMALL_EXPORT["liquidations-all.csv"].replace("Cross", "Isolated");
    await withFiles({ ...SMALL_EXPORT, "trades.csv": trades, "liquidations-all.csv": records }, async (directory) => {
      const { liquidations } = await document("--fills", directory);
      expect(liquidations[0]).toMatchObject({
        coins: ["BTC"],
        rebuiltNotional: 90,
        rebuiltEquity: 0,
        called: null,
        calledAtRecordedMark: null,
        calledBeforeTheSecond: null,
      });
    });
  });

  test("malformed rows are listed and change nothing else", async () => {
    const trades = `${SMALL_EXPORT["trades.csv"]}2023-03-01T10:50:00Z,bob,BTC,Buy,80,0.1,true\nnonsense\n`;
    await withFiles({ ...SMALL_EXPORT, "trades.csv": trades }, async (directory) => {
      const clean = await withFiles(SMALL_EXPORT, (other) => document("--fills", other));
      const report = await document("--fills", directory);
      expect(report.rejectedRows).toEqual([
        { file: `${directory}/trades.csv`, line: 9, reason: 'side must be Bid or Ask, was "Buy"' },
        { file: `${directory}/trades.csv`, line: 10, reason: "the row has 1 cells, the header has 7" },
      ]);
      expect({ digest: report.digest, liquidations: report.liquidations }).toEqual({
        digest: clean.digest,
        liquidations: clean.liquidations,
      });
    });
  });

  test("rows out of order of time are taken in order of time", async () => {
    const [header, ...rows] = SMALL_EXPORT["trades.csv"].trimEnd().split("\n");
    const shuffled = [header, ...rows.slice(5), ...rows.slice(0, 5)].join("\n");
    await withFiles({ ...SMALL_EXPORT, "trades.csv": shuffled }, async (directory) => {
      const clean = await withFiles(SMALL_EXPORT, (other) => document("--fills", other));
      expect((await document("--fills", directory)).digest).toBe(clean.digest);
    });
  });

  test("--liquidations takes the records from elsewhere", async () => {
    const { "liquidations-all.csv": records, ...rest } = SMALL_EXPORT;
    await withFiles({ ...rest, "elsewhere.csv": records }, async (directory) => {
      expect(
        (await document("--fills", directory, "--liquidations", `${directory}/elsewhere.csv`)).liquidations,
      ).toHaveLength(1);
    });
  });
});

describe("--chain", () => {
  test("the form of 2021: blank optional cells are not compared, a malformed row is listed", async () => {
    await withFiles({ "chain.csv": SMALL_TICKERS }, async (directory) => {
      const file = `${directory}/chain.csv`;
      const report = await document("--chain", file);
      expect(report).toMatchObject({ input: "chain", path: file, accounts: 1_000, options: 2, ticks: 2 });
      expect(report.rejectedRows).toEqual([
        { file, line: 4, reason: expect.stringContaining('"BTC-99MAR21-48000-P"') },
      ]);
      for (const figure of ["price", "delta", "gamma", "theta"]) {
        expect(report.errors[figure]).toEqual({
          median: expect.any(Number),
          p90: expect.any(Number),
          p99: expect.any(Number),
          worst: expect.any(Number),
          compared: 2,
        });
      }
      expect({ vega: report.errors.vega, rho: report.errors.rho }).toEqual({ vega: null, rho: null });
      expect(report.impliedVol).toEqual({
        solved: 2,
        unsolvable: 0,
        worstRoundTrip: expect.any(Number),
        worstRepricing: expect.any(Number),
      });
      expect(report.impliedVol.worstRoundTrip).toBeLessThan(1e-12);
    });
  });

  test("a published column that the file lacks makes null, not an unknown header", async () => {
    const lines = SMALL_TICKERS.trimEnd().split("\n").slice(0, 3);
    const withoutTheta = lines.map((line) => line.split(",").toSpliced(9, 1).join(","));
    expect(withoutTheta[0]).toBe(lines[0]?.replace("greeks_theta,", ""));
    await withFiles({ "chain.csv": withoutTheta.join("\n") }, async (directory) => {
      const report = await document("--chain", `${directory}/chain.csv`);
      expect(report).toMatchObject({ options: 2, rejectedRows: [], errors: { theta: null, delta: { compared: 2 } } });
      expect(report.thetaBeyondTwoDays).toBeNull();
    });
  });

  test("the form of 2026: figures without a column are null", async () => {
    await withFiles({ "chain.csv": SMALL_SNAPSHOT }, async (directory) => {
      const report = await document("--chain", `${directory}/chain.csv`);
      expect(report).toMatchObject({ options: 1, ticks: 1, rejectedRows: [] });
      expect(report.errors).toMatchObject({
        price: { compared: 1 },
        delta: { compared: 1 },
        vega: { compared: 1 },
        gamma: null,
        theta: null,
        rho: null,
      });
    });
  });
});

describe("the embedded market", () => {
  test("two runs give the same document but for the time they take, another seed another digest", async () => {
    const first = await document("--accounts", "80");
    const { seconds: _, ...second } = await document("--accounts", "80");
    expect(first).toMatchObject(second);
    expect(first).toMatchObject({ input: "default", path: null, seed: 1, rejectedRows: [] });
    expect((await document("--accounts", "80", "--seed", "2")).digest).not.toBe(first.digest);
  });
});
