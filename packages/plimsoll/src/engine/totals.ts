/** Totals of shards, added as one engine adds accounts: exactly. */
import type { Totals } from "../types.js";

/** Totals as an engine holds them: sums in 2⁻⁶⁰ of `quoteScale` of the quote asset, in the order of {@link FIGURES}. */
export interface ExactTotals {
  readonly accounts: number;
  readonly quoteScale: number;
  readonly sums: readonly bigint[];
}

const FIGURES = ["equity", "initial", "maintenance", "positionValue"] as const;
const UNITS_PER_ONE = 2 ** 60;
/** 32-bit words of a sum, the lowest first, the highest signed. */
const WORDS = 4;

/** From the answer of `exactTotals`. */
export function exactTotalsOf([accounts = 0, quoteScale = 1, ...words]: Iterable<number>): ExactTotals {
  const sums = FIGURES.map((_, figure) => {
    const sum = words.slice(WORDS * figure, WORDS * (figure + 1));
    return sum.reduceRight((high, word) => high * 2n ** 32n + BigInt(word), 0n);
  });
  return { accounts, quoteScale, sums };
}

/** What one engine with the accounts of all shards would give, to the last bit. */
export function mergedTotals(shards: readonly ExactTotals[]): Totals {
  const quoteScale = shards[0]?.quoteScale ?? 1;
  const [equity, initial, maintenance, positionValue] = FIGURES.map((_, figure) => {
    const sum = shards.reduce((total, { sums }) => total + (sums[figure] as bigint), 0n);
    // rounded once, to even, as the engine rounds
    return (Number(sum) / UNITS_PER_ONE) * quoteScale;
  }) as [number, number, number, number];
  const accounts = shards.reduce((total, shard) => total + shard.accounts, 0);
  return { accounts, equity, initial, maintenance, positionValue };
}
