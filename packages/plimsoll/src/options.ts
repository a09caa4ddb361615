/** Checks of the objects that callers pass: there, and without a field that nobody would read. */

import { ConfigError, shown } from "./errors.js";
import type {
  AccountColumnsInput,
  AccountInput,
  AssetInput,
  EngineOptions,
  Fill,
  InstrumentInput,
  MarginModel,
} from "./types.js";

/** The fields of a type, each once: what is missing or strange here does not compile. */
type Fields<T> = { readonly [field in keyof Required<T>]: true };

/** Fields by what they belong to. */
export const FIELDS = {
  engine: {
    quote: true,
    model: true,
    timeMs: true,
    staleAfterMs: true,
    tickCapacity: true,
    wasm: true,
  } satisfies Fields<EngineOptions>,
  asset: { id: true, haircuts: true, underlying: true, scaleLog2: true } satisfies Fields<AssetInput>,
  instrument: {
    id: true,
    kind: true,
    underlying: true,
    quote: true,
    settle: true,
    base: true,
    payoff: true,
    multiplier: true,
    sizeDecimals: true,
    expiryMs: true,
    strike: true,
    option: true,
    maxLeverage: true,
    marginTable: true,
    brackets: true,
  } satisfies Fields<InstrumentInput>,
  model: {
    kind: true,
    name: true,
    version: true,
    date: true,
    quote: true,
    unit: true,
    ordersInMaintenance: true,
    bands: true,
    tables: true,
    defaultTable: true,
    leverageRule: true,
    marginTables: true,
  } satisfies Fields<MarginModel>,
  account: { id: true, collateral: true, model: true } satisfies Fields<AccountInput>,
  accounts: { ids: true, collateral: true, positions: true, model: true } satisfies Fields<AccountColumnsInput>,
  positions: { account: true, instrument: true, size: true, entryPrice: true } satisfies Fields<
    NonNullable<AccountColumnsInput["positions"]>
  >,
  fill: { size: true, price: true, fee: true, feeAsset: true } satisfies Fields<Fill>,
} as const;

/**
 * Refuses what is no object, and a field of it that is not known: a misspelt one would be lost without a word.
 *
 * @throws {ConfigError} `INVALID_VALUE`
 */
export function requireFields(value: unknown, known: Readonly<Record<string, true>>, path: string): void {
  requireObject(value, path);
  for (const field of Object.keys(value)) {
    if (!Object.hasOwn(known, field)) {
      const expected = `one of the fields ${Object.keys(known).join(", ")}`;
      throw new ConfigError("INVALID_VALUE", { path: `${path}.${field}`, expected, received: shown(field) });
    }
  }
}

/**
 * Refuses what is no object.
 *
 * @throws {ConfigError} `INVALID_VALUE`
 */
export function requireObject(value: unknown, path: string): asserts value is object {
  if (typeof value !== "object" || value === null) {
    throw new ConfigError("INVALID_VALUE", { path, expected: "an object", received: shown(value) });
  }
}

/**
 * Refuses what is no array.
 *
 * @throws {ConfigError} `INVALID_VALUE`
 */
export function requireArray<Item>(value: unknown, path: string): readonly Item[] {
  if (Array.isArray(value)) return value;
  throw new ConfigError("INVALID_VALUE", { path, expected: "an array", received: shown(value) });
}

/**
 * Refuses a column that has not one number for each row.
 *
 * @throws {ConfigError} `INVALID_VALUE`
 */
export function requireLength(column: ArrayLike<number>, rows: number, path: string): void {
  if (column?.length === rows) return;
  const expected = `a column of ${rows} numbers`;
  throw new ConfigError("INVALID_VALUE", { path, expected, received: shown(column?.length ?? column) });
}
