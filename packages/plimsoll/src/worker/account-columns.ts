/** Columns of new accounts dealt over shards, and refusals of a shard's rows told as those of the caller's. */

import { requireColumn } from "../checks.js";
import { withPath } from "../errors.js";
import { checkPlaces, requirePositions } from "../options.js";
import type { AccountColumnsInput } from "../types.js";

/** One shard's part. */
export interface Part {
  readonly accounts: AccountColumnsInput;
  /** Places of its rows in the caller's `ids`. */
  readonly rows: Uint32Array;
  /** A refusal with the caller's places in its path. */
  original(error: unknown): unknown;
}

/**
 * Deals columns over `shards`, in columns of their own; `shardOfRow[k]` says whose row k is. Plain loops over typed arrays: with
 * millions of positions in one call, callbacks and arrays that grow would hold the calling thread up for a second.
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
  const rows = placesOf(shardOfRow, shards);
  const placeInShard = new Uint32Array(ids.length);
  for (const own of rows) for (let place = 0; place < own.length; place++) placeInShard[own[place] as number] = place;
  const account = positions?.account ?? [];
  const count = positions === undefined ? 0 : requirePositions(positions, `${path}.positions`);
  checkPlaces(account, positions?.instrument ?? [], ids.length, `${path}.positions`);
  const shardOfPosition = new Uint8Array(count);
  for (let at = 0; at < count; at++) shardOfPosition[at] = shardOfRow[account[at] as number] as number;
  const positionRows = placesOf(shardOfPosition, shards);
  return rows.map((own, shard) => {
    const ownPositions = positionRows[shard] as Uint32Array;
    const ownAccounts = picked(account, ownPositions, new Uint32Array(ownPositions.length));
    const doubles = () => new Float64Array(ownPositions.length);
    return {
      rows: own,
      accounts: {
        ...rest,
        ids: picked(ids, own, new Array<string>(own.length)),
        collateral: Object.fromEntries(
          Object.entries(collateral).map(([asset, column]) => [
            asset,
            picked(column, own, new Float64Array(own.length)),
          ]),
        ),
        ...(positions !== undefined && {
          positions: {
            account: picked(placeInShard, ownAccounts, ownAccounts),
            instrument: picked(positions.instrument, ownPositions, new Uint32Array(ownPositions.length)),
            size: picked(positions.size, ownPositions, doubles()),
            entryPrice: picked(positions.entryPrice, ownPositions, doubles()),
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

/** For each shard the places at which it stands in a list, in their order. */
function placesOf(shardAt: ArrayLike<number>, shards: number): Uint32Array[] {
  const counts = new Uint32Array(shards);
  for (let at = 0; at < shardAt.length; at++) (counts[shardAt[at] as number] as number)++;
  const places = Array.from(counts, (count) => new Uint32Array(count));
  counts.fill(0);
  for (let at = 0; at < shardAt.length; at++) {
    const shard = shardAt[at] as number;
    (places[shard] as Uint32Array)[(counts[shard] as number)++] = at;
  }
  return places;
}

/** What a column has at these places. */
function picked<Item, Column extends { [place: number]: Item }>(
  column: ArrayLike<Item>,
  places: Uint32Array,
  into: Column,
): Column {
  for (let k = 0; k < places.length; k++) into[k] = column[places[k] as number] as Item;
  return into;
}
