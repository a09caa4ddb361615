/** What a shard can be asked for, and how the answer is made fit for travel. */

import { ACCOUNT_COLUMNS } from "../core/layout.js";
import type { MarketState } from "../engine/caller-state.js";
import type { ColumnsNow } from "../engine/columns.js";
import type { InThreadEngine } from "../engine/engine.js";
import { columnsOf, type EventColumns } from "../event-log.js";
import type { AccountHandle, Assessment, TopOptions, TopRow } from "../types.js";
import { type JoinedHandles, joinExports, joinSnapshots, type PoolState } from "./join.js";
import type { ShardColumns } from "./merge.js";

const CHANGE_NAMES = [
  "addAsset",
  "addUnderlying",
  "addInstrument",
  "addModel",
  "replaceModel",
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

/**
 * Asks an engine and makes what it answers fit for travel: no views on its memory, no functions. `module` is that of which the engine
 * is an instance.
 */
export function answerOf(
  engine: InThreadEngine,
  module: WebAssembly.Module,
  name: CallName,
  args: readonly unknown[],
): unknown {
  if (name === "timeMs") return engine.timeMs;
  if (name === "poolState") return stateOf(engine);
  if (name === "standing") {
    const columns = copied(engine.columnsNow());
    return { sequence: engine.handles()[0] as number, timeMs: engine.timeMs, columns } satisfies Standing;
  }
  if (name === "joinSnapshots") return joinSnapshots(module, engine, ...(args as [Uint8Array[], PoolState]));
  if (name === "joinExports")
    return joinExports(module, ...(args as [Uint8Array[], JoinedHandles, AccountHandle[], string[]]));
  if (name === "removeAccounts") {
    for (const account of args[0] as readonly AccountHandle[]) engine.removeAccount(account);
    return undefined;
  }
  if (name === "importAccounts") return engine.importColumns(...(args as [Uint8Array]));
  if (name === "top") return topWithTies(engine, ...(args as [number, TopOptions]));
  if (name === "columns") return copied(engine.columnsNow());
  const answer = (engine[name] as (...args: readonly unknown[]) => unknown)(...args);
  if (name === "assess" || name === "whatIf") {
    const { liquidation: _, ...figures } = answer as Assessment;
    return figures;
  }
  return answer;
}

function stateOf(engine: InThreadEngine): EngineState {
  const { accounts, undrained, ...state } = engine.callerState();
  return {
    state,
    named: Uint32Array.from(accounts, ([handle]) => handle),
    ids: accounts.map(([, id]) => id),
    undrained: columnsOf(undrained),
    handles: engine.handles(),
  };
}

/** The first by a figure, and all whose figure is that of the last: which of these come first is for the pool's order to say. */
function topWithTies(engine: InThreadEngine, count: number, options: TopOptions): TopRow[] {
  const first = engine.top(count, options);
  const last = first.at(-1);
  if (last === undefined || first.length < count) return first;
  const isTied = ({ value }: TopRow) => !(value < last.value || value > last.value);
  const [next] = engine.top(count + 1, options).slice(count);
  if (next === undefined || !isTied(next)) return first;
  return engine.top(engine.columnsNow().length, options).filter((row, i) => i < count || isTied(row));
}

function copied(columns: ColumnsNow): ShardColumns {
  const copies = ACCOUNT_COLUMNS.map((name) => [name, columns[name].slice()]);
  return { length: columns.length, ...Object.fromEntries(copies) };
}
