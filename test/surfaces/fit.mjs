/** One chain fitted through `plimsoll/math`: its quotes as vols, the surfaces, their errors and their arbitrage. */
import {
  calibrateSsvi,
  calibrateSvi,
  forwardFromParity,
  IMPLIED_VOL_STATUSES,
  impliedVol,
  ssviSlice,
  surfaceArbitrage,
  sviTotalVariance,
} from "plimsoll/math";
import { groupedBy } from "../accuracy/measure.mjs";

/** @typedef {import("./chains.mjs").Chain} Chain */
/** @typedef {import("./chains.mjs").Quote} Quote */
/** @typedef {{ years: number, forward: number, strike: number[], bid: number[], ask: number[] }} Expiry */
/** @typedef {{ years: number, k: number, bid: number, ask: number, vol: number }} Fitted a quote and the vol of the surface there */
/** @typedef {{ years: number, forward: number, svi: import("plimsoll/math").SviParameters }} Slice */

/** Parameters of a slice: an expiry with fewer quotes is left out. */
const QUOTES_LEAST = 5;

/**
 * Out-of-the-money options that are quoted on both sides as vols, by expiry; the forward is that of the listed future, else by parity.
 * `parityOff`: the greatest |forward by parity / the exchange's own interpolation − 1| among the expiries without a future.
 *
 * @param {readonly Quote[]} quotes
 */
export function prepare(quotes) {
  const alive = quotes.filter(({ years }) => years > 0);
  /** @type {Expiry[]} */
  const expiries = [];
  let [left, parityOff] = [0, 0];
  for (const rows of groupedBy(alive, ({ expiry }) => expiry).values()) {
    const isListed = rows.some((row) => row.forward !== undefined);
    const byParity = isListed ? undefined : parityForward(rows);
    const forwards = rows.flatMap((row) => row.forward ?? byParity ?? []);
    const forward = median(forwards);
    const synthetic = median(rows.flatMap((row) => row.synthetic ?? []));
    if (byParity !== undefined && synthetic !== undefined) {
      parityOff = Math.max(parityOff, Math.abs(byParity / synthetic - 1));
    }
    const expiry = forward === undefined ? undefined : vols(rows, byParity, forward);
    if (expiry === undefined || expiry.strike.length < QUOTES_LEAST) left++;
    else expiries.push(expiry);
  }
  expiries.sort((a, b) => a.years - b.years);
  return { expiries, left, parityOff };
}

/** @param {readonly Quote[]} rows */
function parityForward(rows) {
  const strikes = groupedBy(rows, ({ strike }) => `${strike}`);
  const of = (/** @type {"call" | "put"} */ side, /** @type {"bid" | "ask"} */ end) =>
    Array.from(strikes.values(), (pair) => pair.find((row) => row.side === side)?.[end] ?? Number.NaN);
  return forwardFromParity({
    strike: [...strikes.keys()].map(Number),
    callBid: of("call", "bid"),
    callAsk: of("call", "ask"),
    putBid: of("put", "bid"),
    putAsk: of("put", "ask"),
    inCoin: true,
  });
}

/**
 * Each option's vols come from its own forward and time, which move while a chain is read; the expiry has the middle of them, and a
 * strike that is as far from that forward.
 *
 * @param {readonly Quote[]} rows @param {number | undefined} byParity @param {number} middle
 * @returns {Expiry}
 */
function vols(rows, byParity, middle) {
  const priced = rows.flatMap((row) => {
    const { forward = byParity, bid, ask } = row;
    if (forward === undefined || bid === undefined || ask === undefined) return [];
    return (row.side === "call") === row.strike >= forward ? [{ ...row, forward, bid, ask }] : [];
  });
  const column = (/** @type {(row: (typeof priced)[number]) => number} */ of) => Float64Array.from(priced, of);
  const option = {
    model: /** @type {const} */ ("inverse"),
    type: Int8Array.from(priced, (row) => (row.side === "call" ? 1 : -1)),
    spot: column((row) => row.forward),
    strike: column((row) => row.strike),
    years: column((row) => row.years),
  };
  const bids = impliedVol({ ...option, price: column((row) => row.bid) });
  const asks = impliedVol({ ...option, price: column((row) => row.ask) });
  const years = /** @type {number} */ (median(rows.map((row) => row.years)));
  /** @type {Expiry} */
  const expiry = { years, forward: middle, strike: [], bid: [], ask: [] };
  for (const [i, row] of priced.entries()) {
    const [bid, ask] = [/** @type {number} */ (bids.vol[i]), /** @type {number} */ (asks.vol[i])];
    const isSolved = [bids, asks].every(({ status }) => IMPLIED_VOL_STATUSES[status[i] ?? 0] === "ok");
    if (!isSolved || bid > ask) continue;
    expiry.strike.push((row.strike / row.forward) * middle);
    expiry.bid.push(bid);
    expiry.ask.push(ask);
  }
  return expiry;
}

/**
 * Both models fitted to a chain, with what they miss of the quotes, what arbitrage they admit, and the time of each in ms, verdicts
 * included.
 *
 * @param {readonly Expiry[]} expiries
 */
export function fit(expiries) {
  const svi = timed(() => {
    const slices = placed(
      expiries,
      calibrateSvi(expiries).map((found) => found.svi),
    );
    return { slices, verdict: surfaceArbitrage(slices) };
  });
  const ssvi = timed(() => {
    const found = calibrateSsvi(expiries);
    const slices = placed(
      expiries,
      found.thetas.map((theta) => ssviSlice(found.ssvi, theta)),
    );
    return { slices, verdict: surfaceArbitrage(slices) };
  });
  const judged = [svi, ssvi].map(({ slices, verdict, ms }) => ({
    ms,
    quotes: fittedQuotes(expiries, slices),
    butterflies: verdict.butterfly.length,
    calendars: verdict.calendar.length,
    calendarsQuoted: verdict.calendar.filter((found) => isQuoted(expiries, found)).length,
    unflagged: unflagged(slices, verdict),
  }));
  return /** @type {[Judged, Judged]} */ (judged);
}

/**
 * @typedef {object} Judged
 * @property {number} ms
 * @property {readonly Fitted[]} quotes
 * @property {number} butterflies intervals of negative density, anywhere
 * @property {number} calendars intervals of falling total variance, anywhere
 * @property {number} calendarsQuoted those that reach to where one of both expiries is quoted
 * @property {readonly string[]} unflagged arbitrage that the verdict does not have
 */

/** @template T @param {() => T} work @returns {T & { ms: number }} */
function timed(work) {
  const start = performance.now();
  const result = work();
  return { ...result, ms: performance.now() - start };
}

/** @param {readonly Expiry[]} expiries @param {readonly import("plimsoll/math").SviParameters[]} svis @returns {Slice[]} */
function placed(expiries, svis) {
  return expiries.map(({ years, forward }, i) => ({ years, forward, svi: /** @type {Slice["svi"]} */ (svis[i]) }));
}

/** @param {Expiry} expiry */
function logMoneyness({ strike, forward }) {
  return strike.map((strike) => Math.log(strike / forward));
}

/** @param {readonly Expiry[]} expiries @param {readonly Slice[]} slices @returns {Fitted[]} */
function fittedQuotes(expiries, slices) {
  return expiries.flatMap((expiry, i) => {
    const ks = logMoneyness(expiry);
    const { totalVariance } = sviTotalVariance(/** @type {Slice} */ (slices[i]).svi, ks);
    return ks.map((k, j) => ({
      ...{ years: expiry.years, k, bid: expiry.bid[j] ?? 0, ask: expiry.ask[j] ?? 0 },
      vol: Math.sqrt((totalVariance[j] ?? 0) / expiry.years),
    }));
  });
}

/** @param {readonly Expiry[]} expiries @param {{ expiry: number, from: number, to: number }} found */
function isQuoted(expiries, { expiry, from, to }) {
  const ks = expiries.slice(expiry, expiry + 2).flatMap(logMoneyness);
  return from < Math.max(...ks) && to > Math.min(...ks);
}

/** Log-moneynesses at which verdicts are checked: every strike that an exchange lists, and far beyond. */
const CHECKED = Float64Array.from({ length: 2001 }, (_, i) => (i - 1000) / 200);
/** Rounding of a total variance and of a density factor. */
const ROUNDING = 1e-12;

/**
 * Arbitrage found point by point that lies in no interval of the verdict.
 *
 * @param {readonly Slice[]} slices @param {import("plimsoll/math").SurfaceVerdict} verdict
 */
function unflagged(slices, verdict) {
  const values = slices.map(({ svi }) => sviTotalVariance(svi, CHECKED));
  /** @type {string[]} */
  const found = [];
  for (const [i, { totalVariance, densityFactor }] of values.entries()) {
    const later = values[i + 1]?.totalVariance;
    for (const [j, k] of CHECKED.entries()) {
      const covers = (/** @type {typeof verdict.butterfly[number]} */ { expiry, from, to }) =>
        expiry === i && from <= k && k <= to;
      const w = totalVariance[j] ?? 0;
      if ((densityFactor[j] ?? 0) < -ROUNDING && !verdict.butterfly.some(covers)) {
        found.push(`butterfly of expiry ${i} at ${k}`);
      }
      if (later !== undefined && (later[j] ?? 0) < w * (1 - ROUNDING) && !verdict.calendar.some(covers)) {
        found.push(`calendar of expiry ${i} at ${k}`);
      }
    }
  }
  return found;
}

/** The middle value, of an even count the upper of two. @param {readonly number[]} values */
function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}
