/** An engine over several workers: accounts are dealt by id, the market goes to all, answers are merged. */
import { requireArray, requireHandle, requireNumber, requireText } from "../checks.js";
import { ASYNC_DISPOSE } from "../disposal.js";
import { ConfigError, DisposedError, HandleError, type PlimsollError, shown, withPath } from "../errors.js";
import { EventStream, guarded } from "../event-stream.js";
import { NAMES, SLOT_MASK } from "../layout.js";
import { CHECK, checkPriceTick, checkTick, requireWorkers } from "../options.js";
import { childId, Registry } from "../registry.js";
import { mergedTop } from "../top.js";
import { type ExactTotals, mergedTotals } from "../totals.js";
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
  MarginModel,
  ModelHandle,
  Money,
  OrderHandle,
  PriceTick,
  RestingOrder,
  SurfaceInput,
  SurfaceVerdict,
  Tick,
  TopOptions,
  TopRow,
  Totals,
  Change as Trade,
  UnderlyingHandle,
} from "../types.js";
import { dealt, type Part } from "./account-columns.js";
import type { CallName, EngineState, VoteName } from "./calls.js";
import { cloned } from "./cloned.js";
import { Departures } from "./departures.js";
import { EventTeller } from "./event-teller.js";
import { HandleTable, type Place } from "./handle-table.js";
import type { JoinedHandles, PoolState } from "./join.js";
import { checkCallOptions, limited } from "./limits.js";
import { mergedColumns, mergedDigest, mergedStats, owned, type ShardColumns } from "./merge.js";
import { moves } from "./moves.js";
import { shardOf } from "./shard-of.js";
import { Shards } from "./shards.js";
import { type Batch, disposedDuringCall, type ShardListener, Supervisor, type WorkerSetup } from "./supervisor.js";
import { TICK_CAPACITY, tickColumns } from "./tick-columns.js";
import { TickQueue } from "./tick-queue.js";
import { REJECTION_WORDS, TARGET_NAMES } from "./tick-row.js";
import type {
  CallOptions,
  RejectedTick,
  TickQueueStats,
  TickSettings,
  WorkerAssessment,
  WorkerEngine,
  WorkerEngineStats,
  WorkerTickBuffer,
} from "./types.js";

const QUOTE = 0 as AssetHandle;
/** How long `dispose` waits for what is under way. */
const DRAIN_MS_MAX = 5_000;

type Position = Parameters<Engine["setPosition"]>[2];
type Order = Parameters<Engine["placeOrder"]>[2];
type OrderFill = NonNullable<Parameters<Engine["fillOrder"]>[1]>;
type Figures = Omit<WorkerAssessment, "liquidation">;

const REJECTIONS = NAMES.tickStatus.filter((status) => status !== "applied");

export class Pool implements WorkerEngine {
  quote: string;
  defaultModel = 0 as ModelHandle;
  readonly ticks: WorkerTickBuffer;
  readonly #setup: WorkerSetup;
  readonly #shards: Shards;
  readonly #queue: TickQueue;
  readonly #events = new EventStream();
  readonly #accounts = new HandleTable<AccountHandle>();
  readonly #accountNames = new Registry<AccountHandle>();
  /** Of isolated positions' accounts, which go where their parents go. */
  readonly #parents = new Map<AccountHandle, AccountHandle>();
  readonly #orders = new HandleTable<OrderHandle>();
  readonly #instruments = new Registry<InstrumentHandle>();
  readonly #removedInstruments = new Set<InstrumentHandle>();
  readonly #departures = new Departures();
  /** By instrument: the underlying whose price its index sets. */
  readonly #underlyingOf = new Map<number, UnderlyingHandle>();
  readonly #assets = new Registry<AssetHandle>();
  readonly #underlyings = new Registry<UnderlyingHandle>();
  readonly #teller = new EventTeller({
    accounts: this.#accounts,
    accountNames: this.#accountNames,
    instruments: this.#instruments,
    departures: this.#departures,
    oldestTurn: () => this.#shards.oldestTurn,
    tell: (events) => this.#events.push(events),
  });
  /** By status. */
  readonly #rejectedTicks = new Array<number>(NAMES.tickStatus.length).fill(0);
  readonly #onRejectedTick: ((tick: RejectedTick) => void) | undefined;
  #replacements = 0;
  /** What the statistics of workers count that is not theirs, or not any more. */
  readonly #uncounted = { assessments: 0, fullPasses: 0 };
  #disposal: Promise<void> | undefined;

  /** `snapshot`: what each worker starts from in the place of options. */
  constructor(
    quote: string,
    workers: number,
    setup: WorkerSetup,
    { tickQueue = {}, onRejectedTick }: TickSettings,
    snapshot?: Uint8Array,
  ) {
    this.quote = quote;
    this.ticks = tickColumns(setup.engine.tickCapacity);
    this.#onRejectedTick = onRejectedTick;
    const { capacity: passRowsMax } = this.ticks;
    const options = { capacity: TICK_CAPACITY, conflate: "latest", ...tickQueue, passRowsMax } as const;
    this.#queue = new TickQueue(
      {
        post: (words) => this.#shards.post(words),
        rejected: (target, handle, status, timeMs) => this.#rejected(target, handle, status, timeMs),
      },
      { ...options, underlyingOf: (instrument) => this.#underlyingOf.get(instrument) },
    );
    this.#setup = setup;
    const all = Array.from({ length: workers }, (_, shard) => this.#supervisor(shard, snapshot));
    this.#shards = new Shards(all, () => this.#queue.seal());
  }

  #supervisor(shard: number, snapshot?: Uint8Array): Supervisor {
    const listener: ShardListener = {
      onEvents: (records, turn) => this.#teller.hold(shard, records, turn),
      onProgress: () => this.#teller.tell(),
      onApplied: (batch, rejections, tookMs) => this.#applied(batch, shard, rejections, tookMs),
      onReleased: (batch) => this.#released(batch),
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
        this.#takeUp(await this.#shards.at(0).query<EngineState>("poolState", []));
        await this.resize(workers);
      }
    } catch (error) {
      this.#close(disposedDuringCall());
      throw withPath(error, (path) => path.replace(/^createEngine\b/, "createWorkerEngine"));
    }
  }

  /** Goes on from what the only worker has started from, whose handles are the pool's. */
  #takeUp({ state, handles }: EngineState): void {
    const { quote, defaultModel, accounts, instruments, assets, underlyings, terms, undrained } = state;
    this.quote = quote;
    this.defaultModel = defaultModel as ModelHandle;
    for (const [handle, id] of accounts) this.#accountNames.add(id, handle as AccountHandle);
    for (const [handle, id] of instruments) this.#instruments.add(id, handle as InstrumentHandle);
    for (const [handle, id] of assets) this.#assets.add(id, handle as AssetHandle);
    for (const [handle, id] of underlyings) this.#underlyings.add(id, handle as UnderlyingHandle);
    for (const [handle, { underlying }] of terms) this.#underlyingOf.set(handle, this.#underlying(underlying));
    this.#events.takeOver(undrained);
    this.#teller.sequence = handles[0] as number;
    const listed = new HandleTable<InstrumentHandle>();
    let at = listed.take(handles, this.#orders.take(handles, this.#accounts.take(handles, 1)));
    for (const handle of listed.stale()) this.#removedInstruments.add(handle);
    for (const { handle } of this.#accounts.placed()) {
      const parent = handles[at++] as AccountHandle;
      if (!Number.isNaN(parent)) this.#parents.set(handle, parent);
    }
  }

  get tickQueue(): TickQueueStats {
    return { ...this.#queue.stats, sharesMemory: this.#setup.sharesMemory };
  }

  get timeMs(): Promise<number> {
    return this.#askFirst("timeMs", []);
  }

  async addAsset(asset: AssetInput): Promise<AssetHandle> {
    return this.#toAll("addAsset", [asset], (handle: AssetHandle, { id, underlying }: AssetInput) => {
      if (underlying !== undefined) this.#underlying(underlying);
      return this.#assets.add(id, handle);
    });
  }

  async addUnderlying(underlying: { readonly id: string }): Promise<UnderlyingHandle> {
    return this.#toAll("addUnderlying", [underlying], (handle: UnderlyingHandle, { id }: { readonly id: string }) => {
      return this.#underlyings.add(id, handle);
    });
  }

  async addInstrument(instrument: InstrumentInput): Promise<InstrumentHandle> {
    return this.#toAll(
      "addInstrument",
      [instrument],
      (handle: InstrumentHandle, { id, underlying }: InstrumentInput) => {
        this.#underlyingOf.set(handle, this.#underlying(underlying));
        return this.#instruments.add(id, handle);
      },
    );
  }

  /** The underlying of that name, which has been registered with what is on it where the name is new: they are numbered as they come. */
  #underlying(id: string): UnderlyingHandle {
    return this.#underlyings.handle(id) ?? this.#underlyings.add(id, this.#underlyings.size as UnderlyingHandle);
  }

  addModel(model: MarginModel): Promise<ModelHandle> {
    return this.#toAll("addModel", [model]);
  }

  replaceModel(model: ModelHandle, replacement: MarginModel): Promise<void> {
    return this.#toAllOrNone("replaceModel", [model, replacement]);
  }

  async removeInstrument(instrument: InstrumentHandle): Promise<void> {
    await this.#toAllOrNone("removeInstrument", [instrument]);
    this.#departures.ofInstrument(instrument, this.#shards.turn);
    this.#instruments.remove(instrument);
    this.#underlyingOf.delete(instrument);
    this.#removedInstruments.add(instrument);
  }

  fund(instrument: InstrumentHandle, funding: { readonly rate: number }): Promise<void> {
    return this.#toAllOrNone("fund", [instrument, funding]);
  }

  settle(instrument: InstrumentHandle, settlement: Parameters<Engine["settle"]>[1]): Promise<void> {
    return this.#toAllOrNone("settle", [instrument, settlement]);
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
    const sent = cloned([account]);
    const { id } = account;
    return this.#shards.inOrder(() => {
      const shard = shardOf(this.#accountNames.check(id, `${path}.id`), this.#shards.count);
      return this.#placed(this.#accountNames.add(id, this.#accounts.reserve()), shard, path, sent);
    });
  }

  async addAccounts(columns: AccountColumnsInput): Promise<AccountHandle[]> {
    const path = "addAccounts";
    this.#shards.requireOpen();
    CHECK.accounts(columns, path);
    // in its turn it copies what it sends
    const given = this.#shards.isGated ? (cloned([columns])[0] as AccountColumnsInput) : columns;
    return this.#shards.inOrder(() => this.#addAll(given, path));
  }

  /** Registers columns, each row in its shard, or none of them. */
  async #addAll(columns: AccountColumnsInput, path: "addAccounts"): Promise<AccountHandle[]> {
    const { ids } = columns;
    this.#accountNames.checkAll(ids, `${path}.ids`);
    const shards = ids.map((id) => shardOf(id, this.#shards.count));
    const parts = dealt(columns, shards, this.#shards.count, path);
    const args = parts.map(({ accounts }) => cloned([accounts]));
    const handles = ids.map((id) => this.#accountNames.add(id, this.#accounts.reserve()));
    const turn = this.#shards.nextTurn();
    const changes = args.map((args, shard) => this.#shards.at(shard).change<AccountHandle[]>(path, args, turn));
    const answers = await Promise.allSettled(changes.map(({ answer }) => answer));
    const refused = answers.findIndex(({ status }) => status === "rejected");
    if (refused < 0) {
      for (const [shard, answer] of answers.entries()) {
        const locals = (answer as PromiseFulfilledResult<AccountHandle[]>).value;
        const { rows } = parts[shard] as Part;
        for (const [k, row] of rows.entries()) {
          this.#place(handles[row] as AccountHandle, shard, locals[k] as number);
        }
        changes[shard]?.release();
      }
      return handles;
    }
    // all or none: what other shards have taken is taken back, and nothing of it is told
    for (const [shard, answer] of answers.entries()) {
      if (answer.status === "fulfilled" && answer.value.length > 0) {
        this.#shards.certain(this.#shards.at(shard), "removeAccounts", [answer.value]).catch(() => {});
      }
      changes[shard]?.discard();
    }
    // the last first, so that their slots are given out in the same order the next time
    for (const handle of handles.reverse()) this.#forget(handle);
    throw (parts[refused] as Part).original((answers[refused] as PromiseRejectedResult).reason);
  }

  async removeAccount(account: AccountHandle): Promise<void> {
    return this.#shards.inOrder(async () => {
      const place = this.#accounts.find(account, "removeAccount.account");
      // one that is going already is the worker's to refuse
      const stay = this.#departures.from(place) === undefined ? this.#leave(account, place) : () => {};
      try {
        await this.#shards.one(place.shard, "removeAccount", [place.local]);
      } catch (error) {
        stay();
        throw refusalOf(account, "removeAccount.account", error);
      }
      this.#departures.end(place, this.#shards.turn);
      this.#forget(account);
    });
  }

  /** Gives an account's name free for what comes after its removal, which is under way; returns what takes that back. */
  #leave(account: AccountHandle, place: Place): () => void {
    const id = this.#accountNames.id(account);
    this.#departures.begin(place, account, id);
    // that of an isolated position can be another worker's next, which would not know whether this one has let it go
    const isFree = shardOf(id, this.#shards.count) === place.shard;
    if (isFree) this.#accountNames.remove(account);
    return () => {
      this.#departures.cancel(place);
      if (!isFree) return;
      // whoever has asked for it since is refused by the same worker
      const next = this.#accountNames.handle(id);
      if (next !== undefined) this.#accountNames.remove(next);
      this.#accountNames.add(id, account);
    };
  }

  async account(id: string, options?: CallOptions): Promise<AccountHandle | undefined> {
    this.#shards.requireOpen();
    requireText(id, "account.id");
    return this.#ask("account", [id], options, async (sent) => {
      const owners = await this.#shards.ask("account", sent, (local: AccountHandle | undefined, shard) => {
        if (local === undefined) return undefined;
        const owner = this.#accounts.owner(shard, local);
        return () => owner ?? this.#accounts.owner(shard, local);
      });
      return owners.find((owner) => owner !== undefined)?.();
    });
  }

  async instrument(id: string, options?: CallOptions): Promise<InstrumentHandle | undefined> {
    return this.#askFirst("instrument", [id], options);
  }

  async asset(id: string, options?: CallOptions): Promise<AssetHandle | undefined> {
    return this.#askFirst("asset", [id], options);
  }

  async underlying(id: string, options?: CallOptions): Promise<UnderlyingHandle | undefined> {
    return this.#askFirst("underlying", [id], options);
  }

  async setPosition(account: AccountHandle, instrument: InstrumentHandle, position: Position): Promise<void> {
    return this.#toAccount("setPosition", account, [instrument, position]);
  }

  async fill(account: AccountHandle, instrument: InstrumentHandle, fill: Fill): Promise<FillResult> {
    return this.#toAccount("fill", account, [instrument, fill]);
  }

  async deposit(account: AccountHandle, asset: string | AssetHandle, amount: Money): Promise<void> {
    return this.#toAccount("deposit", account, [asset, amount]);
  }

  async withdraw(account: AccountHandle, asset: string | AssetHandle, amount: Money): Promise<void> {
    return this.#toAccount("withdraw", account, [asset, amount]);
  }

  async fundAccount(
    account: AccountHandle,
    instrument: InstrumentHandle,
    funding: { readonly amount: Money },
  ): Promise<void> {
    return this.#toAccount("fundAccount", account, [instrument, funding]);
  }

  async setLeverage(account: AccountHandle, instrument: InstrumentHandle, leverage: number): Promise<void> {
    return this.#toAccount("setLeverage", account, [instrument, leverage]);
  }

  async placeOrder(account: AccountHandle, instrument: InstrumentHandle, order: Order): Promise<OrderHandle> {
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
    return this.#ask("orders", [], options, async () => {
      const { shard, local } = this.#accounts.find(account, "orders.account");
      try {
        const orders = await this.#shards.at(shard).query<RestingOrder[]>("orders", [local]);
        const ofPool = (local: OrderHandle) => this.#orders.owner(shard, local) as OrderHandle;
        return orders.map((open) => ({ ...open, order: ofPool(open.order) })).sort((a, b) => a.order - b.order);
      } catch (error) {
        throw refusalOf(account, "orders.account", error);
      }
    });
  }

  async fillOrder(order: OrderHandle, fill: OrderFill = {}): Promise<FillResult> {
    return this.#toOrder("fillOrder", order, [fill]);
  }

  async isolate(
    account: AccountHandle,
    instrument: InstrumentHandle,
    position: Parameters<Engine["isolate"]>[2],
  ): Promise<AccountHandle> {
    this.#shards.requireOpen();
    CHECK.isolated(position, "isolate");
    const [sent, given] = cloned([instrument, position]) as [InstrumentHandle, typeof position];
    return this.#shards.inOrder(() => {
      const { shard, local } = this.#accounts.find(account, "isolate.account");
      const id =
        given.id === undefined
          ? childId(this.#accountNames, account, this.#instruments.id(requireHandle(sent, "isolate.instrument")))
          : this.#accountNames.check(given.id, "isolate.id");
      const handle = this.#accountNames.add(id, this.#accounts.reserve());
      this.#parents.set(handle, account);
      return this.#placed(handle, shard, "isolate", [local, sent, { ...given, id }]);
    });
  }

  async transfer(from: AccountHandle, to: AccountHandle, asset: string | AssetHandle, amount: Money): Promise<void> {
    this.#shards.requireOpen();
    const sent = cloned([asset, amount]);
    return this.#shards.inOrder(() => {
      const [source, target] = [this.#accounts.find(from, "transfer.from"), this.#accounts.find(to, "transfer.to")];
      if (source.shard !== target.shard) return this.#transferAcross(source, target, sent);
      return this.#shards.one(source.shard, "transfer", [source.local, target.local, ...sent]);
    });
  }

  async position(
    account: AccountHandle,
    instrument: InstrumentHandle,
    options?: CallOptions,
  ): Promise<ReturnType<Engine["position"]>> {
    return this.#askAccount("position", account, [instrument], options);
  }

  async balance(account: AccountHandle, asset: string | AssetHandle, options?: CallOptions): Promise<number> {
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

  async liquidationPrices(
    account: AccountHandle,
    underlying: string | UnderlyingHandle,
    options?: CallOptions,
  ): Promise<LiquidationPrices> {
    return this.#askAccount("liquidationPrices", account, [underlying], options);
  }

  async displayedLiquidationPrice(
    account: AccountHandle,
    instrument: InstrumentHandle,
    rule: DisplayedRule,
    options?: CallOptions,
  ): Promise<number | null> {
    return this.#askAccount("displayedLiquidationPrice", account, [instrument, rule], options);
  }

  async columns(options?: CallOptions): Promise<AccountColumns> {
    return this.#ask("columns", [], options, async () => {
      const length = this.#accounts.extent;
      const shards = await this.#shards.ask("columns", [], (columns: ShardColumns, shard) => {
        return owned(columns, shard, this.#accounts);
      });
      return mergedColumns(shards, this.#accounts, length);
    });
  }

  async top(count: number, top: TopOptions, options?: CallOptions): Promise<TopRow[]> {
    return this.#ask("top", [count, top], options, async (sent) => {
      const lists = await this.#shards.ask("top", sent, (rows: TopRow[], shard) => {
        return rows.map(({ account: local, id, value }) => {
          return { shard, local, id, value, owner: this.#accounts.owner(shard, local) };
        });
      });
      const placed = lists.map((rows) =>
        rows.flatMap(({ shard, local, id, value, owner }) => {
          const account = owner ?? this.#accounts.owner(shard, local);
          return account === undefined ? [] : [{ account, id, row: account & SLOT_MASK, value }];
        }),
      );
      return mergedTop(placed, sent[0] as number, sent[1] as TopOptions);
    });
  }

  async totals(options?: CallOptions): Promise<Totals> {
    return this.#ask("totals", [], options, async () =>
      mergedTotals(await this.#shards.ask<ExactTotals>("exactTotals", [])),
    );
  }

  async digest(options?: CallOptions): Promise<string> {
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
      assessments: stats.assessments + this.#uncounted.assessments,
      fullPasses: stats.fullPasses + this.#uncounted.fullPasses,
      workers: this.#shards.count,
      tickQueue,
      rejectedTicks: this.#rejectedTicks.reduce((total, count) => total + count),
      rejectedTicksByStatus: Object.fromEntries(
        REJECTIONS.map((status) => [status, this.#rejectedTicks[NAMES.tickStatus.indexOf(status)]]),
      ) as WorkerEngineStats["rejectedTicksByStatus"],
      replacements: this.#replacements,
    };
  }

  tick(instrument: InstrumentHandle, tick: Tick): void {
    this.#shards.requireOpen();
    this.#requireInstrument(instrument, "tick.instrument");
    checkTick(tick, "tick");
    requireNumbers(tick, "tick");
    this.#queue.instrument(instrument, tick);
  }

  tickAsset(asset: AssetHandle, tick: PriceTick): void {
    this.#shards.requireOpen();
    if (asset === QUOTE) {
      const expected = "an asset other than the quote asset, whose price is 1";
      throw new ConfigError("NOT_APPLICABLE", { path: "tickAsset.asset", expected, received: "the quote asset" });
    }
    this.#tickPrice("tickAsset", "asset", asset, this.#assets, tick);
  }

  tickUnderlying(underlying: UnderlyingHandle, tick: PriceTick): void {
    this.#tickPrice("tickUnderlying", "underlying", underlying, this.#underlyings, tick);
  }

  applyTicks(count: number): void {
    this.#shards.requireOpen();
    const { capacity } = this.ticks;
    if (!(Number.isInteger(count) && count >= 0 && count <= capacity)) {
      const expected = `a whole number from 0 to ${capacity}`;
      throw new ConfigError("INVALID_VALUE", { path: "applyTicks.count", expected, received: shown(count) });
    }
    if (count > 0) this.#queue.columns(this.ticks, count);
  }

  async flush(options?: CallOptions): Promise<void> {
    await this.#ask("flush", [], options, () => this.#shards.flush());
  }

  async resize(workers: number): Promise<void> {
    this.#shards.requireOpen();
    requireWorkers(workers, "resize.workers");
    return this.#alone(() => this.#redeal(workers, this.#accounts.placed()));
  }

  async snapshot(options?: CallOptions): Promise<Uint8Array> {
    this.#shards.requireOpen();
    checkCallOptions(options, "snapshot");
    const snapshot = this.#alone(async () => {
      const state: PoolState = {
        ...this.#handleWords(),
        named: Uint32Array.from(this.#accounts.placed(), ({ handle }) => handle),
        ids: Array.from(this.#accounts.placed(), ({ handle }) => this.#accountNames.id(handle)),
        undrained: this.#events.peek(),
        sequence: this.#teller.sequence,
      };
      const parts = await this.#shards.ask<Uint8Array>("snapshot", []);
      return this.#shards.at(0).query<Uint8Array>("joinSnapshots", [parts, state]);
    });
    return limited(snapshot, options, "snapshot");
  }

  async exportAccounts(accounts: readonly AccountHandle[], options?: CallOptions): Promise<Uint8Array> {
    const path = "exportAccounts";
    this.#shards.requireOpen();
    checkCallOptions(options, path);
    const asked = [...requireArray<AccountHandle>(accounts, `${path}.accounts`)];
    const file = this.#alone(async () => {
      const places = asked.map((account, i) => this.#accounts.find(account, `${path}.accounts[${i}]`));
      const parts = await Promise.all(
        this.#shards.all.map((shard, i) => {
          const locals = places.filter((place) => place.shard === i).map(({ local }) => local);
          return shard.query<Uint8Array>(path, [locals]);
        }),
      );
      const parents = new Set(asked.filter((account) => !this.#parents.has(account)));
      const isChild = (account: AccountHandle) => parents.has(this.#parents.get(account) as AccountHandle);
      const children = Array.from(this.#accounts.placed(), ({ handle }) => handle).filter(isChild);
      const family = [...parents, ...children];
      const ids = family.map((account) => this.#accountNames.id(account));
      return this.#shards.at(0).query<Uint8Array>("joinExports", [parts, this.#handleWords(), family, ids]);
    });
    return limited(file, options, path);
  }

  async importAccounts(bytes: Uint8Array): Promise<ImportedAccounts> {
    this.#shards.requireOpen();
    CHECK.bytes(bytes, "importAccounts.bytes");
    // `slice` of a Buffer copies nothing
    const sent = new Uint8Array(bytes);
    return this.#alone(() => this.#import(sent));
  }

  /** Takes accounts up in the first worker, and from there to where they belong; nothing else is under way meanwhile. */
  async #import(bytes: Uint8Array): Promise<ImportedAccounts> {
    const shard = this.#shards.at(0);
    const { answer, release, discard } = shard.change<ImportedAccounts>(
      "importAccounts",
      [bytes],
      this.#shards.nextTurn(),
    );
    let taken: ImportedAccounts | undefined;
    try {
      taken = await answer;
      for (const { id } of taken.accounts) this.#accountNames.check(id, "importAccounts.bytes");
    } catch (error) {
      // a name can be another worker's
      if (taken !== undefined) await this.#removeMoved(shard, taken, "account");
      discard();
      throw error;
    }
    const accounts = taken.accounts.map(({ id, account: local, previous, parent: localParent }) => {
      const account = this.#accountNames.add(id, this.#accounts.reserve());
      this.#accounts.place(account, 0, local);
      const parent = localParent === null ? null : (this.#accounts.owner(0, localParent) as AccountHandle);
      if (parent !== null) this.#parents.set(account, parent);
      return { id, account, previous, parent };
    });
    const orders = taken.orders.map(({ order: local, previous }) => {
      const order = this.#orders.reserve();
      this.#orders.place(order, 0, local);
      return { order, previous };
    });
    release();
    const placed = accounts.map(({ account }) => ({ handle: account, ...this.#accounts.find(account, "") }));
    // where another worker has no room for its part, that stays where it is
    await this.#redeal(this.#shards.count, placed).catch(() => {});
    return { accounts, orders };
  }

  #handleWords(): JoinedHandles {
    return { accounts: this.#accounts.words, orders: this.#orders.words };
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
    const error = disposedDuringCall();
    if (this.#shards.isOpen) {
      this.#queue.seal();
      this.#shards.refuse(error);
      let timer: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, DRAIN_MS_MAX);
      });
      await Promise.race([Promise.allSettled(this.#shards.all.map((shard) => shard.flush())), late]);
      clearTimeout(timer);
    }
    this.#close(error);
  }

  /** Ends everything; what is under way rejects with `error`, as does what is asked later. */
  #close(error: PlimsollError): void {
    this.#queue.end();
    this.#shards.end(error);
    this.#events.end(error instanceof DisposedError ? undefined : error);
  }

  /** A change of the market, which every shard makes; `note` takes the answer down, and makes the caller's of it. */
  async #toAll<Answered, Given = unknown>(
    method: CallName,
    args: readonly unknown[],
    note: (answer: Answered, given: Given) => Answered = (answer) => answer,
  ): Promise<Answered> {
    this.#shards.requireOpen();
    const sent = cloned(args);
    return this.#shards.inOrder(async () =>
      note(await this.#shards.everyone<Answered>(method, sent), sent[0] as Given),
    );
  }

  /** A change of the market against which accounts may stand: where one shard refuses it, none makes it. */
  async #toAllOrNone(method: VoteName, args: readonly unknown[]): Promise<void> {
    this.#shards.requireOpen();
    const sent = cloned(args);
    return this.#shards.inOrder(() => this.#shards.everyoneOrNone(method, sent));
  }

  /** A change of an account; `result` makes the caller's answer of that of the shard. */
  async #toAccount<Answered, Result = Answered>(
    method: CallName,
    account: AccountHandle,
    args: readonly unknown[],
    result: (answer: Answered, shard: number) => Result = (answer) => answer as unknown as Result,
  ): Promise<Result> {
    this.#shards.requireOpen();
    const sent = cloned(args);
    return this.#shards.inOrder(async () => {
      const path = `${method}.account`;
      const { shard, local } = this.#accounts.find(account, path);
      try {
        return result(await this.#shards.one<Answered>(shard, method, [local, ...sent]), shard);
      } catch (error) {
        throw refusalOf(account, path, error);
      }
    });
  }

  async #toOrder<Result>(method: CallName, order: OrderHandle, args: readonly unknown[]): Promise<Result> {
    this.#shards.requireOpen();
    const sent = cloned(args);
    const path = `${method}.order`;
    return this.#shards.inOrder(async () => {
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

  /** Asks for what is so in its turn; the caller may stop waiting before. */
  async #ask<Result>(
    name: string,
    args: readonly unknown[],
    options: CallOptions | undefined,
    ask: (sent: readonly unknown[]) => Promise<Result>,
  ): Promise<Result> {
    this.#shards.requireOpen();
    checkCallOptions(options, name);
    const sent = cloned(args);
    const answer = this.#shards.inOrder(() => {
      this.#queue.seal();
      return ask(sent);
    });
    return limited(answer, options, name);
  }

  /** Moves accounts to where another number of shards puts them; nothing else is under way meanwhile. */
  async #redeal(workers: number, accounts: Iterable<Place & { readonly handle: AccountHandle }>): Promise<void> {
    const before = this.#shards.all;
    const [given, taken] = await Promise.all(
      [before.slice(0, 1), before.slice(workers)].map((shards) => {
        return Promise.all(shards.map((shard) => shard.query<EngineStats>("stats", [])));
      }),
    );
    const fresh = await this.#freshShards(workers);
    const shards = [...before.slice(0, workers), ...fresh];
    const imported: { from: number; to: number; moved: ImportedAccounts }[] = [];
    try {
      for (const { from, to, accounts: locals } of moves(accounts, this.#parents, this.#accountNames, workers)) {
        const bytes = await (before[from] as Supervisor).query<Uint8Array>("exportAccounts", [locals]);
        const moved = await this.#shards.certain<ImportedAccounts>(shards[to] as Supervisor, "importAccounts", [bytes]);
        imported.push({ from, to, moved });
      }
      this.#shards.requireOpen();
    } catch (error) {
      this.#shards.drop();
      const kept = imported.filter(({ to }) => to < before.length);
      await Promise.allSettled(
        kept.map(({ to, moved }) => this.#removeMoved(shards[to] as Supervisor, moved, "account")),
      );
      throw error;
    }
    const others = this.#shards.keep(workers);
    // fresh ones began with the counts of the first
    for (const stats of given ?? []) this.#count(stats, -fresh.length);
    for (const stats of taken ?? []) this.#count(stats, 1);
    for (const { from, to, moved } of imported) {
      for (const { account, previous } of moved.accounts) {
        this.#accounts.place(this.#accounts.owner(from, previous) as AccountHandle, to, account);
      }
      for (const { order, previous } of moved.orders) {
        this.#orders.place(this.#orders.owner(from, previous) as OrderHandle, to, order);
      }
      if (from < workers) await this.#removeMoved(before[from] as Supervisor, moved, "previous");
    }
    for (const shard of others) shard.end(disposedDuringCall());
  }

  /** Workers with the market of the others and no accounts. */
  async #freshShards(workers: number): Promise<Supervisor[]> {
    const count = Math.max(workers - this.#shards.count, 0);
    if (count === 0) return [];
    const snapshot = await this.#shards.at(0).query<Uint8Array>("snapshot", []);
    const none = new HandleTable().words;
    const nobody: PoolState = {
      accounts: none,
      orders: none,
      named: new Uint32Array(),
      ids: [],
      undrained: [],
      sequence: 0,
    };
    const market = await this.#shards.at(0).query<Uint8Array>("joinSnapshots", [[snapshot], nobody]);
    const fresh = Array.from({ length: count }, (_, i) => this.#supervisor(this.#shards.count + i, market));
    await this.#shards.start(fresh);
    return fresh;
  }

  /** Takes accounts out of a shard that they have been moved out of, or were to be moved to; children come after their parents. */
  #removeMoved(shard: Supervisor, { accounts }: ImportedAccounts, which: "account" | "previous"): Promise<void> {
    return this.#shards.certain(shard, "removeAccounts", [accounts.map((moved) => moved[which]).reverse()]);
  }

  #count({ assessments, fullPasses }: EngineStats, times: number): void {
    this.#uncounted.assessments += times * assessments;
    this.#uncounted.fullPasses += times * fullPasses;
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
    return this.#ask(method, args, options, async (sent) => {
      const { shard, local } = this.#accounts.find(account, path);
      try {
        return await this.#shards.at(shard).query<Result>(method, [local, ...sent]);
      } catch (error) {
        throw refusalOf(account, path, error);
      }
    });
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
      await this.#shards.one<number>(shard, method, args, (local) => this.#place(handle, shard, local));
      return handle;
    } catch (error) {
      this.#forget(handle);
      throw error;
    }
  }

  #place(account: AccountHandle, shard: number, local: number): void {
    this.#accounts.place(account, shard, local);
    this.#teller.begin(account);
  }

  #forget(account: AccountHandle): void {
    this.#teller.forget(account);
    if (this.#accountNames.inSlot(account & SLOT_MASK) === account) this.#accountNames.remove(account);
    this.#accounts.remove(account);
    this.#parents.delete(account);
  }

  #requireInstrument(instrument: InstrumentHandle, path: string): void {
    if (this.#instruments.inSlot(requireHandle(instrument, path) & SLOT_MASK) === instrument) return;
    throw unknown(instrument, path, this.#removedInstruments.has(instrument));
  }

  #tickPrice(
    method: "tickAsset" | "tickUnderlying",
    target: "asset" | "underlying",
    handle: AssetHandle | UnderlyingHandle,
    known: Registry<AssetHandle> | Registry<UnderlyingHandle>,
    tick: PriceTick,
  ): void {
    this.#shards.requireOpen();
    const path = `${method}.${target}`;
    requireHandle(handle, path);
    checkPriceTick(tick, method);
    requireNumbers(tick, method);
    if (known.inSlot(handle) === undefined) throw unknown(handle, path);
    this.#queue[target](handle, tick);
  }

  #applied(batch: Batch, shard: number, rejections: Float64Array, tookMs: number): void {
    // the market is the same in all shards, and so is what they refuse
    for (let at = 0; shard === 0 && at < rejections.length; at += REJECTION_WORDS) {
      const [target, handle, status, timeMs] = rejections.subarray(at, at + REJECTION_WORDS);
      this.#rejected(target as number, handle as number, status as number, timeMs as number);
    }
    batch.tookMs = Math.max(batch.tookMs, tookMs);
    if (--batch.left === 0) this.#queue.acknowledge(batch.tookMs);
  }

  #released(batch: Batch): void {
    if (--batch.journals === 0) this.#queue.recycle(batch.words);
  }

  #rejected(target: number, handle: number, status: number, timeMs: number): void {
    this.#rejectedTicks[status] = (this.#rejectedTicks[status] as number) + 1;
    const tick = { target: TARGET_NAMES[target], handle, status: NAMES.tickStatus[status], timeMs } as RejectedTick;
    guarded(() => this.#onRejectedTick?.(tick));
  }
}

function unknown(handle: number, path: string, isStale = false): HandleError {
  return new HandleError(isStale ? "STALE_HANDLE" : "UNKNOWN_HANDLE", {
    path,
    expected: isStale ? "a handle that is still registered" : "a handle that was given out",
    received: shown(handle),
  });
}

/** A shard's refusal of its own handle, as when the account is going already, told as one of the caller's. */
function refusalOf(account: AccountHandle, path: string, error: unknown): unknown {
  if (!(error instanceof HandleError && error.path === path)) return error;
  return new HandleError(error.code, { path, expected: error.expected, received: shown(account) });
}

/** What a tick may have, of whichever kind it is. */
const TICK_FIELDS = ["mark", "index", "underlyingPrice", "vol", "rate", "price", "timeMs", "source"] as const;

/** What is no number, nor missing, would be taken for a fault of the engine. */
function requireNumbers(tick: Tick | PriceTick, path: string): void {
  const fields: Partial<Record<(typeof TICK_FIELDS)[number], unknown>> = tick;
  for (const field of TICK_FIELDS) {
    if (fields[field] !== undefined) requireNumber(fields[field], `${path}.${field}`);
  }
}
