import { expect, test } from "vitest";
import { readChain } from "../src/chain/read.js";
import type { RejectedRow } from "../src/input/csv.js";
import { withFiles } from "./support.js";

const TICKERS = "instrument_name,timestamp,underlying_price,index_price,mark_iv";
const SNAPSHOT =
  "timestamp,instrument_name,currency,option_type,strike,expiry_datetime,underlying,index_price,implied_volatility";

test.each([
  {
    form: "tickers, in percent",
    header: TICKERS,
    row: (vol: string) => `BTC-12FEB21-32500-C,1613068630297,45000,45000,${vol}`,
    greatest: "2000",
    refused: ["2001", "1e308", "-1"],
    reason: (vol: string) => `mark_iv must be from 0 to 2000, was ${vol}`,
  },
  {
    form: "snapshots, as a fraction",
    header: SNAPSHOT,
    row: (vol: string) =>
      `2026-02-05T15:51:32Z,BTC-13FEB26-100000-C,BTC,call,100000,2026-02-13T08:00:00Z,67866,67991,${vol}`,
    greatest: "20",
    refused: ["20.1", "60", "1e308", "-0.5"],
    reason: (vol: string) => `implied_volatility must be from 0 to 20, was ${vol}`,
  },
])("a mark volatility beyond 2,000 % refuses its row by line and column: $form", async (form) => {
  const { header, row, greatest, refused, reason } = form;
  const lines = [header, ...[greatest, ...refused].map(row)];
  await withFiles({ "chain.csv": lines.join("\n") }, async (directory) => {
    const rejected: RejectedRow[] = [];
    const { rows } = await readChain(`${directory}/chain.csv`, rejected);
    expect(rows.map(({ vol }) => vol)).toEqual([20]);
    expect(rejected).toEqual(
      refused.map((vol, i) => ({ file: `${directory}/chain.csv`, line: 3 + i, reason: reason(vol) })),
    );
  });
});

test.each([
  {
    column: "mark_price",
    header: `${TICKERS},mark_price`,
    row: (price: string) => `BTC-12FEB21-32500-C,1613068630297,45000,45000,80,${price}`,
  },
  {
    column: "mark_price",
    header: `${SNAPSHOT},mark_price`,
    row: (price: string) =>
      `2026-02-05T15:51:32Z,BTC-13FEB26-100000-C,BTC,call,100000,2026-02-13T08:00:00Z,67866,67991,0.8,${price}`,
  },
])("a mark price that no option has refuses its row", async ({ column, header, row }) => {
  const refused = ["1000001", "1e17", "1e308", "-1e308"];
  await withFiles({ "chain.csv": [header, ...["0.0003", ...refused].map(row)].join("\n") }, async (directory) => {
    const rejected: RejectedRow[] = [];
    const { rows } = await readChain(`${directory}/chain.csv`, rejected);
    expect(rows.map(({ published }) => published.price)).toEqual([0.0003]);
    expect(rejected.map(({ reason }) => reason)).toEqual(
      refused.map((price) => `${column} must be at most 1000000 coins, was ${Number(price)}`),
    );
  });
});
