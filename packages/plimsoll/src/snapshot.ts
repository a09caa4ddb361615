/** What a snapshot holds beside the engine's own state: names, models and undrained events, which live on this side. */
import type { Check } from "./checks.js";
import { SnapshotError } from "./errors.js";
import type { TableTerms } from "./margin.js";
import { CHECK } from "./options.js";
import type { NameChange } from "./registry.js";
import type { BandEvent, MarginModel } from "./types.js";

type Names = (readonly [handle: number, id: string])[];

/** The state on this side that has nothing to do with accounts. */
export interface MarketState {
  readonly quote: string;
  readonly defaultModel: number;
  readonly instruments: Names;
  readonly assets: Names;
  readonly underlyings: Names;
  readonly models: (readonly [handle: number, model: MarginModel])[];
  readonly terms: (readonly [handle: number, terms: TableTerms])[];
}

/** The state on this side, as it is stored: JSON, whose bytes the engine puts under the snapshot's checksum. */
export interface CallerState extends MarketState {
  readonly accounts: Names;
  readonly undrained: readonly BandEvent[];
}

/** What has changed on this side since a base: names of accounts, and all of the market where any of it has. */
export interface CallerChanges extends Partial<MarketState> {
  readonly accounts: readonly NameChange[];
  readonly undrained: readonly BandEvent[];
}

/** In the place of a number that JSON has no word for: the end of the last bracket may be `Infinity`. */
const NUMBER = "$number";

/** Names of the accounts of an export, in their order there. */
export interface ExportedNames {
  readonly ids: readonly string[];
}

export function encodeState(state: CallerState | CallerChanges | ExportedNames): Uint8Array {
  const text = JSON.stringify(state, (_, value) => {
    return typeof value === "number" && !Number.isFinite(value) ? { [NUMBER]: String(value) } : value;
  });
  return new TextEncoder().encode(text);
}

/** @throws {SnapshotError} `SNAPSHOT_CORRUPT` where the bytes are not what {@link encodeState} makes */
export function decodeState(bytes: Uint8Array, path: string): CallerState {
  return decoded(bytes, path, CHECK.state) as CallerState;
}

/** @throws {SnapshotError} `SNAPSHOT_CORRUPT`, likewise */
export function decodeChanges(bytes: Uint8Array, path: string): CallerChanges {
  return decoded(bytes, path, CHECK.stateChanges) as CallerChanges;
}

/**
 * Names of so many accounts.
 *
 * @throws {SnapshotError} `SNAPSHOT_CORRUPT`, likewise
 */
export function decodeNames(bytes: Uint8Array, count: number, path: string): readonly string[] {
  const { ids } = decoded(bytes, path, CHECK.exportedNames) as ExportedNames;
  if (ids.length !== count || new Set(ids).size !== count) throw notOurs(path);
  return ids;
}

/** The error of bytes whose checksum fits and which {@link encodeState} has not made: a checksum can be made up as well. */
export function notOurs(path: string): SnapshotError {
  const expected = "the names and models of a snapshot that this package has made";
  return new SnapshotError("SNAPSHOT_CORRUPT", { path, expected, received: "something else" });
}

function decoded(bytes: Uint8Array, path: string, check: Check): unknown {
  try {
    const state: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes), (_, value) => {
      return value?.[NUMBER] === undefined ? value : Number(value[NUMBER]);
    });
    check(state, path);
    return state;
  } catch {
    throw notOurs(path);
  }
}
