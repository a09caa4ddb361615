/** One answer out of those of all shards, equal to what one engine with all accounts answers. */

import { NO_BAND, NO_HANDLE, SLOT_MASK } from "../core/layout.js";
import { rowOf } from "../engine/columns.js";
import type { AccountColumns, AccountHandle, EngineStats } from "../types.js";
import type { HandleTable } from "./handle-table.js";

/** Columns as they travel. */
export type ShardColumns = Omit<AccountColumns, "row">;

/** Columns of a shard with the pool's handle of each row, as far as it had one when they came. */
export interface OwnedColumns extends ShardColumns {
  readonly owners: Uint32Array;
}

/** Says whose the rows are, before any of them goes. */
export function owned(columns: ShardColumns, shard: number, accounts: HandleTable<AccountHandle>): OwnedColumns {
  return { ...columns, owners: columns.handle.map((local) => accounts.owner(shard, local) ?? NO_HANDLE) };
}

/** Every account's figures in the pool's order: row = slot of the pool's handle. */
export function mergedColumns(
  shards: readonly OwnedColumns[],
  accounts: HandleTable<AccountHandle>,
  length: number,
): AccountColumns {
  const missing = () => new Float64Array(length).fill(Number.NaN);
  const handle = new Uint32Array(length).fill(NO_HANDLE);
  const merged = {
    length,
    equity: missing(),
    initial: missing(),
    maintenance: missing(),
    positionValue: missing(),
    initialLeverage: missing(),
    maintenanceLeverage: missing(),
    leverageState: new Uint8Array(length),
    band: new Uint8Array(length).fill(NO_BAND),
    status: new Uint8Array(length),
    handle,
  };
  for (const [shard, columns] of shards.entries()) {
    // field by field, in the caller's thread: one loop over columns of several types takes longer by half, and twice as long at first
    for (let row = 0; row < columns.length; row++) {
      const before = columns.owners[row] as AccountHandle;
      // one of several that are registered at once has its handle once all workers have taken theirs
      const owner = before !== NO_HANDLE ? before : accounts.owner(shard, columns.handle[row] as number);
      const at = owner === undefined ? length : owner & SLOT_MASK;
      if (owner === undefined || at >= length) continue;
      handle[at] = owner;
      merged.equity[at] = columns.equity[row] as number;
      merged.initial[at] = columns.initial[row] as number;
      merged.maintenance[at] = columns.maintenance[row] as number;
      merged.positionValue[at] = columns.positionValue[row] as number;
      merged.initialLeverage[at] = columns.initialLeverage[row] as number;
      merged.maintenanceLeverage[at] = columns.maintenanceLeverage[row] as number;
      merged.leverageState[at] = columns.leverageState[row] as number;
      merged.band[at] = columns.band[row] as number;
      merged.status[at] = columns.status[row] as number;
    }
  }
  return { ...merged, row: (account) => rowOf(handle, account) };
}

/** Wrapping sum of 64-bit digests: each account adds its own hash. */
export function mergedDigest(digests: readonly string[]): string {
  const sum = digests.reduce((total, digest) => total + BigInt(`0x${digest}`), 0n);
  return BigInt.asUintN(64, sum).toString(16).padStart(16, "0");
}

const OF_THE_MARKET: ReadonlySet<string> = new Set<keyof EngineStats>(["instruments", "assets", "ticks"]);

/** Accounts add up; the market is the same in all. */
export function mergedStats(shards: readonly EngineStats[]): EngineStats {
  const names = Object.keys(shards[0] as EngineStats) as (keyof EngineStats)[];
  const merged = names.map((name) => {
    const figures = shards.map((stats) => stats[name]);
    return [name, OF_THE_MARKET.has(name) ? Math.max(...figures) : figures.reduce((total, figure) => total + figure)];
  });
  return Object.fromEntries(merged);
}
