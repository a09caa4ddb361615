/** A market in which every tick crosses a band, for all contestants alike. */
import { venues } from "plimsoll";

/** Accounts that hold the instrument beside the one that crosses; they have ample cash. */
const OTHERS = 100;

/** Options of every engine. */
export const OPTIONS = { model: venues.hyperliquid(), tickCapacity: 1024 };
export const INSTRUMENT = { id: "BTC-PERP", kind: "perp", underlying: "BTC", quote: "USDC", maxLeverage: 50 };

/**
 * The account that crosses: 1.5 BTC at 61,200 on 25,000 USDC, liquidatable below 44,983.16 (by hand in test/contract/suite.ts), and
 * the others.
 *
 * @param {number} instrument
 */
export function accounts(instrument) {
  const ids = ["crosser", ...Array.from({ length: OTHERS }, (_, i) => `other ${i}`)];
  return {
    ids,
    collateral: { USDC: ids.map((_, i) => (i === 0 ? 25_000 : 1e6)) },
    positions: {
      account: ids.map((_, i) => i),
      instrument: ids.map(() => instrument),
      size: ids.map((_, i) => (i === 0 ? 1.5 : 0.25)),
      entryPrice: ids.map(() => 61_200),
    },
  };
}

/** Tick n of all: to and fro over the price of liquidation, so that each is followed by one event. */
export function tickOf(/** @type {number} */ n) {
  return { mark: n % 2 === 0 ? 60_950 : 44_980, timeMs: n };
}

/** What tick n's event says. */
export function eventOf(/** @type {number} */ n) {
  const { mark } = tickOf(n);
  return { to: n % 2 === 0 ? "healthy" : "liquidatable", equity: 25_000 + 1.5 * (mark - 61_200), timeMs: n };
}
