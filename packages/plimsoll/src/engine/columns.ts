/** Every account's figures as columns in the engine's memory. */
import { requireHandle } from "../checks.js";
import type { Core } from "../core/core.js";
import { ACCOUNT_COLUMNS, SLOT_MASK } from "../core/layout.js";
import { HandleError, shown } from "../errors.js";
import type { AccountColumns, AccountHandle } from "../types.js";

/** Columns for as long as nothing changes. */
export type ColumnsNow = Omit<AccountColumns, "row">;
type Views = Omit<ColumnsNow, "length">;

export class CoreColumns {
  readonly columns: AccountColumns;
  readonly #core: () => Core;
  /** They hold until an account is registered, even in vain, or memory grows, which leaves them with length 0. */
  #views: Views | undefined;
  /** Whether the caller has seen a column: he may keep it, so ticks write all that they move from then on. */
  #isWatched = false;

  constructor(core: () => Core) {
    this.#core = core;
    const placed = () => this.#placed();
    const live = () => this.#live();
    this.columns = {
      get length() {
        return placed().handle.length;
      },
      get equity() {
        return live().equity;
      },
      get initial() {
        return live().initial;
      },
      get maintenance() {
        return live().maintenance;
      },
      get positionValue() {
        return live().positionValue;
      },
      get initialLeverage() {
        return live().initialLeverage;
      },
      get maintenanceLeverage() {
        return live().maintenanceLeverage;
      },
      get leverageState() {
        return live().leverageState;
      },
      get band() {
        return live().band;
      },
      get status() {
        return live().status;
      },
      get handle() {
        return placed().handle;
      },
      row: (account) => rowOf(core().view("handle"), account),
    };
  }

  /** An account is registered next: views may not hold. */
  forget(): void {
    this.#views = undefined;
  }

  /** For a reader of ours, who keeps nothing. */
  now(): ColumnsNow {
    this.#write("refresh_figures");
    const views = this.#placed();
    return { ...views, length: views.handle.length };
  }

  #live(): Views {
    const views = this.#placed();
    if (!this.#isWatched) this.#write("watch_figures");
    this.#isWatched = true;
    return views;
  }

  /** Has the core write the rows that ticks have left to a reader. */
  #write(how: "refresh_figures" | "watch_figures"): void {
    const core = this.#core();
    try {
      core.exports[how]();
    } catch (cause) {
      throw core.fault("columns", cause);
    }
  }

  /** The columns where they lie now. */
  #placed(): Views {
    if (this.#views !== undefined && this.#views.handle.length > 0) return this.#views;
    const core = this.#core();
    this.#views = Object.fromEntries(ACCOUNT_COLUMNS.map((name) => [name, core.view(name)])) as unknown as Views;
    return this.#views;
  }
}

/** Row of an account in columns whose handles are these. */
export function rowOf(handles: Uint32Array, account: AccountHandle): number {
  const slot = requireHandle(account, "columns.row") & SLOT_MASK;
  if (handles[slot] === account) return slot;
  const code = handles[slot] === undefined ? "UNKNOWN_HANDLE" : "STALE_HANDLE";
  throw new HandleError(code, { path: "columns.row", expected: "a registered account", received: shown(account) });
}
