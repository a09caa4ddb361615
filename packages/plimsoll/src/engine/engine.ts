/** The engine in the calling thread: checks and names on this side, figures on the other. */

import {
  invalid,
  requireArray,
  requireHandle,
  requireName,
  requireNumber,
  requireSize,
  requireText,
  requireWhole,
} from "../checks.js";
import { cloned } from "../cloned.js";
import { Core, type Words } from "../core/core.js";
import type { Bytes } from "../core/host-types.js";
import { type CommandName, EVENT, EVENT_WORDS, NAMES, OUTCOME, QUOTE_ASSET, SLOT_MASK } from "../core/layout.js";
import { instantiate, loadModule } from "../core/loader.js";
import type { Origin } from "../core/origin.js";
import { ASYNC_DISPOSE, DISPOSE } from "../disposal.js";
import { engineDisposed, HandleError, notOurs, PlimsollError, withPath } from "../errors.js";
import { columnsOf } from "../event-log.js";
import { EventStream } from "../event-stream.js";
import { CHECK, PRICE_TICK, quoteOf, refusalOfNaN, requireNumbers, requireTick, TICK } from "../options.js";
import { arbitrageOf, type SurfaceVerdict, sviWords } from "../surface.js";
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
  ListedInstrument,
  ListenOptions,
  MarginModel,
  ModelHandle,
  Money,
  OrderHandle,
  PriceTick,
  RestingOrder,
  Size,
  SurfaceInput,
  TableReplacement,
  Tick,
  TickBuffer,
  TickStatus,
  TopOptions,
  TopRow,
  Totals,
  UnderlyingHandle,
} from "../types.js";
import {
  Answer,
  assessmentOf,
  eventOf,
  type ImportedColumns,
  importedAccountsOf,
  liquidationPricesOf,
  nameOf,
} from "./answers.js";
import { bulkWords, refusalOfColumns } from "./bulk.js";
import type { CallerState } from "./caller-state.js";
import { Catalog } from "./catalog.js";
import { type ColumnsNow, CoreColumns } from "./columns.js";
import { instrumentArgs } from "./instrument.js";
import { modelWords, type TableTerms, tablesOf, termsOf } from "./margin.js";
import { childId } from "./registry.js";
import { decodeChanges, decodeNames, decodeState, encodeState } from "./snapshot.js";
import { CoreTickBuffer } from "./ticks.js";
import { topOf } from "./top.js";
import { type ExactTotals, exactTotalsOf } from "./totals.js";

const NO_MODEL: MarginModel = { kind: "brackets", name: "none", version: 1, date: "" };

/** What `createEngine` does, in an entry whose own files are found by `origin`. */
export async function startEngine(options: EngineOptions, origin: Origin): Promise<InThreadEngine> {
  CHECK.engine(options, "createEngine");
  const given = { ...options };
  const module = await loadModule(given.wasm, "createEngine.wasm", origin);
  return new InThreadEngine(new Core(await instantiate(module)), given);
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

/** What a price ticks: the core's export and the paths of refusals, which no tick has to put together. */
const ASSET_TICK = {
  call: "tick_asset",
  method: "tickAsset",
  handle: "tickAsset.asset",
  price: "tickAsset.price",
  timeMs: "tickAsset.timeMs",
  source: "tickAsset.source",
} as const;
const UNDERLYING_TICK = {
  call: "tick_underlying",
  method: "tickUnderlying",
  handle: "tickUnderlying.underlying",
  price: "tickUnderlying.price",
  timeMs: "tickUnderlying.timeMs",
  source: "tickUnderlying.source",
} as const;
type PriceTickOf = typeof ASSET_TICK | typeof UNDERLYING_TICK;

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
  readonly #columns = new CoreColumns(() => this.#core);
  readonly #catalog = new Catalog();
  readonly #events = new EventStream(() => this.#takeEvents());
  #relay: ((records: Float64Array) => void) | undefined;

  constructor(core: Core, options: EngineOptions) {
    this.#live = core;
    core.instrumentIn = (slot) => this.#catalog.instruments.id(slot);
    this.ticks = new CoreTickBuffer(() => this.#core, options.tickCapacity);
    if (options.snapshot === undefined) this.#create(options);
    else this.#restore(options.snapshot);
    this.quote = this.#catalog.quote;
    this.defaultModel = this.#catalog.defaultModel;
  }

  #create(options: EngineOptions): void {
    const { model, timeMs = 0, staleAfterMs = Number.POSITIVE_INFINITY, quoteScaleLog2 = 0 } = options;
    this.#core.call("create", "createEngine", timeMs, staleAfterMs, quoteScaleLog2);
    this.#catalog.quote = quoteOf(options);
    this.#catalog.assets.add(this.#catalog.quote, QUOTE_ASSET as AssetHandle);
    const path = "createEngine.model";
    this.#catalog.defaultModel = this.#register(model === undefined ? NO_MODEL : ownModel(model, path), path);
  }

  /** Takes up the state of a snapshot, on both sides. */
  #restore(snapshot: Uint8Array): void {
    const core = this.#core;
    const path = "createEngine.snapshot";
    core.withBytes(snapshot, path, () => {
      const [start = 0, length = 0, startSince = 0, lengthSince = 0] = core.call("restore", "createEngine");
      // those that the core has read, whatever becomes of the caller's
      const bytes = core.view("snapshot");
      const state = decodeState(bytes.subarray(start, start + length), path);
      const bytesSince = bytes.subarray(startSince, startSince + lengthSince);
      const since = lengthSince > 0 ? decodeChanges(bytesSince, path) : undefined;
      this.#catalog.take(state, since, path);
      this.#events.takeOver(columnsOf((since ?? state).undrained));
    });
    const { accounts } = this.#catalog;
    const handles = core.view("handle");
    const isProper = accounts.size === this.stats().accounts && accounts.isIn((slot) => handles[slot]);
    if (!isProper) throw notOurs(path);
  }

  get #core(): Core {
    if (this.#live !== undefined && !this.#live.isPoisoned) return this.#live;
    throw engineDisposed(this.#live === undefined ? "disposed" : "ended by a fault");
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
    const id = this.#catalog.assets.check(asset.id, "addAsset.id");
    const { haircuts = [], scaleLog2 = 0 } = asset;
    const rows = haircuts.flatMap(({ upTo = Number.POSITIVE_INFINITY, factor }) => [upTo, factor]);
    const add = (underlying?: UnderlyingHandle) => {
      return core.call("addAsset", "addAsset", underlying, scaleLog2, [haircuts.length, ...rows])[0] as AssetHandle;
    };
    const handle = asset.underlying === undefined ? add() : this.#onUnderlying(asset.underlying, add);
    return this.#catalog.assets.add(id, handle);
  }

  addUnderlying(underlying: { readonly id: string }): UnderlyingHandle {
    const core = this.#core;
    CHECK.underlying(underlying, "addUnderlying");
    const id = this.#catalog.underlyings.check(underlying.id, "addUnderlying.id");
    return this.#catalog.underlyings.add(id, core.call("addUnderlying", "addUnderlying")[0] as UnderlyingHandle);
  }

  addInstrument(given: InstrumentInput): InstrumentHandle {
    const core = this.#core;
    const path = "addInstrument";
    const instrument = own(given);
    CHECK.instrument(instrument, path);
    const id = this.#catalog.instruments.check(instrument.id, `${path}.id`);
    const { first, rest } = instrumentArgs(instrument, this.#catalog, path);
    const tables = tablesOf(core, instrument, this.#catalog.models, path);
    const handle = this.#onUnderlying(instrument.underlying, (underlying) => {
      return core.call("addInstrument", path, ...first, underlying, ...rest)[0] as InstrumentHandle;
    });
    core.call("setBrackets", path, handle, tables);
    this.#catalog.setTerms(handle, termsOf(instrument));
    return this.#catalog.instruments.add(id, handle);
  }

  addModel(model: MarginModel): ModelHandle {
    this.#requireAlive();
    return this.#register(ownModel(model, "addModel"), "addModel");
  }

  replaceModel(model: ModelHandle, replacement: MarginModel): void {
    this.#catalog.setModel(model, this.#replaceModel("replaceModel", model, replacement));
    this.#announce();
  }

  replaceTable(instrument: InstrumentHandle, replacement: TableReplacement): void {
    const core = this.#core;
    const path = "replaceTable";
    const given = own(replacement);
    CHECK.table(given, path);
    const before = this.#catalog.terms.get(instrument);
    const models = [...this.#catalog.models];
    const isDecided = (before?.brackets ?? before?.marginTable) !== undefined;
    if ("maxLeverage" in given && (isDecided || !models.some(([, { leverageRule }]) => leverageRule))) {
      throw invalid(`${path}.maxLeverage`, "left out where it decides no table", given.maxLeverage);
    }
    const terms = { ...(before as TableTerms), ...given };
    core.call("setBrackets", path, instrument, tablesOf(core, terms, models, path));
    this.#catalog.setTerms(instrument, terms);
    this.#announce();
  }

  addAccount(account: AccountInput): AccountHandle {
    const core = this.#core;
    CHECK.account(account, "addAccount");
    const id = this.#catalog.accounts.check(account.id, "addAccount.id");
    const balances = Object.entries(account.collateral ?? {}).map(([asset, amount]) => {
      return [this.#catalog.findAsset(asset, `addAccount.collateral.${asset}`), amount] as const;
    });
    this.#columns.forget();
    try {
      const [handle] = core.call("addAccount", "addAccount", account.model ?? this.defaultModel, balances);
      this.#catalog.accounts.add(id, handle as AccountHandle);
      this.#announce();
      return handle as AccountHandle;
    } catch (error) {
      const assets = Object.keys(account.collateral ?? {});
      throw withPath(error, (at) => at.replace(/l\[(\d+)\].*/, (_, row) => `l.${assets[row]}`));
    }
  }

  addAccounts(given: AccountColumnsInput): AccountHandle[] {
    const core = this.#core;
    const path = "addAccounts";
    CHECK.accounts(given, path);
    const accounts = { ...given, ids: Array.from(requireArray<string>(given.ids, `${path}.ids`)) };
    const { ids, model = this.defaultModel } = accounts;
    this.#catalog.accounts.checkAll(ids, `${path}.ids`);
    const words = bulkWords(accounts, (asset, at) => this.#catalog.findAsset(asset, at), path);
    this.#columns.forget();
    let handles: AccountHandle[];
    try {
      handles = Array.from(core.call("addAccounts", path, model, words)) as AccountHandle[];
    } catch (error) {
      throw refusalOfColumns(error, accounts);
    }
    for (const [i, handle] of handles.entries()) this.#catalog.accounts.add(ids[i] as string, handle);
    this.#announce();
    return handles;
  }

  removeAccount(account: AccountHandle): void {
    const core = this.#core;
    // its events are to bear its name
    if (core.exports.pending_events() > 0) this.#events.pump();
    core.call("removeAccount", "removeAccount", account);
    this.#catalog.accounts.remove(account);
  }

  removeInstrument(instrument: InstrumentHandle): void {
    const core = this.#core;
    if (core.exports.pending_events() > 0) this.#events.pump();
    core.call("removeInstrument", "removeInstrument", instrument);
    this.#catalog.instruments.remove(instrument);
    this.#catalog.terms.delete(instrument);
  }

  account(id: string): AccountHandle | undefined {
    return this.#core && this.#catalog.accounts.handle(requireText(id, "account.id"));
  }
  instrument(id: string): InstrumentHandle | undefined {
    return this.#core && this.#catalog.instruments.handle(requireText(id, "instrument.id"));
  }
  asset(id: string): AssetHandle | undefined {
    return this.#core && this.#catalog.assets.handle(requireText(id, "asset.id"));
  }
  underlying(id: string): UnderlyingHandle | undefined {
    return this.#core && this.#catalog.underlyings.handle(requireText(id, "underlying.id"));
  }

  instruments(): ListedInstrument[] {
    this.#requireAlive();
    return Array.from(this.#catalog.instruments.entries(), ([instrument, id]) => ({ instrument, id }));
  }

  setPosition(
    account: AccountHandle,
    instrument: InstrumentHandle,
    position: { readonly size: Size; readonly entryPrice: number },
  ): void {
    this.#requireAlive();
    CHECK.position(position, "setPosition");
    const size = requireSize(position.size, "setPosition.size");
    this.#change("setPosition", account, instrument, size, position.entryPrice);
  }

  fill(account: AccountHandle, instrument: InstrumentHandle, fill: Fill): FillResult {
    this.#requireAlive();
    CHECK.fill(fill, "fill");
    const size = requireSize(fill.size, "fill.size");
    const fee = this.#fee(fill, "fill");
    return { realizedProfit: this.#change("fill", account, instrument, size, fill.price, ...fee) };
  }

  deposit(account: AccountHandle, asset: string | AssetHandle, amount: Money): void {
    this.#requireAlive();
    this.#change("deposit", account, this.#catalog.findAsset(asset, "deposit.asset"), amount);
  }

  withdraw(account: AccountHandle, asset: string | AssetHandle, amount: Money): void {
    this.#requireAlive();
    this.#change("withdraw", account, this.#catalog.findAsset(asset, "withdraw.asset"), amount);
  }

  /** Throws what these changes would throw, and changes nothing: engines that share a book make them all or none. */
  readonly checks = {
    removeInstrument: (instrument: InstrumentHandle): void => {
      this.#core.call("checkRemoveInstrument", "removeInstrument", instrument);
    },
    replaceModel: (model: ModelHandle, replacement: MarginModel): void =>
      void this.#replaceModel("checkReplaceModel", model, replacement),
    fund: (instrument: InstrumentHandle, funding: Parameters<Engine["fund"]>[1]): void =>
      this.#fund("checkFund", instrument, funding),
    settle: (instrument: InstrumentHandle, settlement: Parameters<Engine["settle"]>[1]): void =>
      this.#settle("checkSettle", instrument, settlement),
  } as const;

  /** Takes what `deposit` of the same amount gives, to the last bit: half of a transfer to an account of another engine. */
  debit(account: AccountHandle, asset: string | AssetHandle, amount: Money): void {
    this.#requireAlive();
    this.#change("debit", account, this.#catalog.findAsset(asset, "debit.asset"), amount);
  }

  fund(instrument: InstrumentHandle, funding: { readonly rate: number }): void {
    this.#fund("fund", instrument, funding);
    this.#announce();
  }

  fundAccount(account: AccountHandle, instrument: InstrumentHandle, funding: { readonly amount: Money }): void {
    this.#requireAlive();
    CHECK.payment(funding, "fundAccount");
    this.#change("fundAccount", account, instrument, funding.amount);
  }

  placeOrder(
    account: AccountHandle,
    instrument: InstrumentHandle,
    order: { readonly size: Size; readonly price: number },
  ): OrderHandle {
    this.#requireAlive();
    CHECK.order(order, "placeOrder");
    const size = requireSize(order.size, "placeOrder.size");
    return this.#change("placeOrder", account, instrument, size, order.price) as OrderHandle;
  }

  cancelOrder(order: OrderHandle): void {
    this.#change("cancelOrder", order);
  }

  orders(account: AccountHandle): RestingOrder[] {
    const core = this.#core;
    const words = core.call("orders", "orders", account);
    const orders = Array.from({ length: words.length / ORDER_WORDS }, (_, i): RestingOrder => {
      const [order, instrument, size, price] = words.subarray(ORDER_WORDS * i) as unknown as OrderWords;
      return { order, instrument, id: this.#catalog.instruments.id(instrument), size, price };
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
    this.#requireAlive();
    CHECK.fillOfOrder(fill, "fillOrder");
    const size = fill.size === undefined ? undefined : requireSize(fill.size, "fillOrder.size");
    const fee = this.#fee(fill, "fillOrder");
    return { realizedProfit: this.#change("fillOrder", order, size, fill.price, ...fee) };
  }

  isolate(
    account: AccountHandle,
    instrument: InstrumentHandle,
    position: { readonly margin: Money; readonly id?: string },
  ): AccountHandle {
    const core = this.#core;
    CHECK.isolated(position, "isolate");
    const id = position.id === undefined ? undefined : this.#catalog.accounts.check(position.id, "isolate.id");
    this.#columns.forget();
    const [handle] = core.call("isolate", "isolate", account, instrument, position.margin);
    const name = id ?? childId(this.#catalog.accounts, account, this.#catalog.instruments.id(instrument));
    this.#catalog.accounts.add(name, handle as AccountHandle);
    this.#announce();
    return handle as AccountHandle;
  }

  transfer(from: AccountHandle, to: AccountHandle, asset: string | AssetHandle, amount: Money): void {
    this.#requireAlive();
    try {
      this.#change("transfer", from, to, this.#catalog.findAsset(asset, "transfer.asset"), amount);
    } catch (error) {
      const isFrom = error instanceof HandleError && error.received === String(from);
      throw withPath(error, (at) => at.replace(/\.account$/, isFrom ? ".from" : ".to"));
    }
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
    return core.call("balance", "balance", account, this.#catalog.findAsset(asset, "balance.asset"))[0] as number;
  }

  setLeverage(account: AccountHandle, instrument: InstrumentHandle, leverage: number): void {
    this.#change("setLeverage", account, instrument, leverage);
  }

  settle(instrument: InstrumentHandle, settlement: { readonly price: number; readonly timeMs: number }): void {
    this.#settle("settle", instrument, settlement);
    this.#announce();
  }

  tick(instrument: InstrumentHandle, tick: Tick): TickStatus {
    const core = this.#core;
    const handle = requireHandle(instrument, "tick.instrument");
    requireTick(tick, TICK, "tick");
    const refusal = refusalOfNaN(tick);
    if (refusal !== undefined) {
      requireNumbers(tick, TICK, "tick");
      // a handle that is none is the core's to refuse
      if (this.#catalog.instruments.inSlot(handle & SLOT_MASK) === handle) return refusal;
    }
    const { mark, index, underlyingPrice, vol, rate, timeMs, source = 0 } = tick;
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
    return this.#tickPrice(ASSET_TICK, asset, tick);
  }

  tickUnderlying(underlying: UnderlyingHandle, tick: PriceTick): TickStatus {
    return this.#tickPrice(UNDERLYING_TICK, underlying, tick);
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
    this.#change("advance", timeMs);
  }

  assess(account: AccountHandle): Assessment {
    const answer = new Answer(this.#core.call("assess", "assess", account));
    return assessmentOf(account, this.#catalog, answer, {
      for: (underlying) => this.liquidationPrices(account, underlying),
    });
  }

  columns(): AccountColumns {
    this.#requireAlive();
    return this.#columns.columns;
  }

  /** {@link columns} for a reader who keeps none, so that ticks need not write them from then on. */
  columnsNow(): ColumnsNow {
    return this.#columns.now();
  }

  liquidationPrices(account: AccountHandle, underlying: string | UnderlyingHandle): LiquidationPrices {
    const core = this.#core;
    const handle = this.#catalog.findUnderlying(underlying, "liquidationPrices.underlying");
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
    const answer = new Answer(core.call("whatIf", "whatIf", account, undefined, ...words));
    return assessmentOf(account, this.#catalog, answer, {
      for: (underlying) => this.#liquidationPricesAfter(account, words, underlying),
    });
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
    return topOf(this.columnsNow(), count, options, (account) => this.#catalog.accounts.id(account));
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
    return { ...stats, assets: this.#catalog.assets.size, pendingEvents, memoryBytes };
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
    const undrained = this.#events.peek();
    const caller = isBase ? this.#catalog.state(undrained) : this.#catalog.changes(undrained);
    const bytes = core.bytesOf("checkpoint", isBase, encodeState(caller));
    if (isBase) this.#catalog.noteChanges();
    return { isBase, bytes };
  }

  /** What a snapshot holds of this side. */
  callerState(): CallerState {
    return this.#catalog.state(this.#events.peek());
  }

  /**
   * What a pool that goes on from this engine must know of the other side: the last sequence of its events; handles of accounts,
   * orders and instruments in the words of a {@link HandleTable}; then the parent of each account, or NaN; then the terms of
   * instruments and the underlyings of assets (`write_market` in crates/engine/src/snapshot/join.rs).
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
    const ids = Array.from(family, (account) => this.#catalog.accounts.id(account));
    return core.bytesOf(path, [family.length, ...family], encodeState({ ids }));
  }

  importAccounts(bytes: Uint8Array): ImportedAccounts {
    return importedAccountsOf(this.importColumns(bytes));
  }

  /** The same, with an answer that is fit for travel. */
  importColumns(bytes: Uint8Array): ImportedColumns {
    const core = this.#core;
    const path = "importAccounts";
    CHECK.bytes(bytes, `${path}.bytes`);
    return core.withBytes(bytes, path, () => {
      const [start = 0, length = 0, count = 0] = core.call("callerOfExport", path);
      const ids = decodeNames(core.view("snapshot").subarray(start, start + length), count, `${path}.bytes`);
      for (const id of ids) this.#catalog.accounts.check(id, `${path}.bytes`);
      this.#columns.forget();
      const words = core.call(path, path).slice();
      for (const [i, id] of ids.entries()) this.#catalog.accounts.add(id, words[2 + 3 * i] as AccountHandle);
      this.#announce();
      return { ids, words };
    });
  }

  /** What {@link totals} rounds, for a pool to add. */
  exactTotals(): ExactTotals {
    return exactTotalsOf(this.#core.call("exactTotals", "exactTotals"));
  }

  dispose(): void {
    this.#live = undefined;
    this.#columns.forget();
    this.#events.end();
  }

  [DISPOSE](): void {
    this.dispose();
  }

  async [ASYNC_DISPOSE](): Promise<void> {
    this.dispose();
  }

  /** Carries out a command, which has its method's name, and tells what it has caused; returns the first word of its answer. */
  #change(name: CommandName, ...args: readonly unknown[]): number {
    const [first] = this.#core.call(name, name, ...args);
    this.#announce();
    return first as number;
  }

  #fee({ fee = 0, feeAsset }: Pick<Fill, "fee" | "feeAsset">, path: string): readonly unknown[] {
    return [fee, feeAsset === undefined ? undefined : this.#catalog.findAsset(feeAsset, `${path}.feeAsset`)];
  }

  /** Returns the replacement as it is from now on. */
  #replaceModel(command: "replaceModel" | "checkReplaceModel", model: ModelHandle, given: MarginModel): MarginModel {
    const core = this.#core;
    const replacement = ownModel(given, "replaceModel");
    core.call(command, "replaceModel", model, modelWords(core, replacement, this.#catalog.terms, "replaceModel"));
    return replacement;
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
    const [handle] = core.call("addModel", path, modelWords(core, model, this.#catalog.terms, path));
    this.#catalog.setModel(handle as number, model);
    return handle as ModelHandle;
  }

  /** Registers something on the underlying of that name, and the underlying with it where the name is new. */
  #onUnderlying<Handle>(id: string, add: (underlying: UnderlyingHandle) => Handle): Handle {
    const known = this.#catalog.underlyings.handle(id);
    if (known !== undefined) return add(known);
    const core = this.#core;
    const underlying = core.call("addUnderlying", "addUnderlying")[0] as UnderlyingHandle;
    try {
      const handle = add(underlying);
      this.#catalog.underlyings.add(id, underlying);
      return handle;
    } catch (error) {
      if (!core.isPoisoned) core.call("takeUnderlyingBack", "addUnderlying");
      throw error;
    }
  }

  #families(core: Core, accounts: readonly number[]): Float64Array {
    try {
      return core.call("families", "exportAccounts", [accounts.length, ...accounts]);
    } catch (error) {
      throw withPath(error, (at) => at.replace(/\.account$/, ""));
    }
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
        const { underlying, move, volMove = 0 } = change;
        moves.push(i, this.#catalog.findUnderlying(underlying, `${path}.underlying`), 1 + move, 1 + volMove);
      } else {
        amounts.push([i, this.#catalog.findAsset(change.asset, `${path}.asset`), change.amount]);
      }
    }
    return [[trades.length / 4, ...trades], [moves.length / 4, ...moves], amounts];
  }

  #liquidationPricesAfter(
    account: AccountHandle,
    changes: ChangeWords,
    underlying: string | UnderlyingHandle,
  ): LiquidationPrices {
    const core = this.#core;
    const handle = this.#catalog.findUnderlying(underlying, "liquidationPrices.underlying");
    return liquidationPricesOf(new Answer(core.call("whatIf", "whatIf", account, handle, ...changes)));
  }

  #tickPrice(of: PriceTickOf, handle: number, tick: PriceTick): TickStatus {
    const core = this.#core;
    requireHandle(handle, of.handle);
    requireTick(tick, PRICE_TICK, of.method);
    const { price, timeMs, source = 0 } = tick;
    let outcome: number;
    try {
      outcome = core.exports[of.call](
        handle,
        numberOrNaN(price, of.price),
        numberOrNaN(timeMs, of.timeMs),
        requireNumber(source, of.source),
      );
    } catch (cause) {
      throw cause instanceof PlimsollError ? cause : core.fault(of.method, cause);
    }
    return this.#tickStatus(outcome, core, of.method);
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
      const word = (field: number) => records[at + field] as number;
      const account = word(EVENT.account) as AccountHandle;
      const driver = this.#catalog.instruments.inSlot(word(EVENT.driver)) ?? null;
      events.push(eventOf(records, at, word(EVENT.sequence), account, this.#catalog.accounts.id(account), driver));
    }
    return events;
  }
}

/** What a caller has given, read once and kept: what becomes of its own object later is no matter of ours. */
function own<Given>(given: Given): Given {
  return cloned([given])[0] as Given;
}

function ownModel(given: MarginModel, path: string): MarginModel {
  const model = own(given);
  CHECK.model(model, path);
  return model;
}

/** A number as it crosses: NaN where none is given; what is no number would be taken for a fault of the engine. */
function numberOrNaN(value: unknown, path: string): number {
  return value === undefined ? Number.NaN : requireNumber(value, path);
}

function hex(word: number): string {
  return word.toString(16).padStart(8, "0");
}
