import { expect, test } from "vitest";
import { NAMES, NO_BAND } from "../src/core/layout.js";
import { Registry } from "../src/engine/registry.js";
import type { BandEvent, InstrumentHandle } from "../src/types.js";
import { AccountDirectory } from "../src/worker/account-directory.js";
import { Departures } from "../src/worker/departures.js";
import { EventTeller } from "../src/worker/event-teller.js";
import type { ShardColumns } from "../src/worker/merge.js";

/** Figures of accounts in the first worker, by their handles there. */
function standing(bands: Readonly<Record<number, number>>) {
  const figures = Float64Array.from(Object.keys(bands), () => 5);
  const handle = Uint32Array.from(Object.keys(bands), Number);
  const band = Uint8Array.from(Object.values(bands));
  const columns = { length: handle.length, handle, band, equity: figures, maintenance: figures };
  return { sequence: 9, timeMs: 4, columns: columns as unknown as ShardColumns };
}

test("a worker whose feed begins anew tells bands that are others than were told, and none of accounts without figures", () => {
  const departures = new Departures();
  const accounts = new AccountDirectory(departures);
  const told: BandEvent[] = [];
  const teller = new EventTeller({
    accounts,
    departures,
    instruments: new Registry<InstrumentHandle>(),
    oldestTurn: () => Number.POSITIVE_INFINITY,
    tell: (events) => told.push(...events),
  });
  for (const [i, id] of ["a", "b", "c"].entries()) accounts.begin(accounts.reserve(id), 0, 10 + i);
  const [healthy, warning] = ["healthy", "warning"].map((name) => NAMES.band.indexOf(name as "healthy")) as [
    number,
    number,
  ];
  // the last is nobody's yet
  teller.resume(0, standing({ 10: warning, 11: NO_BAND, 12: healthy, 13: warning }));
  expect(told.map(({ id, from, to, sequence }) => [id, from, to, sequence])).toEqual([["a", "healthy", "warning", 1]]);
  teller.resume(0, standing({ 10: warning, 11: warning, 12: NO_BAND }));
  expect(told.slice(1).map(({ id, from, to }) => [id, from, to])).toEqual([["b", "healthy", "warning"]]);
});
