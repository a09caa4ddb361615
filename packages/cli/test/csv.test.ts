import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { CommandError } from "../src/errors.js";
import { type Layout, type RejectedRow, type Row, readCsv } from "../src/input/csv.js";
import { withFiles } from "./support.js";

interface Quoted {
  readonly name: string;
  readonly price: number;
}

const LAYOUT: Layout<Quoted> = {
  required: ["name", "price"],
  read: (row: Row) => ({ name: row.text("name"), price: row.positive("price") }),
};

async function read(
  content: string | Uint8Array,
  name = "a.csv",
): Promise<{ rows: [number, Quoted][]; rejected: Omit<RejectedRow, "file">[] }> {
  return withFiles({ [name]: content }, async (directory) => {
    const rows: [number, Quoted][] = [];
    const rejected: RejectedRow[] = [];
    await readCsv(`${directory}/${name}`, [LAYOUT], (value, line) => rows.push([line, value]), rejected);
    for (const row of rejected) expect(row.file).toBe(`${directory}/${name}`);
    return { rows, rejected: rejected.map(({ line, reason }) => ({ line, reason })) };
  });
}

const refusal = async (content: string | Uint8Array) => {
  const error = await read(content).then(
    () => new Error("accepted"),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(CommandError);
  return (error as Error).message.replace(/^.*a\.csv: /, "");
};

describe("readCsv", () => {
  test("columns are found by name, lines are counted from the header", async () => {
    const { rows, rejected } = await read("more,price,name\n1,2.5,a\n\n1,3,b\n");
    expect(rows).toEqual([
      [2, { name: "a", price: 2.5 }],
      [4, { name: "b", price: 3 }],
    ]);
    expect(rejected).toEqual([]);
  });

  test("CRLF, a byte order mark, quoted cells and a last line without an end are understood", async () => {
    const { rows } = await read('\ufeffname,price\r\n"a, ""b""",1\r\nc,2');
    expect(rows.map(([, row]) => row)).toEqual([
      { name: 'a, "b"', price: 1 },
      { name: "c", price: 2 },
    ]);
  });

  test("a gzipped file is told by its first bytes, whatever its name", async () => {
    const { rows } = await read(gzipSync("name,price\na,1\n"), "plain.csv");
    expect(rows).toEqual([[2, { name: "a", price: 1 }]]);
  });

  test("rows that cannot be read are listed with line and reason, and the rest goes on", async () => {
    const { rows, rejected } = await read('name,price\na\nb,x\nc,-1\n,2\nd,1,9\n"e,1\nf,0x10\ng,1e999\nok,7\n');
    expect(rows).toEqual([[10, { name: "ok", price: 7 }]]);
    expect(rejected).toEqual([
      { line: 2, reason: "the row has 1 cells, the header has 2" },
      { line: 3, reason: 'price must be a finite number, was "x"' },
      { line: 4, reason: "price must be > 0, was -1" },
      { line: 5, reason: "name is blank" },
      { line: 6, reason: "the row has 3 cells, the header has 2" },
      { line: 7, reason: "a quoted cell is not closed" },
      { line: 8, reason: 'price must be a finite number, was "0x10"' },
      { line: 9, reason: 'price must be a finite number, was "1e999"' },
    ]);
  });

  test("rows split over many chunks keep their lines", async () => {
    const count = 20_000;
    const { rows } = await read(
      `name,price\n${Array.from({ length: count }, (_, k) => `name-é-${k},${k + 1}`).join("\n")}\n`,
    );
    expect(rows.length).toBe(count);
    expect(rows.at(-1)).toEqual([count + 1, { name: `name-é-${count - 1}`, price: count }]);
  });

  test("an empty file, an unknown header, a damaged gzip file and a binary file are refused in one line", async () => {
    expect(await refusal("")).toBe("the file is empty");
    expect(await refusal("\n \n")).toBe("the file is empty");
    expect(await refusal("name,cost\na,1\n")).toBe("unknown header, it lacks price");
    expect(await refusal("name,name\na,1\n")).toBe('unknown header, the column "name" is there twice');
    expect(await refusal(gzipSync("name,price\n".repeat(1000)).subarray(0, 40))).toMatch(/^damaged gzip file \(/);
    expect(await refusal("x".repeat((1 << 20) + 1))).toBe(
      "line 1 is longer than 1048576 characters; this is no CSV file",
    );
  });

  test("a missing file and a directory are refused", async () => {
    await expect(readCsv("/nowhere/a.csv", [LAYOUT], () => {}, [])).rejects.toThrow("/nowhere/a.csv: no such file");
    await withFiles({}, async (directory) => {
      await expect(readCsv(directory, [LAYOUT], () => {}, [])).rejects.toThrow(
        `${directory}: is a directory, a file is needed`,
      );
    });
  });
});

describe("times", () => {
  const TIMES: Layout<number> = { required: ["time"], read: (row: Row) => row.time("time") };

  test.each([
    ["2023-02-27T15:02:26Z", 1_677_510_146_000], // date -ud 2023-02-27T15:02:26Z +%s
    ["2023-02-27 15:02:26", 1_677_510_146_000],
    ["2023-02-27T16:02:26.5+01:00", 1_677_510_146_500],
    ["2026-06-30T17:15:07.640896+00:00", 1_782_839_707_640], // date -ud 2026-06-30T17:15:07Z +%s
    ["2024-02-29T00:00:00Z", 1_709_164_800_000],
  ])("%s is %i ms", async (text, timeMs) => {
    await withFiles({ "t.csv": `time\n${text}\n` }, async (directory) => {
      const times: number[] = [];
      await readCsv(`${directory}/t.csv`, [TIMES], (time) => times.push(time), []);
      expect(times).toEqual([timeMs]);
    });
  });

  test.each([
    "2023-02-30T00:00:00Z",
    "2023-13-01T00:00:00Z",
    "2023-01-01T24:00:00Z",
    "2023-01-01T00:00:60Z",
    "yesterday",
    "1677510146",
  ])("%s is no time", async (text) => {
    await withFiles({ "t.csv": `time\n${text}\n` }, async (directory) => {
      const rejected: RejectedRow[] = [];
      await readCsv(`${directory}/t.csv`, [TIMES], () => {}, rejected);
      expect(rejected).toHaveLength(1);
      expect(rejected[0]?.reason).toContain(text);
    });
  });
});
