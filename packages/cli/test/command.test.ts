import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { SMALL_EXPORT, SMALL_TICKERS } from "./small-export.js";
import { plimsoll, withFiles } from "./support.js";

/** Asserts exit code 2, nothing on stdout, and one line on stderr, which is returned. */
async function refusal(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await plimsoll(["replay", ...args]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(/^plimsoll: [^\n]+\n$/);
  return stderr;
}

describe("wrong input ends with exit code 2 and one line", () => {
  test("an unknown option, with the nearest name", async () => {
    expect(await refusal("--chian", "x")).toContain("unknown option --chian; did you mean --chain?");
  });

  test("a missing directory, a file in its place, a missing part", async () => {
    expect(await refusal("--fills", "/nowhere")).toContain("/nowhere: no such directory");
    const { "ledger.csv": _, ...withoutLedger } = SMALL_EXPORT;
    await withFiles(withoutLedger, async (directory) => {
      expect(await refusal("--fills", `${directory}/trades.csv`)).toContain("is a file, a directory is needed");
      expect(await refusal("--fills", directory)).toContain("ledger.csv or ledger.csv.gz is missing");
    });
  });

  test("both the plain and the gzipped file", async () => {
    await withFiles({ ...SMALL_EXPORT, "trades.csv.gz": "" }, async (directory) => {
      expect(await refusal("--fills", directory)).toContain("trades.csv and trades.csv.gz are both there; keep one");
    });
  });

  test("missing liquidation records, here and elsewhere", async () => {
    const { "liquidations-all.csv": _, ...withoutRecords } = SMALL_EXPORT;
    await withFiles(withoutRecords, async (directory) => {
      expect(await refusal("--fills", directory)).toContain("liquidations*.csv or liquidations*.csv.gz is missing");
      expect(await refusal("--fills", directory, "--liquidations", `${directory}/none.csv`)).toContain(
        "none.csv: no such file",
      );
    });
  });

  test("an empty file, a header without rows, an unknown header", async () => {
    await withFiles({ ...SMALL_EXPORT, "trades.csv": "" }, async (directory) => {
      expect(await refusal("--fills", directory)).toContain("trades.csv: the file is empty");
    });
    await withFiles({ ...SMALL_EXPORT, "trades.csv": "time,user,coin,side,px,sz\n" }, async (directory) => {
      expect(await refusal("--fills", directory)).toContain("trades.csv: has a header and no rows");
    });
    await withFiles({ ...SMALL_EXPORT, "ledger.csv": "when,who,how_much\n1,2,3\n" }, async (directory) => {
      expect(await refusal("--fills", directory)).toContain(
        "ledger.csv: unknown header, it lacks time, user, delta_usd",
      );
    });
  });

  test("a chain that is missing, empty, or of no known form", async () => {
    expect(await refusal("--chain", "/nowhere.csv")).toContain("/nowhere.csv: no such file");
    await withFiles(
      { "empty.csv": "", "other.csv": "a,b\n1,2\n", "damaged.csv.gz": Uint8Array.of(0x1f, 0x8b, 8, 0, 0) },
      async (directory) => {
        expect(await refusal("--chain", `${directory}/empty.csv`)).toContain("the file is empty");
        expect(await refusal("--chain", `${directory}/other.csv`)).toContain("unknown header");
        expect(await refusal("--chain", `${directory}/damaged.csv.gz`)).toContain("damaged gzip file");
        expect(await refusal("--chain", directory)).toContain("is a directory, a file is needed");
      },
    );
  });

  test("a file of which no row can be used, with why its first cannot", async () => {
    const [header, row] = SMALL_TICKERS.split("\n") as [string, string];
    const garbled = `${header}\n${row.replace("BTC-", "BTC_")}\nnonsense\n`;
    // 40 years before an expiry the engine takes no tick of an option
    const early = `${header}\n${row.replace(/,16\d{11},/, ",1613068630,")}\n`;
    await withFiles({ "garbled.csv": garbled, "early.csv": early }, async (directory) => {
      expect(await refusal("--chain", `${directory}/garbled.csv`)).toContain(
        "garbled.csv: no row can be used; line 2: instrument_name must be like BTC-12FEB21-32500-C",
      );
      expect(await refusal("--chain", `${directory}/early.csv`)).toContain(
        "early.csv: no row can be used; line 2: the engine refuses the tick: rejected-time",
      );
    });
    for (const part of ["trades.csv", "ledger.csv", "liquidations-all.csv"] as const) {
      const lines = SMALL_EXPORT[part].trimEnd().split("\n");
      const nonsense = [lines[0], ...lines.slice(1).map(() => "nonsense")].join("\n");
      await withFiles({ ...SMALL_EXPORT, [part]: nonsense }, async (directory) => {
        expect(await refusal("--fills", directory)).toContain(
          `${part}: no row can be used; line 2: the row has 1 cells`,
        );
      });
    }
  });

  test("a page that cannot be written is refused before the work", async () => {
    expect(await refusal("--html", "/nowhere/page.html")).toContain(
      "/nowhere/page.html: cannot be written (its directory does not exist)",
    );
    await withFiles({}, async (directory) => {
      expect(await refusal("--html", directory)).toContain("is a directory, a file name is needed");
    });
  });
});

test("help goes to stdout with exit code 0", async () => {
  const { code, stdout, stderr } = await plimsoll(["replay", "--help"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain("--chain FILE");
});

test("an interrupt ends it with exit code 130 and nothing on stdout", async () => {
  // long after the handler is there, on a busy machine too, and long before it would end by itself
  const { code, stdout } = await plimsoll(["replay", "--accounts", "40000"], (pid) =>
    setTimeout(() => process.kill(pid, "SIGINT"), 4_000),
  );
  expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
});

test("a page is self-contained: no script, nothing from elsewhere", async () => {
  await withFiles({ ...SMALL_EXPORT, "chain.csv": SMALL_TICKERS }, async (directory) => {
    const inputs = [
      ["--fills", directory],
      ["--chain", `${directory}/chain.csv`],
      ["--accounts", "60"],
    ];
    for (const input of inputs) {
      const file = `${directory}/page.html`;
      const { code } = await plimsoll(["replay", ...input, "--html", file]);
      expect(code).toBe(0);
      const page = await readFile(file, "utf8");
      expect(page).toMatch(/^<!doctype html>/);
      expect(page.match(/<svg/g)?.length).toBeGreaterThanOrEqual(3);
      expect(page).not.toMatch(/<script|<link|<img|url\((?!#)|@import|src=/i);
      expect(page.replaceAll("http://www.w3.org/", "")).not.toMatch(/https?:\/\//);
      expect(page).not.toMatch(/NaN|undefined/);
    }
  });
});
