/// <reference lib="esnext.disposable" preserve="true" />
/** The engine in the calling thread: its options, its calls, and what it counts. */
import type { WasmModule } from "../core/host-types.js";
import type { SurfaceVerdict } from "../surface.js";
import type { Assessment, Change, DisplayedRule, LiquidationPrices } from "./assessment.js";
import type { AccountColumns, TopOptions, TopRow, Totals } from "./book.js";
import type { BandEvent, EventOptions, ListenOptions } from "./events.js";
import type {
  AccountHandle,
  AssetHandle,
  InstrumentHandle,
  ModelHandle,
  Money,
  OrderHandle,
  Size,
  UnderlyingHandle,
} from "./handles.js";
import type { MarginModel } from "./margin-model.js";
import type { PriceTick, SurfaceInput, Tick, TickBuffer, TickStatus } from "./market.js";
import type {
  AccountColumnsInput,
  AccountInput,
  AssetInput,
  ImportedAccounts,
  InstrumentInput,
  ListedInstrument,
  TableReplacement,
} from "./registration.js";
import type { Fill, FillResult, RestingOrder } from "./trading.js";

/** Options of {@link createEngine}. */
export interface EngineOptions {
  /** Asset that every figure is in, at price 1; default: the model's, else `"USD"`. */
  readonly quote?: string;
  /**
   * Figures are summed in units of 2^`quoteScaleLog2` of the quote asset, and each must stay below 2³¹ of them, or the account's status
   * is `out-of-range`: raise it for yen or won, 10 reaches 2.2 · 10¹²; default 0.
   */
  readonly quoteScaleLog2?: number;
  /**
   * Margin model of accounts that name none; default: one without tables, under which only instruments with `brackets` of their
   * own can be held.
   */
  readonly model?: MarginModel;
  /** The engine's time at the start, milliseconds since the epoch; default 0. Ticks and `advance` advance it. */
  readonly timeMs?: number;
  /** Age in milliseconds from which a price is stale; default `Infinity`: never. */
  readonly staleAfterMs?: number;
  /** Rows that `ticks` holds; default 1024. */
  readonly tickCapacity?: number;
  /**
   * What {@link Engine.snapshot} returned: the engine starts in that state, with every handle that was given out. Leave out `quote`,
   * `quoteScaleLog2`, `model`, `timeMs` and `staleAfterMs` then, because the snapshot holds them.
   */
  readonly snapshot?: Uint8Array;
  /** Where the WebAssembly module comes from; default: the file beside this one, found by `import.meta.url`. */
  readonly wasm?: WasmSource;
}

/** Where the WebAssembly module may come from. */
export type WasmSource =
  | URL
  | string
  | ArrayBuffer
  | ArrayBufferView
  | WasmModule
  | Response
  | Promise<URL | string | ArrayBuffer | ArrayBufferView | WasmModule | Response>;

/** What an engine holds and has done. */
export interface EngineStats {
  readonly accounts: number;
  readonly positions: number;
  readonly orders: number;
  readonly instruments: number;
  readonly assets: number;
  /** Ticks applied. */
  readonly ticks: number;
  /** Assessments of accounts that ticks have brought about, so far: of those that a tick moved, or of all where it took a pass over the book. */
  readonly assessments: number;
  /** Passes over the whole book that were chosen over increments. */
  readonly fullPasses: number;
  /** Events that wait to be drained. */
  readonly pendingEvents: number;
  /** Linear memory of the engine. */
  readonly memoryBytes: number;
}

/**
 * An engine: instruments, market and accounts of one shard, every call synchronous. `docs/sdk.md` is the tour. Examples below run
 * after these lines:
 *
 * ```ts
 * const engine = await createEngine({ model: venues.hyperliquid() });
 * const btc = engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
 * const me = engine.addAccount({ id: "me", collateral: { USDC: 25_000 } });
 * engine.setPosition(me, btc, { size: 1.5, entryPrice: 61_200 });
 * engine.tick(btc, { mark: 60_950, timeMs: 1 });
 * ```
 *
 * Every method throws {@link DisposedError} after `dispose`, {@link HandleError} for a handle that is unknown or stale, and
 * {@link ConfigError} for a parameter that it cannot take; a call that throws has changed nothing.
 */
export interface Engine {
  /** Asset that every figure is in. */
  readonly quote: string;
  /** The engine's time, milliseconds since the epoch: that of the last `advance` or of the latest tick. */
  readonly timeMs: number;
  /**
   * Resident columns for a batch of ticks.
   *
   * @example
   * const { ticks } = engine;
   * ticks.instrument[0] = btc;
   * ticks.mark[0] = 61_000;
   * ticks.timeMs[0] = 2;
   * engine.applyTicks(1);
   * TICK_STATUSES[ticks.status[0]]; // → "applied"
   */
  readonly ticks: TickBuffer;

  /**
   * Registers an asset and returns its handle. The quote asset is registered from the start.
   *
   * @throws {ConfigError} `DUPLICATE_ID`; `INVALID_VALUE` for a slice that does not ascend or a factor outside 0 to 1
   * @example
   * const asset = engine.addAsset({ id: "BTC", underlying: "BTC", haircuts: [{ upTo: 10, factor: 0.95 }, { factor: 0.9 }] });
   * engine.deposit(me, "BTC", 11);
   * engine.assess(me).assets[1].value; // → 670450
   */
  addAsset(asset: AssetInput): AssetHandle;
  /**
   * Registers an underlying. `addInstrument` and `addAsset` do it for a name that is new.
   *
   * @throws {ConfigError} `DUPLICATE_ID`
   * @example
   * const eth = engine.addUnderlying({ id: "ETH" });
   * engine.tickUnderlying(eth, { price: 3_000, timeMs: 1 }); // → "applied"
   */
  addUnderlying(underlying: { readonly id: string }): UnderlyingHandle;
  /**
   * Registers an instrument and returns its handle.
   *
   * @throws {ConfigError} `DUPLICATE_ID`, `UNKNOWN_ASSET` for a settlement or base asset that is not registered,
   *   `INVALID_BRACKETS` for a table with a gap or an overlap, `INVALID_VALUE` for a number outside its domain or a field that
   *   the kind does not have
   * @example
   * const call = engine.addInstrument({
   *   id: "BTC-27MAR26-70000-C", kind: "option", underlying: "BTC",
   *   option: "call", strike: 70_000, expiryMs: Date.UTC(2026, 2, 27, 8), maxLeverage: 10,
   * });
   * engine.tick(call, { vol: 0.6, timeMs: Date.UTC(2026, 2, 1) }); // → "applied"
   */
  addInstrument(instrument: InstrumentInput): InstrumentHandle;
  /**
   * Registers a margin model that accounts may name.
   *
   * @example
   * const binance = engine.addModel(venues.binanceUsdm());
   * const other = engine.addAccount({ id: "other", collateral: { USDC: 10_000 }, model: binance });
   */
  addModel(model: MarginModel): ModelHandle;
  /**
   * Replaces a margin model's parameters and assesses its accounts again.
   *
   * @throws {ConfigError} `INVALID_VERSION` where the version does not grow
   * @example
   * engine.replaceModel(engine.defaultModel, { ...venues.hyperliquid2023(), version: 2 });
   * engine.assess(me).maintenance; // → 914.25
   */
  replaceModel(model: ModelHandle, replacement: MarginModel): void;
  /**
   * Replaces an instrument's own `brackets` or `maxLeverage`, as venues do while it is held, and assesses all who hold it again.
   * `brackets` take the place of whatever decided its table before.
   *
   * @throws {ConfigError} `INVALID_BRACKETS` for a table with a gap or an overlap; `INVALID_VALUE` for a `maxLeverage` where it does
   *   not decide: beside `brackets` or a `marginTable`, or without a model that has a `leverageRule`; `EXPIRED` where it is settled
   * @example
   * engine.replaceTable(btc, { maxLeverage: 20 });
   * engine.assess(me).maintenance; // → 2285.625
   */
  replaceTable(instrument: InstrumentHandle, replacement: TableReplacement): void;
  /**
   * Handle of the margin model of accounts that name none.
   *
   * @example
   * engine.addAccount({ id: "explicit", model: engine.defaultModel });
   */
  readonly defaultModel: ModelHandle;
  /**
   * Registers an account and returns its handle, which every other call takes.
   *
   * @throws {ConfigError} `DUPLICATE_ID`; `UNKNOWN_ASSET` when a balance names an asset that is not registered
   * @throws {MoneyError} `INVALID_MONEY` for a balance that is no amount
   * @example
   * const alice = engine.addAccount({ id: "alice", collateral: { USDC: "10000.50" } });
   * engine.assess(alice).equity; // → 10000.5
   */
  addAccount(account: AccountInput): AccountHandle;
  /**
   * Registers many accounts from columns: all of them or, where it throws, none.
   *
   * @throws {ConfigError} with a path such as `addAccounts.ids[3]`
   * @example
   * const [bob, carol] = engine.addAccounts({
   *   ids: ["bob", "carol"],
   *   collateral: { USDC: [5_000, 7_000] },
   *   positions: { account: [0, 1], instrument: [btc, btc], size: [0.1, -0.1], entryPrice: [60_000, 60_000] },
   * });
   * engine.assess(bob).equity; // → 5095
   */
  addAccounts(accounts: AccountColumnsInput): AccountHandle[];
  /**
   * Removes an account with all that it holds; its handle is stale from then on.
   *
   * @example
   * engine.removeAccount(me);
   * engine.account("me"); // → undefined
   */
  removeAccount(account: AccountHandle): void;
  /**
   * Removes an instrument that nobody holds.
   *
   * @throws {ConfigError} `IN_USE` while a position or an order is open in it, an account has chosen a leverage for it, or an isolated
   *   account is for it
   * @example
   * const spare = engine.addInstrument({ id: "ETH-PERP", kind: "perp", underlying: "ETH" });
   * engine.removeInstrument(spare);
   */
  removeInstrument(instrument: InstrumentHandle): void;
  /**
   * Handle of the account of that name, or undefined.
   *
   * @example
   * engine.account("me") === me; // → true
   */
  account(id: string): AccountHandle | undefined;
  /**
   * Handle of the instrument of that name, or undefined.
   *
   * @example
   * engine.instrument("BTC-PERP") === btc; // → true
   */
  instrument(id: string): InstrumentHandle | undefined;
  /**
   * Handle of the asset of that name, or undefined.
   *
   * @example
   * engine.asset("DOGE"); // → undefined
   */
  asset(id: string): AssetHandle | undefined;
  /**
   * Handle of the underlying of that name, or undefined.
   *
   * @example
   * engine.underlying("BTC") !== undefined; // → true
   */
  underlying(id: string): UnderlyingHandle | undefined;
  /**
   * Every instrument with its name, for a program that starts from a snapshot.
   *
   * @example
   * engine.instruments(); // → [{ instrument: btc, id: "BTC-PERP" }]
   */
  instruments(): ListedInstrument[];

  /**
   * Replaces an account's position by one of this size and entry price; balances stay as they are. Size 0 removes it.
   *
   * @throws {ConfigError} `INVALID_SIZE` for a size that is not finite or no whole number of lots; `MISSING_PARAMETERS` where the
   *   account's model has no table for the instrument; `NOT_APPLICABLE` for spot
   * @example
   * engine.setPosition(me, btc, { size: "-0.25", entryPrice: 60_000 });
   */
  setPosition(
    account: AccountHandle,
    instrument: InstrumentHandle,
    position: { readonly size: Size; readonly entryPrice: number },
  ): void;
  /**
   * Books a trade: first closes a position on the other side and realises its profit, then opens the rest; charges the fee.
   *
   * @example
   * const { realizedProfit } = engine.fill(me, btc, { size: -0.5, price: 61_500, fee: 12.3 });
   * realizedProfit; // → 150
   */
  fill(account: AccountHandle, instrument: InstrumentHandle, fill: Fill): FillResult;
  /**
   * Adds to a balance; the amount is ≥ 0.
   *
   * @example
   * engine.deposit(me, "USDC", "0.1");
   */
  deposit(account: AccountHandle, asset: string | AssetHandle, amount: Money): void;
  /**
   * Subtracts from a balance, which may become a debt; the amount is ≥ 0.
   *
   * @example
   * engine.withdraw(me, "USDC", 1_000);
   * engine.assess(me).equity; // → 23625
   */
  withdraw(account: AccountHandle, asset: string | AssetHandle, amount: Money): void;
  /**
   * Pays funding on every position of an instrument: longs pay `rate` × notional when it is positive, shorts receive it. The notional
   * is at the mark; for a venue that pays on the index (Hyperliquid's oracle price) give `rate` × index / mark.
   *
   * @throws {ConfigError} `NOT_APPLICABLE` unless it is a perp with a mark; `EXPIRED` where it is settled
   * @example
   * engine.fund(btc, { rate: 0.0001 });
   * engine.assess(me).assets[0].amount; // → 24990.8575
   */
  fund(instrument: InstrumentHandle, funding: { readonly rate: number }): void;
  /**
   * Books a funding payment as recorded: received when positive, in the settlement asset.
   *
   * @example
   * engine.fundAccount(me, btc, { amount: "-1.25" });
   */
  fundAccount(account: AccountHandle, instrument: InstrumentHandle, funding: { readonly amount: Money }): void;
  /**
   * Places a resting order, which counts in the initial requirement at the worse of filled and not.
   *
   * @example
   * const order = engine.placeOrder(me, btc, { size: 1, price: 60_000 });
   * engine.cancelOrder(order);
   */
  placeOrder(
    account: AccountHandle,
    instrument: InstrumentHandle,
    order: { readonly size: Size; readonly price: number },
  ): OrderHandle;
  /**
   * Removes a resting order; its handle is stale from then on.
   *
   * @example
   * engine.cancelOrder(engine.placeOrder(me, btc, { size: -1, price: 70_000 }));
   */
  cancelOrder(order: OrderHandle): void;
  /**
   * An account's resting orders as they stand, in the order of their handles, which a program that starts from a snapshot has from
   * nowhere else.
   *
   * @example
   * engine.placeOrder(me, btc, { size: 1, price: 60_000 });
   * const [open] = engine.orders(me);
   * [open.id, open.size, open.price]; // → ["BTC-PERP", 1, 60_000]
   * engine.cancelOrder(open.order);
   */
  orders(account: AccountHandle): RestingOrder[];
  /**
   * Fills a resting order, wholly or in part: size and price default to what rests, at the order's price.
   *
   * @example
   * const resting = engine.placeOrder(me, btc, { size: -1, price: 62_000 });
   * engine.fillOrder(resting, { size: -0.4 }).realizedProfit; // → 320
   */
  fillOrder(
    order: OrderHandle,
    fill?: {
      readonly size?: Size;
      readonly price?: number;
      readonly fee?: Money;
      readonly feeAsset?: string | AssetHandle;
    },
  ): FillResult;
  /**
   * Opens an isolated position's own account under a parent and moves its margin there; trade and assess it by its handle.
   *
   * The child's name is `id`, or else the parent's and the instrument's, as in `me/BTC-PERP`, with `#2` and so on where that is taken.
   *
   * @example
   * const isolated = engine.isolate(me, btc, { margin: 2_000 });
   * engine.fill(isolated, btc, { size: 0.1, price: 61_000 });
   * engine.assess(isolated).equity; // → 1995
   */
  isolate(
    account: AccountHandle,
    instrument: InstrumentHandle,
    position: { readonly margin: Money; readonly id?: string },
  ): AccountHandle;
  /**
   * Moves an amount from one account to another.
   *
   * @example
   * const savings = engine.addAccount({ id: "savings" });
   * engine.transfer(me, savings, "USDC", 500);
   */
  transfer(from: AccountHandle, to: AccountHandle, asset: string | AssetHandle, amount: Money): void;
  /**
   * Size and average entry price of a position, without assessing the account; size 0 where nothing is held.
   *
   * @example
   * engine.position(me, btc); // → { size: 1.5, entryPrice: 61_200 }
   */
  position(
    account: AccountHandle,
    instrument: InstrumentHandle,
  ): { readonly size: number; readonly entryPrice: number };
  /**
   * A balance in units of the asset, without the profit of open positions.
   *
   * @example
   * engine.balance(me, "USDC"); // → 25000
   */
  balance(account: AccountHandle, asset: string | AssetHandle): number;
  /**
   * Sets an account's leverage for an instrument: the initial requirement is at least notional / leverage. `Infinity` removes the
   * setting.
   *
   * @example
   * engine.setLeverage(me, btc, 5);
   * engine.assess(me).initial; // → 18285
   */
  setLeverage(account: AccountHandle, instrument: InstrumentHandle, leverage: number): void;
  /**
   * Settles an expired instrument, or a perp that is delisted, at a price: cash is paid, and positions and orders are removed. Once no
   * isolated account is left for it, {@link Engine.removeInstrument} removes it. The engine's time advances to `timeMs` as by a tick.
   *
   * @throws {ConfigError} `EXPIRED` before the expiry; `NOT_APPLICABLE` for spot and for what is settled
   * @example
   * const future = engine.addInstrument({ id: "BTC-DEC", kind: "future", underlying: "BTC", expiryMs: 1_000, maxLeverage: 20 });
   * engine.setPosition(me, future, { size: 1, entryPrice: 60_000 });
   * engine.settle(future, { price: 60_500, timeMs: 1_000 });
   * engine.assess(me).assets[0].amount; // → 25500
   */
  settle(instrument: InstrumentHandle, settlement: { readonly price: number; readonly timeMs: number }): void;

  /**
   * Applies a tick and assesses every account that holds something it moved. Allocates nothing.
   *
   * @returns its status: a bad price or time is a status; an unknown handle or a missing time throws
   * @example
   * engine.tick(btc, { mark: 60_000, index: 60_010, timeMs: 2 }); // → "applied"
   * engine.tick(btc, { mark: Number.NaN, timeMs: 3 }); // → "rejected-price"
   * engine.tick(btc, { mark: 60_000, timeMs: -1 }); // → "rejected-time"
   */
  tick(instrument: InstrumentHandle, tick: Tick): TickStatus;
  /**
   * Applies an asset's price, which moves collateral and whatever settles in it.
   *
   * @example
   * const usdt = engine.addAsset({ id: "USDT" });
   * engine.tickAsset(usdt, { price: 0.998, timeMs: 2 }); // → "applied"
   */
  tickAsset(asset: AssetHandle, tick: PriceTick): TickStatus;
  /**
   * Takes an underlying's reference price in: options on it, and assets that follow it.
   *
   * @example
   * const eth = engine.addUnderlying({ id: "ETH" });
   * engine.tickUnderlying(eth, { price: 3_000, timeMs: 2 }); // → "applied"
   */
  tickUnderlying(underlying: UnderlyingHandle, tick: PriceTick): TickStatus;
  /**
   * Gives options of an underlying that have no vol of their own the vols of a surface, in place of any before; `null` takes it
   * away. A tick with a vol or mark of an option's own overrides it. Total variance is linear in time between expiries at fixed
   * log-moneyness, vols are flat beyond them, and a vol stays with its strike and expiry as time passes. Under `sticky-delta` delta
   * and gamma are those along the smile. Returns where the surface admits arbitrage, which is flagged and not refused.
   *
   * @throws {ConfigError} `INVALID_VALUE` naming the parameter that makes no slice
   * @throws {HandleError} `UNKNOWN_HANDLE`
   * @example
   * const svi = { a: 0.01, b: 0.1, rho: -0.3, m: 0, sigma: 0.2 };
   * const eth = engine.addUnderlying({ id: "ETH" });
   * const expiries = [{ expiryMs: 1e10, forward: 3_000, svi }];
   * engine.setSurface(eth, { expiries, rule: "sticky-strike", timeMs: 2 }); // → { butterfly: [], calendar: [] }
   */
  setSurface(underlying: UnderlyingHandle, surface: SurfaceInput | null): SurfaceVerdict;
  /**
   * Applies the first `count` rows of `ticks` in order, and writes each row's `status`.
   *
   * @returns how many were applied
   * @example
   * for (let row = 0; row < 2; row++) {
   *   engine.ticks.instrument[row] = btc;
   *   engine.ticks.mark[row] = 61_000 + row;
   *   engine.ticks.timeMs[row] = 2 + row;
   * }
   * engine.applyTicks(2); // → 2
   */
  applyTicks(count: number): number;
  /**
   * Advances time without a tick: options decay and expire, prices go stale.
   *
   * @throws {ConfigError} `INVALID_VALUE` for a time before the engine's
   * @example
   * engine.advance(60_000);
   * engine.timeMs; // → 60000
   */
  advance(timeMs: number): void;

  /**
   * Assesses an account now.
   *
   * @example
   * const risk = engine.assess(me);
   * risk.equity; // → 24625
   * risk.leverage.maintenance.state; // → "finite"
   * risk.liquidation.for("BTC").down[0].price.toFixed(2); // → "44983.16"
   */
  assess(account: AccountHandle): Assessment;
  /**
   * Every account's figures as resident columns: no copy, and no allocation while memory stays where it is.
   *
   * @example
   * const columns = engine.columns();
   * columns.equity[columns.row(me)]; // → 24625
   * BANDS[columns.band[columns.row(me)]]; // → "healthy"
   */
  columns(): AccountColumns;
  /**
   * Every price of an underlying at which the account becomes liquidatable or stops being so.
   *
   * @example
   * engine.liquidationPrices(me, "BTC").up; // → []
   */
  liquidationPrices(account: AccountHandle, underlying: string | UnderlyingHandle): LiquidationPrices;
  /**
   * The liquidation price as a venue displays it, by the venue's own rule, which may hold the requirement fixed; null if there is none.
   *
   * @example
   * // (60,950 − 23,710.75 / 1.5): the requirement, 914.25, is held
   * engine.displayedLiquidationPrice(me, btc, "hyperliquid-2023")?.toFixed(4); // → "45142.8333"
   */
  displayedLiquidationPrice(account: AccountHandle, instrument: InstrumentHandle, rule: DisplayedRule): number | null;
  /**
   * The assessment after hypothetical changes, applied in order and then undone. It runs the same code on the account, and on the market
   * where prices move.
   *
   * @example
   * const risk = engine.whatIf(me, [{ instrument: btc, size: +1 }]);
   * risk.maintenance; // → 1523.75
   * risk.liquidation.for("BTC").down[0].price.toFixed(2); // → "51616.16"
   * engine.assess(me).maintenance; // → 914.25
   * engine.whatIf(me, [{ underlying: "BTC", move: -0.2 }]).equity; // → 6340
   * engine.whatIf(me, [{ underlying: "BTC", move: -0.2 }, { instrument: btc, size: 1 }]).equity; // → 6340
   * engine.whatIf(me, [{ instrument: btc, size: 1 }, { underlying: "BTC", move: -0.2 }]).equity; // → -5850
   * const grid = [-0.16, 0, 0.16].flatMap((move) => [-0.25, 0.5].map((volMove) => ({ underlying: "BTC", move, volMove })));
   * Math.min(...grid.map((scenario) => engine.whatIf(me, [scenario]).equity)); // → 9997
   */
  whatIf(account: AccountHandle, changes: readonly Change[]): Assessment;
  /**
   * The first `count` accounts by a figure; ties in order of registration, missing figures last.
   *
   * @example
   * const [worst] = engine.top(10, { by: "healthRatio" });
   * worst.account === me; // → true
   * engine.top(1, { by: "maintenanceLeverage", order: "descending" }).length; // → 1
   */
  top(count: number, options: TopOptions): TopRow[];
  /**
   * Exact sums over all accounts.
   *
   * @example
   * engine.totals().equity; // → 24625
   */
  totals(): Totals;
  /**
   * Band crossings since the last call, oldest first. While anyone subscribes, only the last 65,536 or more are kept; a gap in
   * `sequence` shows that older ones are gone.
   *
   * @example
   * engine.tick(btc, { mark: 44_000, timeMs: 2 });
   * const [event] = engine.drainEvents();
   * event.to; // → "insolvent"
   * event.driver === btc; // → true
   */
  drainEvents(): BandEvent[];
  /**
   * Band crossings from now on, as they come; ends when the engine is disposed or the signal aborts.
   *
   * @throws {PlimsollError} from a read: `EVENTS_MISSED` where the reader is too slow and has no `onGap`
   * @example
   * const stop = new AbortController();
   * const events = engine.events({ signal: stop.signal, bands: ["liquidatable", "insolvent"] });
   * engine.tick(btc, { mark: 44_000, timeMs: 2 });
   * for await (const { id, to } of events) {
   *   id + " is " + to; // → "me is insolvent"
   *   stop.abort();
   * }
   */
  events(options?: EventOptions): AsyncIterableIterator<BandEvent>;
  /**
   * Calls `listener` with every band crossing from now on, before the call that caused it returns. What it throws affects no other
   * subscriber. Returns a function that ends the subscription.
   *
   * @example
   * let heard = "";
   * const end = engine.subscribe(({ id, to }) => (heard = id + " is " + to), { accounts: [me] });
   * engine.tick(btc, { mark: 44_000, timeMs: 2 });
   * heard; // → "me is insolvent"
   * end();
   */
  subscribe(listener: (event: BandEvent) => void, options?: ListenOptions): () => void;
  /**
   * 16 hex digits over equity, requirements, liquidation prices and events of every account, the same on every machine and for
   * every order of registration.
   *
   * @example
   * engine.digest().length; // → 16
   */
  digest(): string;
  /**
   * Assesses every account in full, which changes no figure: for tests and benchmarks.
   *
   * @example
   * engine.reassessAll();
   * engine.drainEvents(); // → []
   */
  reassessAll(): void;
  /**
   * The whole state as bytes, including handles, names, models and undrained events. `createEngine({ snapshot })` restores an engine
   * whose every later answer is bit for bit this one's.
   *
   * @example
   * const saved = engine.snapshot();
   * const restored = await createEngine({ snapshot: saved });
   * restored.assess(me).equity === engine.assess(me).equity; // → true
   * restored.digest() === engine.digest(); // → true
   * restored.dispose();
   */
  snapshot(): Uint8Array;
  /**
   * Some accounts as bytes, with their isolated positions, for `importAccounts` of another engine. They stay here until removed.
   *
   * @throws {ConfigError} `NOT_APPLICABLE` for an isolated position without its parent
   * @example
   * const other = await createEngine({ model: venues.hyperliquid() });
   * other.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
   * const { accounts } = other.importAccounts(engine.exportAccounts([me]));
   * accounts.map(({ id }) => id); // → ["me"]
   * other.position(accounts[0].account, btc).size; // → 1.5
   * other.dispose();
   */
  exportAccounts(accounts: readonly AccountHandle[]): Uint8Array;
  /**
   * Adds accounts that another engine exported, under their names and new handles. They keep their bands; where different prices here
   * change a band, that is an event.
   *
   * @throws {SnapshotError} `SNAPSHOT_MISMATCH` naming the asset, underlying, instrument or model in which the engines differ
   * @throws {ConfigError} `DUPLICATE_ID` where a name is taken
   * @example
   * const saved = engine.exportAccounts([me]);
   * engine.removeAccount(me);
   * const [moved] = engine.importAccounts(saved).accounts;
   * moved.previous === me; // → true
   * engine.account("me") === moved.account; // → true
   */
  importAccounts(bytes: Uint8Array): ImportedAccounts;
  /**
   * What the engine holds and has done.
   *
   * @example
   * engine.stats().positions; // → 1
   */
  stats(): EngineStats;

  /**
   * Frees the engine: open `events()` iterators end, and every later call throws {@link DisposedError}. A second call does nothing.
   *
   * @example
   * engine.dispose();
   * engine.dispose();
   */
  dispose(): void;
  [Symbol.dispose](): void;
  [Symbol.asyncDispose](): Promise<void>;
}
