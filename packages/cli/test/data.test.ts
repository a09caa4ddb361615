import { expect } from "vitest";
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

// Bounds from the table in the data folder's README, rounded up in the last digit that it gives.
for (const [coin, bounds] of [
  ["btc", { delta: 1e-4, gamma: 5.1e-6, vega: 0.0105, rho: 3.7e-3, price: 6e-4 }],
  ["eth", { delta: 1e-4, gamma: 6e-6, vega: 1.2e-4, rho: 4.4e-5, price: 2.8e-4 }],
] as const) {
  dataTest(
    `the 2021 ${coin} chain agrees with the exchange within the rounding of its volatilities`,
    `deribit-2021-02-11/${coin}.csv.gz`,
    async (file) => {
      const report = await document("--chain", file);
      const options = coin === "btc" ? 976 : 996;
      expect(report).toMatchObject({ options, ticks: options, accounts: 1_000, rejectedRows: [] });
      for (const [figure, bound] of Object.entries(bounds)) {
        expect(report.errors[figure].compared, figure).toBe(options);
        expect(report.errors[figure].worst, figure).toBeLessThanOrEqual(bound);
      }
      expect(report.thetaBeyondTwoDays.worst).toBeLessThanOrEqual(0.0125);
      expect(report.impliedVol.solved + report.impliedVol.unsolvable).toBe(options);
      expect(report.impliedVol.solved).toBeGreaterThan(0.9 * options);
    },
  );
}

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
      for (const [figure, bound] of Object.entries(delta))
        expect(report.errors.delta[figure], figure).toBeLessThanOrEqual(bound);
      expect(report.errors).toMatchObject({ gamma: null, theta: null, rho: null });
    },
  );
}
