/** What a shard can be asked for, and what it answers to questions of its pool. */

import type { MarketState } from "../engine/caller-state.js";
import type { InThreadEngine } from "../engine/engine.js";
import type { EventColumns } from "../event-log.js";
import type { ShardColumns } from "./merge.js";

const CHANGE_NAMES = [
  "addAsset",
  "addUnderlying",
  "addInstrument",
  "addModel",
  "replaceModel",
  "replaceTable",
  "addAccount",
  "addAccounts",
  "removeAccount",
  "removeAccounts",
  "importAccounts",
  "debit",
  "removeInstrument",
  "setPosition",
  "fill",
  "deposit",
  "withdraw",
  "transfer",
  "fund",
  "fundAccount",
  "placeOrder",
  "cancelOrder",
  "fillOrder",
  "isolate",
  "setLeverage",
  "settle",
  "advance",
  "setSurface",
  "reassessAll",
] as const;

/** Calls that change a shard: they are journaled and acknowledged. */
export const CHANGES: ReadonlySet<CallName> = new Set(CHANGE_NAMES);

/** Calls that only ask. */
type QueryName =
  | "exportAccounts"
  | "position"
  | "balance"
  | "orders"
  | "assess"
  | "whatIf"
  | "columns"
  | "top"
  | "liquidationPrices"
  | "liquidationPricesAfter"
  | "displayedLiquidationPrice"
  | "exactTotals"
  | "digest"
  | "stats"
  | "snapshot"
  | "joinSnapshots"
  | "joinExports"
  | "poolState"
  | "standing"
  | "checkpoint"
  | "timeMs"
  | "account"
  | "instrument"
  | "asset"
  | "underlying"
  | "instruments";

/**
 * Changes of the market that accounts may stand against, so that one shard can refuse what another takes. They are put to a vote:
 * every shard says whether it could, and all do it or none.
 */
export const VOTES = [
  "removeInstrument",
  "replaceModel",
  "fund",
  "settle",
] as const satisfies (keyof InThreadEngine["checks"])[];

/** Name of a change that is put to a vote. */
export type VoteName = (typeof VOTES)[number];

/** Name of a call of a shard. */
export type CallName = (typeof CHANGE_NAMES)[number] | QueryName;

/** What a pool that goes on from an engine must know of it: see {@link InThreadEngine.handles}. */
export interface EngineState {
  readonly state: MarketState;
  /** Accounts in the order of their names. */
  readonly named: Uint32Array;
  readonly ids: readonly string[];
  readonly undrained: EventColumns;
  readonly handles: Float64Array;
}

/** Where an engine stands, after the event of that sequence. */
export interface Standing {
  readonly sequence: number;
  readonly timeMs: number;
  readonly columns: ShardColumns;
}
