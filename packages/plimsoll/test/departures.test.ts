import { expect, test } from "vitest";
import type { AccountHandle, InstrumentHandle } from "../src/types.js";
import { Departures } from "../src/worker/departures.js";
import { HandleTable } from "../src/worker/handle-table.js";

const GENERATION = 2 ** 24;

test("a handle of a shard belongs to whoever has it now, and not to the one that took its slot there or here", () => {
  const table = new HandleTable<AccountHandle>();
  const first = table.reserve();
  table.place(first, 1, 7);
  expect([table.owner(1, 7), table.owner(0, 7), table.owner(1, 7 + GENERATION)]).toEqual([first, undefined, undefined]);
  table.remove(first);
  expect(table.owner(1, 7)).toBeUndefined();
  const second = table.reserve();
  expect(second).toBe(first + GENERATION);
  table.place(second, 1, 7 + GENERATION);
  expect([table.owner(1, 7), table.owner(1, 7 + GENERATION)]).toEqual([undefined, second]);
});

test("who has gone is known until all events of before have been told", () => {
  const departures = new Departures();
  const [place, other] = [
    { shard: 1, local: 7 },
    { shard: 0, local: 7 },
  ];
  departures.begin(place, 3 as AccountHandle, "me");
  departures.settle(100);
  expect(departures.from(place)).toMatchObject({ account: 3, id: "me" });
  expect(departures.from(other)).toBeUndefined();
  departures.end(place, 100);
  departures.settle(100);
  expect(departures.from(place)?.id).toBe("me");
  departures.settle(101);
  expect([departures.from(place), departures.isEmpty]).toEqual([undefined, true]);
  departures.begin(place, 3 as AccountHandle, "me");
  departures.cancel(place);
  expect(departures.isEmpty).toBe(true);
});

test("an event of before an instrument went was driven by it, one of after by its slot's next", () => {
  const departures = new Departures();
  departures.ofInstrument((5 + GENERATION) as InstrumentHandle, 10);
  expect([departures.fromSlot(5, 10), departures.fromSlot(5, 11), departures.fromSlot(4, 10)]).toEqual([
    5 + GENERATION,
    undefined,
    undefined,
  ]);
  departures.settle(11);
  expect(departures.isEmpty).toBe(true);
});
