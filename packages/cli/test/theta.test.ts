import { expect, test } from "vitest";
import { thetaByExchangeRule } from "../src/chain/price.js";
import type { ChainRow } from "../src/chain/read.js";

const DAY_MS = 86_400_000;

function row(daysLeft: number, price: number | undefined): ChainRow {
  const none = { delta: undefined, gamma: undefined, vega: undefined, theta: undefined, rho: undefined };
  return {
    file: "chain.csv",
    line: 2,
    name: "BTC-12FEB21-45000-C",
    coin: "BTC",
    side: "call",
    strike: 45_000,
    timeMs: 0,
    expiryMs: daysLeft * DAY_MS,
    forward: 50_000,
    index: 50_000,
    vol: 0.8,
    published: { price, ...none },
  };
}

test.each([
  { daysLeft: 3, mark: 0.02, theta: -120, expected: -120 }, // 120 a day, the mark is 0.02 · 50,000 = 1,000
  { daysLeft: 0.25, mark: 0.02, theta: -120, expected: -30 }, // a quarter of a day is left
  { daysLeft: 3, mark: 0.002, theta: -120, expected: -100 }, // no more than the mark, 0.002 · 50,000
  { daysLeft: 0.25, mark: 0.000_2, theta: -120, expected: -10 }, // both
  { daysLeft: 0.25, mark: undefined, theta: -120, expected: -30 }, // no mark, no bound
])("the exchange's theta of $theta per day with $daysLeft days left at a mark of $mark is $expected", (given) => {
  const { daysLeft, mark, theta, expected } = given;
  expect(thetaByExchangeRule([row(daysLeft, mark)], Float64Array.of(theta))[0]).toBeCloseTo(expected, 12);
});
