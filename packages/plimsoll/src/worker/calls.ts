/** What a shard can be asked for, and how the answer is made fit for travel. */
import type { InThreadEngine } from "../engine.js";
import type { CallerState } from "../snapshot.js";
import type { AccountHandle, Engine, TopOptions, TopRow } from "../types.js";
import { type JoinedHandles, joinExports, joinSnapshots, type PoolState } from "./join.js";
import type { ShardColumns } from "./merge.js";

/** Calls of a shard by name: whether they change it, which is journaled and acknowledged, or only ask. */
export const CALLS = {
  addAsset: "change",
  addUnderlying: "change",
  addInstrument: "change",
  addModel: "change",
  replaceModel: "change",
  addAccount: "change",
  addAccounts: "change",
  removeAccount: "change",
  removeAccounts: "change",
  importAccounts: "change",
  exportAccounts: "query",
  debit: "change",
  removeInstrument: "change",
  setPosition: "change",
  fill: "change",
  deposit: "change",
  withdraw: "change",
  transfer: "change",
  fund: "change",
  fundAccount: "change",
  placeOrder: "change",
  cancelOrder: "change",
  fillOrder: "change",
  isolate: "change",
  setLeverage: "change",
  settle: "change",
  advance: "change",
  setSurface: "change",
  reassessAll: "change",
  position: "query",
  balance: "query",
  orders: "query",
  assess: "query",
  whatIf: "query",
  columns: "query",
  top: "query",
  liquidationPrices: "query",
  liquidationPricesAfter: "query",
  displayedLiquidationPrice: "query",
  exactTotals: "query",
  digest: "query",
  stats: "query",
  snapshot: "query",
  joinSnapshots: "query",
  joinExports: "query",
  poolState: "query",
  standing: "query",
  checkpoint: "query",
  timeMs: "query",
  account: "query",
  instrument: "query",
  asset: "query",
  underlying: "query",
} as const;

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
export type CallName = keyof typeof CALLS;

/** What a pool that goes on from an engine must know of it: see {@link InThreadEngine.handles}. */
export interface EngineState {
  readonly state: CallerState;
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
  if (name === "poolState") return { state: engine.callerState(), handles: engine.handles() } satisfies EngineState;
  if (name === "standing") {
    const columns = copied(engine.columns()) as ShardColumns;
    return { sequence: engine.handles()[0] as number, timeMs: engine.timeMs, columns } satisfies Standing;
  }
  if (name === "joinSnapshots") return joinSnapshots(module, engine, ...(args as [Uint8Array[], PoolState]));
  if (name === "joinExports")
    return joinExports(module, ...(args as [Uint8Array[], JoinedHandles, AccountHandle[], string[]]));
  if (name === "removeAccounts") {
    for (const account of args[0] as readonly AccountHandle[]) engine.removeAccount(account);
    return undefined;
  }
  if (name === "top") return topWithTies(engine, ...(args as [number, TopOptions]));
  const answer = (engine[name] as (...args: readonly unknown[]) => unknown)(...args);
  if (name === "columns") return copied(answer as ReturnType<Engine["columns"]>);
  if (name === "assess" || name === "whatIf") {
    const { liquidation: _, ...figures } = answer as ReturnType<Engine["assess"]>;
    return figures;
  }
  return answer;
}

/** The first by a figure, and all whose figure is that of the last: which of these come first is for the pool's order to say. */
function topWithTies(engine: InThreadEngine, count: number, options: TopOptions): TopRow[] {
  const first = engine.top(count, options);
  const last = first.at(-1);
  if (last === undefined || first.length < count) return first;
  const isTied = ({ value }: TopRow) => !(value < last.value || value > last.value);
  const [next] = engine.top(count + 1, options).slice(count);
  if (next === undefined || !isTied(next)) return first;
  return engine.top(engine.columns().length, options).filter((row, i) => i < count || isTied(row));
}

function copied({ length, row: _, ...columns }: ReturnType<Engine["columns"]>): object {
  return { length, ...mapValues(columns, (column) => column.slice()) };
}

function mapValues<Key extends string, Value>(
  object: Readonly<Record<Key, Value>>,
  change: (value: Value) => Value,
): Record<Key, Value> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value as Value)])) as Record<
    Key,
    Value
  >;
}
