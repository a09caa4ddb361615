/** Volatility surfaces: SVI and SSVI, their calibration to a chain, their verdicts on arbitrage, and forwards by parity. */

import { invalid, requireColumn } from "../checks.js";
import { NAMES } from "../core/layout.js";
import { arbitrageOf, type SurfaceVerdict, type SviParameters, sviWords } from "../surface.js";
import { VOL_FIGURES } from "./figures.js";
import { loadedCore } from "./loaded.js";
import { CHECK } from "./options.js";
import type { SsviParameters, StatusColumn, SurfaceExpiry, SurfaceQuotes, SurfaceVolInput } from "./types.js";

/** Rows that cross at once, so that the module's memory does not grow with how many there are. */
const PART_ROWS = 256;

/** Columns of {@link sviTotalVariance}; `status` by number, see `GREEKS_STATUSES`. */
export interface TotalVarianceColumns extends StatusColumn {
  /** w = σ²T. */
  readonly totalVariance: Float64Array;
  /** ∂w/∂k. */
  readonly slope: Float64Array;
  /** ∂²w/∂k². */
  readonly curvature: Float64Array;
  /** Durrleman's g: the risk-neutral density over a Gaussian; below 0 there is butterfly arbitrage. */
  readonly densityFactor: Float64Array;
}

/**
 * Columns of {@link surfaceVol}: σ and its derivatives by strike, forward and time to expiry; `status` by number, see `GREEKS_STATUSES`.
 */
export type SurfaceVolColumns = Readonly<Record<(typeof VOL_FIGURES)[number], Float64Array>> & StatusColumn;

const SMILE_GREEKS = ["delta", "gamma", "vega", "theta", "vanna", "volga"] as const;
const SMILE_MOVES = ["byForward", "byForwardTwice", "byYears"] as const;
/** Greeks that {@link smileGreeks} takes, as `greeks` gives them. */
export type SmileGreeksInput = Readonly<Record<(typeof SMILE_GREEKS)[number], ArrayLike<number>>>;
/** How vols move, as {@link surfaceVol} gives it. */
export type SmileMoves = Readonly<Record<(typeof SMILE_MOVES)[number], ArrayLike<number>>>;
/** Columns of {@link smileGreeks}; `status` by number, see `GREEKS_STATUSES`. */
export type SmileGreeksColumns = Readonly<Record<"delta" | "gamma" | "theta", Float64Array>> & StatusColumn;

/** How well a fit meets the mids, in vol per 1.0. */
export interface FitError {
  readonly rootMeanSquare: number;
  readonly largest: number;
  /** Quotes whose model vol is below the bid or above the ask by more than 1e-8. */
  readonly outsideSpread: number;
  /** Quotes in all. */
  readonly quotes: number;
}

/**
 * Total variance of a slice and its derivatives by log-moneyness, with the density factor that tells of butterfly arbitrage.
 *
 * @throws {ConfigError} `INVALID_VALUE` naming the parameter
 * @throws {LoadError} `NOT_LOADED` before `loadMath`
 * @example
 * const svi = { a: 0.01, b: 0.1, rho: -0.3, m: 0, sigma: 0.2 };
 * const { totalVariance, slope } = sviTotalVariance(svi, [0, 0.1]);
 * totalVariance[0].toFixed(15); // → "0.030000000000000"
 * slope[0].toFixed(15); // → "-0.030000000000000"
 */
export function sviTotalVariance(svi: SviParameters, logMoneyness: ArrayLike<number>): TotalVarianceColumns {
  const method = "sviTotalVariance";
  CHECK.svi(svi, `${method}.svi`);
  const rows = requireColumn(logMoneyness, `${method}.logMoneyness`);
  return inParts(["totalVariance", "slope", "curvature", "densityFactor"], rows, (from, to) =>
    loadedCore().call(method, method, sviWords(svi), part(logMoneyness, from, to)),
  );
}

/**
 * The slice of an SSVI surface at an at-the-money total variance, which raw SVI expresses exactly.
 *
 * @throws {ConfigError} `INVALID_VALUE` naming the parameter
 * @throws {LoadError} `NOT_LOADED` before `loadMath`
 * @example
 * const svi = ssviSlice({ rho: -0.4, eta: 1.2, gamma: 0.4 }, 0.04);
 * sviTotalVariance(svi, [0]).totalVariance[0].toFixed(12); // → "0.040000000000"
 */
export function ssviSlice(ssvi: SsviParameters, theta: number): SviParameters {
  CHECK.ssvi(ssvi, "ssviSlice.ssvi");
  return sviOf(loadedCore().call("ssviSlice", "ssviSlice", ssvi.rho, ssvi.eta, ssvi.gamma, theta), 0);
}

/**
 * Vols of strikes `years` ahead while the forward to then is `forward`, and how they move: total variance is linear in time between
 * expiries at fixed log-moneyness, vols are flat beyond them.
 *
 * @throws {ConfigError} `INVALID_VALUE` naming the field
 * @throws {LoadError} `NOT_LOADED` before `loadMath`
 * @example
 * const expiries = [{ years: 0.25, forward: 100, svi: { a: 0.01, b: 0.1, rho: -0.3, m: 0, sigma: 0.2 } }];
 * const at = { expiries, years: 0.25, forward: 104 };
 * const strike = surfaceVol({ ...at, strike: [95], rule: "sticky-strike" });
 * const delta = surfaceVol({ ...at, strike: [95 * 1.04], rule: "sticky-delta" });
 * (strike.vol[0] - delta.vol[0]).toFixed(12); // → "0.000000000000"
 * strike.byForward[0]; // → 0
 */
export function surfaceVol(input: SurfaceVolInput): SurfaceVolColumns {
  const method = "surfaceVol";
  CHECK.surfaceVol(input, method);
  const { years, forward, strike } = input;
  const rows = requireColumn(strike, `${method}.strike`);
  if (input.rule === "sticky-strike") requireForwards(input.expiries, `${method}.expiries`);
  const rule = NAMES.stickiness.indexOf(input.rule);
  const expiries = expiryWords(input.expiries);
  return inParts(VOL_FIGURES, rows, (from, to) =>
    loadedCore().call(method, method, expiries, years, forward, rule, part(strike, from, to)),
  );
}

/**
 * Greeks along the smile: what those by the forward become where vol is no constant but that of a surface, which moves with the forward
 * (under `sticky-delta`) and with time: Δ + vega·σ_F, Γ + (2·vanna + volga·σ_F)·σ_F + vega·σ_FF, Θ − vega·σ_T. `greeks` are those of the
 * model `forward` at the vols of `vols`; other columns in both are not read. A row with a number that is not finite has the status
 * `invalid-input`.
 *
 * @throws {ConfigError} `INVALID_VALUE` naming a column that is missing or of another length
 * @throws {LoadError} `NOT_LOADED` before `loadMath`
 * @example
 * const expiries = [{ years: 0.25, forward: 100, svi: { a: 0.01, b: 0.1, rho: -0.3, m: 0, sigma: 0.2 } }];
 * const [strike, years, forward] = [[95], 0.25, 100];
 * const vols = surfaceVol({ expiries, years, forward, strike, rule: "sticky-delta" });
 * const atVol = greeks({
 *   type: "put", strike, forward, years, vol: vols.vol, outputs: ["delta", "gamma", "vega", "theta", "vanna", "volga"],
 * });
 * const along = smileGreeks(atVol, vols);
 * [atVol.delta[0].toFixed(4), along.delta[0].toFixed(4)]; // → ["-0.3536", "-0.2968"]
 */
export function smileGreeks(greeks: SmileGreeksInput, vols: SmileMoves): SmileGreeksColumns {
  const method = "smileGreeks";
  CHECK.greeksColumns(greeks, `${method}.greeks`);
  CHECK.surfaceVolColumns(vols, `${method}.vols`);
  const given = { ...paths("greeks", SMILE_GREEKS, greeks), ...paths("vols", SMILE_MOVES, vols) };
  const rows = requireRows(method, given);
  return inParts(["delta", "gamma", "theta"], rows, (from, to) =>
    loadedCore().call(method, method, rowWords(given, from, to)),
  );
}

/** Columns by their place in a call. */
function paths<Name extends string>(
  argument: string,
  names: readonly Name[],
  columns: Readonly<Record<Name, ArrayLike<number>>>,
): Record<string, ArrayLike<number>> {
  return Object.fromEntries(names.map((name) => [`${argument}.${name}`, columns[name]]));
}

/**
 * Where a surface admits arbitrage: butterflies of one expiry (g < 0), calendars between an expiry and the next (total variance that
 * falls). Both lists are empty where there is none.
 *
 * @throws {ConfigError} `INVALID_VALUE` naming the field
 * @throws {LoadError} `NOT_LOADED` before `loadMath`
 * @example
 * const vogt = { a: -0.041, b: 0.1331, m: 0.3586, rho: 0.306, sigma: 0.4153 };
 * const { butterfly, calendar } = surfaceArbitrage([{ years: 1, svi: vogt }]);
 * [butterfly[0].from.toFixed(4), butterfly[0].to.toFixed(4)]; // → ["0.6424", "1.2569"]
 * calendar; // → []
 */
export function surfaceArbitrage(expiries: readonly SurfaceExpiry[]): SurfaceVerdict {
  const method = "surfaceArbitrage";
  CHECK.expiries(expiries, `${method}.expiries`);
  return arbitrageOf(loadedCore().call(method, method, expiryWords(expiries)));
}

/**
 * An SVI slice for each expiry, by least squares of (model vol − mid vol) over half the spread. With `arbitrage: "avoided"` (default)
 * no density is negative and total variance does not fall from an expiry to the next at a strike that either quotes, whatever that costs
 * in fit; beyond all quotes expiries may cross, which {@link surfaceArbitrage} tells. `"judged"` leaves the nearest slices.
 *
 * @throws {ConfigError} `INVALID_VALUE` naming the field: fewer than 5 different strikes, a bid without vol, years that do not rise
 * @throws {LoadError} `NOT_LOADED` before `loadMath`
 * @example
 * const strike = [80, 90, 100, 110, 120, 130];
 * const mid = [0.62, 0.55, 0.5, 0.48, 0.47, 0.475];
 * const quotes = { years: 0.1, forward: 100, strike, bid: mid.map((vol) => vol - 0.01), ask: mid.map((vol) => vol + 0.01) };
 * const [fit] = calibrateSvi([quotes]);
 * fit.error.outsideSpread; // → 0
 * surfaceArbitrage([{ years: 0.1, svi: fit.svi }]).butterfly; // → []
 */
export function calibrateSvi(
  expiries: readonly SurfaceQuotes[],
  options: { readonly arbitrage?: "avoided" | "judged" } = {},
): readonly { readonly svi: SviParameters; readonly error: FitError }[] {
  const method = "calibrateSvi";
  CHECK.calibration(options, method);
  const avoids = options.arbitrage !== "judged";
  const answer = loadedCore().call(method, method, quoteWords(expiries, method), avoids);
  return expiries.map((_, i) => ({ svi: sviOf(answer, 9 * i), error: errorOf(answer, 9 * i + 5) }));
}

/**
 * One SSVI surface for all expiries, free of butterfly and calendar arbitrage by construction; three numbers for all smiles cost fit.
 *
 * @throws {ConfigError} `INVALID_VALUE` naming the field: an expiry without quotes, a bid without vol, years that do not rise
 * @throws {LoadError} `NOT_LOADED` before `loadMath`
 * @example
 * const quotes = { years: 0.1, forward: 100, strike: [80, 100, 120], bid: [0.6, 0.49, 0.5], ask: [0.64, 0.51, 0.52] };
 * const { ssvi, thetas } = calibrateSsvi([quotes]);
 * const { butterfly } = surfaceArbitrage([{ years: 0.1, svi: ssviSlice(ssvi, thetas[0]) }]);
 * butterfly; // → []
 */
export function calibrateSsvi(expiries: readonly SurfaceQuotes[]): {
  readonly ssvi: SsviParameters;
  /** At-the-money total variance of each expiry. */
  readonly thetas: readonly number[];
  readonly error: FitError;
} {
  const method = "calibrateSsvi";
  const answer = loadedCore().call(method, method, quoteWords(expiries, method));
  const [rho, eta, gamma] = answer as unknown as [number, number, number];
  return { ssvi: { rho, eta, gamma }, thetas: [...answer.subarray(7)], error: errorOf(answer, 3) };
}

/**
 * Forward price by put–call parity, for an expiry on which no future is listed: the median over that half of the two-sided strikes whose
 * spreads leave it the least room. A quote that is missing is NaN or 0, and its strike is left out. Undefined where no strike is quoted
 * on both sides.
 *
 * @throws {ConfigError} `INVALID_VALUE` naming a column of another length, or a discount that is not finite and > 0
 * @throws {LoadError} `NOT_LOADED` before `loadMath`
 * @example
 * forwardFromParity({ strike: [100], callBid: [8], callAsk: [8.2], putBid: [5], putAsk: [5.2] }); // → 103
 */
export function forwardFromParity(input: {
  readonly strike: ArrayLike<number>;
  readonly callBid: ArrayLike<number>;
  readonly callAsk: ArrayLike<number>;
  readonly putBid: ArrayLike<number>;
  readonly putAsk: ArrayLike<number>;
  /** Value now of 1 paid at expiry, > 0; default 1. */
  readonly discount?: number;
  /** Whether prices are in coin, a share of the forward; default false. */
  readonly inCoin?: boolean;
}): number | undefined {
  const method = "forwardFromParity";
  CHECK.parity(input, method);
  const { strike, callBid, callAsk, putBid, putAsk, discount = 1, inCoin = false } = input;
  requirePositive(discount, `${method}.discount`);
  const quotes = { strike, callBid, callAsk, putBid, putAsk };
  const words = rowWords(quotes, 0, requireRows(method, quotes));
  const forward = loadedCore().call(method, method, discount, inCoin, words)[0] as number;
  return Number.isNaN(forward) ? undefined : forward;
}

function sviOf(words: Float64Array, at: number): SviParameters {
  const [a, b, rho, m, sigma] = words.subarray(at) as unknown as [number, number, number, number, number];
  return { a, b, rho, m, sigma };
}

function errorOf(words: Float64Array, at: number): FitError {
  const [rootMeanSquare, largest, outsideSpread, quotes] = words.subarray(at) as unknown as [
    number,
    number,
    number,
    number,
  ];
  return { rootMeanSquare, largest, outsideSpread, quotes };
}

/** `sticky-strike` reads a strike by the forward of the fit, which has no default then. */
function requireForwards(expiries: readonly SurfaceExpiry[], path: string): void {
  for (const [i, { forward }] of expiries.entries()) {
    if (forward === undefined)
      throw invalid(`${path}[${i}].forward`, "the forward of the fit, which sticky-strike reads strikes by", forward);
  }
}

function expiryWords(expiries: readonly SurfaceExpiry[]): number[] {
  return [expiries.length, ...expiries.flatMap(({ years, forward = 1, svi }) => [years, forward, ...sviWords(svi)])];
}

function quoteWords(expiries: readonly SurfaceQuotes[], method: string): number[] {
  CHECK.quotes(expiries, `${method}.expiries`);
  const words = expiries.flatMap(({ years, forward, strike, bid, ask }, i) => {
    const path = `${method}.expiries[${i}]`;
    // strikes are counted in forwards
    requirePositive(forward, `${path}.forward`);
    const quotes = { strike, bid, ask };
    return [years, forward, ...rowWords(quotes, 0, requireRows(path, quotes))];
  });
  return [expiries.length, ...words];
}

function requirePositive(value: number, path: string): void {
  if (!(value > 0 && value < Number.POSITIVE_INFINITY)) throw invalid(path, "a finite number > 0", value);
}

/** How many rows columns have that must be of one length, which the first of them has. */
function requireRows(path: string, columns: Readonly<Record<string, ArrayLike<number>>>): number {
  let rows: number | undefined;
  for (const [name, column] of Object.entries(columns)) rows = requireColumn(column, `${path}.${name}`, rows);
  return rows as number;
}

/** A count, then some rows of columns, row by row. */
function rowWords(columns: Readonly<Record<string, ArrayLike<number>>>, from: number, to: number): number[] {
  const words = [to - from];
  for (let row = from; row < to; row++) {
    for (const column of Object.values(columns)) words.push(column[row] as number);
  }
  return words;
}

/** A count, then some rows of a column. */
function part(column: ArrayLike<number>, from: number, to: number): number[] {
  return rowWords({ column }, from, to);
}

/** Columns of figures and statuses from the answers about some rows at a time; at least one is asked for. */
function inParts<Name extends string>(
  names: readonly Name[],
  rows: number,
  ask: (from: number, to: number) => Float64Array,
): Readonly<Record<Name, Float64Array>> & StatusColumn {
  const named = Object.fromEntries(names.map((name) => [name, new Float64Array(rows)])) as Record<Name, Float64Array>;
  const status = new Uint8Array(rows);
  let from = 0;
  do {
    const to = Math.min(from + PART_ROWS, rows);
    const answer = ask(from, to);
    const figure = (k: number) => answer.subarray(k * (to - from), (k + 1) * (to - from));
    for (const [k, name] of names.entries()) named[name].set(figure(k), from);
    status.set(figure(names.length), from);
    from = to;
  } while (from < rows);
  return { ...named, status };
}
