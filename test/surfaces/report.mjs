/** What `npm run surfaces` prints: Markdown tables, or one JSON document. */
import { groupedBy } from "../accuracy/measure.mjs";
import { table } from "../accuracy/report.mjs";

/** @typedef {import("./fit.mjs").Judged} Judged */
/** @typedef {import("./fit.mjs").Fitted} Fitted */
/**
 * @typedef {object} Finding one chain
 * @property {string} name of the file
 * @property {string} coin
 * @property {number} expiries
 * @property {number} left expiries with fewer quotes than a slice has parameters, or without a forward
 * @property {number} parityOff
 * @property {Judged} svi
 * @property {Judged} ssvi
 */

/**
 * What an SVI fit must keep to: the share of quotes whose model vol lies within bid and ask, and the median error in half-spreads. A surface
 * that is outside more often, or by as much as its own spread, could not be quoted from.
 */
const BOUNDS = { insideLeast: 0.9, medianHalfSpreadsMost: 0.4 };

const VOL_POINTS = 100;

/** Every bound that does not hold and every unflagged arbitrage, as a sentence. @param {readonly Finding[]} findings */
export function faultsOf(findings) {
  return findings.flatMap(({ name, coin, svi, ssvi }) => {
    const { inside, medianHalfSpreads } = figuresOf(svi.quotes);
    const faults = [];
    if (!(inside >= BOUNDS.insideLeast)) {
      faults.push(
        `SVI has ${percent(inside)} % of the quotes within bid and ask, bound ${percent(BOUNDS.insideLeast)} %`,
      );
    }
    if (!(medianHalfSpreads <= BOUNDS.medianHalfSpreadsMost)) {
      faults.push(
        `SVI's median error is ${medianHalfSpreads.toFixed(2)} half-spreads, bound ${BOUNDS.medianHalfSpreadsMost}`,
      );
    }
    if (svi.calendarsQuoted > 0) faults.push(`SVI has ${svi.calendarsQuoted} calendar arbitrages where quotes are`);
    if (ssvi.butterflies + ssvi.calendars > 0) faults.push("SSVI has arbitrage");
    for (const arbitrage of [...svi.unflagged, ...ssvi.unflagged]) faults.push(`unflagged: ${arbitrage}`);
    return faults.map((fault) => `${name} ${coin}: ${fault}`);
  });
}

/** @param {readonly Finding[]} findings */
export function asJson(findings) {
  return findings.map(({ name, coin, expiries, left, parityOff, svi, ssvi }) => ({
    ...{ name, coin, expiries, left, quotes: svi.quotes.length, parityOff },
    svi: modelAsJson(svi),
    ssvi: modelAsJson(ssvi),
    byExpiry: [...groupedBy(svi.quotes, ({ years }) => `${years}`)].map(([years, quotes]) => ({
      ...{ years: Number(years), quotes: quotes.length },
      ...figuresOf(quotes),
    })),
  }));
}

/** @param {Judged} judged */
function modelAsJson({ quotes, butterflies, calendars, calendarsQuoted, unflagged, ms }) {
  return { ...figuresOf(quotes), butterflies, calendars, calendarsQuoted, unflagged: unflagged.length, ms };
}

/** @param {readonly Finding[]} findings */
export function asText(findings) {
  const rows = findings.map((finding) => {
    const { name, coin, expiries, left, svi, ssvi, parityOff } = finding;
    const [of, beside] = [figuresOf(svi.quotes), figuresOf(ssvi.quotes)];
    return [
      ...[name, coin, left > 0 ? `${expiries} (+${left})` : `${expiries}`, `${svi.quotes.length}`],
      ...[percent(of.inside), points(of.median), points(of.p95), points(of.largest), of.rmsHalfSpreads.toFixed(2)],
      ...[`${svi.butterflies}`, `${svi.calendarsQuoted} + ${svi.calendars - svi.calendarsQuoted}`, svi.ms.toFixed(0)],
      ...[percent(beside.inside), points(beside.median), `${ssvi.butterflies + ssvi.calendars}`, ssvi.ms.toFixed(0)],
      parityOff > 0 ? `${(1e4 * parityOff).toFixed(1)}` : "",
    ];
  });
  const quotes = findings.flatMap(({ svi }) => svi.quotes);
  return [
    table(
      [
        ...["chain", "coin", "expiries", "quotes", "inside %", "median", "95 %", "largest", "rms ½ spreads"],
        ...["butterflies", "calendars", "ms", "SSVI inside %", "median", "violations", "ms", "parity off bp"],
      ],
      rows,
    ),
    `SVI by time to expiry and part of the smile, errors in vol points; of all ${quotes.length} quotes ${percent(figuresOf(quotes).inside)} % lie within bid and ask`,
    table(
      ["time to expiry", "part", "quotes", "inside %", "½ spread", "median error", "95 %", "mean, signed"],
      parts(quotes).map(({ time, part, quotes }) => {
        const { inside, median, p95, mean } = figuresOf(quotes);
        const spread = quantile(quotes.map(({ bid, ask }) => (ask - bid) / 2).sort(ascending), 0.5);
        return [time, part, `${quotes.length}`, percent(inside), ...[spread, median, p95, mean].map(points)];
      }),
    ),
  ].join("\n\n");
}

/**
 * How a surface stands to quotes: the share between bid and ask, and |model − mid| in vol per 1.0 and in half-spreads.
 *
 * @param {readonly Fitted[]} quotes
 */
export function figuresOf(quotes) {
  const signed = quotes.map(({ bid, ask, vol }) => vol - (bid + ask) / 2);
  const errors = signed.map(Math.abs).sort(ascending);
  // A half-spread of no width counts as 0.1 vol points, as in the calibration.
  const shares = quotes.map(({ bid, ask }, i) => Math.abs(signed[i] ?? 0) / Math.max((ask - bid) / 2, 1e-3));
  return {
    inside: quotes.filter(({ bid, ask, vol }) => bid <= vol && vol <= ask).length / quotes.length,
    median: quantile(errors, 0.5),
    p95: quantile(errors, 0.95),
    largest: quantile(errors, 1),
    mean: signed.reduce((sum, error) => sum + error, 0) / quotes.length,
    medianHalfSpreads: quantile(shares.toSorted(ascending), 0.5),
    rmsHalfSpreads: Math.sqrt(shares.reduce((sum, share) => sum + share * share, 0) / quotes.length),
  };
}

const TIMES = /** @type {const} */ ([
  ["≤ 1 week", 7 / 365],
  ["≤ 1 month", 1 / 12],
  ["≤ 3 months", 1 / 4],
  ["longer", Number.POSITIVE_INFINITY],
]);

/** Quotes by time to expiry and by standard deviations from the forward. @param {readonly Fitted[]} quotes */
function parts(quotes) {
  const deviations = (/** @type {Fitted} */ { k, vol, years }) => k / (vol * Math.sqrt(years));
  const sides = /** @type {const} */ ([
    ["puts below −1σ", (/** @type {Fitted} */ quote) => deviations(quote) < -1],
    ["centre", (/** @type {Fitted} */ quote) => Math.abs(deviations(quote)) <= 1],
    ["calls above 1σ", (/** @type {Fitted} */ quote) => deviations(quote) > 1],
  ]);
  return TIMES.flatMap(([time, most], i) => {
    const least = TIMES[i - 1]?.[1] ?? 0;
    const own = quotes.filter(({ years }) => least < years && years <= most);
    return sides
      .map(([part, holds]) => ({ time, part, quotes: own.filter(holds) }))
      .filter(({ quotes }) => quotes.length > 0);
  });
}

/** By nearest rank. @param {readonly number[]} sorted @param {number} share */
function quantile(sorted, share) {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** @param {number} a @param {number} b */
function ascending(a, b) {
  return a - b;
}

/** @param {number} share */
function percent(share) {
  return (100 * share).toFixed(1);
}

/** @param {number} vol */
function points(vol) {
  return (VOL_POINTS * vol).toFixed(2);
}
