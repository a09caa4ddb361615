/** Columns of new accounts dealt over shards, and refusals of a shard's rows told as those of the caller's. */

import { requireColumn } from "../checks.js";
import { withPath } from "../errors.js";
import { checkPositions } from "../options.js";
import type { AccountColumnsInput } from "../types.js";

/** One shard's part. */
export interface Part {
  readonly accounts: AccountColumnsInput;
  /** Places of its rows in the caller's `ids`. */
  readonly rows: readonly number[];
  /** A refusal with the caller's places in its path. */
  original(error: unknown): unknown;
}

/**
 * Deals columns over `shards`; `shardOfRow[k]` says whose row k is.
 *
 * @throws {ConfigError} where columns differ in length, with what registration in the calling thread says
 */
export function dealt(
  columns: AccountColumnsInput,
  shardOfRow: readonly number[],
  shards: number,
  path: string,
): Part[] {
  const { ids, collateral = {}, positions, ...rest } = columns;
  for (const [asset, amounts] of Object.entries(collateral)) {
    requireColumn(amounts, `${path}.collateral.${asset}`, ids.length);
  }
  const rows: number[][] = Array.from({ length: shards }, () => []);
  const placeInShard = new Uint32Array(ids.length);
  for (const [row, shard] of shardOfRow.entries()) placeInShard[row] = (rows[shard] as number[]).push(row) - 1;
  const positionRows: number[][] = Array.from({ length: shards }, () => []);
  if (positions !== undefined) {
    const count = checkPositions(positions, ids.length, `${path}.positions`);
    for (let at = 0; at < count; at++) {
      positionRows[shardOfRow[positions.account[at] as number] as number]?.push(at);
    }
  }
  return rows.map((own, shard) => {
    const ownPositions = positionRows[shard] as number[];
    const pick = (column: ArrayLike<number>, places: readonly number[]) =>
      Float64Array.from(places, (place) => column[place] as number);
    return {
      rows: own,
      accounts: {
        ...rest,
        ids: own.map((row) => ids[row] as string),
        collateral: Object.fromEntries(
          Object.entries(collateral).map(([asset, amounts]) => [asset, pick(amounts, own)]),
        ),
        ...(positions !== undefined && {
          positions: {
            account: Float64Array.from(ownPositions, (at) => placeInShard[positions.account[at] as number] as number),
            instrument: pick(positions.instrument, ownPositions),
            size: pick(positions.size, ownPositions),
            entryPrice: pick(positions.entryPrice, ownPositions),
          },
        }),
      },
      original: (error) => {
        return withPath(error, (path) => {
          return path.replace(/\b(positions|collateral)(\..*)\[(\d+)\]$/, (_, table, column, place) => {
            return `${table}${column}[${(table === "positions" ? ownPositions : own)[place]}]`;
          });
        });
      },
    };
  });
}
