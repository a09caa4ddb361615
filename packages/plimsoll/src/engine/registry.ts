/** Names of what is registered. The engine knows handles only. */

import { requireId } from "../checks.js";
import { SLOT_MASK } from "../core/layout.js";
import { ConfigError, notOurs, shown } from "../errors.js";
import type { AccountHandle } from "../types.js";
import type { NameChange } from "./caller-state.js";
import { NameTable } from "./name-table.js";

/** Names of one kind: by name to the handle, by slot to the name. */
export class Registry<Handle extends number> {
  readonly #ids: (string | undefined)[] = [];
  readonly #slots = new NameTable(this.#ids);
  readonly #bySlot: (Handle | undefined)[] = [];
  /** Slots whose names have changed, once somebody wants to know. */
  #changed: Set<number> | undefined;

  /** Refuses a name that is empty or taken. */
  check(id: unknown, path: string): string {
    const name = requireId(id, path);
    if (this.#slots.row(name) < 0) return name;
    const expected = "a name that is not registered yet";
    throw new ConfigError("DUPLICATE_ID", { path, expected, received: shown(name) });
  }

  /**
   * Refuses names that are empty or taken, or of which one comes twice. Where they are checked a portion at a time: rows `from` to
   * `to` − 1, with the rows before them in `seen`.
   */
  checkAll(
    ids: readonly unknown[],
    path: string,
    seen = new NameTable(ids as readonly string[]),
    from = 0,
    to = ids.length,
  ): void {
    for (let row = from; row < to; row++) {
      const name = this.check(ids[row], `${path}[${row}]`);
      if (seen.row(name) >= 0) {
        const expected = "a name that no other row has";
        throw new ConfigError("DUPLICATE_ID", { path: `${path}[${row}]`, expected, received: shown(name) });
      }
      seen.add(row);
    }
  }

  add(id: string, handle: Handle): Handle {
    const slot = handle & SLOT_MASK;
    this.#ids[slot] = id;
    this.#slots.add(slot);
    this.#bySlot[slot] = handle;
    this.#changed?.add(slot);
    return handle;
  }

  remove(handle: Handle): void {
    const slot = handle & SLOT_MASK;
    if (this.#ids[slot] === undefined) return;
    this.#slots.remove(slot);
    this.#ids[slot] = undefined;
    this.#bySlot[slot] = undefined;
    this.#changed?.add(slot);
  }

  handle(id: string): Handle | undefined {
    // what is no text is no name
    const slot = typeof id === "string" ? this.#slots.row(id) : -1;
    return slot < 0 ? undefined : this.#bySlot[slot];
  }

  /** Handle of what is registered in a slot. */
  inSlot(slot: number): Handle | undefined {
    return this.#bySlot[slot];
  }

  /** Name behind a handle; empty where it has been removed. */
  id(handle: number): string {
    return this.#ids[handle & SLOT_MASK] ?? "";
  }

  /** Every handle with its name, by slot. */
  *entries(): Generator<readonly [Handle, string]> {
    for (const [slot, id] of this.#ids.entries()) if (id !== undefined) yield [this.#bySlot[slot] as Handle, id];
  }

  get size(): number {
    return this.#slots.size;
  }

  /**
   * Adds names with the handles that they had elsewhere.
   *
   * @throws {SnapshotError} `SNAPSHOT_CORRUPT` where a name or a slot comes twice
   */
  take(entries: Iterable<readonly [handle: number, id: string]>, path: string): void {
    for (const [handle, id] of entries) {
      if (this.handle(id) !== undefined || this.#bySlot[handle & SLOT_MASK] !== undefined) throw notOurs(path);
      this.add(id, handle as Handle);
    }
  }

  /** Whether every name's handle is what is in its slot elsewhere. */
  isIn(elsewhere: (slot: number) => number | undefined): boolean {
    for (const [handle] of this.entries()) if (elsewhere(handle & SLOT_MASK) !== handle) return false;
    return true;
  }

  /** From now on {@link changes} are counted. */
  noteChanges(): void {
    this.#changed = new Set();
  }

  get hasChanges(): boolean {
    return this.#changed === undefined || this.#changed.size > 0;
  }

  /** Every slot whose name has changed, with the handle and the name there are now, if any. */
  *changes(): Generator<NameChange> {
    for (const slot of this.#changed ?? []) {
      const id = this.#ids[slot];
      yield id === undefined ? [slot] : [slot, this.#bySlot[slot] as Handle, id];
    }
  }

  /** Makes the changes of another registry that began with the same names. */
  takeChanges(changes: readonly NameChange[], path: string): void {
    for (const [slot] of changes) this.remove(slot as Handle);
    this.take(
      changes.flatMap(([, handle, id]) => (handle === undefined || id === undefined ? [] : [[handle, id] as const])),
      path,
    );
  }
}

/** Name of an isolated position's account: its parent's and the instrument's, numbered where that is taken. */
export function childId(accounts: Registry<AccountHandle>, parent: AccountHandle, instrumentId: string): string {
  const id = `${accounts.id(parent)}/${instrumentId}`;
  let name = id;
  for (let n = 2; accounts.handle(name) !== undefined; n++) name = `${id}#${n}`;
  return name;
}
