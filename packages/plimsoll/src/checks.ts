/** What a value must be: checks that refuse it by its path. What callers may pass is stated of these (options.ts, math/options.ts). */
import { ConfigError, MoneyError, noSuchHandle, shown, tagOf } from "./errors.js";

/** Refuses a value that the field at `path` does not take. */
export type Check = (value: unknown, path: string) => unknown;

/** The fields of a type, each once: what is missing or strange here does not compile. */
export type Fields<T> = { readonly [Field in keyof Required<T>]: Check };

/** The error of a value outside what its field takes. */
export function invalid(path: string, expected: string, value: unknown): ConfigError {
  return new ConfigError("INVALID_VALUE", { path, expected, received: shown(value) });
}

const HANDLES = 2 ** 32;
export const ROWS_MAX = 2 ** 24;
const DECIMAL_TEXT_MAX = 128;
const DECIMAL = /^\s*[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?\s*$/i;
const PRINTABLE = /^[\t\n\r -~]+$/;

/** A number; whether it lies in its domain is the engine's to say. */
export function requireNumber(value: unknown, path: string): number {
  if (typeof value !== "number") throw invalid(path, "a number", value);
  return value;
}

/** Likewise where NaN on the wire means "not given". */
export function requireGivenNumber(value: unknown, path: string): number {
  if (typeof value !== "number" || Number.isNaN(value)) throw invalid(path, "a number", value);
  return value;
}

/** A whole number within bounds. */
export function requireWhole(value: unknown, path: string, from: number, to: number): number {
  if (Number.isInteger(value) && (value as number) >= from && (value as number) <= to) return value as number;
  throw invalid(path, `a whole number from ${from} to ${to}`, value);
}

/** A handle that can have been given out. */
export function requireHandle(value: unknown, path: string): number {
  if (typeof value === "number" && value >= 0 && value < HANDLES && Number.isInteger(value)) return value;
  throw noSuchHandle(value, path);
}

/** A signed size: a number, or the decimal that a string says. */
export function requireSize(value: unknown, path: string): number {
  if (typeof value === "number") return value;
  if (typeof value === "string" && value.length <= DECIMAL_TEXT_MAX && DECIMAL.test(value)) return Number(value);
  const expected = "a finite number or a decimal string";
  throw new ConfigError("INVALID_SIZE", { path, expected, received: shown(value) });
}

/** An amount as it can cross to the engine, which reads the decimal. */
export function requireMoney(value: unknown, path: string): number | string {
  if (typeof value === "number") return value;
  if (typeof value === "string" && value.length <= DECIMAL_TEXT_MAX && PRINTABLE.test(value)) return value;
  const expected = 'a number or a decimal string such as "12.50"';
  throw new MoneyError("INVALID_MONEY", { path, expected, received: shown(value) });
}

/** A string. */
export function requireText(value: unknown, path: string): string {
  if (typeof value === "string") return value;
  throw invalid(path, "a string", value);
}

/** A name: a string that is not empty. */
export function requireId(value: unknown, path: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw invalid(path, "a string that is not empty", value);
}

/** One of a list of names, as its place there. */
export function requireName(names: readonly string[], value: unknown, path: string): number {
  const place = names.indexOf(value as string);
  if (place >= 0) return place;
  throw invalid(path, `one of ${names.map((name) => JSON.stringify(name)).join(", ")}`, value);
}

/** An array. */
export function requireArray<Item>(value: unknown, path: string): readonly Item[] {
  if (Array.isArray(value)) return value;
  throw invalid(path, "an array", value);
}

/** A column of numbers, `rows` of them where that is given; returns how many. `also` is what else the field takes. */
export function requireColumn(value: unknown, path: string, rows?: number, also = ""): number {
  const column = value as ArrayLike<unknown>;
  const length = typeof value === "object" && value !== null ? column.length : undefined;
  if (!Number.isInteger(length) || (length as number) < 0) {
    throw invalid(path, `${also}a column of ${rows === undefined ? "" : `${rows} `}numbers`, value);
  }
  if (rows !== undefined && length !== rows) {
    const received = `a column of ${length}`;
    throw new ConfigError("INVALID_VALUE", { path, expected: `${also}a column of ${rows} numbers`, received });
  }
  if (!(value instanceof Float64Array || value instanceof Uint32Array)) {
    for (let row = 0; row < (length as number); row++) {
      if (typeof column[row] !== "number") throw invalid(`${path}[${row}]`, "a number", column[row]);
    }
  }
  return length as number;
}

/** A plain object: neither an array nor a collection, whose entries nobody would read. */
function requireObject(value: unknown, path: string): asserts value is object {
  if (tagOf(value) !== "[object Object]") throw invalid(path, "an object", value);
}

function refuseField(fields: object, field: string, path: string): never {
  throw invalid(`${path}.${field}`, `one of the fields ${Object.keys(fields).join(", ")}`, field);
}

/** An object of these fields and no others. */
export function object<T>(fields: Fields<T>): Check {
  const checks = Object.entries<Check>(fields);
  return (value, path) => {
    requireObject(value, path);
    for (const field of Object.keys(value)) if (!Object.hasOwn(fields, field)) refuseField(fields, field, path);
    for (const [field, check] of checks) check((value as Record<string, unknown>)[field], `${path}.${field}`);
  };
}

export const optional = (check: Check): Check => {
  return (value, path) => value === undefined || check(value, path);
};
export const orNull = (check: Check): Check => {
  return (value, path) => value === null || check(value, path);
};
export const listOf = (check: Check): Check => {
  return (value, path) => {
    for (const [i, item] of requireArray(value, path).entries()) check(item, `${path}[${i}]`);
  };
};
export const mapOf = (check: Check): Check => {
  return (value, path) => {
    requireObject(value, path);
    for (const [name, item] of Object.entries(value as Record<string, unknown>)) check(item, `${path}.${name}`);
  };
};
export const oneOf = (names: readonly string[]): Check => {
  return (value, path) => requireName(names, value, path);
};
export const whole = (from: number, to: number): Check => {
  return (value, path) => requireWhole(value, path, from, to);
};
export const that = (expected: string, holds: (value: unknown) => boolean): Check => {
  return (value, path) => {
    if (!holds(value)) throw invalid(path, expected, value);
  };
};
/** One of two objects. */
export const either = (isFirst: (value: object, path: string) => boolean, first: Check, second: Check): Check => {
  return (value, path) => {
    requireObject(value, path);
    (isFirst(value, path) ? first : second)(value, path);
  };
};

export const flag = that("true or false", (value) => typeof value === "boolean");
/** A number of rows. */
export const rows = whole(1, ROWS_MAX);
/** A column, whose length is checked where it is known. */
export const column: Check = () => {};
/** Where the WebAssembly module comes from. */
export const source = that(
  "a URL, an absolute address, bytes, a WebAssembly.Module or a Response",
  (value) => typeof value === "string" || (typeof value === "object" && value !== null),
);

/** The names of a type's fields, each once: what is missing or strange here does not compile. */
export type Known<T> = { readonly [Field in keyof Required<T>]: true };

/** The fields of what comes with every tick. */
export interface KnownFields {
  readonly all: Readonly<Record<string, true>>;
  /**
   * Whether there is a field of that name: a `switch`, which takes a fourth of the time of a look-up in `all`. It is over the names of the
   * type, and says nothing of others, so that one which it lacks does not compile.
   */
  has(field: string): boolean;
}

/** An object of these fields and no others, without an allocation; their values are checked as they are read. */
export function requireKnown(value: unknown, fields: KnownFields, path: string): void {
  requireObject(value, path);
  for (const field in value) if (!fields.has(field)) refuseField(fields.all, field, path);
}
