/** An engine over several workers: accounts are dealt by id, the market goes to all, answers are merged. */
import { requireArray, requireHandle, requireText } from "../checks.js";
import { cloned } from "../cloned.js";
import { SLOT_MASK } from "../core/layout.js";
import { ASYNC_DISPOSE } from "../disposal.js";
import { childId } from "../engine/registry.js";
import { mergedTop } from "../engine/top.js";
import { type ExactTotals, mergedTotals } from "../engine/totals.js";
import { DisposedError, engineDisposed, HandleError, type PlimsollError, shown, withPath } from "../errors.js";
import { EventStream } from "../event-stream.js";
import { CHECK, requireWorkers } from "../options.js";
import type {
  AccountColumns,
  AccountColumnsInput,
  AccountHandle,
  AccountInput,
  AssetHandle,
  AssetInput,
  BandEvent,
  DisplayedRule,
  Engine,
  EngineStats,
  Fill,
  FillResult,
  ImportedAccounts,
  InstrumentHandle,
  InstrumentInput,
  LiquidationPrices,
  ListedInstrument,
  MarginModel,
  ModelHandle,
  Money,
  OrderHandle,
  PriceTick,
  RestingOrder,
  SurfaceInput,
  SurfaceVerdict,
  TableReplacement,
  Tick,
  TopOptions,
  TopRow,
  Totals,
  Change as Trade,
  UnderlyingHandle,
} from "../types.js";
import { copied, portionsOf } from "./account-columns.js";
import { AccountDirectory } from "./account-directory.js";
import { registerAll } from "./bulk.js";
import type { CallName, EngineState, VoteName } from "./calls.js";
import { moving } from "./control.js";
import { Departures } from "./departures.js";
import { EventTeller } from "./event-teller.js";
import { HandleTable, type Place } from "./handle-table.js";
import type { JoinedHandles, PoolState } from "./join.js";
import { limited } from "./limits.js";
import type { WorkerSetup } from "./link.js";
import { Market } from "./market.js";
import { mergedColumns, mergedDigest, mergedStats, owned, type ShardColumns } from "./merge.js";
import { joined, nextTask } from "./pieces.js";
import { Resharding } from "./resharding.js";
import { Shards } from "./shards.js";
import { type ShardListener, Supervisor } from "./supervisor.js";
import { TickIntake } from "./tick-intake.js";
import type {
  CallOptions,
  TickQueueStats,
  TickSettings,
  WorkerAssessment,
  WorkerEngine,
  WorkerEngineStats,
  WorkerTickBuffer,
} from "./types.js";

export { joined };

/** How many names of a snapshot are taken up in one task. */
const NAMES_AT_ONCE = 20_000;
/** How long `dispose` waits for what is under way. */
const DRAIN_MS_MAX = 5_000;

type Position = Parameters<Engine["setPosition"]>[2];
type Order = Parameters<Engine["placeOrder"]>[2];
type OrderFill = NonNullable<Parameters<Engine["fillOrder"]>[1]>;
type Figures = Omit<WorkerAssessment, "liquidation">;

export class Pool implements WorkerEngine {
  quote: string;
  defaultModel = 0 as ModelHandle;
  readonly ticks: WorkerTickBuffer;
  readonly #setup: WorkerSetup;
  readonly #shards: Shards;
  readonly #resharding: Resharding;
  readonly #intake: TickIntake;
  readonly #market = new Market(() => this.quote);
  readonly #departures = new Departures();
  readonly #accounts = new AccountDirectory(this.#departures);
  readonly #orders = new HandleTable<OrderHandle>();
  readonly #events = new EventStream();
  readonly #teller = new EventTeller({
    accounts: this.#accounts,
    instruments: this.#market.instruments,
    departures: this.#departures,
    oldestTurn: () => this.#shards.oldestTurn,
    tell: (events) => this.#events.push(events),
  });
  #replacements = 0;
  #disposal: Promise<void> | undefined;

  /** `snapshot`: what the only worker starts from in the place of options; it is the pool's from now on. */
  constructor(
    quote: string,
    workers: number,
    setup: WorkerSetup,
    ticks: TickSettings,
    snapshot?: Uint8Array<ArrayBuffer>,
  ) {
    this.quote = quote;
    this.#setup = setup;
    this.#intake = new TickIntake(this.#market, (words) => this.#shards.post(words), ticks, setup.engine.tickCapacity);
    this.ticks = this.#intake.columns;
    const all = Array.from({ length: workers }, (_, shard) => this.#supervisor(shard, snapshot));
    this.#shards = new Shards(all, () => this.#intake.queue.seal());
    this.#resharding = new Resharding(this.#shards, this.#accounts, this.#orders, (...from) =>
      this.#supervisor(...from),
    );
  }

  #supervisor(shard: number, snapshot?: Uint8Array<ArrayBuffer>): Supervisor {
    const listener: ShardListener = {
      onEvents: (records, turn) => this.#teller.hold(shard, records, turn),
      onProgress: () => this.#teller.tell(),
      onApplied: (batch, rejections, tookMs) => this.#intake.applied(batch, shard, rejections, tookMs),
      onReleased: (batch) => this.#intake.released(batch),
      onReplaced: (reason) => {
        this.#replacements++;
        this.#events.replaced({ shard, reason });
      },
      onResumed: (standing) => this.#teller.resume(shard, standing),
      onFailed: (error) => this.#close(error),
    };
    return new Supervisor(this.#setup, listener, snapshot);
  }

  /**
   * Resolves when every worker is ready; where one is not, ends them all and rejects. `workers`: over how many to deal what the only
   * one has started from, a snapshot.
   */
  async start(workers?: number): Promise<void> {
    try {
      await Promise.all(this.#shards.all.map((shard) => shard.start()));
      if (workers !== undefined) {
        await this.#takeUp(await this.#shards.at(0).query<EngineState>("poolState", []));
        await this.resize(workers);
      }
    } catch (error) {
      this.#close(engineDisposed());
      throw withPath(error, (path) => path.replace(/^createEngine\b/, "createWorkerEngine"));
    }
  }

  /** Goes on from what the only worker has started from, whose handles are the pool's. Nobody else has the pool meanwhile. */
  async #takeUp({ state, named, ids, undrained, handles }: EngineState): Promise<void> {
    this.quote = state.quote;
    this.defaultModel = state.defaultModel as ModelHandle;
    for (const [i, id] of ids.entries()) {
      if (i % NAMES_AT_ONCE === 0) await nextTask();
      this.#accounts.names.add(id, named[i] as AccountHandle);
    }
    await nextTask();
    this.#events.takeOver(undrained);
    this.#teller.sequence = handles[0] as number;
    const instruments = new HandleTable<InstrumentHandle>();
    let at = instruments.take(handles, this.#orders.take(handles, this.#accounts.places.take(handles, 1)));
    for (const handle of this.#accounts.places.placed) {
      const parent = handles[at++] as AccountHandle;
      if (!Number.isNaN(parent)) this.#accounts.parents.set(handle, parent);
    }
    this.#market.take(state, instruments, handles.subarray(at));
  }

  get tickQueue(): TickQueueStats {
    return { ...this.#intake.queue.stats, sharesMemory: this.#setup.sharesMemory };
  }

  get timeMs(): Promise<number> {
    return this.#askFirst("timeMs", []);
  }

  addAsset(asset: AssetInput): Promise<AssetHandle> {
    return this.#toAll("addAsset", [asset], (handle: AssetHandle, given: AssetInput) => {
      return this.#market.addAsset(handle, given);
    });
  }

  addUnderlying(underlying: { readonly id: string }): Promise<UnderlyingHandle> {
    return this.#toAll("addUnderlying", [underlying], (handle: UnderlyingHandle, { id }: { readonly id: string }) => {
      return this.#market.underlyings.add(id, handle);
    });
  }

  addInstrument(instrument: InstrumentInput): Promise<InstrumentHandle> {
    return this.#toAll("addInstrument", [instrument], (handle: InstrumentHandle, given: InstrumentInput) => {
      return this.#market.addInstrument(handle, given);
    });
  }

  addModel(model: MarginModel): Promise<ModelHandle> {
    return this.#toAll("addModel", [model]);
  }

  replaceModel(model: ModelHandle, replacement: MarginModel): Promise<void> {
    return this.#toAllOrNone("replaceModel", [model, replacement]);
  }

  replaceTable(instrument: InstrumentHandle, replacement: TableReplacement): Promise<void> {
    return this.#toAll("replaceTable", [instrument, replacement]);
  }

  async removeInstrument(instrument: InstrumentHandle): Promise<void> {
    await this.#toAllOrNone("removeInstrument", [instrument]);
    this.#departures.ofInstrument(instrument, this.#shards.turn);
    this.#market.removeInstrument(instrument);
  }

  fund(instrument: InstrumentHandle, funding: { readonly rate: number }): Promise<void> {
    return this.#toAllOrNone("fund", [instrument, funding]);
  }

  async settle(instrument: InstrumentHandle, settlement: Parameters<Engine["settle"]>[1]): Promise<void> {
    await this.#toAllOrNone("settle", [instrument, settlement]);
    this.#market.settleInstrument(instrument);
  }

  setSurface(underlying: UnderlyingHandle, surface: SurfaceInput | null): Promise<SurfaceVerdict> {
    return this.#toAll("setSurface", [underlying, surface]);
  }

  advance(timeMs: number): Promise<void> {
    return this.#toAll("advance", [timeMs]);
  }

  reassessAll(): Promise<void> {
    return this.#toAll("reassessAll", []);
  }

  async addAccount(account: AccountInput): Promise<AccountHandle> {
    const path = "addAccount";
    this.#shards.requireOpen();
    CHECK.account(account, path);
    const { id } = account;
    return this.#inTurn([account], (sent) => {
      const shard = this.#accounts.shardOf(this.#accounts.names.check(id, `${path}.id`), this.#shards.count);
      return this.#placed(this.#accounts.reserve(id), shard, path, sent);
    });
  }

  async addAccounts(columns: AccountColumnsInput): Promise<AccountHandle[]> {
    this.#shards.requireOpen();
    CHECK.accounts(columns, "addAccounts");
    const portions = portionsOf(columns);
    const isLong = portions.length > 1;
    // what is dealt at once is copied by that
    const given = isLong || this.#shards.isGated ? copied(columns) : columns;
    const register = () => registerAll(this.#shards, this.#accounts, given, portions);
    return isLong ? this.#alone(register) : this.#shards.inOrder(register);
  }

  async removeAccount(account: AccountHandle): Promise<void> {
    return this.#shards.inOrder(() => {
      return this.#ofAccount(account, "removeAccount.account", async (place) => {
        // one that is going already is the worker's to refuse
        const isGoing = this.#departures.from(place) !== undefined;
        const stay = isGoing ? () => {} : this.#accounts.leave(account, place, this.#shards.count);
        try {
          await this.#shards.one(place.shard, "removeAccount", [place.local]);
        } catch (error) {
          stay();
          throw error;
        }
        this.#departures.end(place, this.#shards.turn);
        this.#accounts.forget(account);
      });
    });
  }

  async account(id: string, options?: CallOptions): Promise<AccountHandle | undefined> {
    this.#shards.requireOpen();
    requireText(id, "account.id");
    return this.#ask("account", [id], options, async (sent) => {
      const owners = await this.#shards.ask("account", sent, (local: AccountHandle | undefined, shard) => {
        if (local === undefined) return undefined;
        const owner = this.#accounts.places.owner(shard, local);
        return () => owner ?? this.#accounts.places.owner(shard, local);
      });
      return owners.find((owner) => owner !== undefined)?.();
    });
  }

  instrument(id: string, options?: CallOptions): Promise<InstrumentHandle | undefined> {
    return this.#askFirst("instrument", [id], options);
  }

  asset(id: string, options?: CallOptions): Promise<AssetHandle | undefined> {
    return this.#askFirst("asset", [id], options);
  }

  underlying(id: string, options?: CallOptions): Promise<UnderlyingHandle | undefined> {
    return this.#askFirst("underlying", [id], options);
  }

  instruments(options?: CallOptions): Promise<ListedInstrument[]> {
    return this.#askFirst("instruments", [], options);
  }

  setPosition(account: AccountHandle, instrument: InstrumentHandle, position: Position): Promise<void> {
    return this.#toAccount("setPosition", account, [instrument, position]);
  }

  fill(account: AccountHandle, instrument: InstrumentHandle, fill: Fill): Promise<FillResult> {
    return this.#toAccount("fill", account, [instrument, fill]);
  }

  deposit(account: AccountHandle, asset: string | AssetHandle, amount: Money): Promise<void> {
    return this.#toAccount("deposit", account, [asset, amount]);
  }

  withdraw(account: AccountHandle, asset: string | AssetHandle, amount: Money): Promise<void> {
    return this.#toAccount("withdraw", account, [asset, amount]);
  }

  fundAccount(
    account: AccountHandle,
    instrument: InstrumentHandle,
    funding: { readonly amount: Money },
  ): Promise<void> {
    return this.#toAccount("fundAccount", account, [instrument, funding]);
  }

  setLeverage(account: AccountHandle, instrument: InstrumentHandle, leverage: number): Promise<void> {
    return this.#toAccount("setLeverage", account, [instrument, leverage]);
  }

  placeOrder(account: AccountHandle, instrument: InstrumentHandle, order: Order): Promise<OrderHandle> {
    return this.#toAccount("placeOrder", account, [instrument, order], (local: number, shard) => {
      const handle = this.#orders.reserve();
      this.#orders.place(handle, shard, local);
      return handle;
    });
  }

  async cancelOrder(order: OrderHandle): Promise<void> {
    await this.#toOrder("cancelOrder", order, []);
    this.#orders.remove(order);
  }

  async orders(account: AccountHandle, options?: CallOptions): Promise<RestingOrder[]> {
    return this.#ask("orders", [], options, () => {
      return this.#ofAccount(account, "orders.account", async ({ shard, local }) => {
        const orders = await this.#shards.at(shard).query<RestingOrder[]>("orders", [local]);
        const ofPool = (local: OrderHandle) => this.#orders.owner(shard, local) as OrderHandle;
        return orders.map((open) => ({ ...open, order: ofPool(open.order) })).sort((a, b) => a.order - b.order);
      });
    });
  }

  fillOrder(order: OrderHandle, fill: OrderFill = {}): Promise<FillResult> {
    return this.#toOrder("fillOrder", order, [fill]);
  }

  async isolate(
    account: AccountHandle,
    instrument: InstrumentHandle,
    position: Parameters<Engine["isolate"]>[2],
  ): Promise<AccountHandle> {
    this.#shards.requireOpen();
    CHECK.isolated(position, "isolate");
    const { names, places, parents } = this.#accounts;
    return this.#inTurn([instrument, position], (sent) => {
      const [instrument, given] = sent as [InstrumentHandle, typeof position];
      const { shard, local } = places.find(account, "isolate.account");
      const id =
        given.id === undefined
          ? childId(names, account, this.#market.instruments.id(requireHandle(instrument, "isolate.instrument")))
          : names.check(given.id, "isolate.id");
      const handle = this.#accounts.reserve(id);
      parents.set(handle, account);
      return this.#placed(handle, shard, "isolate", [local, instrument, { ...given, id }]);
    });
  }

  async transfer(from: AccountHandle, to: AccountHandle, asset: string | AssetHandle, amount: Money): Promise<void> {
    const { places } = this.#accounts;
    return this.#inTurn([asset, amount], (sent) => {
      const [source, target] = [places.find(from, "transfer.from"), places.find(to, "transfer.to")];
      if (source.shard !== target.shard) return this.#transferAcross(source, target, sent);
      return this.#shards.one(source.shard, "transfer", [source.local, target.local, ...sent]);
    });
  }

  position(
    account: AccountHandle,
    instrument: InstrumentHandle,
    options?: CallOptions,
  ): Promise<ReturnType<Engine["position"]>> {
    return this.#askAccount("position", account, [instrument], options);
  }

  balance(account: AccountHandle, asset: string | AssetHandle, options?: CallOptions): Promise<number> {
    return this.#askAccount("balance", account, [asset], options);
  }

  async assess(account: AccountHandle, options?: CallOptions): Promise<WorkerAssessment> {
    const figures = await this.#askAccount<Figures>("assess", account, [], options);
    return { ...figures, account, liquidation: { for: (...asked) => this.liquidationPrices(account, ...asked) } };
  }

  async whatIf(account: AccountHandle, changes: readonly Trade[], options?: CallOptions): Promise<WorkerAssessment> {
    const given = cloned([changes]);
    const figures = await this.#askAccount<Figures>("whatIf", account, given, options);
    const pricesAfter: WorkerAssessment["liquidation"]["for"] = (underlying, asked) => {
      return this.#askAccount("liquidationPricesAfter", account, [...given, underlying], asked, "whatIf.account");
    };
    return { ...figures, account, liquidation: { for: pricesAfter } };
  }

  liquidationPrices(
    account: AccountHandle,
    underlying: string | UnderlyingHandle,
    options?: CallOptions,
  ): Promise<LiquidationPrices> {
    return this.#askAccount("liquidationPrices", account, [underlying], options);
  }

  displayedLiquidationPrice(
    account: AccountHandle,
    instrument: InstrumentHandle,
    rule: DisplayedRule,
    options?: CallOptions,
  ): Promise<number | null> {
    return this.#askAccount("displayedLiquidationPrice", account, [instrument, rule], options);
  }

  columns(options?: CallOptions): Promise<AccountColumns> {
    return this.#ask("columns", [], options, async () => {
      const length = this.#accounts.places.extent;
      const shards = await this.#shards.ask("columns", [], (columns: ShardColumns, shard) => {
        return owned(columns, shard, this.#accounts.places);
      });
      return mergedColumns(shards, this.#accounts.places, length);
    });
  }

  top(count: number, top: TopOptions, options?: CallOptions): Promise<TopRow[]> {
    return this.#ask("top", [count, top], options, async (sent) => {
      const lists = await this.#shards.ask("top", sent, (rows: TopRow[], shard) => {
        return rows.map(({ account: local, id, value }) => {
          return { shard, local, id, value, owner: this.#accounts.places.owner(shard, local) };
        });
      });
      const placed = lists.map((rows) =>
        rows.flatMap(({ shard, local, id, value, owner }) => {
          const account = owner ?? this.#accounts.places.owner(shard, local);
          return account === undefined ? [] : [{ account, id, row: account & SLOT_MASK, value }];
        }),
      );
      return mergedTop(placed, sent[0] as number, sent[1] as TopOptions);
    });
  }

  totals(options?: CallOptions): Promise<Totals> {
    return this.#ask("totals", [], options, async () =>
      mergedTotals(await this.#shards.ask<ExactTotals>("exactTotals", [])),
    );
  }

  digest(options?: CallOptions): Promise<string> {
    return this.#ask("digest", [], options, async () => mergedDigest(await this.#shards.ask<string>("digest", [])));
  }

  async stats(options?: CallOptions): Promise<WorkerEngineStats> {
    const { tickQueue } = this;
    const [shards] = await this.#ask("stats", [], options, () =>
      Promise.all([this.#shards.ask<EngineStats>("stats", []), this.#shards.flush()]),
    );
    const stats = mergedStats(shards);
    return {
      ...stats,
      pendingEvents: this.#events.undrained,
      assessments: stats.assessments + this.#resharding.uncounted.assessments,
      fullPasses: stats.fullPasses + this.#resharding.uncounted.fullPasses,
      workers: this.#shards.count,
      tickQueue,
      ...this.#intake.rejected,
      replacements: this.#replacements,
    };
  }

  tick(instrument: InstrumentHandle, tick: Tick): void {
    this.#shards.requireOpen();
    this.#intake.instrument(instrument, tick);
  }

  tickAsset(asset: AssetHandle, tick: PriceTick): void {
    this.#shards.requireOpen();
    this.#intake.asset(asset, tick);
  }

  tickUnderlying(underlying: UnderlyingHandle, tick: PriceTick): void {
    this.#shards.requireOpen();
    this.#intake.underlying(underlying, tick);
  }

  applyTicks(count: number): void {
    this.#shards.requireOpen();
    this.#intake.batch(count);
  }

  async flush(options?: CallOptions): Promise<void> {
    await this.#ask("flush", [], options, () => this.#shards.flush());
  }

  async resize(workers: number): Promise<void> {
    this.#shards.requireOpen();
    requireWorkers(workers, "resize.workers");
    return this.#alone(() => this.#resharding.redeal(workers));
  }

  snapshot(options?: CallOptions): Promise<Uint8Array> {
    return this.#limited("snapshot", options, () =>
      this.#alone(async () => {
        const parts = await this.#shards.ask<Uint8Array>("snapshot", []);
        const named = this.#accounts.places.placed;
        const state: PoolState = {
          ...this.#handleWords(),
          named: Uint32Array.from(named),
          ids: named.map((account) => this.#accounts.names.id(account)),
          undrained: this.#events.kept(),
          sequence: this.#teller.sequence,
        };
        return this.#shards.at(0).query<Uint8Array>("joinSnapshots", moving([parts, state]));
      }),
    );
  }

  exportAccounts(accounts: readonly AccountHandle[], options?: CallOptions): Promise<Uint8Array> {
    const path = "exportAccounts";
    return this.#limited(path, options, () => {
      const asked = [...requireArray<AccountHandle>(accounts, `${path}.accounts`)];
      return this.#alone(async () => {
        const places = asked.map((account, i) => this.#accounts.places.find(account, `${path}.accounts[${i}]`));
        const parts = await Promise.all(
          this.#shards.all.map((shard, i) => {
            const locals = places.filter((place) => place.shard === i).map(({ local }) => local);
            return shard.query<Uint8Array>(path, [locals]);
          }),
        );
        const family = this.#accounts.family(asked);
        const ids = family.map((account) => this.#accounts.names.id(account));
        return this.#shards.at(0).query<Uint8Array>("joinExports", moving([parts, this.#handleWords(), family, ids]));
      });
    });
  }

  async importAccounts(bytes: Uint8Array): Promise<ImportedAccounts> {
    this.#shards.requireOpen();
    CHECK.bytes(bytes, "importAccounts.bytes");
    // `slice` of a Buffer copies nothing
    const sent = new Uint8Array(bytes);
    return this.#alone(() => this.#resharding.import(sent));
  }

  #handleWords(): JoinedHandles {
    return { accounts: this.#accounts.places.words, orders: this.#orders.words };
  }

  /** Does something while nothing else is under way, and every event is told. */
  #alone<Result>(act: () => Promise<Result>): Promise<Result> {
    return this.#shards.alone(() => {
      this.#departures.settle(Number.POSITIVE_INFINITY);
      return act();
    });
  }

  async drainEvents(options?: CallOptions): Promise<BandEvent[]> {
    await this.#ask("drainEvents", [], options, () => this.#shards.flush());
    return this.#events.drain();
  }

  events(options: Parameters<WorkerEngine["events"]>[0] = {}): AsyncIterableIterator<BandEvent> {
    this.#shards.requireOpen();
    CHECK.workerEvents(options, "events");
    return this.#events.events(options);
  }

  subscribe(listener: (event: BandEvent) => void, options: Parameters<WorkerEngine["subscribe"]>[1] = {}): () => void {
    this.#shards.requireOpen();
    CHECK.listener(listener, "subscribe.listener");
    CHECK.workerSubscription(options, "subscribe.options");
    return this.#events.subscribe(listener, options);
  }

  dispose(): Promise<void> {
    this.#disposal ??= this.#dispose();
    return this.#disposal;
  }

  [ASYNC_DISPOSE](): Promise<void> {
    return this.dispose();
  }

  async #dispose(): Promise<void> {
    const error = engineDisposed();
    this.#intake.queue.seal();
    // one that has failed has been given up with the others
    const drained = this.#shards.inOrder(() => this.#shards.flush()).catch(() => {});
    this.#shards.refuse(error);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, DRAIN_MS_MAX);
    });
    await Promise.race([drained, late]);
    clearTimeout(timer);
    this.#close(error);
  }

  /** Ends everything; what is under way rejects with `error`, as does what is asked later. */
  #close(error: PlimsollError): void {
    this.#intake.queue.end();
    this.#shards.end(error);
    this.#events.end(error instanceof DisposedError ? undefined : error);
  }

  /** A change of the market, which every shard makes; `note` takes the answer down, and makes the caller's of it. */
  #toAll<Answered, Given = unknown>(
    method: CallName,
    args: readonly unknown[],
    note: (answer: Answered, given: Given) => Answered = (answer) => answer,
  ): Promise<Answered> {
    return this.#inTurn(args, async (sent) =>
      note(await this.#shards.everyone<Answered>(method, sent), sent[0] as Given),
    );
  }

  /** A change of the market against which accounts may stand: where one shard refuses it, none makes it. */
  #toAllOrNone(method: VoteName, args: readonly unknown[]): Promise<void> {
    return this.#inTurn(args, (sent) => this.#shards.everyoneOrNone(method, sent));
  }

  /** A change of an account; `result` makes the caller's answer of that of the shard. */
  #toAccount<Answered, Result = Answered>(
    method: CallName,
    account: AccountHandle,
    args: readonly unknown[],
    result: (answer: Answered, shard: number) => Result = (answer) => answer as unknown as Result,
  ): Promise<Result> {
    return this.#inTurn(args, (sent) => {
      return this.#ofAccount(account, `${method}.account`, async ({ shard, local }) => {
        return result(await this.#shards.one<Answered>(shard, method, [local, ...sent]), shard);
      });
    });
  }

  #toOrder<Result>(method: CallName, order: OrderHandle, args: readonly unknown[]): Promise<Result> {
    const path = `${method}.order`;
    return this.#inTurn(args, async (sent) => {
      const { shard, local } = this.#orders.find(order, path);
      try {
        return await this.#shards.one<Result>(shard, method, [local, ...sent]);
      } catch (error) {
        if (!(error instanceof HandleError && error.path === path)) throw error;
        // it has been filled, or settled, which its worker alone knew
        this.#orders.remove(order);
        this.#orders.find(order, path);
        throw error;
      }
    });
  }

  /** Does something in its turn, with arguments as they are now. */
  async #inTurn<Result>(args: readonly unknown[], act: (sent: readonly unknown[]) => Promise<Result>): Promise<Result> {
    this.#shards.requireOpen();
    const sent = cloned(args);
    return this.#shards.inOrder(() => act(sent));
  }

  /** Asks for what is so in its turn. */
  #ask<Result>(
    name: string,
    args: readonly unknown[],
    options: CallOptions | undefined,
    ask: (sent: readonly unknown[]) => Promise<Result>,
  ): Promise<Result> {
    return this.#limited(name, options, () =>
      this.#inTurn(args, (sent) => {
        this.#intake.queue.seal();
        return ask(sent);
      }),
    );
  }

  /** Asks; the caller may stop waiting before there is an answer. */
  async #limited<Result>(name: string, options: CallOptions | undefined, ask: () => Promise<Result>): Promise<Result> {
    this.#shards.requireOpen();
    return limited(name, options, ask);
  }

  /** Both halves, or neither: where one shard refuses its half, the other's is given back. */
  async #transferAcross(source: Place, target: Place, given: readonly unknown[]): Promise<void> {
    const [sent, received] = [source, target].map(({ local }) => [local, ...given]);
    const [payer, payee] = [this.#shards.at(source.shard), this.#shards.at(target.shard)];
    const turn = this.#shards.nextTurn();
    const halves = [payer.change("debit", sent ?? [], turn, true), payee.change("deposit", received ?? [], turn, true)];
    const [paid, got] = await Promise.allSettled(halves.map(({ answer }) => answer));
    for (const half of halves) half.release();
    const refused = [paid, got].find((half) => half?.status === "rejected");
    if (refused === undefined) return;
    if (paid?.status === "fulfilled") await this.#shards.certain(payer, "deposit", sent ?? []);
    if (got?.status === "fulfilled") await this.#shards.certain(payee, "debit", received ?? []);
    throw withPath((refused as PromiseRejectedResult).reason, (path) =>
      path.replace(/^(debit|deposit)\./, "transfer."),
    );
  }

  /** What every shard knows, of the first. */
  #askFirst<Result>(method: CallName, args: readonly unknown[], options?: CallOptions): Promise<Result> {
    return this.#ask(method, args, options, (sent) => this.#shards.at(0).query<Result>(method, sent));
  }

  #askAccount<Result>(
    method: CallName,
    account: AccountHandle,
    args: readonly unknown[],
    options: CallOptions | undefined,
    path = `${method}.account`,
  ): Promise<Result> {
    return this.#ask(method, args, options, (sent) => {
      return this.#ofAccount(account, path, ({ shard, local }) => {
        return this.#shards.at(shard).query<Result>(method, [local, ...sent]);
      });
    });
  }

  /** What is done where an account is; a refusal of its handle there, as when it is going already, is one of the caller's. */
  async #ofAccount<Result>(
    account: AccountHandle,
    path: string,
    act: (place: Place) => Promise<Result>,
  ): Promise<Result> {
    const place = this.#accounts.places.find(account, path);
    try {
      return await act(place);
    } catch (error) {
      if (!(error instanceof HandleError && error.path === path)) throw error;
      throw new HandleError(error.code, { path, expected: error.expected, received: shown(account) });
    }
  }

  /** The handle of a new account, once its shard has taken it. */
  async #placed(
    handle: AccountHandle,
    shard: number,
    method: CallName,
    args: readonly unknown[],
  ): Promise<AccountHandle> {
    try {
      // before its first events are told
      await this.#shards.one<number>(shard, method, args, (local) => this.#accounts.begin(handle, shard, local));
      return handle;
    } catch (error) {
      this.#accounts.forget(handle);
      throw error;
    }
  }
}
