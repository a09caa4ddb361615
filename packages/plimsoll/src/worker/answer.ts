/** In the worker: an engine is asked, and its answer made fit for travel. */
import { ACCOUNT_COLUMNS } from "../core/layout.js";
import type { ColumnsNow } from "../engine/columns.js";
import type { InThreadEngine } from "../engine/engine.js";
import { columnsOf } from "../event-log.js";
import type { AccountHandle, Assessment, TopOptions, TopRow } from "../types.js";
import type { CallName, EngineState, Standing } from "./calls.js";
import { type JoinedHandles, joinExports, joinSnapshots, type PoolState } from "./join.js";
import type { ShardColumns } from "./merge.js";

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
