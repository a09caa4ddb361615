import type { Leverage } from "plimsoll";

/** A time in UTC, without milliseconds where there are none. */
export function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(".000Z", "Z");
}

/** A time for people: `2023-04-21 19:07:48`. */
export function plainTime(timeMs: number): string {
  return isoTime(timeMs).replace("T", " ").replace("Z", "");
}

/** A number with thousands separators and so many decimals. */
export function grouped(value: number, decimals = 0): string {
  return value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/** Money for a narrow column: cents only below a thousand. */
export function money(value: number): string {
  return grouped(value, Math.abs(value) < 1_000 ? 2 : 0);
}

/** An error figure in few characters: `9.4e-5`. */
export function scientific(value: number): string {
  return value === 0 ? "0" : value.toExponential(1);
}

/** A finite leverage in few digits; where it is none, its state. */
export function leverageText(leverage: Leverage): string {
  return leverage.state === "finite" ? grouped(leverage.value, leverage.value < 100 ? 1 : 0) : leverage.state;
}

/** Control characters, by which a terminal is commanded and lines end, and marks that turn the direction of writing. */
const COMMANDS = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** One line of text in which names of files and of what is in them can only be read. */
export function inert(line: string): string {
  return line.replace(COMMANDS, "\ufffd");
}

/** JSON text that means the same and is inert too. */
export function inertJson(text: string): string {
  return text.replace(COMMANDS, (character) => {
    return character === "\n" ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** Words broken into lines of at most `width` characters; a word that is longer stands alone. */
export function wrapped(text: string, width = TEXT_COLUMNS): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** `0x677d…84e7`; short names stay whole. */
export function shortName(name: string): string {
  return name.length > 11 ? `${name.slice(0, 6)}…${name.slice(-4)}` : name;
}

/** Width that a report in plain text keeps to. */
const TEXT_COLUMNS = 100;

export interface Column<Row> {
  readonly title: string;
  /** Stands above the titles of neighbouring columns that share it. */
  readonly group?: string;
  readonly align?: "left" | "right";
  readonly cell: (row: Row) => string;
}

/** A table in plain text, columns two spaces apart, indented by two; with a line of groups above the titles where a column has one. */
export function textTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string[] {
  const cells = [
    columns.map((column) => column.title),
    ...rows.map((row) => columns.map((column) => column.cell(row))),
  ];
  const widths = columns.map((_, c) => Math.max(...cells.map((line) => (line[c] as string).length)));
  const lines = cells.map((line) => {
    const padded = line.map((text, c) =>
      columns[c]?.align === "right" ? text.padStart(widths[c] as number) : text.padEnd(widths[c] as number),
    );
    return `  ${padded.join("  ")}`.trimEnd();
  });
  return columns.some((column) => column.group !== undefined) ? [groupLine(columns, widths), ...lines] : lines;
}

function groupLine<Row>(columns: readonly Column<Row>[], widths: readonly number[]): string {
  let line = "";
  let at = 2;
  columns.forEach(({ group }, c) => {
    if (group !== undefined && group !== columns[c - 1]?.group) line = line.padEnd(at) + group;
    at += (widths[c] as number) + 2;
  });
  return line;
}
