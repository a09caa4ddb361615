import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { readCargoReport, totalsOf, totalsText } from "../test-report.mjs";

const CARGO = `
running 4 tests
test one ... ok
test two ... ok
test three ... ignored, needs a week
test four ... FAILED

successes:

---- two stdout ----
skipped: no data

test result: FAILED. 2 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s

running 1 test
test five ... ok

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s
`;

describe("cargo's report", () => {
  test("a test that says that it is skipped does not count as passed", () => {
    expect(readCargoReport(CARGO, 101)).toEqual({
      passed: 2,
      failures: ["four"],
      skipped: [
        { name: "three", reason: "needs a week" },
        { name: "two", reason: "no data" },
      ],
      faults: [],
    });
  });

  test("an end without a failed test is a failure of its own", () => {
    expect(readCargoReport("", 101).faults).toEqual(["cargo test ended with code 101"]);
    expect(totalsText(totalsOf([readCargoReport("", 101)]))).toBe(
      "failed: cargo test ended with code 101\ntests: 0 passed, 1 failed, 0 skipped",
    );
  });

  test("the totals name every skipped test with its reason and every failure", () => {
    const text = totalsText(totalsOf([readCargoReport(CARGO, 101)]));
    const names = ["skipped three: needs a week", "skipped two: no data", "failed: four"];
    expect(text).toBe([...names, "tests: 2 passed, 1 failed, 2 skipped"].join("\n"));
  });
});

describe("the verdict of CI", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "plimsoll-verdict-"));
  const root = path.join(folder, "clone");
  cpSync(fileURLToPath(new URL("..", import.meta.url)), path.join(root, "scripts"), { recursive: true });
  mkdirSync(path.join(root, ".setup"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const clean = { passed: 7, failures: [], skipped: [], faults: [] };
  const noData = { ...clean, skipped: [{ name: "real", reason: "no data" }] };

  /** @param {object} totals @param {string[]} [failedSteps] */
  function verdict(totals, failedSteps = []) {
    writeFileSync(path.join(root, ".setup/test.json"), JSON.stringify(totals));
    const args = [path.join(root, "scripts/ci-verdict.mjs"), ...failedSteps];
    const { status, stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
    return { status, lines: stdout.trimEnd().split("\n") };
  }

  test("all well", () => {
    expect(verdict(clean)).toEqual({ status: 0, lines: ["7 passed, 0 failed"] });
  });

  test("failed tests and failed steps add up", () => {
    const lines = ["failed: npm run lint", "failed: one", "failed: two", "7 passed, 3 failed"];
    expect(verdict({ ...clean, failures: ["one", "two"] }, ["npm run lint"])).toEqual({ status: 1, lines });
  });

  test("a data test may be skipped only where there is no data", () => {
    expect(verdict(noData)).toEqual({ status: 0, lines: ["skipped real: no data", "7 passed, 0 failed"] });
    mkdirSync(path.join(folder, "shared"));
    const lines = ["skipped real: no data", "failed: real was skipped (no data)", "7 passed, 1 failed"];
    expect(verdict(noData)).toEqual({ status: 1, lines });
    rmSync(path.join(folder, "shared"), { recursive: true });
  });

  test("a test may not be skipped without a reason", () => {
    const { status, lines } = verdict({ ...clean, skipped: [{ name: "x", reason: "no reason given" }] });
    expect({ status, last: lines.at(-1) }).toEqual({ status: 1, last: "7 passed, 1 failed" });
  });

  test("tests that have not run are a failure", () => {
    rmSync(path.join(root, ".setup/test.json"));
    const args = [path.join(root, "scripts/ci-verdict.mjs")];
    const { status, stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
    expect(status).toBe(1);
    expect(stdout).toMatch(/0 passed, 1 failed\n$/);
  });
});
