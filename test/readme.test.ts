/** The figures of the README are those of the pages and tests that the commands beside them keep up to date. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const read = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), "utf8");
const README = read("README.md");

const FIRST_ORDER = ["delta", "vega", "theta", "rho", "psi", "dual_delta"];
const THIRD_ORDER = ["speed", "zomma", "color", "ultima"];

/** Worst errors of some figures of every model, as `npm run accuracy -- --update-docs` writes them. */
function worstOf(outputs: readonly string[]): string {
  const [table = ""] = /(?<=<!-- accuracy)[\s\S]*?(?=Implied vol)/.exec(read("docs/pricing.md")) ?? [];
  const rows = [...table.matchAll(/^\| (\w+) +\| (\w+) +\| (\S+)/gm)].filter(([, , output = ""]) =>
    outputs.includes(output),
  );
  expect(rows.length).toBeGreaterThan(3);
  return rows.map(([, , , worst = ""]) => worst).reduce((a, b) => (Number(a) > Number(b) ? a : b));
}

test("the README's accuracy is the worst of the table in docs/pricing.md", () => {
  expect(README).toContain(`prices within ${worstOf(["price"])} of max(spot, strike)`);
  expect(README).toContain(`first-order Greeks within ${worstOf(FIRST_ORDER)} of their scales`);
  expect(README).toContain(`third-order ones within ${worstOf(THIRD_ORDER)}`);
});

test("the README's chains are those of docs/surfaces.md", () => {
  const surfaces = read("docs/surfaces.md");
  const [, quotes, inside] = /of all (\d+) quotes (\S+) % lie within bid and ask/.exec(surfaces) ?? [];
  expect(README).toContain(`${inside} % of ${Number(quotes).toLocaleString("en")} quotes`);
  const chains = [...surfaces.matchAll(/^\| \S+ +\| (BTC|ETH) +\|.*$/gm)];
  expect(README).toContain(`${chains.length} real option chains`);
  // the column of butterflies
  for (const [row] of chains) expect(row.split("|")[10]?.trim(), row).toBe("0");
});

test("the README's digest is the one that every host is held to", () => {
  const [, pinned] = /const PINNED = "(\w{16})"/.exec(read("test/same-bits/replay.test.ts")) ?? [];
  expect(README).toContain(`digest \`${pinned}\``);
});
