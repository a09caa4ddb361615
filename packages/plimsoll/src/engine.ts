/** The engine in the calling thread: checks and names on this side, figures on the other. */
import { Answer, assessmentOf, eventOf, liquidationPricesOf, type Names, nameOf } from "./answers.js";
import {
  invalid,
  requireArray,
  requireColumn,
  requireHandle,
  requireName,
  requireNumber,
  requireSize,
  requireText,
  requireWhole,
} from "./checks.js";
import { Core, type Words } from "./core.js";
import { ASYNC_DISPOSE, DISPOSE } from "./disposal.js";
import { ConfigError, DisposedError, HandleError, PlimsollError, shown, withPath } from "./errors.js";
import { EventStream } from "./event-stream.js";
import type { Bytes } from "./host-types.js";
import { EVENT, EVENT_WORDS, NAMES, OUTCOME, SLOT_MASK } from "./layout.js";
import { instantiate, loadModule } from "./loader.js";
import { checkTable, modelWords, type TableTerms, tableOf } from "./margin.js";
import { CHECK, checkPositions, checkPriceTick, checkTick } from "./options.js";
import type { Origin } from "./origin.js";
import { childId, Registry } from "./registry.js";
import {
  type CallerState,
  decodeChanges,
  decodeNames,
  decodeState,
  encodeState,
  type MarketState,
} from "./snapshot.js";
import { arbitrageOf, type SurfaceVerdict, sviWords } from "./surface.js";
import { CoreTickBuffer } from "./ticks.js";
import { topOf } from "./top.js";
import { type ExactTotals, exactTotalsOf } from "./totals.js";
import type {
  AccountColumns,
  AccountColumnsInput,
  AccountHandle,
  AccountInput,
  Assessment,
  AssetHandle,
  AssetInput,
  BandEvent,
  Change,
  DisplayedRule,
  Engine,
  EngineOptions,
  EngineStats,
  EventOptions,
  Fill,
  FillResult,
  ImportedAccounts,
  InstrumentHandle,
  InstrumentInput,
  LiquidationPrices,
  ListenOptions,
  MarginModel,
  ModelHandle,
  Money,
  OrderHandle,
  PriceTick,
  RestingOrder,
  Size,
  SurfaceInput,
  Tick,
  TickBuffer,
  TickStatus,
  TopOptions,
  TopRow,
  Totals,
  UnderlyingHandle,
} from "./types.js";

const QUOTE = 0 as AssetHandle;
const TICK_CAPACITY = 1024;
/** What only other kinds of instrument have: nobody would read it. */
const FIELDS_OF_OTHER_KINDS = {
  spot: ["expiryMs", "strike", "option"],
  perp: ["expiryMs", "strike", "option", "base"],
  future: ["strike", "option", "base"],
  option: ["base"],
} as const satisfies Record<InstrumentInput["kind"], readonly (keyof InstrumentInput)[]>;
const NO_MODEL: MarginModel = { kind: "brackets", name: "none", version: 1, date: "" };

type ColumnViews = Omit<AccountColumns, "length" | "row">;

/** What `createEngine` does, in an entry whose own files are found by `origin`. */
export async function startEngine(options: EngineOptions, origin: Origin): Promise<InThreadEngine> {
  CHECK.engine(options, "createEngine");
  const module = await loadModule(options.wasm, "createEngine.wasm", origin);
  return new InThreadEngine(new Core(await instantiate(module)), options);
}

/** A resting order as it crosses. */
type OrderWords = readonly [order: OrderHandle, instrument: InstrumentHandle, size: number, price: number];
const ORDER_WORDS = 4;

/** Changes on their way across, each with its place: trades, moves, then amounts. */
type ChangeWords = readonly [
  trades: Words,
  moves: Words,
  amounts: readonly (readonly [place: number, asset: number, amount: Money])[],
];

/** Bytes that say, alone or behind those of a base, how an engine is. */
export interface Checkpoint {
  readonly isBase: boolean;
  readonly bytes: Bytes;
}

/** @internal What `createEngine` makes, for the host in a worker, which needs more of it than its callers do. */
export class InThreadEngine implements Engine {
  readonly quote: string;
  readonly ticks: TickBuffer;
  readonly defaultModel: ModelHandle;
  #live: Core | undefined;
  #columns: AccountColumns | undefined;
  /** Its views. They hold until an account is registered, even in vain, or memory grows, which leaves them with length 0. */
  #columnViews: ColumnViews | undefined;
  readonly #accounts = new Registry<AccountHandle>();
  readonly #instruments = new Registry<InstrumentHandle>();
  readonly #assets = new Registry<AssetHandle>();
  readonly #underlyings = new Registry<UnderlyingHandle>();
  readonly #marketNames = [this.#instruments, this.#assets, this.#underlyings];
  readonly #models = new Map<number, MarginModel>();
  /** Whether a model, or more of the market, is new since the base of checkpoints. */
  #hasNewMarket = true;
  /** What decides each instrument's table, for models that come or change later. */
  readonly #terms = new Map<number, TableTerms>();
  readonly #events = new EventStream(() => this.#takeEvents());
  #relay: ((records: Float64Array) => void) | undefined;
  readonly #names: Names = {
    asset: (handle) => this.#assets.id(handle),
    instrument: (handle) => this.#instruments.id(handle),
    underlying: (handle) => this.#underlyings.id(handle),
  };

  constructor(core: Core, options: EngineOptions) {
    this.#live = core;
    this.ticks = new CoreTickBuffer(() => this.#core, options.tickCapacity ?? TICK_CAPACITY);
    if (options.snapshot !== undefined) {
      const state = this.#restore(options.snapshot);
      this.quote = state.quote;
      this.defaultModel = state.defaultModel as ModelHandle;
      return;
    }
    const { model = NO_MODEL, timeMs = 0, staleAfterMs = Number.POSITIVE_INFINITY, quoteScaleLog2 = 0 } = options;
    this.quote = options.quote ?? model.quote ?? "USD";
    core.call("create", "createEngine", timeMs, staleAfterMs, quoteScaleLog2);
    this.#assets.add(this.quote, QUOTE);
    this.defaultModel = this.#register(model, "createEngine.model");
  }

  /** Takes up the state of a snapshot, on both sides. */
  #restore(snapshot: Uint8Array): CallerState {
    const core = this.#core;
    const path = "createEngine.snapshot";
    const [start = 0, length = 0, startSince = 0, lengthSince = 0] = core.withBytes(snapshot, () => {
      return core.call("restore", "createEngine");
    });
    let state = decodeState(snapshot.subarray(start, start + length), path);
    for (const [handle, id] of state.accounts) this.#accounts.add(id, handle as AccountHandle);
    this.#beginChanges();
    if (lengthSince > 0) {
      const { accounts, ...since } = decodeChanges(snapshot.subarray(startSince, startSince + lengthSince), path);
      this.#accounts.takeChanges(accounts);
      this.#hasNewMarket = since.instruments !== undefined;
      state = { ...state, ...since };
    }
    for (const [handle, id] of state.instruments) this.#instruments.add(id, handle as InstrumentHandle);
    for (const [handle, id] of state.assets) this.#assets.add(id, handle as AssetHandle);
    for (const [handle, id] of state.underlyings) this.#underlyings.add(id, handle as UnderlyingHandle);
    for (const [handle, model] of state.models) this.#models.set(handle, model);
    for (const [handle, terms] of state.terms) this.#terms.set(handle, terms);
    for (const names of this.#marketNames) names.noteChanges();
    this.#events.takeOver(state.undrained);
    return state;
  }

  get #core(): Core {
    if (this.#live !== undefined && !this.#live.isPoisoned) return this.#live;
    const received = this.#live === undefined ? "disposed" : "ended by a fault";
    throw new DisposedError("ENGINE_DISPOSED", { path: "", expected: "an engine that is alive", received });
  }

  #requireAlive(): void {
    void this.#core;
  }

  get timeMs(): number {
    return this.#core.exports.time_ms();
  }

  addAsset(asset: AssetInput): AssetHandle {
    const core = this.#core;
    CHECK.asset(asset, "addAsset");
    const id = this.#assets.check(asset.id, "addAsset.id");
    const { haircuts = [], scaleLog2 = 0 } = asset;
    const rows = haircuts.flatMap(({ upTo = Number.POSITIVE_INFINITY, factor }) => [upTo, factor]);
    const add = (underlying?: UnderlyingHandle) => {
      return core.call("addAsset", "addAsset", underlying, scaleLog2, [haircuts.length, ...rows])[0] as AssetHandle;
    };
    return this.#assets.add(id, asset.underlying === undefined ? add() : this.#onUnderlying(asset.underlying, add));
  }

  addUnderlying(underlying: { readonly id: string }): UnderlyingHandle {
    const core = this.#core;
    CHECK.underlying(underlying, "addUnderlying");
    const id = this.#underlyings.check(underlying.id, "addUnderlying.id");
    return this.#underlyings.add(id, core.call("addUnderlying", "addUnderlying")[0] as UnderlyingHandle);
  }

  addInstrument(instrument: InstrumentInput): InstrumentHandle {
    const core = this.#core;
    const path = "addInstrument";
    CHECK.instrument(instrument, path);
    const id = this.#instruments.check(instrument.id, `${path}.id`);
    const kind = requireName(NAMES.kind, instrument.kind, `${path}.kind`);
    const payoff = requireName(NAMES.payoff, instrument.payoff ?? "linear", `${path}.payoff`);
    for (const field of FIELDS_OF_OTHER_KINDS[instrument.kind]) {
      if (instrument[field] !== undefined) {
        throw invalid(`${path}.${field}`, `left out, since no ${instrument.kind} has it`, instrument[field]);
      }
    }
    const isOption = instrument.kind === "option";
    const option = isOption ? requireName(NAMES.option, instrument.option, `${path}.option`) : 0;
    const strike = isOption ? requireNumber(instrument.strike, `${path}.strike`) : Number.NaN;
    const expires = isOption || instrument.kind === "future";
    const expiryMs = expires ? requireNumber(instrument.expiryMs, `${path}.expiryMs`) : Number.NaN;
    const underlyingId = instrument.underlying;
    // the field that says it, for the path of an error
    const settledBy = instrument.settle === undefined && instrument.payoff !== "inverse" ? "quote" : "settle";
    const settleId =
      instrument.settle ?? (instrument.payoff === "inverse" ? underlyingId : (instrument.quote ?? this.quote));
    const settle = this.#asset(settleId, `${path}.${settledBy}`);
    const base = instrument.kind === "spot" ? this.#asset(instrument.base ?? underlyingId, `${path}.base`) : undefined;
    const terms: TableTerms = instrument;
    if (instrument.brackets !== undefined) checkTable(core, instrument.brackets, `${path}.brackets`);
    const tables: (readonly [number, number, number[]])[] = [];
    for (const [handle, model] of this.#models) {
      const table = tableOf(model, terms);
      if (table !== undefined)
        tables.push([handle, model.version, checkTable(core, table, `${path}.${sourceOf(terms)}`)]);
    }
    const { multiplier = 1, sizeDecimals = 8 } = instrument;
    const rest = [settle, base, multiplier, sizeDecimals, expiryMs, strike, option];
    const handle = this.#onUnderlying(underlyingId, (underlying) => {
      return core.call("addInstrument", path, kind, payoff, underlying, ...rest)[0] as InstrumentHandle;
    });
    for (const [model, version, words] of tables) core.call("setBrackets", path, model, handle, version, words);
    const { brackets, marginTable, maxLeverage } = instrument;
    this.#terms.set(handle, {
      id,
      underlying: underlyingId,
      ...(brackets !== undefined && { brackets }),
      ...(marginTable !== undefined && { marginTable }),
      ...(maxLeverage !== undefined && { maxLeverage }),
    });
    return this.#instruments.add(id, handle);
  }

  addModel(model: MarginModel): ModelHandle {
    this.#requireAlive();
    CHECK.model(model, "addModel");
    return this.#register(model, "addModel");
  }

  replaceModel(model: ModelHandle, replacement: MarginModel): void {
    this.#replaceModel("replaceModel", model, replacement);
    this.#models.set(model, replacement);
    this.#hasNewMarket = true;
    this.#announce();
  }

  addAccount(account: AccountInput): AccountHandle {
    const core = this.#core;
    CHECK.account(account, "addAccount");
    const id = this.#accounts.check(account.id, "addAccount.id");
    const balances = Object.entries(account.collateral ?? {}).map(([asset, amount]) => {
      return [this.#asset(asset, `addAccount.collateral.${asset}`), amount] as const;
    });
    this.#columnViews = undefined;
    try {
      const [handle] = core.call("addAccount", "addAccount", account.model ?? this.defaultModel, balances);
      this.#accounts.add(id, handle as AccountHandle);
      this.#announce();
      return handle as AccountHandle;
    } catch (error) {
      const assets = Object.keys(account.collateral ?? {});
      throw withPath(error, (at) => at.replace(/l\[(\d+)\].*/, (_, row) => `l.${assets[row]}`));
    }
  }

  addAccounts(accounts: AccountColumnsInput): AccountHandle[] {
    const core = this.#core;
    const path = "addAccounts";
    CHECK.accounts(accounts, path);
    const { ids, collateral = {}, positions } = accounts;
    this.#accounts.checkAll(ids, `${path}.ids`);
    const balances = Object.entries(collateral).map(([asset, amounts]) => {
      requireColumn(amounts, `${path}.collateral.${asset}`, ids.length);
      return [this.#asset(asset, `${path}.collateral.${asset}`), amounts] as const;
    });
    const balanceRows = balances.length * ids.length;
    const positionRows = positions === undefined ? 0 : checkPositions(positions, ids.length, `${path}.positions`);
    const words = new Float64Array(3 + 3 * balanceRows + 4 * positionRows);
    words[0] = ids.length;
    words[1] = balanceRows;
    let at = 2;
    for (let k = 0; k < balances.length; k++) for (let i = 0; i < ids.length; i++) words[at++] = i;
    for (const [asset] of balances) {
      words.fill(asset, at, at + ids.length);
      at += ids.length;
    }
    for (const [, amounts] of balances) {
      words.set(amounts, at);
      at += ids.length;
    }
    words[at++] = positionRows;
    if (positions !== undefined) {
      for (const name of ["account", "instrument", "size", "entryPrice"] as const) {
        words.set(positions[name], at);
        at += positionRows;
      }
    }
    this.#columnViews = undefined;
    const handles = Array.from(this.#addColumns(core, accounts, words));
    for (let i = 0; i < handles.length; i++) this.#accounts.add(ids[i] as string, handles[i] as AccountHandle);
    this.#announce();
    return handles as AccountHandle[];
  }

  removeAccount(account: AccountHandle): void {
    const core = this.#core;
    // its events are to bear its name
    if (core.exports.pending_events() > 0) this.#events.pump();
    core.call("removeAccount", "removeAccount", account);
    this.#accounts.remove(account);
  }

  removeInstrument(instrument: InstrumentHandle): void {
    const core = this.#core;
    if (core.exports.pending_events() > 0) this.#events.pump();
    core.call("removeInstrument", "removeInstrument", instrument);
    this.#instruments.remove(instrument);
    this.#terms.delete(instrument);
  }

  account(id: string): AccountHandle | undefined {
    return this.#core && this.#accounts.handle(requireText(id, "account.id"));
  }
  instrument(id: string): InstrumentHandle | undefined {
    return this.#core && this.#instruments.handle(requireText(id, "instrument.id"));
  }
  asset(id: string): AssetHandle | undefined {
    return this.#core && this.#assets.handle(requireText(id, "asset.id"));
  }
  underlying(id: string): UnderlyingHandle | undefined {
    return this.#core && this.#underlyings.handle(requireText(id, "underlying.id"));
  }

  setPosition(
    account: AccountHandle,
    instrument: InstrumentHandle,
    position: { readonly size: Size; readonly entryPrice: number },
  ): void {
    const core = this.#core;
    CHECK.position(position, "setPosition");
    const size = requireSize(position.size, "setPosition.size");
    core.call("setPosition", "setPosition", account, instrument, size, position.entryPrice);
    this.#announce();
  }

  fill(account: AccountHandle, instrument: InstrumentHandle, fill: Fill): FillResult {
    const core = this.#core;
    CHECK.fill(fill, "fill");
    const size = requireSize(fill.size, "fill.size");
    const feeAsset = fill.feeAsset === undefined ? undefined : this.#asset(fill.feeAsset, "fill.feeAsset");
    const [realizedProfit] = core.call("fill", "fill", account, instrument, size, fill.price, fill.fee ?? 0, feeAsset);
    this.#announce();
    return { realizedProfit: realizedProfit as number };
  }

  deposit(account: AccountHandle, asset: string | AssetHandle, amount: Money): void {
    const core = this.#core;
    core.call("deposit", "deposit", account, this.#asset(asset, "deposit.asset"), amount);
    this.#announce();
  }

  withdraw(account: AccountHandle, asset: string | AssetHandle, amount: Money): void {
    const core = this.#core;
    core.call("withdraw", "withdraw", account, this.#asset(asset, "withdraw.asset"), amount);
    this.#announce();
  }

  /** Throws what these changes would throw, and changes nothing: engines that share a book make them all or none. */
  readonly checks = {
    removeInstrument: (instrument: InstrumentHandle): void => {
      this.#core.call("checkRemoveInstrument", "removeInstrument", instrument);
    },
    replaceModel: (model: ModelHandle, replacement: MarginModel): void =>
      this.#replaceModel("checkReplaceModel", model, replacement),
    fund: (instrument: InstrumentHandle, funding: Parameters<Engine["fund"]>[1]): void =>
      this.#fund("checkFund", instrument, funding),
    settle: (instrument: InstrumentHandle, settlement: Parameters<Engine["settle"]>[1]): void =>
      this.#settle("checkSettle", instrument, settlement),
  } as const;

  /** Takes what `deposit` of the same amount gives, to the last bit: half of a transfer to an account of another engine. */
  debit(account: AccountHandle, asset: string | AssetHandle, amount: Money): void {
    const core = this.#core;
    core.call("debit", "debit", account, this.#asset(asset, "debit.asset"), amount);
    this.#announce();
  }

  fund(instrument: InstrumentHandle, funding: { readonly rate: number }): void {
    this.#fund("fund", instrument, funding);
    this.#announce();
  }

  fundAccount(account: AccountHandle, instrument: InstrumentHandle, funding: { readonly amount: Money }): void {
    const core = this.#core;
    CHECK.payment(funding, "fundAccount");
    core.call("fundAccount", "fundAccount", account, instrument, funding.amount);
    this.#announce();
  }

  placeOrder(
    account: AccountHandle,
    instrument: InstrumentHandle,
    order: { readonly size: Size; readonly price: number },
  ): OrderHandle {
    const core = this.#core;
    CHECK.order(order, "placeOrder");
    const size = requireSize(order.size, "placeOrder.size");
    const [handle] = core.call("placeOrder", "placeOrder", account, instrument, size, order.price);
    this.#announce();
    return handle as OrderHandle;
  }

  cancelOrder(order: OrderHandle): void {
    this.#core.call("cancelOrder", "cancelOrder", order);
    this.#announce();
  }

  orders(account: AccountHandle): RestingOrder[] {
    const core = this.#core;
    const words = core.call("orders", "orders", account);
    const orders = Array.from({ length: words.length / ORDER_WORDS }, (_, i): RestingOrder => {
      const [order, instrument, size, price] = words.subarray(ORDER_WORDS * i) as unknown as OrderWords;
      return { order, instrument, id: this.#instruments.id(instrument), size, price };
    });
    return orders.sort((a, b) => a.order - b.order);
  }

  fillOrder(
    order: OrderHandle,
    fill: {
      readonly size?: Size;
      readonly price?: number;
      readonly fee?: Money;
      readonly feeAsset?: string | AssetHandle;
    } = {},
  ): FillResult {
    const core = this.#core;
    CHECK.fillOfOrder(fill, "fillOrder");
    const size = fill.size === undefined ? undefined : requireSize(fill.size, "fillOrder.size");
    const feeAsset = fill.feeAsset === undefined ? undefined : this.#asset(fill.feeAsset, "fillOrder.feeAsset");
    const [realizedProfit] = core.call("fillOrder", "fillOrder", order, size, fill.price, fill.fee ?? 0, feeAsset);
    this.#announce();
    return { realizedProfit: realizedProfit as number };
  }

  isolate(
    account: AccountHandle,
    instrument: InstrumentHandle,
    position: { readonly margin: Money; readonly id?: string },
  ): AccountHandle {
    const core = this.#core;
    CHECK.isolated(position, "isolate");
    const id = position.id === undefined ? undefined : this.#accounts.check(position.id, "isolate.id");
    this.#columnViews = undefined;
    const [handle] = core.call("isolate", "isolate", account, instrument, position.margin);
    const name = id ?? childId(this.#accounts, account, this.#instruments.id(instrument));
    this.#accounts.add(name, handle as AccountHandle);
    this.#announce();
    return handle as AccountHandle;
  }

  transfer(from: AccountHandle, to: AccountHandle, asset: string | AssetHandle, amount: Money): void {
    const core = this.#core;
    try {
      core.call("transfer", "transfer", from, to, this.#asset(asset, "transfer.asset"), amount);
    } catch (error) {
      const isFrom = error instanceof HandleError && error.received === String(from);
      throw withPath(error, (at) => at.replace(/\.account$/, isFrom ? ".from" : ".to"));
    }
    this.#announce();
  }

  position(
    account: AccountHandle,
    instrument: InstrumentHandle,
  ): { readonly size: number; readonly entryPrice: number } {
    const [size, entryPrice] = this.#core.call("position", "position", account, instrument);
    return { size: size as number, entryPrice: entryPrice as number };
  }

  balance(account: AccountHandle, asset: string | AssetHandle): number {
    const core = this.#core;
    return core.call("balance", "balance", account, this.#asset(asset, "balance.asset"))[0] as number;
  }

  setLeverage(account: AccountHandle, instrument: InstrumentHandle, leverage: number): void {
    this.#core.call("setLeverage", "setLeverage", account, instrument, leverage);
    this.#announce();
  }

  settle(instrument: InstrumentHandle, settlement: { readonly price: number; readonly timeMs: number }): void {
    this.#settle("settle", instrument, settlement);
    this.#announce();
  }

  tick(instrument: InstrumentHandle, tick: Tick): TickStatus {
    const core = this.#core;
    const handle = requireHandle(instrument, "tick.instrument");
    checkTick(tick, "tick");
    const { mark, index, underlyingPrice, vol, rate, timeMs, source = 0 } = tick;
    // NaN on the wire means "not given", so one that was given is refused here
    if (isNaNGiven(mark) || isNaNGiven(index) || isNaNGiven(underlyingPrice)) return "rejected-price";
    if (isNaNGiven(vol) || isNaNGiven(rate)) return "rejected-vol";
    let outcome: number;
    try {
      outcome = core.exports.tick(
        handle,
        numberOrNaN(mark, "tick.mark"),
        numberOrNaN(index, "tick.index"),
        numberOrNaN(underlyingPrice, "tick.underlyingPrice"),
        numberOrNaN(vol, "tick.vol"),
        numberOrNaN(rate, "tick.rate"),
        numberOrNaN(timeMs, "tick.timeMs"),
        numberOrNaN(source, "tick.source"),
      );
    } catch (cause) {
      throw cause instanceof PlimsollError ? cause : core.fault("tick", cause);
    }
    return this.#tickStatus(outcome, core, "tick");
  }

  tickAsset(asset: AssetHandle, tick: PriceTick): TickStatus {
    const core = this.#core;
    const handle = requireHandle(asset, "tickAsset.asset");
    checkPriceTick(tick, "tickAsset");
    const outcome = core.exports.tick_asset(
      handle,
      numberOrNaN(tick.price, "tickAsset.price"),
      numberOrNaN(tick.timeMs, "tickAsset.timeMs"),
      tick.source === undefined ? 0 : requireNumber(tick.source, "tickAsset.source"),
    );
    return this.#tickStatus(outcome, core, "tickAsset");
  }

  tickUnderlying(underlying: UnderlyingHandle, tick: PriceTick): TickStatus {
    const core = this.#core;
    const handle = requireHandle(underlying, "tickUnderlying.underlying");
    checkPriceTick(tick, "tickUnderlying");
    const outcome = core.exports.tick_underlying(
      handle,
      numberOrNaN(tick.price, "tickUnderlying.price"),
      numberOrNaN(tick.timeMs, "tickUnderlying.timeMs"),
      tick.source === undefined ? 0 : requireNumber(tick.source, "tickUnderlying.source"),
    );
    return this.#tickStatus(outcome, core, "tickUnderlying");
  }

  setSurface(underlying: UnderlyingHandle, surface: SurfaceInput | null): SurfaceVerdict {
    const core = this.#core;
    const handle = requireHandle(underlying, "setSurface.underlying");
    CHECK.surface(surface, "setSurface");
    const { expiries, rule, timeMs } = surface ?? { expiries: [], rule: "sticky-strike", timeMs: this.timeMs };
    if (surface !== null && expiries.length === 0) throw invalid("setSurface.expiries", "at least one expiry", "none");
    const rows = expiries.flatMap(({ expiryMs, forward = Number.NaN, svi }) => [expiryMs, forward, ...sviWords(svi)]);
    const words = [expiries.length, ...rows];
    const answer = core.call("setSurface", "setSurface", handle, NAMES.stickiness.indexOf(rule), timeMs, words);
    const verdict = arbitrageOf(answer);
    this.#announce();
    return verdict;
  }

  applyTicks(count: number): number {
    const core = this.#core;
    requireWhole(count, "applyTicks.count", 0, this.ticks.capacity);
    let applied: number;
    try {
      applied = core.exports.apply_ticks(count);
    } catch (cause) {
      throw core.fault("applyTicks", cause);
    }
    this.#announce();
    return applied;
  }

  advance(timeMs: number): void {
    this.#core.call("advance", "advance", timeMs);
    this.#announce();
  }

  assess(account: AccountHandle): Assessment {
    const answer = new Answer(this.#core.call("assess", "assess", account));
    return assessmentOf(account, this.#accounts.id(account), answer, this.#names, {
      for: (underlying) => this.liquidationPrices(account, underlying),
    });
  }

  columns(): AccountColumns {
    this.#requireAlive();
    this.#columns ??= this.#columnsOf();
    return this.#columns;
  }

  liquidationPrices(account: AccountHandle, underlying: string | UnderlyingHandle): LiquidationPrices {
    const core = this.#core;
    const handle = this.#underlying(underlying, "liquidationPrices.underlying");
    return liquidationPricesOf(new Answer(core.call("liquidationPrices", "liquidationPrices", account, handle)));
  }

  displayedLiquidationPrice(account: AccountHandle, instrument: InstrumentHandle, rule: DisplayedRule): number | null {
    const path = "displayedLiquidationPrice";
    const [price] = this.#core.call(path, path, account, instrument, requireName(NAMES.rule, rule, `${path}.rule`));
    return Number.isNaN(price) ? null : (price as number);
  }

  whatIf(account: AccountHandle, changes: readonly Change[]): Assessment {
    const core = this.#core;
    const words = this.#changes(changes);
    const liquidation = {
      for: (underlying: string | UnderlyingHandle) => this.#liquidationPricesAfter(account, words, underlying),
    };
    const answer = new Answer(core.call("whatIf", "whatIf", account, undefined, ...words));
    return assessmentOf(account, this.#accounts.id(account), answer, this.#names, liquidation);
  }

  /** What `liquidation.for` of {@link whatIf} gives, for a pool, whose assessments come from a worker without it. */
  liquidationPricesAfter(
    account: AccountHandle,
    changes: readonly Change[],
    underlying: string | UnderlyingHandle,
  ): LiquidationPrices {
    return this.#liquidationPricesAfter(account, this.#changes(changes), underlying);
  }

  top(count: number, options: TopOptions): TopRow[] {
    return topOf(this.columns(), count, options, (account) => this.#accounts.id(account));
  }

  totals(): Totals {
    return new Answer(this.#core.call("totals", "totals")).record("totals");
  }

  drainEvents(): BandEvent[] {
    this.#requireAlive();
    return this.#events.drain();
  }

  events(options: EventOptions = {}): AsyncIterableIterator<BandEvent> {
    this.#requireAlive();
    CHECK.events(options, "events");
    return this.#events.events(options);
  }

  subscribe(listener: (event: BandEvent) => void, options: ListenOptions = {}): () => void {
    this.#requireAlive();
    CHECK.listener(listener, "subscribe.listener");
    CHECK.subscription(options, "subscribe.options");
    return this.#events.subscribe(listener, options);
  }

  digest(): string {
    const [high, low] = this.#core.call("digest", "digest");
    return hex(high as number) + hex(low as number);
  }

  reassessAll(): void {
    this.#core.call("reassessAll", "reassessAll");
  }

  stats(): EngineStats {
    const core = this.#core;
    const stats = new Answer(core.call("stats", "stats")).record("stats");
    const { memoryBytes } = core;
    const pendingEvents = core.exports.pending_events() + this.#events.undrained;
    return { ...stats, assets: this.#assets.size, pendingEvents, memoryBytes };
  }

  snapshot(): Uint8Array {
    return this.#core.bytesOf("snapshot", encodeState(this.callerState()));
  }

  /**
   * What a supervisor needs in the place of a journal: a base, or what has changed since the last one, which behind the base's bytes
   * makes a snapshot: a base where that may be and there is none, or much has changed.
   */
  checkpoint(mayBeBase = true): Checkpoint {
    const core = this.#core;
    const isBase = mayBeBase && core.call("isBaseDue", "checkpoint")[0] !== 0;
    const market =
      this.#hasNewMarket || this.#marketNames.some(({ hasChanges }) => hasChanges) ? this.#marketState() : {};
    const changes = { undrained: this.#events.peek(), accounts: [...this.#accounts.changes()], ...market };
    const bytes = core.bytesOf("checkpoint", isBase, encodeState(isBase ? this.callerState() : changes));
    if (isBase) this.#beginChanges();
    return { isBase, bytes };
  }

  /** From here on a checkpoint tells what has changed. */
  #beginChanges(): void {
    for (const names of [this.#accounts, ...this.#marketNames]) names.noteChanges();
    this.#hasNewMarket = false;
  }

  /** What a snapshot holds of this side. */
  callerState(): CallerState {
    return { undrained: this.#events.peek(), accounts: [...this.#accounts.entries()], ...this.#marketState() };
  }

  #marketState(): MarketState {
    return {
      quote: this.quote,
      defaultModel: this.defaultModel,
      instruments: [...this.#instruments.entries()],
      assets: [...this.#assets.entries()],
      underlyings: [...this.#underlyings.entries()],
      models: [...this.#models],
      terms: [...this.#terms],
    };
  }

  /**
   * What a pool that goes on from this engine must know of the other side: the last sequence of its events; handles of accounts,
   * orders and instruments in the words of a {@link HandleTable}; then the parent of each account, or NaN.
   */
  handles(): Float64Array {
    return this.#core.call("handles", "handles").slice();
  }

  exportAccounts(accounts: readonly AccountHandle[]): Uint8Array {
    const core = this.#core;
    const path = "exportAccounts";
    const handles = requireArray<AccountHandle>(accounts, `${path}.accounts`);
    const checked = handles.map((account, i) => requireHandle(account, `${path}.accounts[${i}]`));
    const family = this.#families(core, checked).slice();
    const ids = Array.from(family, (account) => this.#accounts.id(account));
    return core.bytesOf(path, Float64Array.of(family.length, ...family), encodeState({ ids }));
  }

  importAccounts(bytes: Uint8Array): ImportedAccounts {
    const core = this.#core;
    const path = "importAccounts";
    CHECK.bytes(bytes, `${path}.bytes`);
    return core.withBytes(bytes, () => {
      const [start = 0, length = 0] = core.call("callerOfExport", path);
      const ids = decodeNames(bytes.subarray(start, start + length), `${path}.bytes`);
      for (const id of ids) this.#accounts.check(id, `${path}.bytes`);
      this.#columnViews = undefined;
      const [count = 0, ...handles] = core.call("importAccounts", path);
      const accounts = Array.from({ length: count }, (_, i) => {
        const id = ids[i] as string;
        const [previous, account, parent] = handles.slice(3 * i, 3 * i + 3) as AccountHandle[];
        this.#accounts.add(id, account as AccountHandle);
        return {
          id,
          account,
          previous,
          parent: Number.isNaN(parent) ? null : parent,
        } as ImportedAccounts["accounts"][0];
      });
      const rest = handles.slice(3 * count) as OrderHandle[];
      const orders = Array.from({ length: rest.length / 2 }, (_, i) => {
        return { order: rest[2 * i + 1] as OrderHandle, previous: rest[2 * i] as OrderHandle };
      });
      this.#announce();
      return { accounts, orders };
    });
  }

  /** What {@link totals} rounds, for a pool to add. */
  exactTotals(): ExactTotals {
    return exactTotalsOf(this.#core.call("exactTotals", "exactTotals"));
  }

  dispose(): void {
    this.#live = undefined;
    this.#columns = undefined;
    this.#columnViews = undefined;
    this.#events.end();
  }

  [DISPOSE](): void {
    this.dispose();
  }

  async [ASYNC_DISPOSE](): Promise<void> {
    this.dispose();
  }

  #replaceModel(command: "replaceModel" | "checkReplaceModel", model: ModelHandle, replacement: MarginModel): void {
    const core = this.#core;
    CHECK.model(replacement, "replaceModel");
    core.call(command, "replaceModel", model, modelWords(core, replacement, this.#terms, "replaceModel"));
  }

  #fund(command: "fund" | "checkFund", instrument: InstrumentHandle, funding: Parameters<Engine["fund"]>[1]): void {
    const core = this.#core;
    CHECK.funding(funding, "fund");
    core.call(command, "fund", instrument, funding.rate);
  }

  #settle(
    command: "settle" | "checkSettle",
    instrument: InstrumentHandle,
    settlement: Parameters<Engine["settle"]>[1],
  ): void {
    const core = this.#core;
    CHECK.settlement(settlement, "settle");
    core.call(command, "settle", instrument, settlement.price, settlement.timeMs);
  }

  #register(model: MarginModel, path: string): ModelHandle {
    const core = this.#core;
    const [handle] = core.call("addModel", path, modelWords(core, model, this.#terms, path));
    this.#models.set(handle as number, model);
    this.#hasNewMarket = true;
    return handle as ModelHandle;
  }

  #asset(asset: string | AssetHandle, path: string): AssetHandle {
    if (typeof asset === "number") return requireHandle(asset, path) as AssetHandle;
    const handle = this.#assets.handle(asset);
    if (handle !== undefined) return handle;
    const expected = `an asset that is registered (addAsset) or the quote asset, ${shown(this.quote)}`;
    throw new ConfigError("UNKNOWN_ASSET", { path, expected, received: shown(asset) });
  }

  #underlying(underlying: string | UnderlyingHandle, path: string): UnderlyingHandle {
    if (typeof underlying === "number") return requireHandle(underlying, path) as UnderlyingHandle;
    const handle = this.#underlyings.handle(underlying);
    if (handle !== undefined) return handle;
    const expected = "an underlying that is registered";
    throw new ConfigError("UNKNOWN_UNDERLYING", { path, expected, received: shown(underlying) });
  }

  /** Registers something on the underlying of that name, and the underlying with it where the name is new. */
  #onUnderlying<Handle>(id: string, add: (underlying: UnderlyingHandle) => Handle): Handle {
    const known = this.#underlyings.handle(id);
    if (known !== undefined) return add(known);
    const core = this.#core;
    const underlying = core.call("addUnderlying", "addUnderlying")[0] as UnderlyingHandle;
    try {
      const handle = add(underlying);
      this.#underlyings.add(id, underlying);
      return handle;
    } catch (error) {
      if (!core.isPoisoned) core.call("takeUnderlyingBack", "addUnderlying");
      throw error;
    }
  }

  /** Registers accounts from columns that are checked and laid out; refusals speak of the caller's columns. */
  #addColumns(core: Core, accounts: AccountColumnsInput, words: Words): Float64Array {
    const { ids, collateral = {}, model = this.defaultModel } = accounts;
    try {
      return core.call("addAccounts", "addAccounts", model, words);
    } catch (error) {
      const assets = Object.keys(collateral);
      throw withPath(error, (at) => {
        return at
          .replace(/balances\[(\d+)\].*/, (_, row) => {
            return `collateral.${assets[Math.floor(row / ids.length)]}[${row % ids.length}]`;
          })
          .replace(/positions(\[\d+\])\.(\w+)/, "positions.$2$1");
      });
    }
  }

  #families(core: Core, accounts: readonly number[]): Float64Array {
    try {
      return core.call("families", "exportAccounts", [accounts.length, ...accounts]);
    } catch (error) {
      throw withPath(error, (at) => at.replace(/\.account$/, ""));
    }
  }

  /** Apart from {@link columns}, whose every call would allocate what these functions close over. */
  #columnsOf(): AccountColumns {
    const live = () => this.#liveColumns();
    return {
      get length() {
        return live().handle.length;
      },
      get equity() {
        return live().equity;
      },
      get initial() {
        return live().initial;
      },
      get maintenance() {
        return live().maintenance;
      },
      get positionValue() {
        return live().positionValue;
      },
      get initialLeverage() {
        return live().initialLeverage;
      },
      get maintenanceLeverage() {
        return live().maintenanceLeverage;
      },
      get leverageState() {
        return live().leverageState;
      },
      get band() {
        return live().band;
      },
      get status() {
        return live().status;
      },
      get handle() {
        return live().handle;
      },
      row: (account) => this.#row(account),
    };
  }

  #liveColumns(): ColumnViews {
    if (this.#columnViews !== undefined && this.#columnViews.handle.length > 0) return this.#columnViews;
    const core = this.#core;
    this.#columnViews = {
      equity: core.view("equity"),
      initial: core.view("initial"),
      maintenance: core.view("maintenance"),
      positionValue: core.view("positionValue"),
      initialLeverage: core.view("initialLeverage"),
      maintenanceLeverage: core.view("maintenanceLeverage"),
      leverageState: core.view("leverageState"),
      band: core.view("band"),
      status: core.view("status"),
      handle: core.view("handle"),
    };
    return this.#columnViews;
  }

  #row(account: AccountHandle): number {
    const slot = requireHandle(account, "columns.row") & SLOT_MASK;
    const live = this.#core.view("handle")[slot];
    if (live === account) return slot;
    const code = live === undefined ? "UNKNOWN_HANDLE" : "STALE_HANDLE";
    throw new HandleError(code, { path: "columns.row", expected: "a registered account", received: shown(account) });
  }

  #changes(changes: readonly Change[]): ChangeWords {
    const trades: number[] = [];
    const moves: number[] = [];
    const amounts: [number, number, Money][] = [];
    CHECK.changes(changes, "whatIf.changes");
    for (const [i, change] of changes.entries()) {
      const path = `whatIf.changes[${i}]`;
      if ("instrument" in change) {
        trades.push(i, change.instrument, requireSize(change.size, `${path}.size`), change.price ?? Number.NaN);
      } else if ("underlying" in change) {
        moves.push(i, this.#underlying(change.underlying, `${path}.underlying`), 1 + change.move);
      } else {
        amounts.push([i, this.#asset(change.asset, `${path}.asset`), change.amount]);
      }
    }
    return [[trades.length / 4, ...trades], [moves.length / 3, ...moves], amounts];
  }

  #liquidationPricesAfter(
    account: AccountHandle,
    changes: ChangeWords,
    underlying: string | UnderlyingHandle,
  ): LiquidationPrices {
    const core = this.#core;
    const handle = this.#underlying(underlying, "liquidationPrices.underlying");
    return liquidationPricesOf(new Answer(core.call("whatIf", "whatIf", account, handle, ...changes)));
  }

  #tickStatus(outcome: number, core: Core, method: string): TickStatus {
    if (outcome === OUTCOME.refused) throw core.refusal(method);
    this.#announce();
    return nameOf("tickStatus", outcome - OUTCOME.tick);
  }

  /** Hands the records of events on as they come; of this thread only subscribers hear them too. */
  relayEvents(relay: (records: Float64Array) => void): void {
    this.#relay = relay;
    this.#announce();
  }

  /** Tells open iterators at once; costs nothing while there are none. */
  #announce(): void {
    if (this.#events.isListening || this.#relay !== undefined) this.#events.pump();
  }

  #takeEvents(): BandEvent[] {
    const core = this.#core;
    if (core.exports.pending_events() === 0) return [];
    const records = core.call("drainEvents", "drainEvents");
    this.#relay?.(records.slice());
    if (this.#relay !== undefined && !this.#events.isListening) return [];
    const events: BandEvent[] = [];
    for (let at = 0; at < records.length; at += EVENT_WORDS) {
      const account = records[at + EVENT.account] as AccountHandle;
      const driver = this.#instruments.inSlot(records[at + EVENT.driver] as number) ?? null;
      events.push(
        eventOf(records, at, records[at + EVENT.sequence] as number, account, this.#accounts.id(account), driver),
      );
    }
    return events;
  }
}

function isNaNGiven(value: number | undefined): boolean {
  return value !== undefined && Number.isNaN(value);
}

/** A number as it crosses: NaN where none is given; what is no number would be taken for a fault of the engine. */
function numberOrNaN(value: unknown, path: string): number {
  return value === undefined ? Number.NaN : requireNumber(value, path);
}

function hex(word: number): string {
  return word.toString(16).padStart(8, "0");
}

/** Which of an instrument's fields its table comes from, for the path of an error. */
function sourceOf(terms: TableTerms): string {
  if (terms.brackets !== undefined) return "brackets";
  return terms.marginTable === undefined ? "maxLeverage" : "marginTable";
}
