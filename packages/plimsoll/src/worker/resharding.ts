/** Moves accounts to where their shard is now: among another number of workers, or as they come from another engine. */
import { type ImportedColumns, importedAccountsOf } from "../engine/answers.js";
import { engineDisposed } from "../errors.js";
import type { AccountHandle, EngineStats, ImportedAccounts, OrderHandle } from "../types.js";
import type { AccountDirectory } from "./account-directory.js";
import { moving } from "./control.js";
import { HandleTable, wordOf } from "./handle-table.js";
import type { PoolState } from "./join.js";
import type { Shards } from "./shards.js";
import type { Supervisor } from "./supervisor.js";

/** Accounts of one shard that go to another: their handles in the first. Isolated positions go with them, and are not named. */
interface Move {
  readonly from: number;
  readonly to: number;
  readonly locals: number[];
}

/** How many accounts move at once: their bytes, and what is said of them, hold the calling thread up for some milliseconds. */
const MOVED_MAX = 5_000;

/** Nothing else may be under way while it moves anything. */
export class Resharding {
  /** What the statistics of workers count that is not theirs, or not any more. */
  readonly uncounted = { assessments: 0, fullPasses: 0 };
  readonly #shards: Shards;
  readonly #accounts: AccountDirectory;
  readonly #orders: HandleTable<OrderHandle>;
  readonly #supervisor: (shard: number, snapshot: Uint8Array<ArrayBuffer>) => Supervisor;

  /** `supervisor` makes one of a worker that starts from a snapshot. */
  constructor(
    shards: Shards,
    accounts: AccountDirectory,
    orders: HandleTable<OrderHandle>,
    supervisor: (shard: number, snapshot: Uint8Array<ArrayBuffer>) => Supervisor,
  ) {
    this.#shards = shards;
    this.#accounts = accounts;
    this.#orders = orders;
    this.#supervisor = supervisor;
  }

  /** Puts accounts where that number of workers has them; where it rejects, all is as it was. */
  async redeal(workers: number, accounts: readonly AccountHandle[] = this.#accounts.places.placed): Promise<void> {
    const before = this.#shards.all;
    const [given, taken] = await Promise.all([statsOf(before.slice(0, 1)), statsOf(before.slice(workers))]);
    const fresh = await this.#startFresh(workers);
    const shards = [...before.slice(0, workers), ...fresh];
    const imported: { from: number; to: number; moved: ImportedAccounts }[] = [];
    try {
      for (const { from, to, locals } of this.#moves(accounts, workers)) {
        const bytes = await (before[from] as Supervisor).query<Uint8Array>("exportAccounts", [locals]);
        const moved = await this.#shards.certain<ImportedColumns>(shards[to] as Supervisor, "importAccounts", [bytes]);
        imported.push({ from, to, moved: importedAccountsOf(moved) });
      }
    } catch (error) {
      this.#shards.drop();
      const kept = imported.filter(({ to }) => to < before.length);
      await Promise.allSettled(kept.map(({ to, moved }) => this.#remove(shards[to] as Supervisor, moved, "account")));
      throw error;
    }
    const others = this.#shards.keep(workers);
    // fresh ones began with the counts of the first
    for (const stats of given) this.#count(stats, -fresh.length);
    for (const stats of taken) this.#count(stats, 1);
    for (const { from, to, moved } of imported) {
      for (const { account, previous } of moved.accounts) {
        this.#accounts.places.place(this.#accounts.places.owner(from, previous) as AccountHandle, to, account);
      }
      for (const { order, previous } of moved.orders) {
        this.#orders.place(this.#orders.owner(from, previous) as OrderHandle, to, order);
      }
      if (from < workers) await this.#remove(before[from] as Supervisor, moved, "previous");
    }
    for (const shard of others) shard.end(engineDisposed());
  }

  /** Takes accounts up in the first worker, and from there to where they belong. */
  async import(bytes: Uint8Array): Promise<ImportedAccounts> {
    const shard = this.#shards.at(0);
    const turn = this.#shards.nextTurn();
    const { answer, release, discard } = shard.change<ImportedColumns>("importAccounts", [bytes], turn);
    let taken: ImportedAccounts | undefined;
    try {
      taken = importedAccountsOf(await answer);
      for (const { id } of taken.accounts) this.#accounts.names.check(id, "importAccounts.bytes");
    } catch (error) {
      // a name can be another worker's
      if (taken !== undefined) await this.#remove(shard, taken, "account");
      discard();
      throw error;
    }
    const accounts = taken.accounts.map(({ id, account: local, previous, parent: localParent }) => {
      const account = this.#accounts.reserve(id);
      this.#accounts.places.place(account, 0, local);
      const parent = localParent === null ? null : (this.#accounts.places.owner(0, localParent) as AccountHandle);
      if (parent !== null) this.#accounts.parents.set(account, parent);
      return { id, account, previous, parent };
    });
    const orders = taken.orders.map(({ order: local, previous }) => {
      const order = this.#orders.reserve();
      this.#orders.place(order, 0, local);
      return { order, previous };
    });
    release();
    const handles = accounts.map(({ account }) => account);
    // where another worker has no room for its part, that stays where it is
    await this.redeal(this.#shards.count, handles).catch(() => {});
    return { accounts, orders };
  }

  /** Which accounts that number of workers has elsewhere. */
  #moves(accounts: readonly AccountHandle[], workers: number): Move[] {
    const moves: Move[] = [];
    const last = new Map<number, Move>();
    for (const handle of accounts) {
      const { shard: from, local } = this.#accounts.places.find(handle, "");
      const to = this.#accounts.shardOf(this.#accounts.names.id(handle), workers);
      if (to === from || this.#accounts.parents.has(handle)) continue;
      const key = wordOf({ shard: from, local: to });
      let move = last.get(key);
      if (move === undefined || move.locals.length === MOVED_MAX) {
        move = { from, to, locals: [] };
        moves.push(move);
        last.set(key, move);
      }
      move.locals.push(local);
    }
    return moves;
  }

  /** Starts workers with the market of the others and no accounts. */
  async #startFresh(workers: number): Promise<Supervisor[]> {
    const count = Math.max(workers - this.#shards.count, 0);
    if (count === 0) return [];
    const first = this.#shards.at(0);
    const snapshot = await first.query<Uint8Array>("snapshot", []);
    const none = new HandleTable().words;
    const nobody: PoolState = {
      accounts: none,
      orders: none,
      named: new Uint32Array(),
      ids: [],
      undrained: { words: new Float64Array(), ids: [] },
      sequence: 0,
    };
    const market = await first.query<Uint8Array>("joinSnapshots", moving([[snapshot], nobody]));
    const fresh = Array.from({ length: count }, (_, i) => {
      return this.#supervisor(this.#shards.count + i, new Uint8Array(market));
    });
    await this.#shards.start(fresh);
    return fresh;
  }

  /** Takes accounts out of a shard that they have been moved out of, or were to be moved to; children come after their parents. */
  #remove(shard: Supervisor, { accounts }: ImportedAccounts, which: "account" | "previous"): Promise<void> {
    return this.#shards.certain(shard, "removeAccounts", [accounts.map((moved) => moved[which]).reverse()]);
  }

  #count({ assessments, fullPasses }: EngineStats, times: number): void {
    this.uncounted.assessments += times * assessments;
    this.uncounted.fullPasses += times * fullPasses;
  }
}

function statsOf(shards: readonly Supervisor[]): Promise<EngineStats[]> {
  return Promise.all(shards.map((shard) => shard.query<EngineStats>("stats", [])));
}
