/** A tick as words of a batch. */

/** What a row ticks. */
export const TARGET = { instrument: 0, asset: 1, underlying: 2 } as const;

/** Words of a row. `rows` in the first row of a pass says how many rows are applied together; `mark` is the price of other targets. */
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
} as const;
export const ROW_WORDS = 10;
