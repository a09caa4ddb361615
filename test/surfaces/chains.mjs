/** Option chains from files: what calibration needs of each row, in the four forms that the data beside the repository has. */
import path from "node:path";
import { termsOf } from "../../packages/cli/dist/chain/read.js";
import { readCsv } from "../../packages/cli/dist/input/csv.js";
import { groupedBy } from "../accuracy/measure.mjs";

/**
 * @typedef {object} Quote one option's best bid and ask, in coin; undefined where there is none
 * @property {string} coin
 * @property {string} expiry
 * @property {number} years to it from the reading of this row
 * @property {number} strike
 * @property {"call" | "put"} side
 * @property {number | undefined} forward of the listed future
 * @property {number | undefined} synthetic the exchange's own interpolation, where no future is listed
 * @property {number | undefined} bid
 * @property {number | undefined} ask
 */
/** @typedef {import("../../packages/cli/dist/input/csv.js").Row} Row */
/** @typedef {{ name: string, coin: string, quotes: readonly Quote[] }} Chain */

const YEAR_MS = 365 * 86_400_000;

/** Snapshots: terms in columns of their own. */
const SNAPSHOT = {
  required: ["currency", "option_type", "expiry_datetime", "time_to_maturity", "underlying_name", "bid_price"],
  read: (/** @type {Row} */ row) => ({
    coin: row.text("currency"),
    expiry: row.text("expiry_datetime"),
    years: row.number("time_to_maturity"),
    strike: row.positive("strike"),
    side: row.oneOf("option_type", ["call", "put"]),
    ...forwardOf(row.text("underlying_name"), row.number("underlying")),
    ...sides(row, "bid_price", "ask_price"),
  }),
};

/** Tickers read twice, of which the first reading counts: terms in the name. */
const TICKERS = {
  required: ["pass", "instrument_name", "timestamp", "underlying_index", "best_bid_price", "best_ask_price"],
  read: (/** @type {Row} */ row) =>
    row.text("pass") === "1"
      ? { ...namedTerms(row, "timestamp"), ...sides(row, "best_bid_price", "best_ask_price") }
      : undefined,
};

/** A summary of the book: terms in the name. */
const SUMMARY = {
  required: ["instrument_name", "creation_timestamp", "underlying_index", "bid_price", "ask_price"],
  read: (/** @type {Row} */ row) => ({
    ...namedTerms(row, "creation_timestamp"),
    ...sides(row, "bid_price", "ask_price"),
  }),
};

/** A chain with one spot for all: every forward is by parity. */
const ON_SPOT = {
  required: ["instrument_name", "type", "expiry_date", "T_years", "bid_btc", "ask_btc"],
  read: (/** @type {Row} */ row) => ({
    coin: row.text("instrument_name").split("-", 1)[0] ?? "",
    expiry: row.text("expiry_date"),
    years: row.number("T_years"),
    strike: row.positive("strike"),
    side: row.oneOf("type", ["call", "put"]),
    forward: undefined,
    synthetic: undefined,
    ...sides(row, "bid_btc", "ask_btc"),
  }),
};

/**
 * The chains of a file, one per coin, in the order of their names.
 *
 * @param {string} file
 * @returns {Promise<readonly Chain[]>}
 * @throws {import("../../packages/cli/dist/errors.js").CommandError} it is missing, damaged, of no known form, or has an unreadable row
 */
export async function readChains(file) {
  /** @type {Quote[]} */
  const quotes = [];
  /** @type {import("../../packages/cli/dist/input/csv.js").RejectedRow[]} */
  const rejected = [];
  await readCsv(
    file,
    [SNAPSHOT, TICKERS, SUMMARY, ON_SPOT],
    (quote) => quotes.push(...(quote ? [quote] : [])),
    rejected,
  );
  for (const { line, reason } of rejected) console.error(`surfaces: ${file}:${line}: ${reason}`);
  const name = path.basename(file).replace(/\.csv(\.gz)?$/, "");
  return [...groupedBy(quotes, ({ coin }) => coin)].sort().map(([coin, quotes]) => ({ name, coin, quotes }));
}

/** @param {Row} row @param {string} bid @param {string} ask */
function sides(row, bid, ask) {
  return { bid: row.optionalNumber(bid), ask: row.optionalNumber(ask) };
}

/** @param {string} name @param {number} price */
function forwardOf(name, price) {
  const isListed = !name.startsWith("SYN.");
  return { forward: isListed ? price : undefined, synthetic: isListed ? undefined : price };
}

/** @param {Row} row @param {string} time the column of when it was read, milliseconds */
function namedTerms(row, time) {
  const { coin, strike, side, expiryMs } = termsOf(row.text("instrument_name"));
  return {
    ...{ coin, strike, side, expiry: new Date(expiryMs).toISOString() },
    years: (expiryMs - row.positive(time)) / YEAR_MS,
    ...forwardOf(row.text("underlying_index"), row.positive("underlying_price")),
  };
}
