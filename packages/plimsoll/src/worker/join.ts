/** Files of a pool's workers, put together in one of them to what one engine with all accounts would have written. */
import { Core } from "../core/core.js";
import { instantiateAtOnce } from "../core/loader.js";
import type { InThreadEngine } from "../engine/engine.js";
import { encodeState } from "../engine/snapshot.js";
import { type EventColumns, eventsOf } from "../event-log.js";
import type { AccountHandle } from "../types.js";

/** The pool's tables of accounts and orders, in words (see handle-table.ts). */
export interface JoinedHandles {
  readonly accounts: Float64Array;
  readonly orders: Float64Array;
}

/** What the pool knows and its workers do not. */
export interface PoolState extends JoinedHandles {
  /** Accounts in the order of their names. */
  readonly named: Uint32Array;
  readonly ids: readonly string[];
  readonly undrained: EventColumns;
  readonly sequence: number;
}

/** One snapshot out of one of each worker; `engine` has the market that they share. */
export function joinSnapshots(
  module: WebAssembly.Module,
  engine: InThreadEngine,
  parts: readonly Uint8Array[],
  { accounts, orders, named, ids, undrained, sequence }: PoolState,
): Uint8Array {
  const names = ids.map((id, i) => [named[i] as number, id] as const);
  const state = encodeState({ ...engine.callerState(), accounts: names, undrained: eventsOf(undrained) });
  return join(module, "joinSnapshots", parts, accounts, orders, sequence, state);
}

/** One file of accounts out of one of each worker that has some: `family` in its order, under the names `ids`. */
export function joinExports(
  module: WebAssembly.Module,
  parts: readonly Uint8Array[],
  { accounts, orders }: JoinedHandles,
  family: readonly AccountHandle[],
  ids: readonly string[],
): Uint8Array {
  return join(module, "joinExports", parts, accounts, orders, [family.length, ...family], encodeState({ ids }));
}

/** In an instance of its own, since memory that an instance has taken stays taken. */
function join(
  module: WebAssembly.Module,
  command: "joinSnapshots" | "joinExports",
  parts: readonly Uint8Array[],
  ...args: readonly unknown[]
): Uint8Array {
  const core = new Core(instantiateAtOnce(module));
  const lengths = parts.map(({ length }) => length);
  core.exports.resize_snapshot(lengths.reduce((total, length) => total + length, 0));
  let at = 0;
  for (const part of parts) {
    core.view("snapshot").set(part, at);
    at += part.length;
  }
  return core.bytesOf(command, [lengths.length, ...lengths], ...args);
}
