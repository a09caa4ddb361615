/** Handles of a pool: where each account or order is, whatever shard it moves to. */

import { requireHandle } from "../checks.js";
import { SLOT_MASK } from "../core/layout.js";
import { noSuchHandle } from "../errors.js";

const GENERATION_MAX = 255;
const GENERATION_UNIT = SLOT_MASK + 1;
const NOWHERE = 255;
/** In words of a table, a shard's number times this plus a handle there is a place. */
const PLACE_UNIT = 2 ** 32;

/** Where an item is: its worker, and its handle there. */
export interface Place {
  readonly shard: number;
  readonly local: number;
}

/** A place as one number. */
export function wordOf({ shard, local }: Place): number {
  return shard * PLACE_UNIT + local;
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

  /** Says where a handle's item is. What was there before has gone, though nobody may have said so: an order that was filled. */
  place(handle: Handle, shard: number, local: number): void {
    const slot = handle & SLOT_MASK;
    const before = this.#owners[shard]?.[local & SLOT_MASK] ?? handle;
    const at = before & SLOT_MASK;
    const isThere = this.#shards[at] === shard && (((this.#locals[at] as number) ^ local) & SLOT_MASK) === 0;
    if (isThere && before !== handle) this.remove(before);
    this.#shards[slot] = shard;
    this.#locals[slot] = local;
    this.#owners[shard] ??= [];
    (this.#owners[shard] as Handle[])[local & SLOT_MASK] = handle;
  }

  /**
   * Makes a handle stale, unless it is so already; one that was reserved in vain, and that nobody has therefore, may be given out
   * after all.
   */
  remove(handle: Handle): void {
    const slot = handle & SLOT_MASK;
    if (Math.floor(handle / GENERATION_UNIT) !== this.#generations[slot]) return;
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
    throw noSuchHandle(value, path, generation <= current);
  }

  /** Every handle that has a place. */
  get placed(): Handle[] {
    const handles: Handle[] = [];
    for (let slot = 0; slot < this.#extent; slot++) {
      if (this.#shards[slot] === NOWHERE) continue;
      handles.push((slot + GENERATION_UNIT * (this.#generations[slot] as number)) as Handle);
    }
    return handles;
  }

  /** Handles that are no more what they were. */
  *stale(): Generator<Handle> {
    for (let slot = 0; slot < this.#extent; slot++) {
      const current = this.#generations[slot] as number;
      for (let before = 0; before < current; before++) yield (slot + GENERATION_UNIT * before) as Handle;
    }
  }

  /** The pool's handle of an item by its handle in a shard, while it is there. */
  owner(shard: number, local: number): Handle | undefined {
    const handle = this.#owners[shard]?.[local & SLOT_MASK];
    const slot = (handle ?? 0) & SLOT_MASK;
    return this.#shards[slot] === shard && this.#locals[slot] === local ? handle : undefined;
  }

  /** The table in words, as the engine reads and writes them: generations and places, with their count, then free slots, likewise. */
  get words(): Float64Array {
    const places = 1 + this.#extent;
    const free = places + this.#extent;
    const words = new Float64Array(free + 1 + this.#free.length);
    words[0] = this.#extent;
    words.set(this.#generations.subarray(0, this.#extent), 1);
    for (let slot = 0; slot < this.#extent; slot++) {
      const shard = this.#shards[slot] as number;
      words[places + slot] = shard === NOWHERE ? Number.NaN : wordOf({ shard, local: this.#locals[slot] as number });
    }
    words[free] = this.#free.length;
    words.set(this.#free, free + 1);
    return words;
  }

  /** Takes up the table in the words after `at`; returns where they end. */
  take(words: Float64Array, at: number): number {
    const extent = words[at] as number;
    while (this.#generations.length < extent) this.#grow();
    this.#extent = extent;
    const places = at + 1 + extent;
    this.#generations.set(words.subarray(at + 1, places));
    for (let slot = 0; slot < extent; slot++) {
      const place = words[places + slot] as number;
      if (Number.isNaN(place)) continue;
      const handle = slot + GENERATION_UNIT * (this.#generations[slot] as number);
      this.place(handle as Handle, Math.floor(place / PLACE_UNIT), place % PLACE_UNIT);
    }
    const free = places + extent;
    const end = free + 1 + (words[free] as number);
    for (const slot of words.subarray(free + 1, end)) this.#free.push(slot);
    return end;
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
