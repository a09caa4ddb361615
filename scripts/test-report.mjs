import { existsSync, readFileSync } from "node:fs";

/**
 * What a test runner's run came to.
 *
 * @typedef {{ passed: number, failed: number, skipped: { name: string, reason: string }[], faults: string[] }} Report
 * `faults` are failures that are no test's: a file that does not load, a runner that ends before it has counted.
 */

/** The reason of a test that was skipped without one. */
export const NO_REASON = "no reason given";

/**
 * Counts the unit, integration and documentation tests in the output of `cargo test -- --show-output`. A test that printed
 * `skipped: REASON` counts as skipped, not as passed; so does an ignored one.
 *
 * @param {string} output  standard output
 * @param {number} code    exit code
 * @returns {Report}
 */
export function readCargoReport(output, code) {
  const report = { passed: 0, failed: 0, skipped: [], faults: [] };
  let printing = null;
  for (const line of output.split(/\r?\n/)) {
    const result = /^test result: \S+ (\d+) passed; (\d+) failed;/.exec(line);
    const ignored = /^test (.+?) \.\.\. ignored(?:, (.*))?$/.exec(line);
    const heading = /^---- (.+) (?:stdout|stderr) ----$/.exec(line);
    const skipped = /^skipped: (.+)$/.exec(line.trim());
    if (result !== null) {
      report.passed += Number(result[1]);
      report.failed += Number(result[2]);
      printing = null;
    } else if (ignored !== null) {
      report.skipped.push({ name: ignored[1], reason: ignored[2] ?? NO_REASON });
    } else if (heading !== null) {
      printing = heading[1];
    } else if (skipped !== null && printing !== null) {
      report.skipped.push({ name: printing, reason: skipped[1] });
      report.passed -= 1;
      printing = null;
    }
  }
  if (code !== 0 && report.failed === 0) report.faults.push(`cargo test ended with code ${code}`);
  return report;
}

/**
 * Reads what `vitest-reporter.mjs` wrote.
 *
 * @param {string} file  its file
 * @param {number} code  vitest's exit code
 * @returns {Report}
 */
export function readVitestReport(file, code) {
  if (!existsSync(file)) {
    return { passed: 0, failed: 0, skipped: [], faults: [`vitest ended with code ${code} before it had counted`] };
  }
  const report = JSON.parse(readFileSync(file, "utf8"));
  if (code !== 0 && report.failed === 0 && report.faults.length === 0)
    report.faults.push(`vitest ended with code ${code}`);
  return report;
}

/** Adds reports up. A fault counts as one failure. */
export function totalsOf(reports) {
  const sum = (count) => reports.reduce((total, report) => total + count(report), 0);
  return {
    passed: sum(({ passed }) => passed),
    failed: sum(({ failed, faults }) => failed + faults.length),
    skipped: reports.flatMap(({ skipped }) => skipped),
    faults: reports.flatMap(({ faults }) => faults),
  };
}

/** The totals for people, with the skipped tests and their reasons above. */
export function totalsText({ passed, failed, skipped, faults }) {
  const count = `tests: ${passed} passed, ${failed} failed, ${skipped.length} skipped`;
  return [...skipped.map(({ name, reason }) => `skipped ${name}: ${reason}`), ...faults, count].join("\n");
}
