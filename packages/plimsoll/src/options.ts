/**
 * What callers may pass: the fields of every object and what each of them takes, stated once and checked before anything
 * changes. A field that is not listed is refused, since nobody would read it. Whether a number lies in its domain is the
 * engine's to say.
 */

import { ConfigError, HandleError, MoneyError, shown } from "./errors.js";
import { NAMES } from "./layout.js";
import type { ChainOptions } from "./math/chain.js";
import type { BarrierColumns, ContractOption, DigitalInput, Single } from "./math/contracts.js";
import type { GreekName } from "./math/figures.js";
import type { ResidentOptions } from "./math/resident.js";
import type { SsviParameters, SurfaceExpiry, SurfaceQuotes, SurfaceVolInput } from "./math/surface.js";
import type { GreeksInput, ImpliedVolInput, SingleOption } from "./math.js";
import type { SviParameters } from "./surface.js";
import type {
  AccountColumnsInput,
  AccountInput,
  AssetInput,
  BandThresholds,
  BracketRow,
  Brackets,
  EngineOptions,
  EventOptions,
  Fill,
  InstrumentInput,
  LeverageTier,
  ListenOptions,
  MarginModel,
  PriceTick,
  SurfaceInput,
  Threshold,
  Tick,
  TopFigure,
  TopOptions,
} from "./types.js";
import type { BinanceUsdmOptions, HyperliquidOptions } from "./venues.js";
import type { CallOptions, ReplacementListener, TickQueueSettings, WorkerEngineOptions } from "./worker/types.js";

/** Refuses a value that the field at `path` does not take. */
type Check = (value: unknown, path: string) => unknown;

/** The fields of a type, each once: what is missing or strange here does not compile. */
type Fields<T> = { readonly [Field in keyof Required<T>]: Check };

/** The error of a value outside what its field takes. */
export function invalid(path: string, expected: string, value: unknown): ConfigError {
  return new ConfigError("INVALID_VALUE", { path, expected, received: shown(value) });
}

const HANDLES = 2 ** 32;
const VERSIONS = 2 ** 32;
export const ROWS_MAX = 2 ** 24;
const WORKERS_MAX = 64;
const MONEY_TEXT_MAX = 128;
const DECIMAL = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i;
const DATE = /^\d{4}-\d\d(-\d\d)?$/;
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

/** A number of workers. */
export function requireWorkers(value: unknown, path: string): number {
  return requireWhole(value, path, 1, WORKERS_MAX);
}

/** A handle that can have been given out. */
export function requireHandle(value: unknown, path: string): number {
  if (typeof value === "number" && value >= 0 && value < HANDLES && Number.isInteger(value)) return value;
  throw new HandleError("UNKNOWN_HANDLE", { path, expected: "a handle that was given out", received: shown(value) });
}

/** A signed size: a number, or the decimal that a string says. */
export function requireSize(value: unknown, path: string): number {
  if (typeof value === "number") return value;
  if (typeof value === "string" && DECIMAL.test(value)) return Number(value);
  const expected = "a finite number or a decimal string";
  throw new ConfigError("INVALID_SIZE", { path, expected, received: shown(value) });
}

/** An amount as it can cross to the engine, which reads the decimal. */
export function requireMoney(value: unknown, path: string): number | string {
  if (typeof value === "number") return value;
  if (typeof value === "string" && value.length <= MONEY_TEXT_MAX && PRINTABLE.test(value)) return value;
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
  if (!(value instanceof Float64Array)) {
    for (let row = 0; row < (length as number); row++) {
      if (typeof column[row] !== "number") throw invalid(`${path}[${row}]`, "a number", column[row]);
    }
  }
  return length as number;
}

/** A plain object: neither an array nor a collection, whose entries nobody would read. */
function requireObject(value: unknown, path: string): asserts value is object {
  if (Object.prototype.toString.call(value) !== "[object Object]") throw invalid(path, "an object", value);
}

function refuseField(fields: object, field: string, path: string): never {
  throw invalid(`${path}.${field}`, `one of the fields ${Object.keys(fields).join(", ")}`, field);
}

/** An object of these fields and no others. */
function object<T>(fields: Fields<T>): Check {
  const checks = Object.entries<Check>(fields);
  return (value, path) => {
    requireObject(value, path);
    for (const field of Object.keys(value)) if (!Object.hasOwn(fields, field)) refuseField(fields, field, path);
    for (const [field, check] of checks) check((value as Record<string, unknown>)[field], `${path}.${field}`);
  };
}

const optional = (check: Check): Check => {
  return (value, path) => value === undefined || check(value, path);
};
const orNull = (check: Check): Check => {
  return (value, path) => value === null || check(value, path);
};
const listOf = (check: Check): Check => {
  return (value, path) => {
    for (const [i, item] of requireArray(value, path).entries()) check(item, `${path}[${i}]`);
  };
};
const mapOf = (check: Check): Check => {
  return (value, path) => {
    requireObject(value, path);
    for (const [name, item] of Object.entries(value as Record<string, unknown>)) check(item, `${path}.${name}`);
  };
};
const oneOf = (names: readonly string[]): Check => {
  return (value, path) => requireName(names, value, path);
};
const whole = (from: number, to: number): Check => {
  return (value, path) => requireWhole(value, path, from, to);
};
const that = (expected: string, holds: (value: unknown) => boolean): Check => {
  return (value, path) => {
    if (!holds(value)) throw invalid(path, expected, value);
  };
};
/** One of two objects. */
const either = (isFirst: (value: object, path: string) => boolean, first: Check, second: Check): Check => {
  return (value, path) => {
    requireObject(value, path);
    (isFirst(value, path) ? first : second)(value, path);
  };
};

const number = requireNumber;
const size = requireSize;
const money = requireMoney;
const id = requireId;
const flag = that("true or false", (value) => typeof value === "boolean");
const milliseconds = that("a number of milliseconds ≥ 0", (value) => typeof value === "number" && value >= 0);
const date = that("a date such as 2024-10-24 or 2024-10", (value) => typeof value === "string" && DATE.test(value));
const idOrNumber = that("a string or a number", (value) => typeof value === "string" || Number.isFinite(value));
const given = optional(requireGivenNumber);
/** A column, whose length is checked where it is known. */
const column: Check = () => {};
/** An asset by handle or name, looked up where the engine is at hand. */
const asset: Check = () => {};
const source = that(
  "a URL, an absolute address, bytes, a WebAssembly.Module or a Response",
  (value) => typeof value === "string" || (typeof value === "object" && value !== null),
);
const signal = that("an AbortSignal", (value) => {
  const { addEventListener, removeEventListener } = (value ?? {}) as Partial<AbortSignal>;
  return typeof addEventListener === "function" && typeof removeEventListener === "function";
});

const lower = that("a finite number ≥ 0", (value) => Number.isFinite(value) && (value as number) >= 0);
const maxLeverage = that("a finite number ≥ 1", (value) => Number.isFinite(value) && (value as number) >= 1);
const share = that("greater than 0 and at most 1", (value) => {
  return typeof value === "number" && value > 0 && value <= 1;
});
/** Rows each of which begins above the one before; no tier has more leverage than the one before. */
const ascending = (row: Check): Check => {
  return (value, path) => {
    listOf(row)(value, path);
    for (const [i, { lower, maxLeverage }] of (value as readonly LeverageTier[]).entries()) {
      const before = (value as readonly LeverageTier[])[i - 1];
      const refuse = (field: string, expected: string, received: number) => {
        throw new ConfigError("INVALID_BRACKETS", {
          path: `${path}[${i}].${field}`,
          expected,
          received: shown(received),
        });
      };
      if (before !== undefined && lower <= before.lower)
        refuse("lower", `above that before it, ${before.lower}`, lower);
      if (before !== undefined && maxLeverage > before.maxLeverage) {
        refuse("maxLeverage", `at most that before it, ${before.maxLeverage}`, maxLeverage);
      }
    }
  };
};
const leverageTiers = ascending(object<LeverageTier>({ lower, maxLeverage }));
const bracketRows = ascending(
  object<BracketRow>({
    lower,
    upper: optional(number),
    initialRate: number,
    maintenanceRate: number,
    maintenanceDeduction: optional(number),
    initialDeduction: optional(number),
  }),
);
const form = oneOf(NAMES.form);
const MAX_LEVERAGE = NAMES.form.indexOf("max-leverage");
const brackets = either(
  (value, path) => requireName(NAMES.form, (value as Brackets).form, `${path}.form`) === MAX_LEVERAGE,
  object({ form, tiers: leverageTiers, maintenanceShare: share }),
  object({ form, rows: bracketRows }),
);
const threshold = optional(object<Threshold>({ initial: optional(number), maintenance: optional(number) }));
const model = object<MarginModel>({
  kind: oneOf(["brackets"]),
  name: requireText,
  version: whole(1, VERSIONS - 1),
  date,
  quote: optional(id),
  unit: optional(oneOf(NAMES.unit)),
  ordersInMaintenance: optional(flag),
  bands: optional(
    object<BandThresholds>({
      warning: threshold,
      reduceOnly: threshold,
      liquidatable: threshold,
      equalityIsLiquidatable: optional(flag),
      hysteresis: optional(number),
    }),
  ),
  tables: optional(mapOf(brackets)),
  defaultTable: optional(brackets),
  leverageRule: optional(
    either(
      (value) => "maintenanceShare" in value,
      object({ maintenanceShare: share }),
      object({ maintenanceRate: share }),
    ),
  ),
  marginTables: optional(mapOf(leverageTiers)),
});

const figures = optional(listOf(oneOf(NAMES.mathFigure)));
const mathModel = optional(oneOf(NAMES.mathModel));
const chainModel = optional(oneOf(NAMES.mathModel.filter((name) => name !== "bachelier")));
const optionColumns = {
  type: column,
  spot: column,
  forward: column,
  strike: column,
  years: column,
  rate: column,
  carry: column,
  model: mathModel,
} as const;
const singleOption = {
  type: oneOf(NAMES.option),
  spot: optional(number),
  forward: optional(number),
  strike: number,
  years: number,
  rate: optional(number),
  carry: optional(number),
  model: mathModel,
} satisfies Fields<SingleOption>;
const rows = whole(1, ROWS_MAX);
const atLeastOne = whole(1, Number.MAX_SAFE_INTEGER);
const parameters = { date: optional(date), version: optional(whole(1, VERSIONS - 1)) } as const;
const resident = { rows, model: mathModel } satisfies Fields<ResidentOptions>;
const strikes = { strike: column, model: chainModel, outputs: figures } satisfies Fields<ChainOptions<GreekName>>;

const contract = { spot: column, years: column, rate: column, carry: column, vol: column } as const;
const singleContract = {
  spot: number,
  years: number,
  rate: optional(number),
  carry: optional(number),
  vol: number,
} as const;
const single = { ...singleContract, type: oneOf(NAMES.option), strike: number } satisfies Fields<
  Single<ContractOption>
>;
const barriers = { ...contract, side: column, barrier: column } satisfies Fields<BarrierColumns>;
const barrier = {
  ...singleContract,
  side: oneOf(["above", "below"]),
  barrier: number,
} satisfies Fields<Single<BarrierColumns>>;
const digitalPays = optional(oneOf(["cash", "asset"]));
const touchPays = optional(oneOf(["at-hit", "at-expiry"]));

const svi = object<SviParameters>({ a: number, b: number, rho: number, m: number, sigma: number });
const expiries = listOf(object<SurfaceExpiry>({ years: number, forward: optional(number), svi }));
const quotes = listOf(
  object<SurfaceQuotes>({ years: number, forward: number, strike: column, bid: column, ask: column }),
);

const started = {
  quote: optional(id),
  model: optional(model),
  timeMs: optional(number),
  staleAfterMs: optional(number),
  tickCapacity: optional(rows),
  wasm: optional(source),
} satisfies Fields<Omit<EngineOptions, "snapshot">>;
const TOP_FIGURES: readonly TopFigure[] = [
  "equity",
  "initial",
  "maintenance",
  "positionValue",
  "health",
  "healthRatio",
  "initialLeverage",
  "maintenanceLeverage",
];
const byteArray = that("a Uint8Array", (value) => value instanceof Uint8Array);
/** What a snapshot says and nobody else may. */
const saidBySnapshot = that("left out beside a snapshot, which says it", () => false);
const restored = {
  ...started,
  quote: optional(saidBySnapshot),
  model: optional(saidBySnapshot),
  timeMs: optional(saidBySnapshot),
  staleAfterMs: optional(saidBySnapshot),
  snapshot: byteArray,
};
/** Options of an engine, and `others`: with a snapshot or without. */
const startedWith = <Options extends EngineOptions>(others: Fields<Omit<Options, keyof EngineOptions>>): Check => {
  return either(
    (value) => (value as EngineOptions).snapshot !== undefined,
    object<EngineOptions>({ ...restored, ...others }),
    object<EngineOptions>({ ...started, snapshot: optional(byteArray), ...others }),
  );
};

const filter = {
  accounts: optional(listOf(requireHandle)),
  bands: optional(listOf(oneOf(NAMES.band))),
  signal: optional(signal),
};
const callback = that("a function", (value) => typeof value === "function");
const events = {
  ...filter,
  capacity: optional(atLeastOne),
  whenFull: optional(oneOf(["gap", "latest"])),
  onGap: optional(callback),
} satisfies Fields<EventOptions>;
const subscription = { ...filter, onError: optional(callback) } satisfies Fields<ListenOptions>;
const onReplaced = optional(callback);

/** Checks of the objects that callers pass, by what they describe. */
export const CHECK = {
  engine: startedWith<EngineOptions>({}),
  workerEngine: startedWith<WorkerEngineOptions>({
    workers: optional(requireWorkers),
    workerUrl: optional(that("a URL or an address", (value) => typeof value === "string" || value instanceof URL)),
    readyTimeoutMs: optional(milliseconds),
    snapshotEvery: optional(whole(1, ROWS_MAX)),
    keepAlive: optional(flag),
    tickQueue: optional(
      object<TickQueueSettings>({
        batchesInFlightMax: optional(atLeastOne),
        capacity: optional(rows),
        conflate: optional(oneOf(["latest", "extremes"])),
        flushMs: optional(milliseconds),
      }),
    ),
    onRejectedTick: optional(callback),
  }),
  bytes: byteArray,
  top: object<TopOptions>({ by: oneOf(TOP_FIGURES), order: optional(oneOf(["ascending", "descending"])) }),
  call: object<CallOptions>({ signal: optional(signal), timeoutMs: optional(milliseconds) }),
  asset: object<AssetInput>({
    id,
    haircuts: optional(listOf(object({ upTo: optional(number), factor: number }))),
    underlying: optional(id),
    scaleLog2: optional(whole(-60, 60)),
  }),
  underlying: object({ id }),
  instrument: object<InstrumentInput>({
    id,
    kind: oneOf(NAMES.kind),
    underlying: id,
    quote: optional(id),
    settle: optional(id),
    base: optional(id),
    payoff: optional(oneOf(NAMES.payoff)),
    multiplier: optional(number),
    sizeDecimals: optional(whole(0, 15)),
    expiryMs: optional(number),
    strike: optional(number),
    option: optional(oneOf(NAMES.option)),
    maxLeverage: optional(maxLeverage),
    marginTable: optional(idOrNumber),
    brackets: optional(brackets),
  }),
  model,
  account: object<AccountInput>({
    id,
    collateral: optional(mapOf(money)),
    model: optional(requireHandle),
  }),
  accounts: object<AccountColumnsInput>({
    ids: requireArray,
    collateral: optional(mapOf(column)),
    positions: optional(
      object<NonNullable<AccountColumnsInput["positions"]>>({
        account: column,
        instrument: column,
        size: column,
        entryPrice: column,
      }),
    ),
    model: optional(requireHandle),
  }),
  position: object({ size, entryPrice: number }),
  fill: object<Fill>({ size, price: number, fee: optional(money), feeAsset: asset }),
  fillOfOrder: object<Fill>({ size: optional(size), price: given, fee: optional(money), feeAsset: asset }),
  funding: object({ rate: number }),
  payment: object({ amount: money }),
  order: object({ size, price: number }),
  isolated: object({ margin: money, id: optional(id) }),
  settlement: object({ price: number, timeMs: number }),
  changes: listOf(
    either(
      (value) => "instrument" in value,
      object({ instrument: requireHandle, size, price: given }),
      object({ asset, amount: money }),
    ),
  ),
  events: object<EventOptions>(events),
  workerEvents: object<EventOptions & ReplacementListener>({ ...events, onReplaced }),
  listener: callback,
  subscription: object<ListenOptions>(subscription),
  workerSubscription: object<ListenOptions & ReplacementListener>({ ...subscription, onReplaced }),
  hyperliquid: object<HyperliquidOptions>({ marginTables: optional(mapOf(leverageTiers)), ...parameters }),
  binanceUsdm: object<BinanceUsdmOptions>({ brackets: optional(mapOf(bracketRows)), ...parameters }),

  loadMath: object({ wasm: optional(source) }),
  greeks: object<GreeksInput>({ ...optionColumns, vol: column, outputs: figures }),
  impliedVol: object<ImpliedVolInput>({ ...optionColumns, price: column, start: column }),
  greeksOf: object({ ...singleOption, vol: number, outputs: figures }),
  impliedVolOf: object({ ...singleOption, price: number }),
  digital: object<DigitalInput>({ ...contract, type: column, strike: column, pays: digitalPays }),
  digitalOf: object<Single<DigitalInput>>({ ...single, pays: digitalPays }),
  american: object<ContractOption>({ ...contract, type: column, strike: column }),
  americanOf: object<Single<ContractOption>>(single),
  oneTouch: object({ ...barriers, pays: touchPays }),
  oneTouchOf: object({ ...barrier, pays: touchPays }),
  noTouch: object<BarrierColumns>(barriers),
  noTouchOf: object<Single<BarrierColumns>>(barrier),
  touchProbability: object({ spot: column, side: column, barrier: column, years: column, drift: column, vol: column }),
  touchProbabilityOf: object({
    spot: number,
    side: barrier.side,
    barrier: number,
    years: number,
    drift: optional(number),
    vol: number,
  }),
  surface: orNull(
    object<SurfaceInput>({
      expiries: listOf(object({ expiryMs: number, forward: optional(requireGivenNumber), svi })),
      rule: oneOf(NAMES.stickiness),
      timeMs: number,
    }),
  ),
  svi,
  ssvi: object<SsviParameters>({ rho: number, eta: number, gamma: number }),
  surfaceVol: object<SurfaceVolInput>({
    expiries,
    years: number,
    forward: number,
    strike: column,
    rule: oneOf(NAMES.stickiness),
  }),
  expiries,
  quotes,
  calibration: object({ arbitrage: optional(oneOf(["avoided", "judged"])) }),
  parity: object({
    strike: column,
    callBid: column,
    callAsk: column,
    putBid: column,
    putAsk: column,
    discount: optional(number),
    inCoin: optional(flag),
  }),
  residentGreeks: object({ ...resident, outputs: figures }),
  residentImpliedVol: object(resident),
  residentChain: object({ type: column, ...strikes }),
  residentStrikePairs: object(strikes),
  clock: object({ years: number, rate: optional(number), carry: optional(number) }),
  listing: object({ type: column, strike: column }),
  strikes: object({ strike: column }),
} as const;

const TICK: Readonly<Record<string, true>> = {
  mark: true,
  index: true,
  underlyingPrice: true,
  vol: true,
  rate: true,
  timeMs: true,
  source: true,
} satisfies Readonly<Record<keyof Tick, true>>;
const PRICE_TICK: Readonly<Record<string, true>> = {
  price: true,
  timeMs: true,
  source: true,
} satisfies Readonly<Record<keyof PriceTick, true>>;

const COMPUTE_VOLS: Readonly<Record<string, true>> = { rows: true, start: true };

/** The fields of what comes with every tick, without an allocation; their values are checked as they are read. */
function requireKnown(value: unknown, fields: Readonly<Record<string, true>>, path: string): void {
  requireObject(value, path);
  for (const field in value) if (fields[field] === undefined) refuseField(fields, field, path);
}

/** Refuses what is no tick of an instrument. */
export const checkTick = (tick: Tick, path: string) => requireKnown(tick, TICK, path);
/** Refuses what is no tick of an asset or an underlying. */
export const checkPriceTick = (tick: PriceTick, path: string) => requireKnown(tick, PRICE_TICK, path);
/** Refuses what is no object of the options of `ResidentImpliedVol.compute`. */
export const checkComputeVols = (options: object, path: string) => requireKnown(options, COMPUTE_VOLS, path);
