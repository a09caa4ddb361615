/** Checks of answers: a benchmark whose answers are wrong has measured nothing. */

/** An answer that is not the expected one. */
export class WrongAnswer extends Error {}

/**
 * Two columns that must agree row by row.
 *
 * @param {string} what
 * @param {ArrayLike<number>} ours
 * @param {ArrayLike<number>} theirs
 * @param {(row: number) => number} tolerance Largest difference allowed, in the column's own unit.
 */
export function requireAgreement(what, ours, theirs, tolerance) {
  if (ours.length !== theirs.length) throw new WrongAnswer(`${what}: ${ours.length} rows against ${theirs.length}`);
  for (let row = 0; row < ours.length; row++) {
    const [a, b] = [/** @type {number} */ (ours[row]), /** @type {number} */ (theirs[row])];
    // written so that NaN fails
    if (!(Math.abs(a - b) <= tolerance(row))) throw new WrongAnswer(`${what}, row ${row}: ours ${a}, the rival's ${b}`);
  }
}

/**
 * Columns of a figure that is not always a number: where one is NaN, so must be the other.
 *
 * @param {string} what
 * @param {ArrayLike<number>} ours
 * @param {ArrayLike<number>} theirs
 * @param {(row: number) => number} tolerance As of {@link requireAgreement}, where both are numbers.
 */
export function requireAgreementOrBothNaN(what, ours, theirs, tolerance) {
  const told = (/** @type {ArrayLike<number>} */ column, /** @type {ArrayLike<number>} */ other) =>
    Float64Array.from(column, (figure, row) => (Number.isNaN(figure) && Number.isNaN(other[row]) ? 0 : figure));
  const allowed = (/** @type {number} */ row) => (Number.isNaN(ours[row]) ? 0 : tolerance(row));
  requireAgreement(what, told(ours, theirs), told(theirs, ours), allowed);
}

/**
 * Figures that must be the ones written in the benchmark's definition.
 *
 * @param {string} what
 * @param {Readonly<Record<string, number>>} figures
 * @param {Readonly<Record<string, number>>} expected
 * @param {number} relative Largest relative difference allowed.
 */
export function requireFigures(what, figures, expected, relative) {
  for (const [name, figure] of Object.entries(expected)) {
    const came = figures[name] ?? Number.NaN;
    if (!(Math.abs(came - figure) <= relative * Math.abs(figure))) {
      throw new WrongAnswer(`${what}: ${name} is ${came}, expected ${figure}`);
    }
  }
}
