import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import { CommandError, firstLine } from "../errors.js";

/** A row that could not be used, and why; line 1 is the header. */
export interface RejectedRow {
  readonly file: string;
  readonly line: number;
  readonly reason: string;
}

/** Thrown while a row is read: the row is listed as rejected and the rest goes on. */
export class RowFault extends Error {
  override readonly name = "RowFault";
}

/** Longest line that is taken for text; beyond it the file is no CSV. */
const LINE_CHARACTERS_MAX = 1 << 20;

/** One form a file may have: told apart by the columns it must have. */
export interface Layout<T> {
  /** Columns without which the file has another form. */
  readonly required: readonly string[];
  /** Turns one row into a value. @throws {RowFault} */
  readonly read: (row: Row) => T;
}

/**
 * Reads a CSV file, plain or gzipped (told by its first bytes, not by its name).
 *
 * Columns are found by name, so their order is free and further columns do no harm. Quoted cells, CRLF and a byte order mark are
 * understood; empty lines are skipped. A row that cannot be read goes to `rejected`.
 *
 * @param layouts  the forms the file may have; the first whose columns are all there is taken
 * @throws {CommandError} the file is missing, empty, unreadable, damaged, or its header fits no layout
 */
export async function readCsv<T>(
  path: string,
  layouts: readonly Layout<T>[],
  accept: (value: T, line: number) => void,
  rejected: RejectedRow[],
): Promise<void> {
  let header: Map<string, number> | undefined;
  let layout: Layout<T> | undefined;
  for await (const { line, text } of lines(path)) {
    if (text.trim() === "") continue;
    if (header === undefined) {
      header = columnsByName(path, text);
      layout = chooseLayout(path, header, layouts);
      continue;
    }
    try {
      const cells = splitRow(text);
      if (cells.length !== header.size)
        throw new RowFault(`the row has ${cells.length} cells, the header has ${header.size}`);
      accept((layout as Layout<T>).read(new Row(header, cells)), line);
    } catch (fault) {
      if (!(fault instanceof RowFault)) throw fault;
      rejected.push({ file: path, line, reason: fault.message });
    }
  }
  if (header === undefined) throw new CommandError(`${path}: the file is empty`);
}

/**
 * Refuses a file of which no row could be used: what would be told of it would be told of nothing.
 *
 * @throws {CommandError} why its first row could not, or that there is none
 */
export function requireRows(path: string, count: number, rejected: readonly RejectedRow[]): void {
  if (count > 0) return;
  const first = rejected.find(({ file }) => file === path);
  const reason =
    first === undefined ? "has a header and no rows" : `no row can be used; line ${first.line}: ${first.reason}`;
  throw new CommandError(`${path}: ${reason}`);
}

/** One row, its cells found by column name. */
export class Row {
  readonly #header: ReadonlyMap<string, number>;
  readonly #cells: readonly string[];

  constructor(header: ReadonlyMap<string, number>, cells: readonly string[]) {
    this.#header = header;
    this.#cells = cells;
  }

  /** Whether the file has this column. */
  has(column: string): boolean {
    return this.#header.has(column);
  }

  /** The cell's text, trimmed; empty where the cell is blank or the file lacks the column. */
  optionalText(column: string): string {
    const index = this.#header.get(column);
    return index === undefined ? "" : (this.#cells[index] ?? "").trim();
  }

  text(column: string): string {
    const text = this.optionalText(column);
    if (text === "") throw new RowFault(`${column} is blank`);
    return text;
  }

  oneOf<const Choice extends string>(column: string, choices: readonly Choice[]): Choice {
    const text = this.text(column);
    const choice = choices.find((candidate) => candidate === text);
    if (choice === undefined) throw new RowFault(`${column} must be ${choices.join(" or ")}, was ${quote(text)}`);
    return choice;
  }

  /** A finite decimal number. */
  number(column: string): number {
    return decimal(column, this.text(column));
  }

  /** A finite decimal number, or `undefined` where the cell is blank or the column is absent. */
  optionalNumber(column: string): number | undefined {
    const text = this.optionalText(column);
    return text === "" ? undefined : decimal(column, text);
  }

  positive(column: string): number {
    const value = this.number(column);
    if (!(value > 0)) throw new RowFault(`${column} must be > 0, was ${this.text(column)}`);
    return value;
  }

  /** Milliseconds since 1970 UTC of an ISO 8601 time; one without a zone is UTC. */
  time(column: string): number {
    const text = this.text(column);
    const parts = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(\.\d+)?(Z|[+-]\d\d:?\d\d)?$/.exec(text);
    if (parts === null) throw new RowFault(`${column} must be an ISO 8601 time, was ${quote(text)}`);
    const [, year, month, day, hour, minute, second] = parts.map(Number);
    const wholeMs = Date.UTC(
      year as number,
      (month as number) - 1,
      day as number,
      hour as number,
      minute as number,
      second as number,
    );
    const back = new Date(wholeMs);
    const exists =
      back.getUTCMonth() + 1 === month &&
      back.getUTCDate() === day &&
      back.getUTCHours() === hour &&
      back.getUTCMinutes() === minute;
    if (!exists || (second as number) > 59)
      throw new RowFault(`${column} is no moment of the calendar: ${quote(text)}`);
    const fractionMs = parts[7] === undefined ? 0 : Math.trunc(Number(parts[7]) * 1000);
    return wholeMs + fractionMs - zoneOffsetMs(parts[8]);
  }
}

function zoneOffsetMs(zone: string | undefined): number {
  if (zone === undefined || zone === "Z") return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return (zone.startsWith("-") ? -1 : 1) * minutes * 60_000;
}

function decimal(column: string, text: string): number {
  const value = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) throw new RowFault(`${column} must be a finite number, was ${quote(text)}`);
  return value;
}

/** A cell shortened for a message. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}

function columnsByName(path: string, text: string): Map<string, number> {
  let names: string[];
  try {
    names = splitRow(text).map((name) => name.trim());
  } catch (fault) {
    throw new CommandError(`${path}: unknown header (${firstLine(fault)})`);
  }
  const columns = new Map<string, number>();
  names.forEach((name, index) => {
    if (columns.has(name)) throw new CommandError(`${path}: unknown header, the column ${quote(name)} is there twice`);
    columns.set(name, index);
  });
  return columns;
}

function chooseLayout<T>(path: string, header: ReadonlyMap<string, number>, layouts: readonly Layout<T>[]): Layout<T> {
  const missing = layouts.map((layout) => layout.required.filter((name) => !header.has(name)));
  const fitting = missing.findIndex((names) => names.length === 0);
  if (fitting >= 0) return layouts[fitting] as Layout<T>;
  const closest = missing.reduce((best, names) => (names.length < best.length ? names : best));
  throw new CommandError(`${path}: unknown header, it lacks ${closest.join(", ")}`);
}

/** Cells of one line; a quoted cell may hold commas and doubled quotes. */
function splitRow(text: string): string[] {
  if (!text.includes('"')) return text.split(",");
  const cells: string[] = [];
  let at = 0;
  for (;;) {
    if (text[at] === '"') {
      let cell = "";
      for (;;) {
        const end = text.indexOf('"', at + 1);
        if (end < 0) throw new RowFault("a quoted cell is not closed");
        cell += text.slice(at + 1, end);
        at = end + 1;
        if (text[at] !== '"') break;
        cell += '"';
      }
      if (at < text.length && text[at] !== ",") throw new RowFault("text follows a quoted cell");
      cells.push(cell);
    } else {
      const comma = text.indexOf(",", at);
      const end = comma < 0 ? text.length : comma;
      cells.push(text.slice(at, end));
      at = end;
    }
    if (at >= text.length) return cells;
    at += 1;
  }
}

async function* lines(path: string): AsyncGenerator<{ line: number; text: string }> {
  const gzipped = await startsLikeGzip(path);
  const file = createReadStream(path);
  const bytes = gzipped ? file.pipe(createGunzip()) : file;
  file.on("error", (error) => bytes.destroy(error));
  const decoder = new TextDecoder("utf-8");
  let rest = "";
  let line = 0;
  try {
    for await (const chunk of bytes) {
      rest += decoder.decode(chunk as Buffer, { stream: true });
      let start = 0;
      for (;;) {
        const end = rest.indexOf("\n", start);
        if (end < 0) break;
        line += 1;
        yield { line, text: rest.charAt(end - 1) === "\r" ? rest.slice(start, end - 1) : rest.slice(start, end) };
        start = end + 1;
      }
      rest = rest.slice(start);
      if (rest.length > LINE_CHARACTERS_MAX)
        throw new CommandError(
          `${path}: line ${line + 1} is longer than ${LINE_CHARACTERS_MAX} characters; this is no CSV file`,
        );
    }
  } catch (error) {
    if (error instanceof CommandError || error instanceof RowFault) throw error;
    throw new CommandError(`${path}: ${gzipped ? "damaged gzip file" : "cannot be read"} (${firstLine(error)})`);
  } finally {
    file.destroy();
  }
  rest += decoder.decode();
  if (rest !== "") yield { line: line + 1, text: rest.endsWith("\r") ? rest.slice(0, -1) : rest };
}

async function startsLikeGzip(path: string): Promise<boolean> {
  try {
    const about = await stat(path);
    if (about.isDirectory()) throw new CommandError(`${path}: is a directory, a file is needed`);
    const file = await open(path, "r");
    try {
      const magic = new Uint8Array(2);
      const { bytesRead } = await file.read(magic, 0, 2, 0);
      return bytesRead === 2 && magic[0] === 0x1f && magic[1] === 0x8b;
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`${path}: ${unreadableReason(error)}`);
  }
}

/** Plain words for the usual file system errors. */
export function unreadableReason(error: unknown): string {
  switch ((error as NodeJS.ErrnoException | undefined)?.code) {
    case "ENOENT":
      return "no such file";
    case "EACCES":
    case "EPERM":
      return "no permission to read it";
    case "ENOTDIR":
      return "part of the path is not a directory";
    default:
      return `cannot be read (${firstLine(error)})`;
  }
}
