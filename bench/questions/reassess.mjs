/** How fast is every account assessed again after every price has moved? */
import { requireFigures, WrongAnswer } from "../answers.mjs";
import { measure, sampler } from "../harness.mjs";
import { inPriceTurns, seededBook } from "../inputs/book.mjs";
import { EngineWithBook } from "../inputs/engine.mjs";
import { exactLookUp, exactMax, FullPassRival, plainLookUp, plainMax } from "../rivals/book.mjs";
import { requireSameColumns } from "../rivals/figures.mjs";
import { comparison, HAS_NEW_V8 } from "../row.mjs";

export const name = "reassess";

const SEED = 20;
/** Positions per account, how many accounts, and how many for a short run. */
const SHAPES = [
  [10, 100_000, 4_000],
  [20, 100_000, 4_000],
  [50, 40_000, 4_000],
];
/** Largest difference where sums or requirements round otherwise, as a share of what was summed: a rounding per position. */
const ROUNDED = 64 * Number.EPSILON;
/** Exact sums of the same contributions are the same bits. */
const SAME_BITS = 0;
/** Largest relative difference of a total to the one written here. */
const TOTAL_TOLERANCE = 1e-13;

/** Totals over all accounts at the first prices, by accounts and positions per account. */
const EXPECTED = {
  "4000 × 10": { equity: 4000215640.0548296, initial: 106554830.52026305, maintenance: 53277415.26013152 },
  "4000 × 20": { equity: 4000102339.235288, initial: 216004444.3466087, maintenance: 108002222.17330435 },
  "4000 × 50": { equity: 4000707645.7529707, initial: 546393423.1115834, maintenance: 273196711.5557917 },
  "100000 × 10": { equity: 99999300348.98007, initial: 2689134447.83425, maintenance: 1344567223.917125 },
  "100000 × 20": { equity: 100003075398.97699, initial: 5406884284.4119215, maintenance: 2703442142.2059608 },
  "40000 × 50": { equity: 39991685772.3762, initial: 5452757494.975611, maintenance: 2726378747.4878054 },
};

/** Goals of the rivals: with plain sums (a newer V8 makes faster code of them) and with exact ones. */
const PLAIN_GOAL = { min: HAS_NEW_V8 ? 1.3 : 1.8 };
const EXACT_GOAL = { min: 2.3 };

const RIVALS = [
  {
    name: "plain sums, tiers by max",
    way: plainMax,
    tolerance: ROUNDED,
    goal: PLAIN_GOAL,
  },
  {
    name: "plain sums, tiers by look-up",
    way: plainLookUp,
    tolerance: ROUNDED,
    goal: PLAIN_GOAL,
  },
  {
    name: "exact sums, tiers by max",
    way: exactMax,
    tolerance: ROUNDED,
    goal: EXACT_GOAL,
  },
  {
    name: "exact sums, tiers by look-up",
    way: exactLookUp,
    tolerance: SAME_BITS,
    goal: EXACT_GOAL,
  },
];

/** @param {{ isShort: boolean }} options */
export async function run({ isShort }) {
  const rows = [];
  for (const [positions, full, short] of SHAPES) rows.push(...(await reassess(positions, isShort ? short : full)));
  return rows;
}

/**
 * @param {number} positions
 * @param {number} accounts
 */
async function reassess(positions, accounts) {
  const book = seededBook({ accounts, positions, seed: SEED });
  const ours = await EngineWithBook.of(book);
  const rivals = RIVALS.map(({ way, ...rival }) => ({ ...rival, pass: new FullPassRival(book, way) }));
  const expected = EXPECTED[/** @type {keyof typeof EXPECTED} */ (`${accounts} × ${positions}`)];
  const work = `accounts of ${positions} positions, all prices moved`;
  for (const prices of book.prices) {
    const columns = ours.assess(prices);
    for (const { name, pass, tolerance } of rivals) {
      pass.assess(prices);
      requireSameColumns(`${work}: beside ${name}`, columns, pass.figures, tolerance, book.cash);
    }
  }
  ours.assess(book.prices[0]);
  requireFigures(work, { ...ours.engine.totals() }, expected, TOTAL_TOLERANCE);
  const crossings = [ours.engine.stats().pendingEvents, ...rivals.map(({ pass }) => pass.figures.events.length)];
  if (crossings.some((count) => count > 0)) throw new WrongAnswer(`${work}: a band was crossed`);
  const timing = await measure({
    ours: sampler(
      inPriceTurns(book, (prices) => ours.assess(prices)),
      accounts,
    ),
    ...Object.fromEntries(
      rivals.map(({ name, pass }) => [
        name,
        sampler(
          inPriceTurns(book, (prices) => pass.assess(prices)),
          accounts,
        ),
      ]),
    ),
  });
  ours.engine.dispose();
  return RIVALS.map(({ name, goal }) =>
    comparison({ work, beside: name, timing, ours: "ours", peer: name, goal, unit: "accounts/s" }),
  );
}
