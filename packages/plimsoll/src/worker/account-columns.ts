/** Columns of new accounts dealt over shards, a portion at a time, and refusals of a shard's rows told as those of the caller's. */

import { requireColumn } from "../checks.js";
import { cloned } from "../cloned.js";
import { withPath } from "../errors.js";
import { checkPlaces, requirePositions } from "../options.js";
import type { AccountColumnsInput } from "../types.js";

/** About how many accounts and positions are dealt and sent in one task: some milliseconds. */
const ROWS_AT_ONCE = 2 ** 15;

/** What is registered in one task: rows `from` to `to` − 1. */
export interface Portion {
  readonly from: number;
  readonly to: number;
}

/** What one shard registers in one task. */
export interface Part {
  /** Places of its rows in the caller's `ids`. */
  readonly rows: Uint32Array;
  /** Columns of its own, made when they are asked for. */
  accounts(): AccountColumnsInput;
  /** A refusal with the caller's places in its path. */
  original(error: unknown): unknown;
}

/** Columns that have not been checked yet, in portions of which each holds up the calling thread for a few milliseconds. */
export function portionsOf({ ids, positions }: AccountColumnsInput): Portion[] {
  const rows = ids.length + (positions?.account?.length ?? 0);
  const count = Math.min(Math.ceil(rows / ROWS_AT_ONCE), ids.length) || 1;
  const border = (portion: number) => Math.floor((portion * ids.length) / count);
  return Array.from({ length: count }, (_, portion) => ({ from: border(portion), to: border(portion + 1) }));
}

/** The columns as they are now, whatever the caller writes to them later. */
export function copied({ ids, collateral, positions, ...rest }: AccountColumnsInput): AccountColumnsInput {
  return {
    ...rest,
    ids: ids.slice(),
    ...(collateral && { collateral: mapped(collateral, copyOf) }),
    ...(positions && { positions: mapped(positions, copyOf) }),
  };
}

function copyOf(column: unknown): unknown {
  // `slice` of a Buffer copies nothing, and what is like an array may have none
  if (column instanceof Uint8Array) return new Uint8Array(column);
  return (column as Float64Array | undefined)?.slice?.() ?? cloned([column])[0];
}

function mapped<Columns extends object>(columns: Columns, map: (column: ArrayLike<number>) => unknown): Columns {
  return Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, map(column)])) as Columns;
}

/**
 * Deals columns over `parts`, in columns of their own; `partOfRow[k]` says whose row k is. Plain loops over typed arrays: with
 * millions of positions in one call, callbacks and arrays that grow would hold the calling thread up for a second. In between there is
 * time for others.
 *
 * @throws {ConfigError} where columns differ in length, with what registration in the calling thread says
 */
export function* dealt(
  columns: AccountColumnsInput,
  partOfRow: ArrayLike<number>,
  parts: number,
  path: string,
): Generator<void, Part[]> {
  const { ids, collateral = {}, positions, ...rest } = columns;
  for (const [asset, amounts] of Object.entries(collateral)) {
    requireColumn(amounts, `${path}.collateral.${asset}`, ids.length);
  }
  const rows = placesOf(partOfRow, parts);
  const placeInPart = new Uint32Array(ids.length);
  for (const own of rows) for (let place = 0; place < own.length; place++) placeInPart[own[place] as number] = place;
  const account = positions?.account ?? [];
  const count = positions === undefined ? 0 : requirePositions(positions, `${path}.positions`);
  yield;
  checkPlaces(account, positions?.instrument ?? [], ids.length, `${path}.positions`);
  yield;
  const partOfPosition = new Uint32Array(count);
  for (let at = 0; at < count; at++) partOfPosition[at] = partOfRow[account[at] as number] as number;
  yield;
  const positionRows = placesOf(partOfPosition, parts);
  yield;
  return rows.map((own, part) => {
    const ownPositions = positionRows[part] as Uint32Array;
    const doubles = () => new Float64Array(ownPositions.length);
    return {
      rows: own,
      accounts: () => {
        const ownAccounts = picked(account, ownPositions, new Uint32Array(ownPositions.length));
        return {
          ...rest,
          ids: picked(ids, own, new Array<string>(own.length)),
          collateral: mapped(collateral, (column) => picked(column, own, new Float64Array(own.length))),
          ...(positions !== undefined && {
            positions: {
              account: picked(placeInPart, ownAccounts, ownAccounts),
              instrument: picked(positions.instrument, ownPositions, new Uint32Array(ownPositions.length)),
              size: picked(positions.size, ownPositions, doubles()),
              entryPrice: picked(positions.entryPrice, ownPositions, doubles()),
            },
          }),
        };
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

/** For each part the places at which it stands in a list, in their order. */
function placesOf(partAt: ArrayLike<number>, parts: number): Uint32Array[] {
  const counts = new Uint32Array(parts);
  for (let at = 0; at < partAt.length; at++) (counts[partAt[at] as number] as number)++;
  const places = Array.from(counts, (count) => new Uint32Array(count));
  counts.fill(0);
  for (let at = 0; at < partAt.length; at++) {
    const part = partAt[at] as number;
    (places[part] as Uint32Array)[(counts[part] as number)++] = at;
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
