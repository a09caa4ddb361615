/**
 * What callers may pass: the fields of every object and what each of them takes, stated once and checked before anything
 * changes. A field that is not listed is refused, since nobody would read it. Whether a number lies in its domain is the
 * engine's to say. What mathematics takes is in math/options.ts, which engines do without.
 */

import {
  type Check,
  column,
  either,
  type Fields,
  flag,
  invalid,
  type Known,
  type KnownFields,
  listOf,
  mapOf,
  object,
  oneOf,
  optional,
  orNull,
  ROWS_MAX,
  requireArray,
  requireColumn,
  requireGivenNumber,
  requireHandle,
  requireId,
  requireKnown,
  requireMoney,
  requireName,
  requireNumber,
  requireSize,
  requireText,
  requireWhole,
  rows,
  source,
  that,
  whole,
} from "./checks.js";
import { NAMES } from "./core/layout.js";
import type { CallerChanges, CallerState, ExportedNames } from "./engine/caller-state.js";
import type { TableTerms } from "./engine/margin.js";
import { ConfigError, shown, tagOf } from "./errors.js";
import { checkSvi } from "./surface.js";
import type {
  AccountColumnsInput,
  AccountInput,
  AssetInput,
  BandThresholds,
  BinanceUsdmOptions,
  BracketRow,
  Brackets,
  EngineOptions,
  EventOptions,
  Fill,
  HyperliquidOptions,
  InstrumentInput,
  LeverageTier,
  ListenOptions,
  MarginModel,
  PriceTick,
  SurfaceInput,
  Threshold,
  Tick,
} from "./types.js";
import type { CallOptions, ReplacementListener, TickQueueSettings, WorkerEngineOptions } from "./worker/types.js";

const VERSIONS = 2 ** 32;
const WORKERS_MAX = 64;
const DATE = /^\d{4}-\d\d(-\d\d)?$/;

/** A number of workers. */
export function requireWorkers(value: unknown, path: string): number {
  return requireWhole(value, path, 1, WORKERS_MAX);
}

const number = requireNumber;
const size = requireSize;
const money = requireMoney;
const id = requireId;
/** What timers take: they end at once beyond it. */
const MILLISECONDS_MAX = 2 ** 31 - 1;
const milliseconds = that(`a number of milliseconds from 0 to ${MILLISECONDS_MAX}`, (value) => {
  return typeof value === "number" && value >= 0 && value <= MILLISECONDS_MAX;
});
const date = that("a date such as 2024-10-24 or 2024-10", (value) => typeof value === "string" && DATE.test(value));
const idOrNumber = that("a string or a number", (value) => typeof value === "string" || Number.isFinite(value));
const given = optional(requireGivenNumber);
/** An asset by handle or name, looked up where the engine is at hand. */
const asset: Check = () => {};
/** An underlying, likewise. */
const underlying: Check = () => {};
const move = that("a finite number > -1", (value) => Number.isFinite(value) && (value as number) > -1);
const noChange = that(
  "a trade { instrument, size }, an amount { asset, amount } or a move { underlying, move }",
  () => false,
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
const modelFields = {
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
} satisfies Fields<MarginModel>;
const model = object<MarginModel>(modelFields);

const atLeastOne = whole(1, Number.MAX_SAFE_INTEGER);
const parameters = { date: optional(date), version: optional(whole(1, VERSIONS - 1)) } as const;

const scaleLog2 = optional(whole(-60, 60));

const started = {
  quote: optional(id),
  quoteScaleLog2: scaleLog2,
  model: optional(model),
  timeMs: optional(number),
  staleAfterMs: optional(number),
  tickCapacity: optional(rows),
  wasm: optional(source),
} satisfies Fields<Omit<EngineOptions, "snapshot">>;
const byteArray = that("a Uint8Array", (value) => value instanceof Uint8Array);
/** What a snapshot says and nobody else may. */
const saidBySnapshot = that("left out beside a snapshot, which says it", () => false);
const restored = {
  ...started,
  quote: optional(saidBySnapshot),
  quoteScaleLog2: optional(saidBySnapshot),
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
/** Pages that require trusted types take no other address of a script. */
const address = that("a URL or an address", (value) => {
  const isTrusted = tagOf(value) === "[object TrustedScriptURL]";
  return typeof value === "string" || value instanceof URL || isTrusted;
});

/** What of an instrument decides its margin table. */
const tableTerms = {
  id,
  underlying: id,
  brackets: optional(brackets),
  marginTable: optional(idOrNumber),
  maxLeverage: optional(maxLeverage),
};

/** Handles with what they stand for. */
const byHandle = (check: Check): Check => {
  return listOf((entry, path) => {
    const [handle, item] = requireArray(entry, path);
    requireHandle(handle, path);
    check(item, path);
  });
};
/** Nothing is done with them but to hand them on. */
const undrained = listOf(mapOf(column));
/** The market as a snapshot has it, in which an engine without a model has one without a date. */
const market = {
  quote: id,
  defaultModel: requireHandle,
  instruments: byHandle(id),
  assets: byHandle(id),
  underlyings: byHandle(id),
  models: byHandle(object<MarginModel>({ ...modelFields, date: requireText })),
  terms: byHandle(object<TableTerms>(tableTerms)),
};
const nameChange: Check = (change, path) => {
  const [slot, handle, name] = requireArray(change, path);
  requireHandle(slot, path);
  if (handle === undefined) return;
  requireHandle(handle, path);
  id(name, path);
};

/** Checks of the objects that callers pass, by what they describe. */
export const CHECK = {
  engine: startedWith<EngineOptions>({}),
  workerEngine: startedWith<WorkerEngineOptions>({
    workers: optional(requireWorkers),
    workerUrl: optional(address),
    readyTimeoutMs: optional(milliseconds),
    snapshotEvery: optional(whole(1, ROWS_MAX)),
    failuresPerMinuteMax: optional(atLeastOne),
    keepAlive: optional(flag),
    tickQueue: optional(
      object<TickQueueSettings>({
        batchesInFlightMax: optional(atLeastOne),
        capacity: optional(rows),
        conflate: optional(oneOf(["latest", "extremes"])),
        flushMs: optional(milliseconds),
        sharesMemory: optional(flag),
      }),
    ),
    onRejectedTick: optional(callback),
  }),
  bytes: byteArray,
  state: object<CallerState>({ ...market, accounts: byHandle(id), undrained }),
  // the market is in it as a whole or not at all
  stateChanges: either(
    (value) => "quote" in value,
    object<CallerChanges>({ ...market, accounts: listOf(nameChange), undrained }),
    object<Pick<CallerChanges, "accounts" | "undrained">>({ accounts: listOf(nameChange), undrained }),
  ),
  exportedNames: object<ExportedNames>({ ids: listOf(id) }),
  call: object<CallOptions>({ signal: optional(signal), timeoutMs: optional(milliseconds) }),
  asset: object<AssetInput>({
    id,
    haircuts: optional(listOf(object({ upTo: optional(number), factor: number }))),
    underlying: optional(id),
    scaleLog2,
  }),
  underlying: object({ id }),
  instrument: object<InstrumentInput>({
    ...tableTerms,
    kind: oneOf(NAMES.kind),
    quote: optional(id),
    settle: optional(id),
    base: optional(id),
    payoff: optional(oneOf(NAMES.payoff)),
    multiplier: optional(number),
    sizeDecimals: optional(whole(0, 15)),
    expiryMs: optional(number),
    strike: optional(number),
    option: optional(oneOf(NAMES.option)),
  }),
  table: either((value) => "brackets" in value, object({ brackets }), object({ maxLeverage })),
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
      either(
        (value) => "underlying" in value,
        object({ underlying, move, volMove: optional(move) }),
        either((value) => "asset" in value, object({ asset, amount: money }), noChange),
      ),
    ),
  ),
  events: object<EventOptions>(events),
  workerEvents: object<EventOptions & ReplacementListener>({ ...events, onReplaced }),
  listener: callback,
  subscription: object<ListenOptions>(subscription),
  workerSubscription: object<ListenOptions & ReplacementListener>({ ...subscription, onReplaced }),
  hyperliquid: object<HyperliquidOptions>({ marginTables: optional(mapOf(leverageTiers)), ...parameters }),
  binanceUsdm: object<BinanceUsdmOptions>({ brackets: optional(mapOf(bracketRows)), ...parameters }),
  surface: orNull(
    object<SurfaceInput>({
      expiries: listOf(object({ expiryMs: number, forward: optional(requireGivenNumber), svi: checkSvi })),
      rule: oneOf(NAMES.stickiness),
      timeMs: number,
    }),
  ),
} as const;

/** The asset that every figure is in, of an engine that starts from options. */
export function quoteOf({ quote, model }: EngineOptions): string {
  return quote ?? model?.quote ?? "USD";
}

/** The fields of a tick of an instrument. */
export const TICK: KnownFields = {
  all: {
    mark: true,
    index: true,
    underlyingPrice: true,
    vol: true,
    rate: true,
    timeMs: true,
    source: true,
  } satisfies Known<Tick>,
  has(field) {
    switch (field as keyof Tick) {
      case "mark":
      case "index":
      case "underlyingPrice":
      case "vol":
      case "rate":
      case "timeMs":
      case "source":
        return true;
    }
  },
};
/** The fields of a tick of an asset or an underlying. */
export const PRICE_TICK: KnownFields = {
  all: { price: true, timeMs: true, source: true } satisfies Known<PriceTick>,
  has(field) {
    switch (field as keyof PriceTick) {
      case "price":
      case "timeMs":
      case "source":
        return true;
    }
  },
};

/** An object of the fields of a tick. One without a time would be refused with a status, which nobody reads who has forgotten it. */
export function requireTick(tick: Tick | PriceTick, fields: KnownFields, path: string): void {
  requireKnown(tick, fields, path);
  if (tick.timeMs === undefined) throw invalid(`${path}.timeMs`, "given, in milliseconds since the epoch", undefined);
}

/** What is no number, nor missing, would be taken for a fault of the engine. Without an allocation where nothing is refused. */
export function requireNumbers(tick: Tick | PriceTick, fields: KnownFields, path: string): void {
  for (const field in fields.all) {
    const value: unknown = tick[field as keyof typeof tick];
    if (value !== undefined && typeof value !== "number") throw invalid(`${path}.${field}`, "a number", value);
  }
}

/** How a tick is refused that gives NaN, which in columns and on the wire stands for "not given". */
export function refusalOfNaN(tick: Tick): "rejected-price" | "rejected-vol" | undefined {
  const { mark, index, underlyingPrice, vol, rate } = tick;
  if (Number.isNaN(mark) || Number.isNaN(index) || Number.isNaN(underlyingPrice)) return "rejected-price";
  return Number.isNaN(vol) || Number.isNaN(rate) ? "rejected-vol" : undefined;
}

/** Refuses columns of unequal lengths; returns the rows. */
export function requirePositions(positions: NonNullable<AccountColumnsInput["positions"]>, path: string): number {
  const rows = requireColumn(positions.account, `${path}.account`);
  for (const name of ["instrument", "size", "entryPrice"] as const) {
    requireColumn(positions[name], `${path}.${name}`, rows);
  }
  return rows;
}

/** Refuses places and handles that are none, which would become others on their way. */
export function checkPlaces(
  account: ArrayLike<number>,
  instrument: ArrayLike<number>,
  ids: number,
  path: string,
): void {
  const rows = account.length;
  for (let row = 0; row < rows; row++) {
    const [at, handle] = [account[row] as number, instrument[row] as number];
    if (at >>> 0 !== at || at >= ids) throw invalid(`${path}.account[${row}]`, `a place below ${ids}`, at);
    if (handle >>> 0 !== handle) requireHandle(handle, `${path}.instrument[${row}]`);
  }
}
