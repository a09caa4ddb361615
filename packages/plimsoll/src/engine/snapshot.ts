/** The state on this side as bytes of a snapshot, and back. */

import type { Check } from "../checks.js";
import { notOurs } from "../errors.js";
import { CHECK } from "../options.js";
import type { CallerChanges, CallerState, ExportedNames } from "./caller-state.js";

/** In the place of a number that JSON has no word for: the end of the last bracket may be `Infinity`. */
const NUMBER = "$number";

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
