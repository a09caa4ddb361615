import fc from "fast-check";
import { expect, test } from "vitest";
import type { AccountHandle } from "../src/types.js";
import { HandleTable, type Place } from "../src/worker/handle-table.js";

const GENERATION = 2 ** 24;
const SHARDS = 3;
/** More items at once than a table has room for at first. */
const RESERVED_FIRST = 100;

/** What a table must be, as maps. */
class Model {
  readonly places = new Map<AccountHandle, Place>();
  readonly reserved: AccountHandle[] = [];
  readonly stale = new Set<AccountHandle>();
  /** Where shards gave out a local handle last, so that they never give one out twice. */
  #next = 0;

  newPlace(): Place {
    this.#next++;
    return { shard: this.#next % SHARDS, local: this.#next };
  }

  remove(handle: AccountHandle): void {
    if (this.places.delete(handle)) this.stale.add(handle);
  }

  check(table: HandleTable<AccountHandle>): void {
    expect(new Set(table.placed)).toEqual(new Set(this.places.keys()));
    expect(new Set(table.stale())).toEqual(this.stale);
    for (const [handle, place] of this.places) {
      expect([table.find(handle, "h"), table.owner(place.shard, place.local)]).toEqual([place, handle]);
    }
    for (const handle of this.stale) {
      expect(() => table.find(handle, "h")).toThrowError(expect.objectContaining({ code: "STALE_HANDLE" }));
    }
    for (const handle of this.places.keys()) {
      const later = (handle + GENERATION) as AccountHandle;
      expect(() => table.find(later, "h")).toThrowError(expect.objectContaining({ code: "UNKNOWN_HANDLE" }));
      const { shard, local } = this.places.get(handle) as Place;
      expect(table.owner((shard + 1) % SHARDS, local)).toBeUndefined();
      expect(table.owner(shard, local + GENERATION)).toBeUndefined();
    }
    const past = table.extent as AccountHandle;
    expect(() => table.find(past, "h")).toThrowError(expect.objectContaining({ code: "UNKNOWN_HANDLE" }));
  }
}

/** A table that has taken up another's words, which lie among others. */
function taken(table: HandleTable<AccountHandle>): HandleTable<AccountHandle> {
  const { words } = table;
  const around = Float64Array.of(Number.NaN, ...words, 7, 7);
  const other = new HandleTable<AccountHandle>();
  expect(other.take(around, 1)).toBe(1 + words.length);
  expect(other.words).toEqual(words);
  return other;
}

const STEPS = ["reserve", "place", "move", "remove", "give back", "fill"] as const;

test("a table of handles is a map from those that live to their places, whatever comes and goes", () => {
  const step = fc.tuple(fc.constantFrom(...STEPS), fc.nat());
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
      let table = new HandleTable<AccountHandle>();
      const model = new Model();
      for (let i = 0; i < RESERVED_FIRST; i++) model.reserved.push(table.reserve());
      for (const [kind, draw] of steps) {
        const live = [...model.places.keys()];
        const handle = live[draw % live.length];
        const reserved = model.reserved[draw % model.reserved.length];
        if (kind === "reserve") {
          const fresh = table.reserve();
          expect(model.reserved.includes(fresh) || model.places.has(fresh) || model.stale.has(fresh)).toBe(false);
          model.reserved.push(fresh);
        } else if (kind === "place" && reserved !== undefined) {
          const place = model.newPlace();
          table.place(reserved, place.shard, place.local);
          model.places.set(reserved, place);
          model.reserved.splice(model.reserved.indexOf(reserved), 1);
        } else if (kind === "move" && handle !== undefined) {
          const place = model.newPlace();
          table.place(handle, place.shard, place.local);
          model.places.set(handle, place);
        } else if (kind === "remove" && handle !== undefined) {
          model.remove(handle);
          table.remove(handle);
          // once is enough
          table.remove(handle);
        } else if (kind === "give back" && reserved !== undefined) {
          model.reserved.splice(model.reserved.indexOf(reserved), 1);
          table.remove(reserved);
        } else if (kind === "fill" && handle !== undefined && reserved !== undefined) {
          // an item has gone unsaid, and its shard has given its slot to the next
          const { shard, local } = model.places.get(handle) as Place;
          const place = { shard, local: local + GENERATION };
          table.place(reserved, place.shard, place.local);
          model.remove(handle);
          model.places.set(reserved, place);
          model.reserved.splice(model.reserved.indexOf(reserved), 1);
        }
      }
      for (const reserved of model.reserved.splice(0)) table.remove(reserved);
      model.check(table);
      table = taken(table);
      model.check(table);
      // who was free there is free here, and none is given out twice
      const extent = table.extent;
      const free = extent - model.places.size;
      const fresh = Array.from({ length: free + 1 }, () => table.reserve());
      expect(new Set(fresh).size).toBe(free + 1);
      expect(fresh.some((handle) => model.places.has(handle) || model.stale.has(handle))).toBe(false);
      expect(table.extent).toBe(extent + 1);
    }),
  );
});

test("handles and places are kept as a table grows", () => {
  const table = new HandleTable<AccountHandle>();
  for (let i = 0; i < 60; i++) table.place(table.reserve(), i % SHARDS, i);
  for (let i = 0; i < 10; i++) table.remove(i as AccountHandle);
  for (let i = 0; i < 100; i++) table.reserve();
  const placed = table.placed.map((handle) => {
    const { shard, local } = table.find(handle, "h");
    return [handle, shard, local];
  });
  expect(placed).toEqual(Array.from({ length: 50 }, (_, i) => [i + 10, (i + 10) % SHARDS, i + 10]));
  expect(Array.from(table.stale())).toEqual(Array.from({ length: 10 }, (_, i) => i));
});

test("a slot whose handles are used up is never given out again", () => {
  const table = new HandleTable<AccountHandle>();
  for (let generation = 0; generation < 256; generation++) {
    const handle = table.reserve();
    expect(handle).toBe(GENERATION * generation);
    table.place(handle, 0, handle);
    table.remove(handle);
  }
  expect(table.reserve()).toBe(1);
  expect(table.placed).toEqual([]);
});
