/** The accounts of a pool: their names, where they are, whose isolated positions they are, and which band was told of them. */
import { NAMES, SLOT_MASK } from "../core/layout.js";
import { Registry } from "../engine/registry.js";
import type { AccountHandle } from "../types.js";
import type { Departures } from "./departures.js";
import { HandleTable, type Place } from "./handle-table.js";
import { shardOf } from "./shard-of.js";

const HEALTHY = NAMES.band.indexOf("healthy");

export class AccountDirectory {
  readonly names = new Registry<AccountHandle>();
  readonly places = new HandleTable<AccountHandle>();
  /** Of isolated positions' accounts, which go where their parents go. */
  readonly parents = new Map<AccountHandle, AccountHandle>();
  /** By slot: the band that was told last, or in which an account has begun; none where it came from elsewhere. */
  readonly #bands: (number | undefined)[] = [];
  readonly #departures: Departures;
  /** No answer depends on it, and without it nobody can choose names that all belong to one worker. */
  readonly #seed = Math.trunc(2 ** 32 * Math.random());

  constructor(departures: Departures) {
    this.#departures = departures;
  }

  /** Which of so many workers the account of that name belongs to. */
  shardOf(id: string, shards: number): number {
    return shardOf(id, shards, this.#seed);
  }

  /** A handle under a name that is free, at no place yet. */
  reserve(id: string): AccountHandle {
    return this.names.add(id, this.places.reserve());
  }

  /** A shard has taken a new account, which is healthy until it is told otherwise. */
  begin(account: AccountHandle, shard: number, local: number): void {
    this.places.place(account, shard, local);
    this.enter(account, HEALTHY);
  }

  /** The band in which an account is as far as has been told, where that is known. */
  band(account: AccountHandle): number | undefined {
    return this.#bands[account & SLOT_MASK];
  }

  /** It is told that an account is in a band from now on. */
  enter(account: AccountHandle, band: number): void {
    this.#bands[account & SLOT_MASK] = band;
  }

  /** An account is no more. */
  forget(account: AccountHandle): void {
    const slot = account & SLOT_MASK;
    this.#bands[slot] = undefined;
    if (this.names.inSlot(slot) === account) this.names.remove(account);
    this.places.remove(account);
    this.parents.delete(account);
  }

  /** Gives an account's name free for what comes after its removal, which is under way; returns what takes that back. */
  leave(account: AccountHandle, place: Place, shards: number): () => void {
    const id = this.names.id(account);
    this.#departures.begin(place, account, id);
    // that of an isolated position can be another worker's next, which would not know whether this one has let it go
    const isFree = this.shardOf(id, shards) === place.shard;
    if (isFree) this.names.remove(account);
    return () => {
      this.#departures.cancel(place);
      if (!isFree) return;
      // whoever has asked for it since is refused by the same worker
      const next = this.names.handle(id);
      if (next !== undefined) this.names.remove(next);
      this.names.add(id, account);
    };
  }

  /** Accounts with the isolated positions of these: parents first. */
  family(accounts: readonly AccountHandle[]): AccountHandle[] {
    const parents = new Set(accounts.filter((account) => !this.parents.has(account)));
    const children = [...this.parents].filter(([, parent]) => parents.has(parent)).map(([child]) => child);
    return [...parents, ...children.sort((a, b) => (a & SLOT_MASK) - (b & SLOT_MASK))];
  }
}
