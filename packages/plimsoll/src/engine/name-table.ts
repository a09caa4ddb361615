/** Rows by name. */

const PLACES_FIRST = 16;
const FNV_PRIME = 0x0100_0193; // FNV-1a, 32 bit

/** FNV-1a over the code units of a name, with a `seed` in the place of its offset: a signed 32-bit number. */
export function hashOf(name: string, seed: number): number {
  let hash = seed;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), FNV_PRIME);
  return hash;
}

/** The finalizer of SplitMix in 32 bits: each bit of the answer depends on all of `hash`. */
export function scrambled(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x21f0_aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a_2d97);
  return mixed ^ (mixed >>> 15);
}

/**
 * Finds the rows of a list of names, by open addressing. A `Map` would make each name unique in V8's table of such strings, all of which
 * every major collection goes through: 5 ms of a page's main thread for 100,000 names.
 */
export class NameTable {
  readonly #names: readonly (string | undefined)[];
  /** One more than the row, or 0 where the place is free; at least half of them are, and their number is a power of two. */
  #places = new Int32Array(PLACES_FIRST);
  /** By place: of the name there, so that others are told from it, and a larger table is filled, without a look at names. */
  #hashes = new Int32Array(PLACES_FIRST);
  #size = 0;
  /** No answer depends on it, and without it nobody can choose names that are all looked for in one place: each would pass all others. */
  readonly #seed = Math.trunc(2 ** 32 * Math.random());

  /** `names`: by row. One must be there while its row is in the table. */
  constructor(names: readonly (string | undefined)[]) {
    this.#names = names;
  }

  /** How many rows are in the table. */
  get size(): number {
    return this.#size;
  }

  /** The row of a name; −1 where there is none. */
  row(name: string): number {
    return (this.#places[this.#find(name)] as number) - 1;
  }

  /** Adds a row whose name no other row has. */
  add(row: number): void {
    if (2 * ++this.#size > this.#places.length) {
      const [places, hashes] = [this.#places, this.#hashes];
      this.#places = new Int32Array(2 * places.length);
      this.#hashes = new Int32Array(2 * places.length);
      for (let place = 0; place < places.length; place++) this.#put(places[place] as number, hashes[place] as number);
    }
    this.#put(row + 1, this.#hash(this.#names[row] as string));
  }

  /** Takes a row out. */
  remove(row: number): void {
    let place = this.#find(this.#names[row] as string);
    this.#places[place] = 0;
    this.#size--;
    // those behind it may have been meant for a place before the gap
    for (;;) {
      place = (place + 1) % this.#places.length;
      const other = this.#places[place] as number;
      if (other === 0) return;
      this.#places[place] = 0;
      this.#put(other, this.#hashes[place] as number);
    }
  }

  /** Puts a row, if it is one, into the first place that is free. */
  #put(row: number, hash: number): void {
    if (row === 0) return;
    const last = this.#places.length - 1;
    let place = hash & last;
    while (this.#places[place] !== 0) place = (place + 1) & last;
    this.#places[place] = row;
    this.#hashes[place] = hash;
  }

  #hash(name: string): number {
    return scrambled(hashOf(name, this.#seed));
  }

  /** The place of a name, or the free one where it would be. */
  #find(name: string): number {
    const hash = this.#hash(name);
    const last = this.#places.length - 1;
    let place = hash & last;
    for (;;) {
      const row = this.#places[place] as number;
      if (row === 0 || (this.#hashes[place] === hash && this.#names[row - 1] === name)) return place;
      place = (place + 1) & last;
    }
  }
}
