import type { ChainRow, Published } from "./read.js";

/** Absolute differences to the published figures, in the file's own units; quantiles by nearest rank. */
export interface ErrorFigures {
  readonly median: number;
  readonly p90: number;
  readonly p99: number;
  readonly worst: number;
  /** Rows that have the published figure. */
  readonly compared: number;
}

export const CHAIN_FIGURES = [
  "price",
  "delta",
  "gamma",
  "vega",
  "theta",
  "rho",
] as const satisfies readonly (keyof Published)[];
export type ChainFigure = (typeof CHAIN_FIGURES)[number];
/** `null` where the file lacks the column. */
export type ChainErrors = Readonly<Record<ChainFigure, ErrorFigures | null>>;

/** Our figures of each row, in the file's units. */
export type ModelFigures = Readonly<Record<ChainFigure, Float64Array>>;

export function chainErrors(
  rows: readonly ChainRow[],
  model: ModelFigures,
  has: ReadonlySet<keyof Published>,
): ChainErrors {
  const entries = CHAIN_FIGURES.map((figure) => [
    figure,
    has.has(figure) ? errorFigures(rows, model, figure, () => true) : null,
  ]);
  return Object.fromEntries(entries) as ChainErrors;
}

/** Errors of one figure over the rows that `counts` admits and that have a published value. */
export function errorFigures(
  rows: readonly ChainRow[],
  model: ModelFigures,
  figure: ChainFigure,
  counts: (row: ChainRow) => boolean,
): ErrorFigures | null {
  const differences: number[] = [];
  rows.forEach((row, k) => {
    const published = row.published[figure];
    if (published !== undefined && counts(row)) differences.push(Math.abs((model[figure][k] as number) - published));
  });
  if (differences.length === 0) return null;
  differences.sort((a, b) => a - b);
  const rank = (share: number) => differences[Math.ceil(share * differences.length) - 1] as number;
  return { median: rank(0.5), p90: rank(0.9), p99: rank(0.99), worst: rank(1), compared: differences.length };
}
