import { existsSync, readFileSync } from "node:fs";

/**
 * What a test runner's run came to.
 *
 * @typedef {{ passed: number, failures: string[], skipped: { name: string, reason: string }[], faults: string[] }} Report
 * `failures` are the tests that failed, by name; `faults` are no test's: a file that does not load, a runner that ends before
 * it has counted.
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
  const report = { passed: 0, failures: [], skipped: [], faults: [] };
  let printing = null;
  for (const line of output.split(/\r?\n/)) {
    const result = /^test result: \S+ (\d+) passed;/.exec(line);
    const failed = /^test (.+?) \.\.\. FAILED$/.exec(line);
    const ignored = /^test (.+?) \.\.\. ignored(?:, (.*))?$/.exec(line);
    const heading = /^---- (.+) (?:stdout|stderr) ----$/.exec(line);
    const skipped = /^skipped: (.+)$/.exec(line.trim());
    if (result !== null) {
      report.passed += Number(result[1]);
      printing = null;
    } else if (failed !== null) {
      report.failures.push(failed[1]);
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
  if (code !== 0 && report.failures.length === 0) report.faults.push(`cargo test ended with code ${code}`);
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
    return { passed: 0, failures: [], skipped: [], faults: [`vitest ended with code ${code} before it had counted`] };
  }
  const report = JSON.parse(readFileSync(file, "utf8"));
  if (code !== 0 && report.failures.length === 0 && report.faults.length === 0)
    report.faults.push(`vitest ended with code ${code}`);
  return report;
}

/** Adds reports up. */
export function totalsOf(reports) {
  return {
    passed: reports.reduce((total, { passed }) => total + passed, 0),
    failures: reports.flatMap(({ failures }) => failures),
    skipped: reports.flatMap(({ skipped }) => skipped),
    faults: reports.flatMap(({ faults }) => faults),
  };
}

/** The totals for people, with the skipped tests and their reasons above, then every failure. A fault counts as one. */
export function totalsText({ passed, failures, skipped, faults }) {
  const failed = [...failures, ...faults];
  const count = `tests: ${passed} passed, ${failed.length} failed, ${skipped.length} skipped`;
  return [...skipped.map(skippedLine), ...failed.map((name) => `failed: ${name}`), count].join("\n");
}

/** How a skipped test is told. */
export function skippedLine({ name, reason }) {
  return `skipped ${name}: ${reason}`;
}
