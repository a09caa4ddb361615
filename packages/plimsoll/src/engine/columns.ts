/** Every account's figures as columns in the engine's memory. */
import { requireHandle } from "../checks.js";
import type { Core } from "../core/core.js";
import { ACCOUNT_COLUMNS, SLOT_MASK } from "../core/layout.js";
import { HandleError, shown } from "../errors.js";
import type { AccountColumns, AccountHandle } from "../types.js";

type Views = Omit<AccountColumns, "length" | "row">;

export class CoreColumns {
  readonly columns: AccountColumns;
  readonly #core: () => Core;
  /** They hold until an account is registered, even in vain, or memory grows, which leaves them with length 0. */
  #views: Views | undefined;

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

  /** The columns with every row as its account is now. */
  #live(): Views {
    this.#core().exports.refresh_figures();
    return this.#placed();
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
