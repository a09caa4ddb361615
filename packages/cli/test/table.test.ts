import { describe, expect, test } from "vitest";
import { textTable, wrapped } from "../src/report/format.js";
import { SMALL_EXPORT, SMALL_TICKERS } from "./small-export.js";
import { plimsoll, withFiles } from "./support.js";

describe("the readable report", () => {
  const COLUMNS_MAX = 100;

  test("keeps to 100 columns and names what it shows, whatever the input", async () => {
    await withFiles({ ...SMALL_EXPORT, "chain.csv": SMALL_TICKERS }, async (directory) => {
      const inputs = [
        { args: ["--fills", directory], words: ["theirs", "ours", "Called:", "no-ledger", "unjudged"] },
        { args: ["--chain", `${directory}/chain.csv`], words: ["USD per vol point", "round trip", "equity is"] },
        { args: ["--accounts", "60"], words: ["most at once", "at the end", "equity is", "Through every band"] },
      ];
      for (const { args, words } of inputs) {
        const { code, stdout } = await plimsoll(["replay", ...args]);
        expect(code).toBe(0);
        for (const word of words) expect(stdout).toContain(word);
        // Paths are the caller's, and as long as they are.
        const lines = stdout.replaceAll(directory, "").split("\n");
        for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(COLUMNS_MAX);
      }
    });
  });
});

describe("textTable", () => {
  test("columns are as wide as their widest cell; a group stands above the first of its columns", () => {
    const lines = textTable<readonly [string, number]>(
      [
        { title: "name", cell: ([name]) => name },
        { group: "sizes", title: "one", align: "right", cell: ([, size]) => `${size}` },
        { group: "sizes", title: "ten", align: "right", cell: ([, size]) => `${10 * size}` },
      ],
      [
        ["a", 7],
        ["longer", 1234],
      ],
    );
    expect(lines).toEqual([
      "          sizes",
      "  name     one    ten",
      "  a          7     70",
      "  longer  1234  12340",
    ]);
  });
});

test("wrapped breaks at spaces and leaves a word that is too long whole", () => {
  expect(wrapped("aa bb cc", 5)).toEqual(["aa bb", "cc"]);
  expect(wrapped("aaaaaaa b", 5)).toEqual(["aaaaaaa", "b"]);
  expect(wrapped("aa", 5)).toEqual(["aa"]);
});
