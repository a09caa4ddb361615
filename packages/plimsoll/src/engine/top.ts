/** The accounts that come first by a figure, out of the columns: one pass, and memory for as many as are asked for. */
import { object, oneOf, optional, ROWS_MAX, requireWhole } from "../checks.js";
import { NO_HANDLE } from "../core/layout.js";
import type { AccountHandle, TopFigure, TopOptions, TopRow } from "../types.js";
import type { ColumnsNow } from "./columns.js";

/** Each figure of a row whose figures are there. */
const FIGURE: { readonly [figure in TopFigure]: (columns: ColumnsNow, row: number) => number } = {
  equity: ({ equity }, row) => equity[row] as number,
  initial: ({ initial }, row) => initial[row] as number,
  maintenance: ({ maintenance }, row) => maintenance[row] as number,
  positionValue: ({ positionValue }, row) => positionValue[row] as number,
  health: ({ equity, maintenance }, row) => (equity[row] as number) - (maintenance[row] as number),
  healthRatio: ({ equity, maintenance }, row) => {
    if (maintenance[row] !== 0) return (equity[row] as number) / (maintenance[row] as number);
    return (equity[row] as number) > 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  },
  initialLeverage: (columns, row) => leverage(columns, columns.initialLeverage, row),
  maintenanceLeverage: (columns, row) => leverage(columns, columns.maintenanceLeverage, row),
};

const checkOptions = object<TopOptions>({
  by: oneOf(Object.keys(FIGURE)),
  order: optional(oneOf(["ascending", "descending"])),
});

/** A leverage that is not finite is beyond every number where equity does not suffice, and 0 where nothing is held beside equity. */
function leverage({ equity, positionValue }: ColumnsNow, leverages: Float64Array, row: number): number {
  const value = leverages[row] as number;
  if (!Number.isNaN(value)) return value;
  return positionValue[row] === 0 && (equity[row] as number) > 0 ? 0 : Number.POSITIVE_INFINITY;
}

/** The first `count` rows; those with the same figure in the order of rows, those without figures last. */
export function topOf(
  columns: ColumnsNow,
  count: number,
  options: TopOptions,
  idOf: (account: AccountHandle) => string,
): TopRow[] {
  requireWhole(count, "top.count", 0, ROWS_MAX);
  checkOptions(options, "top");
  const { by, order = "ascending" } = options;
  const { handle, equity, length } = columns;
  const figure = FIGURE[by];
  const sign = order === "ascending" ? 1 : -1;
  const room = Math.min(count, length);
  // a heap whose root is the last of those that are kept
  const keys = new Float64Array(room);
  const rows = new Uint32Array(room);
  let kept = 0;
  const isAfter = (a: number, b: number) =>
    comesAfter(keys[a] as number, rows[a] as number, keys[b] as number, rows[b] as number);
  const swap = (a: number, b: number) => {
    [keys[a], keys[b]] = [keys[b] as number, keys[a] as number];
    [rows[a], rows[b]] = [rows[b] as number, rows[a] as number];
  };
  const sink = (end: number) => {
    for (let at = 0; ; ) {
      let last = at;
      for (const child of [2 * at + 1, 2 * at + 2]) if (child < end && isAfter(child, last)) last = child;
      if (last === at) return;
      swap(at, last);
      at = last;
    }
  };
  for (let row = 0; row < length && room > 0; row++) {
    if (handle[row] === NO_HANDLE) continue;
    const key = Number.isNaN(equity[row]) ? Number.NaN : sign * figure(columns, row);
    if (kept === room) {
      if (!comesAfter(keys[0] as number, rows[0] as number, key, row)) continue;
      keys[0] = key;
      rows[0] = row;
      sink(room);
      continue;
    }
    keys[kept] = key;
    rows[kept] = row;
    for (let at = kept++; at > 0 && isAfter(at, (at - 1) >> 1); at = (at - 1) >> 1) swap(at, (at - 1) >> 1);
  }
  for (let end = kept - 1; end > 0; end--) {
    swap(0, end);
    sink(end);
  }
  return Array.from({ length: kept }, (_, i) => {
    const row = rows[i] as number;
    const account = handle[row] as AccountHandle;
    return { account, id: idOf(account), row, value: sign * (keys[i] as number) };
  });
}

/** The first `count` of several rankings, which have each been made with the same options. */
export function mergedTop(lists: readonly (readonly TopRow[])[], count: number, { order }: TopOptions): TopRow[] {
  const sign = order === "descending" ? -1 : 1;
  const isAfter = (a: TopRow, b: TopRow) => comesAfter(sign * a.value, a.row, sign * b.value, b.row);
  return lists
    .flat()
    .sort((a, b) => (isAfter(a, b) ? 1 : -1))
    .slice(0, count);
}

/** Whether one row comes after another; NaN, which is no figure, after all numbers. */
function comesAfter(key: number, row: number, otherKey: number, otherRow: number): boolean {
  if (key === otherKey || (Number.isNaN(key) && Number.isNaN(otherKey))) return row > otherRow;
  return Number.isNaN(key) || key > otherKey;
}
