/** A tick as words of a batch: row after row, so that a tick is written in one place and a batch may have any length. */

/** What a row ticks. */
export const TARGET_NAMES = ["instrument", "asset", "underlying"] as const;
export const TARGET = { instrument: 0, asset: 1, underlying: 2 } as const satisfies {
  readonly [place in 0 | 1 | 2 as (typeof TARGET_NAMES)[place]]: place;
};

/**
 * Words of a row. `rows` in the first row of a pass says how many rows are applied together, and is 0 in the others; `mark` is the
 * price of assets and underlyings; `count` says for how many ticks the row stands, which are refused if it is. NaN stands for "not given".
 */
export const ROW = {
  target: 0,
  rows: 1,
  handle: 2,
  mark: 3,
  index: 4,
  underlyingPrice: 5,
  vol: 6,
  rate: 7,
  timeMs: 8,
  source: 9,
  count: 10,
} as const;
export const ROW_WORDS = 11;

/** A tick that was refused: what it ticks, its handle, the place of its status among their names, its time, and how many it stands for. */
export const REJECTION_WORDS = 5;
