/** What waits on the calling side until workers have done it: the journal, events whose cause is undecided, and buffers. */
import { expect, test } from "vitest";
import { EVENT_WORDS } from "../src/core/layout.js";
import { type Batch, Entry } from "../src/worker/asked.js";
import { BufferPool } from "../src/worker/buffer-pool.js";
import { HeldEvents } from "../src/worker/held-events.js";
import { Journal } from "../src/worker/journal.js";

function change(order: number, turn = order): Entry {
  const entry = new Entry("deposit", [], undefined, turn, false);
  entry.order = order;
  return entry;
}

function ticks(order: number, numbers: number): Entry {
  const batch: Batch = { words: new Float64Array(numbers), left: 1, journals: 1, tookMs: 0 };
  const entry = new Entry(undefined, [], batch, order, true);
  entry.order = order;
  return entry;
}

test("a checkpoint is due by weight, and takes the place of what came before it was asked for", async () => {
  const released: Batch[] = [];
  const journal = new Journal(4, { onReleased: (batch) => void released.push(batch) }, undefined);
  const first = ticks(1, 1024); // 1 + 1024 / 512
  journal.add(first);
  expect([journal.isDue, journal.isWorthCutting]).toEqual([false, false]);
  journal.add(change(2));
  expect([journal.isDue, journal.isWorthCutting]).toEqual([true, true]);
  const base = Uint8Array.of(1, 2, 3);
  await journal.cut((mayBeBase) => {
    expect(mayBeBase).toBe(true);
    journal.add(change(3));
    return Promise.resolve({ isBase: true, bytes: base });
  });
  expect([journal.entries.map(({ order }) => order), released, await journal.snapshot()]).toEqual([
    [3],
    [first.batch],
    Uint8Array.of(1, 2, 3),
  ]);
  // what came meanwhile weighs 1
  for (const order of [4, 5]) journal.add(change(order));
  expect(journal.isDue).toBe(false);
  journal.add(change(6));
  expect(journal.isDue).toBe(true);
  const changes = Uint8Array.of(4, 5);
  await journal.cut(() => Promise.resolve({ isBase: false, bytes: changes.slice() }));
  expect([journal.entries, await journal.snapshot()]).toEqual([[], Uint8Array.of(1, 2, 3, 4, 5)]);
  // the next takes the place of these, and not of the base
  await journal.cut(() => Promise.resolve({ isBase: false, bytes: Uint8Array.of(6) }));
  expect(await journal.snapshot()).toEqual(Uint8Array.of(1, 2, 3, 6));
  // what is forgotten is as if it had never been added, and in the end nothing is repeated
  const [kept, forgotten] = [ticks(7, 8), change(8)];
  journal.add(kept);
  journal.add(forgotten);
  journal.forget(forgotten);
  expect(journal.entries).toEqual([kept]);
  journal.clear();
  expect([journal.entries, released]).toEqual([[], [first.batch, kept.batch]]);
});

test("a journal grows to the weight of what a checkpoint holds, or twice as far where none could be made", async () => {
  const journal = new Journal(4, { onReleased: () => {} }, undefined);
  const weighs = (weight: number) => {
    journal.add(ticks(1, 512 * (weight - 2)));
    const before = journal.isDue;
    journal.add(change(2));
    return [before, journal.isDue];
  };
  // 8 · 512 · 10 bytes are as much as 10 counts
  await journal.cut(() => Promise.resolve({ isBase: false, bytes: new Uint8Array(8 * 512 * 10) }));
  expect(weighs(10)).toEqual([false, true]);
  await journal.cut(() => Promise.resolve({ isBase: false, bytes: new Uint8Array(8) }));
  expect(weighs(4)).toEqual([false, true]);
  await journal.cut(() => Promise.resolve({ isBase: true, bytes: new Uint8Array(8 * 512 * 10) }));
  expect(weighs(4)).toEqual([false, true]);
  await journal.cut(() => Promise.reject(new Error("no memory")));
  expect(weighs(8)).toEqual([false, true]);
  expect(journal.entries).toHaveLength(4);
  await journal.cut(() => Promise.resolve(undefined));
  expect(weighs(8)).toEqual([false, true]);
});

test("a checkpoint may be a base where as much as the base has been journaled since, and in a lull", async () => {
  const journal = new Journal(1, { onReleased: () => {} }, new Uint8Array(8 * 512 * 3));
  const mayBeBase = async (isLull: boolean) => {
    let may: boolean | undefined;
    await journal.cut((answer) => {
      may = answer;
      return Promise.resolve(undefined);
    }, isLull);
    return may;
  };
  journal.add(change(1));
  journal.add(change(2));
  expect([await mayBeBase(false), await mayBeBase(true)]).toEqual([false, true]);
  journal.add(change(3));
  expect(await mayBeBase(false)).toBe(true);
  await journal.cut(() => Promise.resolve({ isBase: true, bytes: new Uint8Array(8 * 512 * 3) }));
  for (const order of [4, 5]) journal.add(change(order));
  expect(await mayBeBase(false)).toBe(false);
  journal.add(change(6));
  expect(await mayBeBase(false)).toBe(true);
});

test("a lull is asked for the base that a checkpoint under load was not allowed to be, once", async () => {
  const journal = new Journal(4, { onReleased: () => {} }, undefined);
  const cut = (isLull: boolean) =>
    journal.cut((mayBeBase) => Promise.resolve({ isBase: mayBeBase, bytes: new Uint8Array(8 * 512 * 100) }), isLull);
  await cut(false);
  expect(journal.isWorthCutting).toBe(false);
  journal.add(ticks(1, 512 * 4));
  await cut(false);
  expect(journal.isWorthCutting).toBe(true);
  await cut(true);
  expect(journal.isWorthCutting).toBe(false);
});

test("events of a worker are told once, in order, and only when the fate of their cause is known", () => {
  const told: [number[], number][] = [];
  const sequences = (records: Float64Array) => Array.from(records).filter((_, i) => i % EVENT_WORDS === 0);
  const held = new HeldEvents({ onEvents: (records, turn) => void told.push([sequences(records), turn]) });
  const records = (...numbers: number[]) => {
    const words = new Float64Array(numbers.length * EVENT_WORDS);
    for (const [i, sequence] of numbers.entries()) words[i * EVENT_WORDS] = sequence;
    return words;
  };
  const news = () => told.splice(0);
  const [open, later, refused] = [change(1, 11), change(2, 12), change(3, 13)];
  for (const entry of [later, refused]) entry.verdict = "release";
  open.verdict = "open";
  held.take(open, records(1, 2));
  held.take(later, records(3));
  held.tell();
  expect(news()).toEqual([]);
  open.verdict = "release";
  held.tell();
  expect(news()).toEqual([
    [[1, 2], 11],
    [[3], 12],
  ]);
  // a worker that took over causes again what has been told, and more
  held.take(later, records(2, 3, 4));
  held.take(later, records(4));
  expect(news()).toEqual([[[4], 12]]);
  refused.verdict = "discard";
  held.take(refused, records(5, 6));
  held.take(undefined, records(6, 7));
  expect(news()).toEqual([[[7], 0]]);
  // what waits is dropped with its worker, and nothing is told until the next one says where it stands
  open.verdict = "open";
  held.take(open, records(8));
  held.drop(true);
  held.take(later, records(9));
  held.tell();
  expect([held.isPaused, news()]).toEqual([true, []]);
  held.goOn(8);
  held.tell();
  expect([held.isPaused, news()]).toEqual([false, [[[9], 12]]]);
  // one whose own feed is behind where the last one was counts on from where it stands
  held.drop(true);
  held.goOn(3);
  held.take(later, records(4));
  expect(news()).toEqual([[[4], 12]]);
});

test("buffers come back by their size, and no more than 8 MiB of them are kept", () => {
  const pool = new BufferPool();
  const small = pool.take(3);
  expect([small.length, small.buffer.byteLength]).toEqual([3, 8 * 64]);
  const large = pool.take(65);
  expect([large.length, large.buffer.byteLength]).toEqual([65, 8 * 128]);
  pool.give(large.buffer);
  expect(pool.take(64).buffer).not.toBe(large.buffer);
  expect(pool.take(128).buffer).toBe(large.buffer);
  expect(pool.take(128).buffer).not.toBe(large.buffer);
  const halves = Array.from({ length: 3 }, () => pool.take(2 ** 19).buffer);
  for (const half of halves) pool.give(half);
  const again = halves.map(() => pool.take(2 ** 19).buffer);
  expect(again.map((buffer) => halves.includes(buffer))).toEqual([true, true, false]);
});
