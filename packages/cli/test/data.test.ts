import { impliedVol } from "plimsoll/math";
import { expect } from "vitest";
import type { ChainFigure, ModelFigures } from "../src/chain/errors.js";
import { priceChain } from "../src/chain/price.js";
import { type ChainRow, readChain } from "../src/chain/read.js";
import { dataTest, plimsoll } from "./support.js";

async function document(...args: string[]) {
  const { code, stdout, stderr } = await plimsoll(["replay", "--json", ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}

interface Row {
  readonly leverageType: string;
  readonly recordedNotional: number;
  readonly rebuiltNotional: number;
  readonly recordedEquity: number;
  readonly rebuiltEquity: number;
  readonly called: boolean | null;
  readonly calledAtRecordedMark: boolean | null;
}

// The counts are those of the data folder's README and of the issue that asked for this replay, found there by another program.
dataTest(
  "the real export: 34 of 37 notionals, 14 of 14 calls, 11 at the recorded mark",
  "hyperliquid-replay-2023",
  async (directory) => {
    const report = await document("--fills", directory);
    const rows: Row[] = report.liquidations;
    expect(rows).toHaveLength(37);
    expect(report).toMatchObject({ accounts: 287, ticks: 35_691, rejectedRows: [] }); // 278 users with ledger rows, 9 of 254 traders without
    const notionalAgrees = rows.filter((row) => Math.abs(row.rebuiltNotional / row.recordedNotional - 1) <= 0.03);
    expect(notionalAgrees.length).toBeGreaterThanOrEqual(34);

    const cross = rows.filter((row) => row.leverageType === "Cross");
    const within = (share: number) =>
      cross.filter((row) => Math.abs(row.rebuiltEquity - row.recordedEquity) <= share * row.recordedNotional);
    // the README has these four
    expect([cross.length, cross.filter((row) => row.called).length]).toEqual([30, 22]);
    expect(within(0.005)).toHaveLength(14);
    expect(within(0.005).filter((row) => row.called)).toHaveLength(14);
    expect(within(0.005).filter((row) => row.calledAtRecordedMark)).toHaveLength(11);
    expect(rows.filter((row) => row.leverageType === "Isolated").every((row) => row.called === null)).toBe(true);

    const kinds = Object.values(report.summary.falseCalls as Record<string, number>).reduce(
      (sum, count) => sum + count,
      0,
    );
    expect(report.falseCalls).toHaveLength(kinds);
    expect(kinds).toBeGreaterThan(150); // "some 200 onsets"
    expect(kinds).toBeLessThan(250);
  },
);

/** Two units in the last place of a price: where a vol does not come back, its price does. */
const REPRICING_MAX = 2 * Number.EPSILON;

/** Largest number that rounds to `printed`: half a unit of its last digit more. */
function largestRoundingTo(printed: string): number {
  const [digits = "", exponent = "0"] = printed.split("e");
  const decimals = digits.split(".")[1]?.length ?? 0;
  return Number(printed) + 0.5 * 10 ** (Number(exponent) - decimals);
}

// Worst differences as the table in the data folder's README prints them; delta's bound is the issue's own.
for (const [coin, worst] of [
  ["btc", { gamma: "5e-6", vega: "0.010", rho: "3.6e-3", price: "5.9e-4" }],
  ["eth", { gamma: "5e-6", vega: "1.1e-4", rho: "4.3e-5", price: "2.7e-4" }],
] as const) {
  dataTest(
    `the 2021 ${coin} chain: delta within 1e-4 for every option, the rest as its README has it to the digits printed there`,
    `deribit-2021-02-11/${coin}.csv.gz`,
    async (file) => {
      const report = await document("--chain", file);
      const options = coin === "btc" ? 976 : 996;
      expect(report).toMatchObject({ options, ticks: options, accounts: 1_000, rejectedRows: [] });
      for (const figure of ["price", "delta", "gamma", "vega", "theta", "rho"])
        expect(report.errors[figure].compared, figure).toBe(options);
      expect(report.errors.delta.worst).toBeLessThanOrEqual(1e-4);
      for (const [figure, printed] of Object.entries(worst))
        expect(report.errors[figure].worst, figure).toBeLessThanOrEqual(largestRoundingTo(printed));
      expect(report.thetaBeyondTwoDays.worst).toBeLessThanOrEqual(largestRoundingTo("0.012"));
      // By the formula alone theta near expiry is off by up to all of itself: 217 and 9 USD per day.
      expect(report.errors.theta.worst).toBeGreaterThan(coin === "btc" ? 200 : 9);
      expect(report.thetaByExchangeRule.worst).toBeLessThanOrEqual(
        largestRoundingTo(coin === "btc" ? "0.14" : "0.004"),
      );
      expect(report.impliedVol.solved + report.impliedVol.unsolvable).toBe(options);
      expect(report.impliedVol.solved).toBeGreaterThan(0.9 * options);
      expect(report.impliedVol.worstRepricing).toBeLessThanOrEqual(REPRICING_MAX);
    },
  );
}

// The README's 0.010 is 0.01036 rounded. It is the exchange's rounding, not ours: mark_iv has two decimals, and the vol that gives the row's own
// mark lies within half a unit of the last. At that vol every other figure of the row comes closer as well.
dataTest(
  "the worst vega of the 2021 btc chain is off because its volatility is published in two decimals",
  "deribit-2021-02-11/btc.csv.gz",
  async (file) => {
    const { rows } = await readChain(file, []);
    const { figures } = await priceChain(rows);
    const difference = (model: ModelFigures, figure: ChainFigure, row: ChainRow, k: number) =>
      Math.abs((model[figure][k] as number) - (row.published[figure] as number));
    const vegas = rows.map((row, k) => difference(figures, "vega", row, k));
    const k = vegas.indexOf(Math.max(...vegas));
    const row = rows[k] as ChainRow;
    expect({ name: row.name, vol: row.vol }).toEqual({ name: "BTC-24SEP21-100000-C", vol: 0.4075 });
    expect(vegas[k]?.toPrecision(4)).toBe("0.01036");

    const years = (row.expiryMs - row.timeMs) / (365 * 86_400_000);
    const mark = {
      strike: Float64Array.of(row.strike),
      price: Float64Array.of((row.published.price ?? 0) * row.forward),
    };
    const vol = impliedVol({ type: "call", forward: row.forward, years, ...mark }).vol[0] as number;
    expect((100 * vol).toFixed(4)).toBe("40.7538"); // printed as 40.75
    const { figures: atItsMark } = await priceChain([{ ...row, vol }]);
    expect(difference(atItsMark, "vega", row, 0)).toBeLessThan(0.0007);
    for (const figure of ["delta", "theta", "rho"] as const)
      expect(difference(atItsMark, figure, row, 0), figure).toBeLessThan(0.25 * difference(figures, figure, row, k));
  },
);

// README of the snapshots: delta error median 0.001, 99 % 0.015, worst 0.022 in the fall; 3e-4, 0.011 and 0.035 on the calm day.
for (const [snapshot, delta] of [
  ["20260205T155132Z", { median: 0.0015, p99: 0.0155, worst: 0.0225 }],
  ["20260114T212207Z", { median: 3.5e-4, p99: 0.0115, worst: 0.0355 }],
] as const) {
  dataTest(
    `the 2026 snapshot ${snapshot} agrees with the exchange as far as its columns belong together`,
    `deribit-2026-snapshots/${snapshot}.csv.gz`,
    async (file) => {
      const report = await document("--chain", file);
      expect(report.rejectedRows).toEqual([]);
      expect(report.impliedVol.worstRepricing).toBeLessThanOrEqual(REPRICING_MAX);
      for (const [figure, bound] of Object.entries(delta))
        expect(report.errors.delta[figure], figure).toBeLessThanOrEqual(bound);
      expect(report.errors).toMatchObject({ gamma: null, theta: null, rho: null });
    },
  );
}
