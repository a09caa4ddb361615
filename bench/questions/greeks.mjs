/** How many options a second are priced with five Greeks, from columns to columns? */
import { greeks, loadMath, ResidentGreeks } from "plimsoll/math";
import { requireAgreement, requireFigures } from "../answers.mjs";
import { measure, sampler } from "../harness.mjs";
import { seededOptions } from "../inputs/options.mjs";
import { textbookFiveGreeks } from "../rivals/greeks.mjs";
import { comparison } from "../row.mjs";

export const name = "greeks";

const ROWS = 1_024;
const SEED = 6;
const OUTPUTS = /** @type {const} */ (["price", "delta", "gamma", "vega", "theta", "rho"]);
/** Largest difference to the textbook formula as a share of the column's largest value: what West's distribution function loses. */
const TOLERANCE = 1e-13;
/** Largest relative difference of a column's sum to the one written here. */
const SUM_TOLERANCE = 1e-12;
/** Sums of the columns. */
const EXPECTED = {
  price: 21947.408233565766,
  delta: 124.79759068812025,
  gamma: 9.141460748189438,
  vega: 32354.542439457346,
  theta: -10583.576259592823,
  rho: -10232.223159582954,
};
const GOAL = { min: 3 };
const BESIDE = "textbook typed-array JavaScript";

export async function run() {
  await loadMath();
  const options = seededOptions({ rows: ROWS, seed: SEED });
  const textbook = /** @type {Record<(typeof OUTPUTS)[number], Float64Array>} */ (
    Object.fromEntries(OUTPUTS.map((output) => [output, new Float64Array(ROWS)]))
  );
  const work = `price and five Greeks, ${ROWS} rows of columns`;
  textbookFiveGreeks(options, textbook);
  const ours = greeks({ ...options, outputs: OUTPUTS });
  const resident = residentBook(options);
  resident.compute();
  for (const output of OUTPUTS) {
    const scale = ours[output].reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    requireAgreement(`${work}: ${output}`, ours[output], textbook[output], () => TOLERANCE * scale);
    requireAgreement(`${work}: resident ${output}`, resident.out[output], ours[output], () => 0);
  }
  requireAgreement(`${work}: status`, ours.status, new Uint8Array(ROWS), () => 0);
  const sums = Object.fromEntries(
    OUTPUTS.map((output) => [output, ours[output].reduce((sum, value) => sum + value, 0)]),
  );
  requireFigures(work, sums, EXPECTED, SUM_TOLERANCE);

  const timing = await measure({
    copied: sampler(() => void greeks({ ...options, outputs: OUTPUTS }), ROWS),
    resident: sampler(() => resident.compute(), ROWS),
    textbook: sampler(() => textbookFiveGreeks(options, textbook), ROWS),
  });
  resident.dispose();
  const line = (/** @type {string} */ how, /** @type {string} */ ours) =>
    comparison({
      work: `${work}, ${how}`,
      beside: BESIDE,
      timing,
      ours,
      peer: "textbook",
      goal: GOAL,
      unit: "options/s",
    });
  return [line("resident in memory", "resident"), line("copied in and out", "copied")];
}

/** @param {import("../inputs/options.mjs").Options} options */
function residentBook({ type, ...columns }) {
  const book = new ResidentGreeks({ rows: ROWS, outputs: OUTPUTS });
  book.isCall.set(type.map((side) => (side > 0 ? 1 : 0)));
  for (const [name, column] of Object.entries(columns)) book[/** @type {keyof typeof columns} */ (name)].set(column);
  return book;
}
