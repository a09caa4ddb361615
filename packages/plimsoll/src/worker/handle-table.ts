/** Handles of a pool: where each account is, whatever shard it moves to. */

import { HandleError, shown } from "../errors.js";
import { SLOT_MASK } from "../layout.js";
import { requireHandle } from "../options.js";

const GENERATION_MAX = 255;
const GENERATION_UNIT = SLOT_MASK + 1;
const NOWHERE = 255;

/** Where an account is: its worker, and its handle there. */
export interface Place {
  readonly shard: number;
  readonly local: number;
}

/** The same handles as an engine gives out: slot and generation, so that a stale one is told from its successor. */
export class HandleTable<Handle extends number> {
  /** By slot. */
  #generations = new Uint8Array(64);
  #shards = new Uint8Array(64).fill(NOWHERE);
  #locals = new Uint32Array(64);
  readonly #free: number[] = [];
  #extent = 0;
  /** By shard, by local slot: the pool's handle. */
  readonly #owners: Handle[][] = [];

  /** One more than the highest slot ever used. */
  get extent(): number {
    return this.#extent;
  }

  /** A handle that is at no place yet. */
  reserve(): Handle {
    const slot = this.#free.pop() ?? this.#extent++;
    if (slot >= this.#generations.length) this.#grow();
    return (slot + GENERATION_UNIT * (this.#generations[slot] as number)) as Handle;
  }

  /** Says where a handle's item is. */
  place(handle: Handle, shard: number, local: number): void {
    const slot = handle & SLOT_MASK;
    this.#shards[slot] = shard;
    this.#locals[slot] = local;
    this.#owners[shard] ??= [];
    (this.#owners[shard] as Handle[])[local & SLOT_MASK] = handle;
  }

  /** Makes a handle stale; one that was reserved in vain, and that nobody has therefore, may be given out after all. */
  remove(handle: Handle): void {
    const slot = handle & SLOT_MASK;
    if (this.#shards[slot] !== NOWHERE) {
      this.#shards[slot] = NOWHERE;
      if ((this.#generations[slot] as number) === GENERATION_MAX) return;
      this.#generations[slot] = (this.#generations[slot] as number) + 1;
    }
    this.#free.push(slot);
  }

  /**
   * Where a handle's item is.
   *
   * @throws {HandleError}
   */
  find(value: Handle, path: string): Place {
    const handle = requireHandle(value, path);
    const slot = handle & SLOT_MASK;
    const generation = Math.floor(handle / GENERATION_UNIT);
    const current = slot < this.#extent ? (this.#generations[slot] as number) : -1;
    if (generation === current && this.#shards[slot] !== NOWHERE) {
      return { shard: this.#shards[slot] as number, local: this.#locals[slot] as number };
    }
    const isStale = generation <= current;
    throw new HandleError(isStale ? "STALE_HANDLE" : "UNKNOWN_HANDLE", {
      path,
      expected: isStale ? "a handle that is still registered" : "a handle that was given out",
      received: shown(value),
    });
  }

  /** Every handle that has a place. */
  *placed(): Generator<Place & { readonly handle: Handle }> {
    for (let slot = 0; slot < this.#extent; slot++) {
      const shard = this.#shards[slot] as number;
      if (shard === NOWHERE) continue;
      const handle = (slot + GENERATION_UNIT * (this.#generations[slot] as number)) as Handle;
      yield { handle, shard, local: this.#locals[slot] as number };
    }
  }

  /** The pool's handle of an item by its handle in a shard. */
  owner(shard: number, local: number): Handle | undefined {
    return this.#owners[shard]?.[local & SLOT_MASK];
  }

  #grow(): void {
    const length = 2 * this.#generations.length;
    const generations = new Uint8Array(length);
    generations.set(this.#generations);
    const shards = new Uint8Array(length).fill(NOWHERE);
    shards.set(this.#shards);
    const locals = new Uint32Array(length);
    locals.set(this.#locals);
    [this.#generations, this.#shards, this.#locals] = [generations, shards, locals];
  }
}
