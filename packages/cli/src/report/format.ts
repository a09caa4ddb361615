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

/** An error figure in few characters: `9.4e-5`. */
export function scientific(value: number): string {
  return value === 0 ? "0" : value.toExponential(1);
}

export function leverageText(leverage: Leverage): string {
  return leverage.state === "finite" ? grouped(leverage.value, 1) : leverage.state;
}

/** `0x677d…f984e7`; short names stay whole. */
export function shortName(name: string): string {
  return name.length > 16 ? `${name.slice(0, 6)}…${name.slice(-6)}` : name;
}

export interface Column<Row> {
  readonly title: string;
  readonly align?: "left" | "right";
  readonly cell: (row: Row) => string;
}

/** A table in plain text, columns two spaces apart, indented by two. */
export function textTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string[] {
  const cells = [
    columns.map((column) => column.title),
    ...rows.map((row) => columns.map((column) => column.cell(row))),
  ];
  const widths = columns.map((_, c) => Math.max(...cells.map((line) => (line[c] as string).length)));
  return cells.map((line) => {
    const padded = line.map((text, c) =>
      columns[c]?.align === "right" ? text.padStart(widths[c] as number) : text.padEnd(widths[c] as number),
    );
    return `  ${padded.join("  ")}`.trimEnd();
  });
}
