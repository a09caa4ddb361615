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
