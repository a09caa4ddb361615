// Closes a CI run: `node scripts/ci-verdict.mjs FAILED_STEP …`. Prints every skipped test with its reason, every failure and,
// as its last line, the tests that passed and failed in both languages. A failed step counts as one failure; so does a test that
// was skipped for want of data which is there, and one without a reason.

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { NO_REASON, skippedLine } from "./test-report.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const failedSteps = process.argv.slice(2);

const totals = readTotals(path.join(root, ".setup", "test.json"));
for (const test of totals.skipped) console.log(skippedLine(test));
const failures = [
  ...failedSteps,
  ...totals.failures,
  ...totals.faults,
  ...totals.skipped.filter(({ reason }) => isWrong(reason)).map(complaint),
];
for (const failure of failures) console.log(`failed: ${failure}`);

console.log(`${totals.passed} passed, ${failures.length} failed`);
process.exitCode = failures.length === 0 && totals.passed > 0 ? 0 : 1;

function readTotals(file) {
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8"));
  return { passed: 0, failures: [], skipped: [], faults: ["npm test ended before it had counted"] };
}

function isWrong(reason) {
  return reason === NO_REASON || (reason.startsWith("no data") && existsSync(path.join(root, "..", "shared")));
}

function complaint({ name, reason }) {
  return `${name} was skipped (${reason})`;
}
