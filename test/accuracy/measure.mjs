/** Errors of `plimsoll/math` over an oracle: exact differences, as shares of each figure's scale. */
import { GREEKS_STATUSES, greeks, IMPLIED_VOL_STATUSES, impliedVol } from "plimsoll/math";
import { errorShare, unitInLastPlace } from "./exact.mjs";
import { boundOf, COLUMNS, greekOf, MODELS, PRICE_RELATIVE, RELATIVE_FROM, SECTIONS } from "./models.mjs";
import { column, UnusableOracle } from "./oracle.mjs";
import { scales } from "./scales.mjs";

/** @typedef {import("./models.mjs").OutputColumn} OutputColumn */
/** @typedef {import("./models.mjs").Section} Section */
/** @typedef {import("./oracle.mjs").Oracle} Oracle */
/** @typedef {import("./oracle.mjs").Row} Row */
/** @typedef {{ row: number, regime: string, error: number }} Sample */
/** @typedef {{ rows: number, worst: number, p99: number, median: number, worstRow: number }} Spread */
/**
 * @typedef {Spread & { model: string, output: string, bound: number, unit: string, regimes: Map<string, Spread> }} Measured
 */
/** @typedef {(row: Row, index: number) => import("./scales.mjs").Option} OptionOf */

/**
 * Errors of every output that the file has references for.
 *
 * @param {Oracle} oracle
 * @returns {{ rows: number, outputs: Measured[] }}
 */
export function measureGreeks(oracle) {
  const outputs = [];
  let total = 0;
  for (const section of SECTIONS) {
    const rows = oracle.sections.get(section) ?? [];
    if (rows.length === 0) continue;
    total += rows.length;
    const ours = figuresOf(section, rows);
    const scaleOf = scalesOf(section, rows);
    for (const name of COLUMNS) {
      const samples = samplesOf(rows, name, (index) => ours(name, index), scaleOf);
      if (samples.length === 0) continue;
      outputs.push({
        model: section,
        output: name,
        ...boundOf(section, name, oracle.about.seed),
        ...spreadByRegime(samples),
      });
      if (name === "price") {
        const relative = spreadByRegime(relativePriceSamples(rows, (index) => ours("price", index)));
        outputs.push({ model: section, ...PRICE_RELATIVE, ...relative });
      }
    }
  }
  return { rows: total, outputs };
}

/**
 * Errors of one figure over the rows that have a reference for it.
 *
 * @param {readonly Row[]} rows
 * @param {OutputColumn} name
 * @param {(index: number) => number} value
 * @param {(name: OutputColumn, index: number) => number} scaleOf
 * @returns {Sample[]}
 */
export function samplesOf(rows, name, value, scaleOf) {
  return rows.flatMap((row, index) => {
    const exact = row[name];
    if (typeof exact !== "string") return [];
    return [{ row: index, regime: row.tag ?? "", error: errorShare(value(index), exact, scaleOf(name, index)) }];
  });
}

/**
 * Errors of prices as shares of themselves.
 *
 * @param {readonly Row[]} rows
 * @param {(index: number) => number} value
 * @returns {Sample[]}
 */
export function relativePriceSamples(rows, value) {
  return rows.flatMap((row, index) => {
    const exact = Number(row.price);
    if (!(exact > RELATIVE_FROM)) return [];
    return [{ row: index, regime: row.tag ?? "", error: errorShare(value(index), String(row.price), exact) }];
  });
}

/**
 * @param {Section} section
 * @param {readonly Row[]} rows
 * @returns {(name: OutputColumn, index: number) => number}
 */
function figuresOf(section, rows) {
  const { model, underlying } = MODELS[section];
  const spot = column(rows, underlying, section);
  const figures = greeks({
    model,
    type: typesOf(rows, section),
    ...(underlying === "F" ? { forward: spot } : { spot, carry: column(rows, "q", section) }),
    strike: column(rows, "K", section),
    years: column(rows, "T", section),
    rate: column(rows, "r", section),
    vol: column(rows, "sigma", section),
    outputs: COLUMNS.filter((name) => rows.some((row) => typeof row[name] === "string")).map(greekOf),
  });
  // A figure beside another status than ok is no answer.
  return (name, index) =>
    GREEKS_STATUSES[figures.status[index] ?? -1] === "ok" ? (figures[greekOf(name)][index] ?? Number.NaN) : Number.NaN;
}

/**
 * @param {Section} section
 * @param {readonly Row[]} rows
 * @returns {(name: OutputColumn, index: number) => number}
 */
export function scalesOf(section, rows) {
  const { underlying } = MODELS[section];
  const all = rows.map((row) =>
    scales(section, {
      isCall: row.type === "call",
      spot: Number(row[underlying]),
      strike: Number(row.K),
      years: Number(row.T),
      rate: Number(row.r),
      carry: Number(underlying === "F" ? row.r : row.q),
      vol: Number(row.sigma),
    }),
  );
  return (name, index) =>
    name === "elasticity" ? Math.max(1, Math.abs(Number(rows[index]?.elasticity))) : (all[index]?.[name] ?? Number.NaN);
}

/** +1 and −1. @param {readonly Row[]} rows @param {string} section */
function typesOf(rows, section) {
  return Float64Array.from(rows, ({ type }, index) => {
    if (type !== "call" && type !== "put") {
      throw new UnusableOracle(`${section}[${index}].type: "call" or "put" was expected, not ${type}`);
    }
    return type === "call" ? 1 : -1;
  });
}

/** @param {readonly Sample[]} samples @returns {Spread & { regimes: Map<string, Spread> }} */
export function spreadByRegime(samples) {
  const byRegime = groupedBy(samples, ({ regime }) => regime);
  return { ...spread(samples), regimes: new Map([...byRegime].map(([regime, part]) => [regime, spread(part)])) };
}

/**
 * Items by key, in order of first appearance (`Map.groupBy`, which Node 20 lacks).
 *
 * @template T
 * @param {readonly T[]} items
 * @param {(item: T) => string} key
 * @returns {Map<string, T[]>}
 */
export function groupedBy(items, key) {
  const groups = new Map();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}

/** Worst, 99th percentile and median (nearest rank). @param {readonly Sample[]} samples @returns {Spread} */
function spread(samples) {
  const sorted = samples.toSorted((a, b) => a.error - b.error);
  const at = (/** @type {number} */ share) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  const worst = at(1);
  return {
    rows: samples.length,
    worst: worst?.error ?? 0,
    p99: at(0.99)?.error ?? 0,
    median: at(0.5)?.error ?? 0,
    worstRow: worst?.row ?? -1,
  };
}

/** Attainable precision: as many units in the last place, times the condition of the vol; never less than one unit. */
export const ULP_OVER_CONDITION_MAX = 64;
/** @type {Readonly<Record<string, string>>} */
const STATUS_OF_REASON = { below_or_at_intrinsic: "below-intrinsic", at_or_above_bound: "above-bound" };

/** How far from the answer a warm search starts: a large move of a vol from one tick to the next. */
const WARM_START = 1.02;
/** Where it starts on rows that have no answer. */
const START_WITHOUT_ANSWER = 0.5;

/**
 * Implied vols against the exact ones, searched from nowhere and from a start near the answer. Conditions below 1/64 count as
 * 1/64, so that the bound of 64 never asks for less than one unit in the last place. A row counts as `ok`, or as one with a
 * wrong status, by both searches.
 *
 * @param {Oracle} oracle
 */
export function measureImpliedVol(oracle) {
  const rows = oracle.sections.get("iv") ?? [];
  const input = {
    type: typesOf(rows, "iv"),
    price: column(rows, "price", "iv"),
    spot: column(rows, "S", "iv"),
    strike: column(rows, "K", "iv"),
    years: column(rows, "T", "iv"),
    rate: column(rows, "r", "iv"),
    carry: column(rows, "q", "iv"),
  };
  const start = Float64Array.from(rows, ({ iv }) =>
    typeof iv === "string" ? Number(iv) * WARM_START : START_WITHOUT_ANSWER,
  );
  const searches = [
    { name: "cold", ...impliedVol(input) },
    { name: "warm", ...impliedVol({ ...input, start }) },
  ];
  let [ok, wrongStatus] = [0, 0];
  /** @type {Sample[]} */
  const samples = [];
  for (const [index, row] of rows.entries()) {
    const expected = typeof row.iv === "string" ? "ok" : STATUS_OF_REASON[row.why ?? ""];
    if (searches.some(({ status }) => IMPLIED_VOL_STATUSES[status[index] ?? -1] !== expected)) wrongStatus++;
    else if (typeof row.iv === "string") {
      ok++;
      const condition = Math.max(Number(row.condition), 1 / ULP_OVER_CONDITION_MAX);
      const unit = unitInLastPlace(Number(row.iv)) * condition;
      for (const { name, vol } of searches) {
        const error = errorShare(vol[index] ?? Number.NaN, row.iv, unit);
        samples.push({ row: index, regime: `${row.tag}, ${name}`, error });
      }
    }
  }
  return { ...spreadByRegime(samples), rows: rows.length, ok, wrongStatus };
}
