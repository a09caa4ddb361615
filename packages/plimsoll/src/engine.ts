/** The engine in the calling thread: checks and names on this side, figures on the other. */
import { Answer, assessmentOf, eventOf, liquidationPricesOf, type Names, nameOf } from "./answers.js";
import { Core, requireHandle, requireId, requireName, requireNumber, requireSize, type Words } from "./core.js";
import { ASYNC_DISPOSE, DISPOSE } from "./disposal.js";
import { ConfigError, DisposedError, HandleError, PlimsollError, shown } from "./errors.js";
import { EventHub } from "./events.js";
import { NAMES, OUTCOME, SLOT_MASK } from "./layout.js";
import { instantiate, loadModule } from "./loader.js";
import { checkTable, modelWords, type TableTerms, tableOf } from "./margin.js";
import { FIELDS, requireArray, requireFields, requireLength, requireObject } from "./options.js";
import { childId, Registry } from "./registry.js";
import { CoreTickBuffer } from "./ticks.js";
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
  Fill,
  FillResult,
  InstrumentHandle,
  InstrumentInput,
  LiquidationPrices,
  MarginModel,
  ModelHandle,
  Money,
  OrderHandle,
  PriceTick,
  Size,
  Tick,
  TickBuffer,
  TickStatus,
  Totals,
  UnderlyingHandle,
} from "./types.js";

const QUOTE = 0 as AssetHandle;
const TICK_CAPACITY = 1024;
const NO_MODEL: MarginModel = { kind: "brackets", name: "none", version: 1, date: "" };

/**
 * Loads the WebAssembly module (once per thread) and starts an engine in the calling thread; every call after this is synchronous.
 *
 * @throws {LoadError} where the module cannot be had, naming its address
 * @throws {ConfigError} for an option that cannot be taken
 * @example
 * const bot = await createEngine({ quote: "USDT", model: venues.binanceUsdm(), staleAfterMs: 5_000 });
 * bot.quote; // → "USDT"
 * bot.dispose();
 */
export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
  requireFields(options, FIELDS.engine, "createEngine");
  const module = await loadModule(options.wasm);
  return new InThreadEngine(new Core(await instantiate(module)), options);
}

/** @internal What `createEngine` makes, for the host in a worker, which needs more of it than its callers do. */
export class InThreadEngine implements Engine {
  readonly quote: string;
  readonly ticks: TickBuffer;
  readonly defaultModel: ModelHandle;
  #live: Core | undefined;
  /** They hold until an account is registered, even in vain, or memory grows, which leaves them with length 0. */
  #columns: AccountColumns | undefined;
  readonly #accounts = new Registry<AccountHandle>();
  readonly #instruments = new Registry<InstrumentHandle>();
  readonly #assets = new Registry<AssetHandle>();
  readonly #underlyings = new Registry<UnderlyingHandle>();
  readonly #models = new Map<number, MarginModel>();
  /** What decides each instrument's table, for models that come or change later. */
  readonly #terms = new Map<number, TableTerms>();
  readonly #events = new EventHub(() => this.#takeEvents());
  #relay: ((records: Float64Array) => void) | undefined;
  readonly #names: Names = {
    account: (handle) => this.#accounts.id(handle),
    asset: (handle) => this.#assets.id(handle),
    instrument: (handle) => this.#instruments.id(handle),
    underlying: (handle) => this.#underlyings.id(handle),
    instrumentInSlot: (slot) => this.#instruments.inSlot(slot) ?? null,
  };

  constructor(core: Core, options: EngineOptions) {
    this.#live = core;
    const { model = NO_MODEL, timeMs = 0, staleAfterMs = Number.POSITIVE_INFINITY } = options;
    this.quote = requireId(options.quote ?? model.quote ?? "USD", "createEngine.quote");
    core.call("create", "createEngine", timeMs, staleAfterMs);
    this.#assets.add(this.quote, QUOTE);
    this.ticks = new CoreTickBuffer(() => this.#core, options.tickCapacity ?? TICK_CAPACITY);
    this.defaultModel = this.#register(model, "createEngine.model");
  }

  get #core(): Core {
    if (this.#live !== undefined && !this.#live.isPoisoned) return this.#live;
    const received = this.#live === undefined ? "disposed" : "ended by a fault";
    throw new DisposedError("ENGINE_DISPOSED", { path: "", expected: "an engine that is alive", received });
  }

  get timeMs(): number {
    return this.#core.exports.time_ms();
  }

  addAsset(asset: AssetInput): AssetHandle {
    const core = this.#core;
    requireFields(asset, FIELDS.asset, "addAsset");
    const id = this.#assets.check(asset.id, "addAsset.id");
    const rows: number[] = [];
    for (const { upTo, factor } of requireArray<NonNullable<AssetInput["haircuts"]>[number]>(
      asset.haircuts ?? [],
      "addAsset.haircuts",
    ))
      rows.push(upTo ?? Number.POSITIVE_INFINITY, factor);
    const underlying =
      asset.underlying === undefined ? undefined : this.#ensureUnderlying(asset.underlying, "addAsset");
    const scaleLog2 = asset.scaleLog2 ?? 0;
    if (!Number.isInteger(scaleLog2)) throw invalid("addAsset.scaleLog2", "a whole number from -60 to 60", scaleLog2);
    const [handle] = core.call("addAsset", "addAsset", underlying, scaleLog2, [rows.length / 2, ...rows]);
    return this.#assets.add(id, handle as AssetHandle);
  }

  addUnderlying(underlying: { readonly id: string }): UnderlyingHandle {
    const core = this.#core;
    requireFields(underlying, { id: true }, "addUnderlying");
    const id = this.#underlyings.check(underlying.id, "addUnderlying.id");
    return this.#underlyings.add(id, core.call("addUnderlying", "addUnderlying")[0] as UnderlyingHandle);
  }

  addInstrument(instrument: InstrumentInput): InstrumentHandle {
    const core = this.#core;
    const path = "addInstrument";
    requireFields(instrument, FIELDS.instrument, path);
    const id = this.#instruments.check(instrument.id, `${path}.id`);
    const kind = requireName(NAMES.kind, instrument.kind, `${path}.kind`);
    const payoff = requireName(NAMES.payoff, instrument.payoff ?? "linear", `${path}.payoff`);
    const isOption = instrument.kind === "option";
    const option = isOption ? requireName(NAMES.option, instrument.option, `${path}.option`) : 0;
    const strike = isOption ? requireNumber(instrument.strike, `${path}.strike`) : Number.NaN;
    const expires = isOption || instrument.kind === "future";
    const expiryMs = expires ? requireNumber(instrument.expiryMs, `${path}.expiryMs`) : Number.NaN;
    const sizeDecimals = instrument.sizeDecimals ?? 8;
    if (!(Number.isInteger(sizeDecimals) && sizeDecimals >= 0 && sizeDecimals <= 15)) {
      throw invalid(`${path}.sizeDecimals`, "a whole number from 0 to 15", sizeDecimals);
    }
    const underlyingId = requireId(instrument.underlying, `${path}.underlying`);
    const settleId =
      instrument.settle ?? (instrument.payoff === "inverse" ? underlyingId : (instrument.quote ?? this.quote));
    const settle = this.#asset(settleId, `${path}.settle`);
    const base = instrument.kind === "spot" ? this.#asset(instrument.base ?? underlyingId, `${path}.base`) : undefined;
    const terms: TableTerms = instrument;
    if (instrument.brackets !== undefined) checkTable(core, instrument.brackets, `${path}.brackets`);
    const tables: (readonly [number, number, number[]])[] = [];
    for (const [handle, model] of this.#models) {
      const table = tableOf(model, terms);
      if (table !== undefined)
        tables.push([handle, model.version, checkTable(core, table, `${path}.${sourceOf(terms)}`)]);
    }
    const underlying = this.#ensureUnderlying(underlyingId, path);
    const [made] = core.call(
      "addInstrument",
      path,
      kind,
      payoff,
      underlying,
      settle,
      base,
      instrument.multiplier ?? 1,
      sizeDecimals,
      expiryMs,
      strike,
      option,
    );
    const handle = made as InstrumentHandle;
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
    return this.#register(model, "addModel");
  }

  replaceModel(model: ModelHandle, replacement: MarginModel): void {
    const core = this.#core;
    requireFields(replacement, FIELDS.model, "replaceModel");
    const words = modelWords(core, replacement, this.#terms, "replaceModel");
    core.call("replaceModel", "replaceModel", model, words);
    this.#models.set(model, replacement);
    this.#announce();
  }

  addAccount(account: AccountInput): AccountHandle {
    const core = this.#core;
    requireFields(account, FIELDS.account, "addAccount");
    const id = this.#accounts.check(account.id, "addAccount.id");
    const balances = Object.entries(account.collateral ?? {}).map(([asset, amount]) => {
      return [this.#asset(asset, `addAccount.collateral.${asset}`), amount] as const;
    });
    this.#columns = undefined;
    const [handle] = core.call("addAccount", "addAccount", account.model ?? this.defaultModel, balances);
    this.#accounts.add(id, handle as AccountHandle);
    this.#announce();
    return handle as AccountHandle;
  }

  addAccounts(accounts: AccountColumnsInput): AccountHandle[] {
    const core = this.#core;
    const path = "addAccounts";
    requireFields(accounts, FIELDS.accounts, path);
    const { collateral = {}, positions } = accounts;
    const ids = requireArray<string>(accounts.ids, `${path}.ids`);
    const names = new Set<string>();
    for (let i = 0; i < ids.length; i++) {
      const id = this.#accounts.check(ids[i], `${path}.ids[${i}]`);
      if (names.has(id)) {
        const expected = "a name that no other row has";
        throw new ConfigError("DUPLICATE_ID", { path: `${path}.ids[${i}]`, expected, received: shown(id) });
      }
      names.add(id);
    }
    const balances = Object.entries(collateral).map(([asset, amounts]) => {
      requireLength(amounts, ids.length, `${path}.collateral.${asset}`);
      return [this.#asset(asset, `${path}.collateral.${asset}`), amounts] as const;
    });
    const balanceRows = balances.length * ids.length;
    if (positions !== undefined) requireFields(positions, FIELDS.positions, `${path}.positions`);
    const positionRows = positions?.account?.length ?? 0;
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
        requireLength(positions[name], positionRows, `${path}.positions.${name}`);
        words.set(positions[name], at);
        at += positionRows;
      }
    }
    this.#columns = undefined;
    const handles = Array.from(core.call("addAccounts", path, accounts.model ?? this.defaultModel, words));
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
    return this.#core && this.#accounts.handle(id);
  }
  instrument(id: string): InstrumentHandle | undefined {
    return this.#core && this.#instruments.handle(id);
  }
  asset(id: string): AssetHandle | undefined {
    return this.#core && this.#assets.handle(id);
  }
  underlying(id: string): UnderlyingHandle | undefined {
    return this.#core && this.#underlyings.handle(id);
  }

  setPosition(
    account: AccountHandle,
    instrument: InstrumentHandle,
    position: { readonly size: Size; readonly entryPrice: number },
  ): void {
    const size = requireSize(position?.size, "setPosition.size");
    this.#core.call("setPosition", "setPosition", account, instrument, size, position.entryPrice);
    this.#announce();
  }

  fill(account: AccountHandle, instrument: InstrumentHandle, fill: Fill): FillResult {
    const core = this.#core;
    requireFields(fill, FIELDS.fill, "fill");
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

  /** Takes what `deposit` of the same amount gives, to the last bit: half of a transfer to an account of another engine. */
  debit(account: AccountHandle, asset: string | AssetHandle, amount: Money): void {
    const core = this.#core;
    core.call("debit", "debit", account, this.#asset(asset, "debit.asset"), amount);
    this.#announce();
  }

  fund(instrument: InstrumentHandle, funding: { readonly rate: number }): void {
    this.#core.call("fund", "fund", instrument, funding?.rate);
    this.#announce();
  }

  fundAccount(account: AccountHandle, instrument: InstrumentHandle, funding: { readonly amount: Money }): void {
    this.#core.call("fundAccount", "fundAccount", account, instrument, funding?.amount);
    this.#announce();
  }

  placeOrder(
    account: AccountHandle,
    instrument: InstrumentHandle,
    order: { readonly size: Size; readonly price: number },
  ): OrderHandle {
    const size = requireSize(order?.size, "placeOrder.size");
    const [handle] = this.#core.call("placeOrder", "placeOrder", account, instrument, size, order.price);
    this.#announce();
    return handle as OrderHandle;
  }

  cancelOrder(order: OrderHandle): void {
    this.#core.call("cancelOrder", "cancelOrder", order);
    this.#announce();
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
    requireFields(fill, FIELDS.fill, "fillOrder");
    const core = this.#core;
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
    const id = position?.id === undefined ? undefined : this.#accounts.check(position.id, "isolate.id");
    this.#columns = undefined;
    const [handle] = core.call("isolate", "isolate", account, instrument, position?.margin);
    const name = id ?? childId(this.#accounts, account, this.#instruments.id(instrument));
    this.#accounts.add(name, handle as AccountHandle);
    this.#announce();
    return handle as AccountHandle;
  }

  transfer(from: AccountHandle, to: AccountHandle, asset: string | AssetHandle, amount: Money): void {
    const core = this.#core;
    core.call("transfer", "transfer", from, to, this.#asset(asset, "transfer.asset"), amount);
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
    this.#core.call("settle", "settle", instrument, settlement?.price, settlement?.timeMs);
    this.#announce();
  }

  tick(instrument: InstrumentHandle, tick: Tick): TickStatus {
    const core = this.#core;
    requireObject(tick, "tick.tick");
    const { mark, index, underlyingPrice, vol, rate, timeMs, source = 0 } = tick;
    // NaN on the wire means "not given", so one that was given is refused here
    if (isNaNGiven(mark) || isNaNGiven(index) || isNaNGiven(underlyingPrice)) return "rejected-price";
    if (isNaNGiven(vol) || isNaNGiven(rate)) return "rejected-vol";
    let outcome: number;
    try {
      outcome = core.exports.tick(
        requireHandle(instrument, "tick.instrument"),
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
    requireObject(tick, "tickAsset.tick");
    const outcome = core.exports.tick_asset(
      handle,
      numberOrNaN(tick.price, "tickAsset.price"),
      numberOrNaN(tick.timeMs, "tickAsset.timeMs"),
      numberOrNaN(tick.source ?? 0, "tickAsset.source"),
    );
    return this.#tickStatus(outcome, core, "tickAsset");
  }

  tickUnderlying(underlying: UnderlyingHandle, tick: PriceTick): TickStatus {
    const core = this.#core;
    const handle = requireHandle(underlying, "tickUnderlying.underlying");
    requireObject(tick, "tickUnderlying.tick");
    const outcome = core.exports.tick_underlying(
      handle,
      numberOrNaN(tick.price, "tickUnderlying.price"),
      numberOrNaN(tick.timeMs, "tickUnderlying.timeMs"),
      numberOrNaN(tick.source ?? 0, "tickUnderlying.source"),
    );
    return this.#tickStatus(outcome, core, "tickUnderlying");
  }

  applyTicks(count: number): number {
    const core = this.#core;
    if (!(Number.isInteger(count) && count >= 0 && count <= this.ticks.capacity)) {
      throw invalid("applyTicks.count", `a whole number from 0 to ${this.ticks.capacity}`, count);
    }
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
    return this.#assessment(account, this.#core.call("assess", "assess", account));
  }

  columns(): AccountColumns {
    const core = this.#core;
    if (this.#columns !== undefined && this.#columns.equity.length > 0) return this.#columns;
    const handle = core.view("handle");
    this.#columns = {
      length: handle.length,
      equity: core.view("equity"),
      initial: core.view("initial"),
      maintenance: core.view("maintenance"),
      positionValue: core.view("positionValue"),
      initialLeverage: core.view("initialLeverage"),
      maintenanceLeverage: core.view("maintenanceLeverage"),
      leverageState: core.view("leverageState"),
      band: core.view("band"),
      status: core.view("status"),
      handle,
      row: (account) => this.#row(account),
    };
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
    const trades: number[] = [];
    const amounts: (readonly [number, number, Money])[] = [];
    for (const [i, change] of requireArray<Change>(changes, "whatIf.changes").entries()) {
      const path = `whatIf.changes[${i}]`;
      requireObject(change, path);
      if ("instrument" in change) {
        const instrument = requireHandle(change.instrument, `${path}.instrument`);
        const price = change.price === undefined ? Number.NaN : requirePrice(change.price, `${path}.price`);
        trades.push(i, instrument, requireSize(change.size, `${path}.size`), price);
      } else {
        amounts.push([i, this.#asset(change.asset, `${path}.asset`), change.amount]);
      }
    }
    const words: Words = [trades.length / 4, ...trades];
    return this.#assessment(account, core.call("whatIf", "whatIf", account, words, amounts));
  }

  totals(): Totals {
    return new Answer(this.#core.call("totals", "totals")).record("totals");
  }

  drainEvents(): BandEvent[] {
    return this.#core && this.#events.drain();
  }

  events(options: { readonly signal?: AbortSignal } = {}): AsyncIterableIterator<BandEvent> {
    requireFields(options, { signal: true }, "events");
    const { signal } = options;
    if (signal !== undefined && typeof signal?.addEventListener !== "function") {
      throw invalid("events.signal", "an AbortSignal", signal);
    }
    return this.#core && this.#events.subscribe(signal);
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
    return { ...stats, assets: this.#assets.size, pendingEvents: core.exports.pending_events(), memoryBytes };
  }

  dispose(): void {
    this.#live = undefined;
    this.#columns = undefined;
    this.#events.end();
  }

  [DISPOSE](): void {
    this.dispose();
  }

  async [ASYNC_DISPOSE](): Promise<void> {
    this.dispose();
  }

  #register(model: MarginModel, path: string): ModelHandle {
    const core = this.#core;
    requireFields(model, FIELDS.model, path);
    const [handle] = core.call("addModel", path, modelWords(core, model, this.#terms, path));
    this.#models.set(handle as number, model);
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

  #ensureUnderlying(id: string, path: string): UnderlyingHandle {
    return this.#underlyings.handle(requireId(id, `${path}.underlying`)) ?? this.addUnderlying({ id });
  }

  #row(account: AccountHandle): number {
    const slot = requireHandle(account, "columns.row") & SLOT_MASK;
    const live = this.#core.view("handle")[slot];
    if (live === account) return slot;
    const code = live === undefined ? "UNKNOWN_HANDLE" : "STALE_HANDLE";
    throw new HandleError(code, { path: "columns.row", expected: "a registered account", received: shown(account) });
  }

  #assessment(account: AccountHandle, words: Float64Array): Assessment {
    const liquidation = { for: (underlying: string | UnderlyingHandle) => this.liquidationPrices(account, underlying) };
    return assessmentOf(account, new Answer(words), this.#names, liquidation);
  }

  #tickStatus(outcome: number, core: Core, method: string): TickStatus {
    if (outcome === OUTCOME.refused) throw core.refusal(method);
    this.#announce();
    return nameOf("tickStatus", outcome - OUTCOME.tick);
  }

  /** Hands the records of events on as they come, instead of keeping them for `drainEvents` and `events`. */
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
    if (this.#relay !== undefined) {
      this.#relay(records.slice());
      return [];
    }
    const answer = new Answer(records);
    const events: BandEvent[] = [];
    while (answer.hasMore) events.push(eventOf(answer.record("event"), this.#names));
    return events;
  }
}

function isNaNGiven(value: number | undefined): boolean {
  return value !== undefined && Number.isNaN(value);
}

/** A number as it crosses: NaN where none is given; what is no number would be taken for a fault of the engine. */
function numberOrNaN(value: unknown, path: string): number {
  if (typeof value === "number") return value;
  if (value === undefined || value === null) return Number.NaN;
  throw invalid(path, "a number", value);
}

function hex(word: number): string {
  return word.toString(16).padStart(8, "0");
}

function invalid(path: string, expected: string, value: unknown): ConfigError {
  return new ConfigError("INVALID_VALUE", { path, expected, received: shown(value) });
}

function requirePrice(value: unknown, path: string): number {
  if (typeof value === "number" && !Number.isNaN(value)) return value;
  throw invalid(path, "a number", value);
}

/** Which of an instrument's fields its table comes from, for the path of an error. */
function sourceOf(terms: TableTerms): string {
  if (terms.brackets !== undefined) return "brackets";
  return terms.marginTable === undefined ? "maxLeverage" : "marginTable";
}
