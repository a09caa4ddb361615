/** What `npm run accuracy` prints: Markdown tables, or one JSON document. */
import { groupedBy, ULP_OVER_CONDITION_MAX } from "./measure.mjs";

/** @typedef {import("./measure.mjs").Measured} Measured */
/** @typedef {import("./measure.mjs").Spread} Spread */
/** @typedef {ReturnType<typeof import("./measure.mjs").measureImpliedVol>} ImpliedVol */
/** @typedef {{ rows: number, outputs: readonly Measured[], impliedVol: ImpliedVol }} Findings */
/** @typedef {Awaited<ReturnType<typeof import("./peers.mjs").measurePeers>>} Peers */

/** Every bound that does not hold, as a sentence. @param {Findings} findings */
export function exceeded({ outputs, impliedVol }) {
  const faults = outputs
    .filter(({ worst, bound }) => !(worst <= bound))
    .map(
      ({ model, output, worst, bound, unit, worstRow }) =>
        `${model}[${worstRow}].${output}: ${shown(worst)} ${unit}, bound ${shown(bound)}`,
    );
  if (!(impliedVol.worst <= ULP_OVER_CONDITION_MAX)) {
    const { worst, worstRow } = impliedVol;
    faults.push(`iv[${worstRow}]: ${worst.toFixed(1)} ulp ÷ condition, bound ${ULP_OVER_CONDITION_MAX}`);
  }
  if (impliedVol.wrongStatus > 0) faults.push(`iv: ${impliedVol.wrongStatus} rows with the wrong status`);
  return faults;
}

/** @param {Findings} findings */
export function asJson({ rows, outputs, impliedVol }) {
  return {
    rows,
    outputs: outputs.map(({ model, output, worst, p99, median, bound, unit, worstRow }) => ({
      model,
      output,
      worst,
      p99,
      median,
      bound,
      unit,
      worstRow,
    })),
    impliedVol: {
      rows: impliedVol.rows,
      ok: impliedVol.ok,
      worstUlpOverCondition: impliedVol.worst,
      wrongStatus: impliedVol.wrongStatus,
    },
  };
}

/** @param {Findings} findings @param {Peers} peers @param {string} title */
export function asText(findings, peers, title) {
  const { rows, outputs, impliedVol } = findings;
  const parts = [`${title}: ${rows} options, ${impliedVol.rows} implied vols`, summary(findings)];
  for (const [model, own] of groupedBy(outputs, (o) => o.model)) {
    const regimes = [...new Set(own.flatMap((o) => [...o.regimes.keys()]))];
    parts.push(
      `${model} by regime: worst / p99 / median`,
      table(
        ["output", ...regimes],
        own.map((o) => [o.output, ...regimes.map((regime) => threeOf(o.regimes.get(regime)))]),
      ),
    );
  }
  parts.push("Beside packages of npm, bsm rows that each can price: worst / median");
  if (outputs.some(({ model }) => model === "bsm")) parts.push(besidePeers(outputs, peers) ?? "none is installed");
  const missing = [...peers].filter(([, errors]) => errors === null).map(([name]) => `${name}: not installed`);
  return [...parts, ...(missing.length > 0 ? [missing.join("\n")] : [])].join("\n\n");
}

/** Every output over all rows, and implied vols by regime. @param {Findings} findings */
export function summary({ outputs, impliedVol }) {
  const { ok, wrongStatus, regimes } = impliedVol;
  return [
    table(
      ["model", "output", "worst", "p99", "median", "bound", "unit"],
      outputs.map((o) => [o.model, o.output, shown(o.worst), shown(o.p99), shown(o.median), shown(o.bound), o.unit]),
    ),
    `Implied vol, ulp ÷ max(condition, 1/${ULP_OVER_CONDITION_MAX}), bound ${ULP_OVER_CONDITION_MAX}; ` +
      `${ok} rows with a vol, ${wrongStatus} with a wrong status`,
    table(
      ["regime", "rows", "worst", "p99", "median"],
      [...regimes].map(([regime, s]) => [regime, `${s.rows}`, ...[s.worst, s.p99, s.median].map((x) => x.toFixed(1))]),
    ),
  ].join("\n\n");
}

/**
 * Ours beside every package that is installed; undefined where none is.
 *
 * @param {readonly Measured[]} outputs
 * @param {Peers} peers
 */
export function besidePeers(outputs, peers) {
  const there = [...peers].flatMap(([name, errors]) => (errors === null ? [] : [{ name, errors }]));
  if (there.length === 0) return undefined;
  const priced = outputs.filter(({ model, output }) => model === "bsm" && there.some((p) => p.errors.has(output)));
  return table(
    ["output", "plimsoll, all rows", ...there.map(({ name }) => name)],
    priced.map((o) => [o.output, twoOf(o), ...there.map(({ errors }) => twoOf(errors.get(o.output)))]),
  );
}

/** @param {Spread | undefined} spread */
function threeOf(spread) {
  return spread === undefined ? "" : [spread.worst, spread.p99, spread.median].map(shown).join(" / ");
}

/** @param {Spread | undefined} spread */
function twoOf(spread) {
  return spread === undefined ? "" : [spread.worst, spread.median].map(shown).join(" / ");
}

/** @param {number} x */
function shown(x) {
  if (x === Number.POSITIVE_INFINITY) return "no answer";
  return x === 0 ? "0" : x.toExponential(1).replace("e+", "e").replace(".0e", "e");
}

/** A Markdown table. @param {readonly string[]} head @param {readonly (readonly string[])[]} rows */
export function table(head, rows) {
  const widths = head.map((title, i) => Math.max(title.length, 3, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (/** @type {readonly string[]} */ cells) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}
