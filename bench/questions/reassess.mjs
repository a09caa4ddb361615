/** How fast is every account assessed again after every price has moved? */
import { requireAgreement, requireFigures, WrongAnswer } from "../answers.mjs";
import { measure } from "../harness.mjs";
import { seededBook } from "../inputs/book.mjs";
import { EngineWithBook } from "../inputs/engine.mjs";
import {
  assessExactLookUp,
  assessExactMax,
  assessPlainLookUp,
  assessPlainMax,
  cashAfterCosts,
  RivalFigures,
  recordsForLookUp,
  recordsForMax,
  setPrices,
} from "../rivals/book.mjs";
import { comparison, HAS_NEW_V8 } from "../row.mjs";

export const name = "reassess";

const SEED = 20;
const POSITIONS = [10, 20, 50];
const ACCOUNTS = 100_000;
const ACCOUNTS_SHORT = 4_000;
/** Largest difference to a rival with plain sums, as a share of cash + position value: a rounding of a double per position. */
const PLAIN_TOLERANCE = 64 * Number.EPSILON;
/** Exact sums of the same contributions are the same bits. */
const EXACT_TOLERANCE = 0;
/** Largest relative difference of a total to the one written here. */
const TOTAL_TOLERANCE = 1e-13;

/** Totals over all accounts at the first prices, by accounts and positions per account. */
const EXPECTED = {
  "4000 × 10": { equity: 4000215640.0548296, initial: 106554830.52026305, maintenance: 53277415.26013152 },
  "4000 × 20": { equity: 4000102339.235288, initial: 216004444.3466087, maintenance: 108002222.17330435 },
  "4000 × 50": { equity: 4000707645.7529707, initial: 546393423.1115834, maintenance: 273196711.5557917 },
  "100000 × 10": { equity: 99999300348.98007, initial: 2689134447.83425, maintenance: 1344567223.917125 },
  "100000 × 20": { equity: 100003075398.97699, initial: 5406884284.4119215, maintenance: 2703442142.2059608 },
  "100000 × 50": { equity: 99999235645.97865, initial: 13632100536.394697, maintenance: 6816050268.197349 },
};

/** Goals of the rivals: with plain sums (a newer V8 makes twice as fast code of them) and with exact ones. */
const PLAIN_GOAL = { min: HAS_NEW_V8 ? 1.3 : 1.8 };
const EXACT_GOAL = { min: 2.3 };

/**
 * @typedef {object} Rival
 * @property {string} name
 * @property {import("../rivals/book.mjs").Assess} assess
 * @property {(book: import("../inputs/book.mjs").Book) => Float64Array} records
 * @property {number} tolerance
 * @property {{ min: number }} goal
 */

/** @type {readonly Rival[]} */
const RIVALS = [
  {
    name: "plain sums, tiers by max",
    tolerance: PLAIN_TOLERANCE,
    assess: assessPlainMax,
    records: recordsForMax,
    goal: PLAIN_GOAL,
  },
  {
    name: "plain sums, tiers by look-up",
    tolerance: PLAIN_TOLERANCE,
    assess: assessPlainLookUp,
    records: recordsForLookUp,
    goal: PLAIN_GOAL,
  },
  {
    name: "exact sums, tiers by max",
    tolerance: PLAIN_TOLERANCE,
    assess: assessExactMax,
    records: recordsForMax,
    goal: EXACT_GOAL,
  },
  {
    name: "exact sums, tiers by look-up",
    tolerance: EXACT_TOLERANCE,
    assess: assessExactLookUp,
    records: recordsForLookUp,
    goal: EXACT_GOAL,
  },
];

/** @param {{ isShort: boolean }} options */
export async function run({ isShort }) {
  const rows = [];
  for (const positions of POSITIONS) rows.push(...(await reassess(positions, isShort ? ACCOUNTS_SHORT : ACCOUNTS)));
  return rows;
}

/**
 * @param {number} positions
 * @param {number} accounts
 */
async function reassess(positions, accounts) {
  const book = seededBook({ accounts, positions, seed: SEED });
  const ours = await EngineWithBook.of(book);
  const rivals = RIVALS.map((rival) => ({ ...rival, ...rivalOn(book, rival) }));
  const expected = EXPECTED[/** @type {keyof typeof EXPECTED} */ (`${accounts} × ${positions}`)];
  const work = `accounts of ${positions} positions, all prices moved`;
  for (const prices of book.prices) {
    const columns = ours.assess(prices);
    for (const rival of rivals) {
      rival.assess(prices);
      for (const figure of /** @type {const} */ (["equity", "initial", "maintenance"])) {
        const tolerance = (/** @type {number} */ a) => rival.tolerance * (book.cash[a] + columns.positionValue[a]);
        requireAgreement(`${work}: ${figure} beside ${rival.name}`, columns[figure], rival.figures[figure], tolerance);
      }
    }
  }
  ours.assess(book.prices[0]);
  requireFigures(work, { ...ours.engine.totals() }, expected, TOTAL_TOLERANCE);
  if (ours.engine.stats().pendingEvents > 0) throw new WrongAnswer(`${work}: a band was crossed`);
  const timing = measure([
    { name: "ours", run: inTurns(book, (prices) => ours.assess(prices)), items: accounts },
    ...rivals.map(({ name, assess }) => ({ name, run: inTurns(book, assess), items: accounts })),
  ]);
  ours.engine.dispose();
  return RIVALS.map(({ name, goal }) =>
    comparison({ work, beside: name, timing, ours: "ours", peer: name, goal, unit: "accounts/s" }),
  );
}

/**
 * A run that steps through the book's price vectors, so that every price moves in each.
 *
 * @param {import("../inputs/book.mjs").Book} book
 * @param {(prices: Float64Array) => void} assess
 */
function inTurns(book, assess) {
  let turn = 0;
  return () => {
    turn = (turn + 1) % book.prices.length;
    assess(/** @type {Float64Array} */ (book.prices[turn]));
  };
}

/**
 * @param {import("../inputs/book.mjs").Book} book
 * @param {Rival} rival
 */
function rivalOn(book, { assess, records: recordsOf }) {
  const { accounts, offsets, instrument, size } = book;
  const records = recordsOf(book);
  const cash = cashAfterCosts(book);
  const figures = new RivalFigures(accounts);
  return {
    figures,
    /** @param {Float64Array} prices */
    assess(prices) {
      setPrices(records, prices);
      const { equity, initial, maintenance } = figures;
      assess(accounts, offsets, instrument, size, records, cash, equity, initial, maintenance);
    },
  };
}
