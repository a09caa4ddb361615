/** Which accounts another number of shards puts elsewhere. */
import type { Registry } from "../registry.js";
import type { AccountHandle } from "../types.js";
import type { Place } from "./handle-table.js";
import { shardOf } from "./shard-of.js";

/** Accounts of one shard that go to another: their handles in the first. Isolated positions go with them, and are not named. */
export interface Move {
  readonly from: number;
  readonly to: number;
  readonly accounts: readonly number[];
}

export function moves(
  accounts: Iterable<Place & { readonly handle: AccountHandle }>,
  parents: ReadonlyMap<AccountHandle, AccountHandle>,
  names: Registry<AccountHandle>,
  shards: number,
): Move[] {
  const found = new Map<string, { from: number; to: number; accounts: number[] }>();
  for (const { handle, shard: from, local } of accounts) {
    const to = shardOf(names.id(handle), shards);
    if (to === from || parents.has(handle)) continue;
    const key = `${from} to ${to}`;
    const move = found.get(key) ?? { from, to, accounts: [] };
    move.accounts.push(local);
    found.set(key, move);
  }
  return [...found.values()];
}
