/** Rows as a table for people: a line per peer, under what was done. */
import { isMet } from "./row.mjs";

/** @typedef {import("./row.mjs").Row} Row */

/**
 * @param {readonly Row[]} rows
 * @returns {string}
 */
export function table(rows) {
  const head = ["beside", "ours", "peer", "unit", "ratio", "goal", ""];
  const lines = rows.map((row) => [
    row.beside || "–",
    figure(row.ours),
    row.peer === null ? "" : figure(row.peer),
    row.unit,
    row.ratio === null ? "" : `${row.ratio.toPrecision(3)} ×`,
    goalText(row.goal),
    verdict(isMet(row)),
  ]);
  const widths = head.map((title, i) => Math.max(title.length, ...lines.map((line) => cell(line, i).length)));
  const isNumber = [false, true, true, false, true, true, false];
  const text = (/** @type {string[]} */ line) =>
    `  ${line.map((_, i) => (isNumber[i] ? cell(line, i).padStart(widths[i]) : cell(line, i).padEnd(widths[i]))).join("  ")}`.trimEnd();
  const hasOneRuntime = new Set(rows.map(({ runtime }) => runtime)).size === 1;
  const headings = rows.map(({ work, runtime }) => (hasOneRuntime ? work : `${work}, ${runtime}`));
  const body = lines.flatMap((line, i) =>
    headings[i] === headings[i - 1] ? [text(line)] : ["", headings[i], text(line)],
  );
  return [text(head), ...body].join("\n");
}

/**
 * @param {readonly string[]} line
 * @param {number} i
 */
function cell(line, i) {
  return line[i] ?? "";
}

/** @param {number} value */
function figure(value) {
  for (const [size, sign] of /** @type {const} */ ([
    [1e6, " M"],
    [1e3, " k"],
  ])) {
    if (value >= size) return (value / size).toPrecision(3) + sign;
  }
  return value.toPrecision(3);
}

/** @param {Row["goal"]} goal */
function goalText(goal) {
  if (goal === null) return "";
  return "min" in goal ? `≥ ${goal.min}` : `≤ ${Number(goal.max.toPrecision(3))}`;
}

/** @param {boolean | null} met */
function verdict(met) {
  if (met === null) return "";
  return met ? "met" : "falls short";
}
