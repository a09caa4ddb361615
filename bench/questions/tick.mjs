/** What does one tick cost where one account in a hundred holds the instrument? */
import { requireFigures } from "../answers.mjs";
import { measure, sampler } from "../harness.mjs";
import { inPriceTurns, seededBook } from "../inputs/book.mjs";
import { EngineWithBook } from "../inputs/engine.mjs";
import { IncrementalRival } from "../rivals/book.mjs";
import { requireSameColumns } from "../rivals/figures.mjs";
import { comparison } from "../row.mjs";

export const name = "tick";

const SEED = 20;
const POSITIONS = 20;
const ACCOUNTS = 100_000;
const ACCOUNTS_SHORT = 4_000;
/** Share of the accounts that hold the instruments that tick. */
const HOLDER_SHARE = 0.01;
/**
 * How many instruments tick in turn: with one, its holders' rows stay in the cache; with many, they are as cold as a market leaves
 * them.
 */
const TICKING = [1, 16];
/** Turns of ticks before answers are compared. */
const CHECKED_TURNS = 21;
/** Exact sums of the same contributions are the same bits, whichever way they were reached. */
const TOLERANCE = 0;
/** Largest relative difference of a total to the one written here. */
const TOTAL_TOLERANCE = 1e-13;
/** A tick's time per holder over that of a full reassessment per account. */
const REASSESSMENT_GOAL = { max: 1 / 6 };

/** Totals over all accounts after the checked turns, by accounts, for each of {@link TICKING}. */
const EXPECTED = {
  4000: [
    { equity: 4000102110.4420953, initial: 216002705.84992793, maintenance: 108001352.92496397 },
    { equity: 4000096388.478138, initial: 216003998.27272335, maintenance: 108001999.13636167 },
  ],
  100000: [
    { equity: 100003062874.99536, initial: 5406900950.892525, maintenance: 2703450475.4462624 },
    { equity: 100003016638.02663, initial: 5406905648.149938, maintenance: 2703452824.074969 },
  ],
};

/** @param {{ isShort: boolean }} options */
export async function run({ isShort }) {
  const accounts = isShort ? ACCOUNTS_SHORT : ACCOUNTS;
  const book = seededBook({ accounts, positions: POSITIONS, seed: SEED });
  const ours = await EngineWithBook.of(book);
  const watched = await EngineWithBook.of(book);
  const rival = new IncrementalRival(book, book.prices[0]);
  const books = { ours, watched, rival };
  const expected = EXPECTED[/** @type {keyof typeof EXPECTED} */ (accounts)];
  const rows = [];
  for (const [i, count] of TICKING.entries()) rows.push(...(await ticks(book, books, count, expected[i])));
  ours.engine.dispose();
  watched.engine.dispose();
  return rows;
}

/**
 * The same book three times.
 *
 * @typedef {object} Books
 * @property {EngineWithBook} ours Nobody has read its columns, so that ticks need not write them.
 * @property {EngineWithBook} watched
 * @property {IncrementalRival} rival
 */

/**
 * @param {import("../inputs/book.mjs").Book} book
 * @param {Books} books
 * @param {number} count How many instruments tick in turn.
 * @param {Readonly<Record<string, number>>} expected Totals after the checked ticks.
 */
async function ticks(book, { ours, watched, rival }, count, expected) {
  const ticking = instrumentsHeldBy(HOLDER_SHARE * book.accounts, book, count);
  const isTicking = new Set(ticking);
  const holders = book.instrument.reduce((sum, k) => sum + Number(isTicking.has(k)), 0);
  const which = count === 1 ? "the same instrument" : `${count} instruments in turn`;
  const work = `one tick, ${book.accounts} × ${POSITIONS} positions, ${Math.round(holders / count)} holders, ${which}`;
  const runOurs = inTurns(book, ticking, (k, price) => ours.tick(k, price));
  const runWatched = inTurns(book, ticking, (k, price) => watched.tick(k, price));
  let timeMs = Math.max(...rival.timesMs);
  const runRival = inTurns(book, ticking, (k, price) => rival.tick(k, price, ++timeMs));

  for (const each of [ours, watched]) each.assess(book.prices[0]);
  for (const [k, price] of book.prices[0].entries()) rival.tick(k, price, rival.timesMs[k]);
  for (let i = 0; i < CHECKED_TURNS; i++) {
    for (const run of [runOurs, runWatched, runRival]) run();
  }
  requireSameColumns(work, watched.columns, rival.figures, TOLERANCE, book.cash);
  requireFigures(work, { ...watched.engine.totals() }, { ...ours.engine.totals() }, 0);
  requireFigures(work, { ...ours.engine.totals() }, expected, TOTAL_TOLERANCE);

  const timing = await measure({
    ours: sampler(runOurs, holders),
    watched: sampler(runWatched, holders),
    rival: sampler(runRival, holders),
    full: sampler(
      inPriceTurns(book, (prices) => ours.assess(prices)),
      book.accounts,
    ),
  });
  return [
    comparison({
      work,
      beside: "our own full reassessment, per account",
      timing,
      ours: "ours",
      peer: "full",
      goal: REASSESSMENT_GOAL,
      unit: "ns per holder",
    }),
    comparison({
      work: `${work}, columns written`,
      beside: "differences to a list of holders, exact sums",
      timing,
      ours: "watched",
      peer: "rival",
      itemsPerUnit: holders / count,
      goal: null,
      unit: "ns per tick",
    }),
  ];
}

/**
 * A run in which each of these instruments ticks once, at the next price vector.
 *
 * @param {import("../inputs/book.mjs").Book} book
 * @param {readonly number[]} ticking
 * @param {(k: number, price: number) => void} tick
 */
function inTurns({ prices }, ticking, tick) {
  let turn = 0;
  return () => {
    turn = (turn + 1) % prices.length;
    for (const k of ticking) tick(k, prices[turn][k]);
  };
}

/**
 * The instruments whose numbers of holders are nearest to the one asked for.
 *
 * @param {number} wanted
 * @param {import("../inputs/book.mjs").Book} book
 * @param {number} count
 */
function instrumentsHeldBy(wanted, book, count) {
  const counts = new Int32Array(book.tiers.length);
  for (const k of book.instrument) counts[k]++;
  const distance = (/** @type {number} */ k) => Math.abs(counts[k] - wanted);
  return [...counts.keys()].sort((a, b) => distance(a) - distance(b) || a - b).slice(0, count);
}
