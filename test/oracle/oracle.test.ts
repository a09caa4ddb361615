import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const VECTORS = path.join(ROOT, "crates/math/tests/vectors/greeks.json");
const COEFFICIENTS = path.join(ROOT, "crates/math/src/elementary/tables.rs");

const folder = mkdtempSync(path.join(tmpdir(), "plimsoll-oracle-"));
afterAll(() => rmSync(folder, { recursive: true }));

function python(...args: string[]) {
  const { status, stdout, stderr } = spawnSync("python3", args, { cwd: ROOT, encoding: "utf8" });
  return { code: status, stdout, stderr };
}

/** Why tests with this Python package are skipped; undefined where they run. */
function whyWithout(module: string) {
  return python("-c", `import ${module}`).code === 0 ? undefined : `no Python package ${module}`;
}

/** A copy of a file with one change. */
function changed(file: string, change: (text: string) => string) {
  const text = readFileSync(file, "utf8");
  const other = change(text);
  expect(other).not.toBe(text);
  const copy = path.join(folder, path.basename(file));
  writeFileSync(copy, other);
  return copy;
}

const WITHOUT_MPMATH = whyWithout("mpmath");

describe("in arbitrary precision", () => {
  test("the committed coefficients are as good as derived ones; worse ones are refused", ({ skip }) => {
    if (WITHOUT_MPMATH !== undefined) skip(WITHOUT_MPMATH);
    expect(python("scripts/derive-coefficients.py")).toMatchObject({ code: 0, stderr: "" });
    // One coefficient of P, 1e-12 off.
    const worse = changed(COEFFICIENTS, (text) =>
      text.replace(/(static MILLS_P: [^;]+;[^;]*?\n {4})(\d\.[\d_]+)(,\n\];)/, (_, before, last, after) =>
        before.concat(String(Number(last.replaceAll("_", "")) * (1 + 1e-12)), after),
      ),
    );
    const refused = python("scripts/derive-coefficients.py", "--source", worse);
    expect(refused.code).toBe(1);
    expect(refused.stdout).toContain("refused: MILLS_P / MILLS_Q: 1.0e-12 where");
  });

  test("every digit of the shipped vectors is computed again; a wrong thirtieth digit is found", ({ skip }) => {
    if (WITHOUT_MPMATH !== undefined) skip(WITHOUT_MPMATH);
    const same = python("test/oracle/check.py", VECTORS);
    expect(same).toMatchObject({ code: 0, stderr: "" });
    expect(same.stdout).toMatch(/^\d{4,} figures compared, 0 differ\n$/);
    const wrong = changed(VECTORS, (text) =>
      text.replace(/"vega":"(\d\.\d{28})(\d)/, (_, kept, last) => `"vega":"${kept}${(Number(last) + 1) % 10}`),
    );
    const found = python("test/oracle/check.py", wrong);
    expect(found.code).toBe(1);
    expect(found.stdout).toMatch(/^bsm\[\d+\]\.vega: .* here\n\d+ figures compared, 1 differ\n$/);
  });

  test("a seed gives the same file again, another seed another one", ({ skip }) => {
    if (WITHOUT_MPMATH !== undefined) skip(WITHOUT_MPMATH);
    const [first, again, other] = [3, 3, 4].map((seed, i) => {
      const out = path.join(folder, `seed-${i}.json`);
      expect(python("test/oracle/generate.py", "--seed", `${seed}`, "--rows", "60", "--out", out).code).toBe(0);
      return readFileSync(out, "utf8");
    });
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });
});

test("QuantLib agrees on 1,000 European options", ({ skip }) => {
  const without = whyWithout("QuantLib");
  if (without !== undefined) skip(without);
  expect(python("test/oracle/quantlib.py")).toMatchObject({ code: 0, stderr: "" });
});

test("QuantLib agrees on 1,000 one-touches, 500 no-touches and 1,000 American options", ({ skip }) => {
  const without = whyWithout("QuantLib");
  if (without !== undefined) skip(without);
  expect(python("test/oracle/quantlib_beyond.py")).toMatchObject({ code: 0, stderr: "" });
});
