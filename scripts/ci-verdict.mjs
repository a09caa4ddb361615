// Closes a CI run: `node scripts/ci-verdict.mjs FAILED_STEPS`. Prints every skipped test with its reason and, as its last line,
// the tests that passed and failed in both languages. A failed step counts as one failure; so does a test that was skipped for
// want of data which is there, and one without a reason.

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { NO_REASON } from "./test-report.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const failedSteps = Number(process.argv[2]);

const totals = readTotals(path.join(root, ".setup", "test.json"));
for (const { name, reason } of totals.skipped) console.log(`skipped ${name}: ${reason}`);
const faults = [...totals.faults, ...totals.skipped.filter(({ reason }) => isWrong(reason)).map(complaint)];
for (const fault of faults) console.log(`failed: ${fault}`);

const failed = totals.failed + failedSteps + faults.length - totals.faults.length;
console.log(`${totals.passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && totals.passed > 0 ? 0 : 1;

function readTotals(file) {
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8"));
  return { passed: 0, failed: 1, skipped: [], faults: ["npm test ended before it had counted"] };
}

function isWrong(reason) {
  return reason === NO_REASON || (reason.startsWith("no data") && existsSync(path.join(root, "..", "shared")));
}

function complaint({ name, reason }) {
  return `${name} was skipped (${reason})`;
}
