import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "../run.js";
import { inDocs } from "./docs.mjs";
import { errorShare, unitInLastPlace } from "./exact.mjs";

const COMMAND = fileURLToPath(new URL("main.mjs", import.meta.url));
const SHIPPED = fileURLToPath(new URL("../../crates/math/tests/vectors/greeks.json", import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "plimsoll-accuracy-"));
});
afterAll(() => rm(folder, { recursive: true }));

const accuracy = (...args: string[]) => run(COMMAND, ...args);

/** The shipped vectors with one row changed, as a file. */
async function doctored(section: string, row: number, change: Record<string, string>, isGzipped = false) {
  const content = JSON.parse(await readFile(SHIPPED, "utf8"));
  Object.assign(content[section][row], change);
  const file = path.join(folder, `${section}-${row}-${Object.keys(change).join("-")}.json`);
  const text = JSON.stringify(content);
  await writeFile(file, isGzipped ? gzipSync(text) : text);
  return file;
}

describe("the command", () => {
  test("holds every bound over the shipped vectors, and prints one JSON document", async () => {
    const { code, stdout, stderr } = await accuracy("--json");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const found = JSON.parse(stdout);
    const content = JSON.parse(await readFile(SHIPPED, "utf8"));
    const models = ["bsm", "black76", "inverse", "bachelier"];
    expect(found.rows).toBe(models.reduce((rows, model) => rows + content[model].length, 0));
    expect(found.impliedVol).toMatchObject({ rows: content.iv.length, wrongStatus: 0 });
    for (const output of found.outputs) {
      expect(Object.keys(output)).toEqual(["model", "output", "worst", "p99", "median", "bound", "unit", "worstRow"]);
      expect(output.median).toBeLessThanOrEqual(output.p99);
      expect(output.p99).toBeLessThanOrEqual(output.worst);
      expect(output.worst).toBeLessThanOrEqual(output.bound);
    }
    expect(found.outputs.length).toBeGreaterThan(45);
  });

  test("prints the table that stands in docs/pricing.md", async () => {
    const { stdout } = await accuracy();
    // Where this fails after a change of the kernel: npm run accuracy -- --update-docs
    expect(stdout).toContain(inDocs("accuracy"));
    expect(inDocs("accuracy").split("\n").length).toBeGreaterThan(60);
  });

  test("ends with 1 and names the row where a price misses its bound in the sixteenth digit", async () => {
    const row = JSON.parse(await readFile(SHIPPED, "utf8")).bsm[3];
    // 6e-16 of max(S, K) away from the truth: above the bound of 5e-16, below what a double of this size can show.
    const scale = Math.max(Number(row.S), Number(row.K));
    const price = (BigInt(Math.round(Number(row.price) * 1e30)) + BigInt(Math.round(scale * 6e-16 * 1e30))).toString();
    const file = await doctored("bsm", 3, { price: `${price}e-30` });
    const { code, stdout, stderr } = await accuracy("--json", "--oracle", file);
    expect(code).toBe(1);
    expect(stderr).toContain("accuracy: bound exceeded: bsm[3].price:");
    const outputs: { model: string; output: string; worst: number; worstRow: number }[] = JSON.parse(stdout).outputs;
    const found = outputs.find(({ model, output }) => model === "bsm" && output === "price");
    expect(found?.worstRow).toBe(3);
    expect(found?.worst).toBeGreaterThan(5e-16);
    expect(found?.worst).toBeLessThan(7e-16);
  });

  test("ends with 1 where a Greek, a vol or a status differs; reads gzipped files", async () => {
    const gamma = await accuracy("--oracle", await doctored("inverse", 2, { gamma: "1e-3" }, true));
    expect(gamma.code).toBe(1);
    expect(gamma.stderr).toContain("bound exceeded: inverse[2].gamma:");
    const vanna = await accuracy("--oracle", await doctored("bachelier", 1, { vanna: "1" }));
    expect(vanna.code).toBe(1);
    expect(vanna.stderr).toContain("bound exceeded: bachelier[1].vanna:");
    const vol = JSON.parse(await readFile(SHIPPED, "utf8")).iv[4];
    const moved = await accuracy("--oracle", await doctored("iv", 4, { iv: String(Number(vol.iv) * 1.0000001) }));
    expect(moved.code).toBe(1);
    expect(moved.stderr).toContain("bound exceeded: iv[4]:");
    const unsolvable = await accuracy("--oracle", await doctored("iv", 5, { price: "1e9" }));
    expect(unsolvable.code).toBe(1);
    expect(unsolvable.stderr).toContain("iv: 1 rows with the wrong status");
  });

  test("ends with 2 and one line where there is nothing to measure", async () => {
    const broken = path.join(folder, "broken.json");
    await writeFile(broken, '{"about": {}, "bsm": [}');
    const empty = path.join(folder, "empty.json");
    await writeFile(empty, '{"about": {}}');
    const wordy = await doctored("bsm", 0, { K: "plenty" });
    const cases: [string[], string][] = [
      [["--oracle", "/nowhere.json"], "/nowhere.json: ENOENT"],
      [["--oracle", broken], "broken.json: "],
      [["--oracle", empty], "empty.json: no rows"],
      [["--oracle", wordy], "bsm[0].K: a decimal was expected, not plenty"],
      [["--oracle"], "--oracle needs a file"],
      [["--orcale", "x"], "unknown option --orcale: did you mean --oracle?"],
    ];
    for (const [args, message] of cases) {
      const { code, stdout, stderr } = await accuracy(...args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toMatch(/^accuracy: [^\n]+\n$/);
      expect(stderr).toContain(message);
    }
  });
});

describe("errors are measured exactly", () => {
  test("a double differs from its own shortest decimal by what rounding dropped", () => {
    // 0.1 is 0.1000000000000000055511151231257827… in binary.
    expect(errorShare(0.1, "0.1", 1)).toBeCloseTo(5.551115123125783e-18, 33);
    expect(errorShare(0.1, "0.1000000000000000055511151231257827021181583404541015625", 1)).toBe(0);
    expect(errorShare(-3, "-3.00000000000000000000000000012", 2)).toBeCloseTo(6e-29, 40);
  });

  test("at both ends of the range of doubles, and beyond it", () => {
    expect(errorShare(Number.MAX_VALUE, "1.7976931348623157e308", 1e308)).toBeLessThan(1e-16);
    expect(errorShare(5e-324, "0", 1e-320)).toBeCloseTo(5e-324 / 1e-320, 12);
    expect(errorShare(0, "2.89887329863969922860574319898e-2956365160", 1)).toBe(0);
    expect(errorShare(1, "1.5e-400000", 4)).toBe(0.25);
    expect(errorShare(Number.NaN, "1", 1)).toBe(Number.POSITIVE_INFINITY);
    expect(errorShare(1, "1", 0)).toBe(Number.POSITIVE_INFINITY);
    expect(() => errorShare(1, "one", 1)).toThrow('a decimal was expected, not "one"');
  });

  test("a unit in the last place", () => {
    expect(unitInLastPlace(1)).toBe(2 ** -52);
    expect(unitInLastPlace(-1.999)).toBe(2 ** -52);
    expect(unitInLastPlace(0.5)).toBe(2 ** -53);
  });
});
