/** What callers give: columns or numbers, checked and brought into a book. */

import { invalid, requireColumn, requireName } from "../checks.js";
import { NAMES } from "../core/layout.js";
import type { Book, InputName } from "./book.js";
import type { Column, OptionColumns, OptionModel } from "./types.js";

/** Checked inputs: the model's number, how many rows, and how each of them gets into a book. */
interface CheckedInputs {
  readonly model: number;
  readonly rows: number;
  /** Writes rows `from` and following to the first `count` rows of the book. */
  write(book: Book, from: number, count: number): void;
}

/**
 * Checks a call's inputs, `own` being those beside the ones that every option has; `names` says what the caller calls those
 * that have another name there.
 *
 * @throws {ConfigError} `INVALID_VALUE` naming the field
 */
export function checkInputs(
  method: string,
  input: OptionColumns,
  own: Readonly<Partial<Record<InputName, Column>>>,
  names: Readonly<Partial<Record<InputName, string>>> = {},
): CheckedInputs {
  const rows = requireColumn(input.strike, `${method}.strike`);
  const model = modelOf(input.model, input.forward !== undefined);
  const spot = spotOf(input, model, method);
  const { strike, years, rate = 0, carry = 0 } = input;
  if (spot === undefined) {
    throw invalid(`${method}.${isOnForward(model) ? "forward" : "spot"}`, "a price or a column of prices", spot);
  }
  const columns: Given[] = Object.entries({ spot, strike, years, rate, carry, ...own }).map(([name, column]) => {
    return [
      name as InputName,
      names[name as InputName] ?? (name === "spot" && isOnForward(model) ? "forward" : name),
      column,
    ];
  });
  return { model, ...checkColumns(method, rows, columns, typeWriter(input.type, rows, `${method}.type`)) };
}

/** A column: the book's input that it goes to, the name that callers know it by, and what they gave. */
export type Given = readonly [input: InputName, name: string, column: Column | undefined];

/** Rows that have been checked, and how they get into a book. */
export type CheckedRows = Omit<CheckedInputs, "model">;

/**
 * Checks the lengths of columns.
 *
 * @throws {ConfigError} `INVALID_VALUE` naming the field
 */
export function checkColumns(
  method: string,
  rows: number,
  columns: readonly Given[],
  writeType: ReturnType<typeof typeWriter>,
): CheckedRows {
  for (const [, name, column] of columns) {
    if (typeof column !== "number") requireColumn(column, `${method}.${name}`, rows, "a number or ");
  }
  const write = (book: Book, from: number, count: number) => {
    for (const [input, , column] of columns) copy(column as Column, book.input(input), from, count);
    writeType(book.views.isCall, from, count);
  };
  return { rows, write };
}

/** The model's number. */
export function modelOf(model: OptionModel | undefined, hasForward: boolean): number {
  return NAMES.mathModel.indexOf(model ?? (hasForward ? "forward" : "spot"));
}

function isOnForward(model: number): boolean {
  const name = NAMES.mathModel[model];
  return name === "forward" || name === "bachelier";
}

function spotOf(input: OptionColumns, model: number, method: string): Column | undefined {
  if (!isOnForward(model)) {
    if (input.forward === undefined) return input.spot;
    const name = NAMES.mathModel[model];
    const remedy = name === "inverse" ? ", which takes a forward as its spot, with rate and carry 0" : "";
    throw invalid(`${method}.forward`, `absent for the model ${name}${remedy}`, input.forward);
  }
  if (input.spot !== undefined && input.forward !== undefined) {
    throw invalid(`${method}.spot`, "absent beside a forward", input.spot);
  }
  return input.forward ?? input.spot;
}

function copy(from: Column, to: Float64Array, start: number, count: number): void {
  if (typeof from === "number") to.fill(from, 0, count);
  else if (from instanceof Float64Array) to.set(from.subarray(start, start + count));
  else for (let i = 0; i < count; i++) to[i] = from[start + i] as number;
}

/** How the rows' types are written, `names` being those of +1 and of −1; refuses a type that is neither. */
export function typeWriter(
  type: string | ArrayLike<number>,
  rows: number,
  path: string,
  names: readonly [string, string] = NAMES.option,
) {
  if (typeof type === "string") {
    const isCall = Number(requireName(names, type, path) === 0);
    return (to: Uint8Array, _: number, count: number) => void to.fill(isCall, 0, count);
  }
  requireColumn(type, path, rows, `"${names[0]}", "${names[1]}" or `);
  for (let row = 0; row < rows; row++) {
    const isKnown = type[row] === 1 || type[row] === -1;
    if (!isKnown) throw invalid(`${path}[${row}]`, `+1 (${names[0]}) or -1 (${names[1]})`, type[row]);
  }
  return (to: Uint8Array, from: number, count: number) => {
    for (let i = 0; i < count; i++) to[i] = Number(type[from + i] === 1);
  };
}
