import { MessageChannel } from "node:worker_threads";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Ring } from "../src/worker/ring.js";

/** Words that records and their lengths may take together until some are read, and those of the longest record with its length. */
const WORDS = 4_096;
const RECORD_WORDS_MAX = 1_024;

/** Both ends of a ring whose counts of words, read and written, begin at `from`. */
function ringFrom(from = 0) {
  const memory = Ring.memory();
  new Int32Array(memory).fill(from, 0, 2);
  return { writer: new Ring(memory), reader: new Ring(memory) };
}

/** All bytes of records, and where each ends. */
function shapeOf(records: readonly Float64Array[]) {
  return {
    lengths: records.map(({ length }) => length),
    bytes: Buffer.concat(records.map(({ buffer }) => Buffer.from(buffer))),
  };
}

/** A record that no other is like. */
const recordOf = (n: number, length: number) => Float64Array.from({ length }, (_, i) => n + i / length);

/** What the reader finds. */
function readOf(reader: Ring): Float64Array[] {
  const records: Float64Array[] = [];
  reader.read((record) => records.push(record.slice()));
  return records;
}

/** All that is under way between threads has come. */
const tasks = () => new Promise((resolve) => setTimeout(resolve, 5));

test("a record of several parts is read as one", () => {
  const { writer, reader } = ringFrom();
  expect(writer.write([1, 2], Float64Array.of(), Float64Array.of(-0, Number.NaN))).toBe(true);
  expect(writer.write([3])).toBe(true);
  expect(readOf(reader)).toEqual([Float64Array.of(1, 2, -0, Number.NaN), Float64Array.of(3)]);
});

test("a record stays as it is until it has been taken, though the ring be full", () => {
  const { writer, reader } = ringFrom();
  const quarter = recordOf(1, WORDS / 4 - 1);
  for (let n = 0; n < 4; n++) writer.write(quarter);
  const isTaken: boolean[] = [];
  reader.read((record) => {
    // what is written meanwhile has room only where records have been taken already
    isTaken.push(writer.write(recordOf(2, WORDS / 4 - 1)));
    expect(record).toEqual(quarter);
  });
  expect(isTaken).toEqual([false, true, true, true]);
});

test.each([0, 2 ** 31 - 3_000, -3_000])(
  "records of any length come whole and in order, round and round, where counts begin at %i",
  (from) => {
    const lengths = fc.array(fc.integer({ min: 0, max: RECORD_WORDS_MAX - 1 }), { minLength: 20, maxLength: 60 });
    fc.assert(
      fc.property(lengths, fc.array(fc.boolean(), { minLength: 20, maxLength: 60 }), (lengths, reads) => {
        const { writer, reader } = ringFrom(from);
        const written: Float64Array[] = [];
        const read: Float64Array[] = [];
        for (const [n, length] of lengths.entries()) {
          const record = recordOf(n, length);
          // a reader that is behind, until there is no room
          if (reads[n % reads.length]) read.push(...readOf(reader));
          if (!writer.write(record)) {
            read.push(...readOf(reader));
            expect(writer.write(record)).toBe(true);
          }
          written.push(record);
        }
        read.push(...readOf(reader));
        const [given, came] = [shapeOf(written), shapeOf(read)];
        expect(came.lengths).toEqual(given.lengths);
        expect(came.bytes.equals(given.bytes)).toBe(true);
      }),
    );
  },
);

test.each([0, 2 ** 31 - 1_024])("it is full where not one word is left, where counts begin at %i", (from) => {
  const { writer, reader } = ringFrom(from);
  const quarter = recordOf(1, WORDS / 4 - 1);
  for (let n = 0; n < 4; n++) expect(writer.write(quarter)).toBe(true);
  expect(writer.write([])).toBe(false);
  expect(readOf(reader)).toHaveLength(4);
  for (let n = 0; n < 4; n++) expect(writer.write(quarter)).toBe(true);
  expect(writer.write([])).toBe(false);
});

test("a record that is longer than the longest is not taken, nor one that would be parted by the end where the beginning is not read", () => {
  const { writer, reader } = ringFrom();
  expect(writer.write(recordOf(0, RECORD_WORDS_MAX))).toBe(false);
  // 3 · 1,001 words: of the 1,093 at the end 1,022 are left after the next
  for (let n = 0; n < 3; n++) writer.write(recordOf(n, 1_000));
  expect(writer.write(recordOf(3, 70))).toBe(true);
  expect(writer.write(recordOf(4, 1_023))).toBe(false);
  expect(writer.write(recordOf(4, 1_021))).toBe(true);
  expect(readOf(reader)).toHaveLength(5);
  expect(writer.write(recordOf(5, 1_023))).toBe(true);
  expect(readOf(reader)).toEqual([recordOf(5, 1_023)]);
});

test("nothing overtakes a message by the port, which overtakes nothing either", () => {
  const { writer, reader } = ringFrom();
  const taken: (number | string)[] = [];
  const take = ([first]: Float64Array) => void taken.push(first as number);
  writer.write([1]);
  writer.hold();
  writer.hold();
  expect(writer.write([2])).toBe(false);
  reader.release(take);
  taken.push("first by the port");
  expect(writer.write([2])).toBe(false);
  reader.release(take);
  taken.push("second by the port");
  expect(writer.write([2])).toBe(true);
  reader.read(take);
  expect(taken).toEqual([1, "first by the port", "second by the port", 2]);
});

test("a reader that listens is woken, leaves its thread time for others, and hears nothing after the end", async () => {
  const { writer, reader } = ringFrom();
  const taken: number[] = [];
  const others: number[] = [];
  const { port1, port2 } = new MessageChannel();
  port2.on("message", () => others.push(taken.length));
  void reader.listen(([n]) => {
    taken.push(n as number);
    // there is always one more
    if (taken.length < 1_000) writer.write([taken.length]);
    if (taken.length === 1) port1.postMessage("hear me");
  });
  await tasks();
  expect(taken).toEqual([]);
  writer.write([0]);
  await expect.poll(() => taken.length).toBe(1_000);
  expect(taken).toEqual(Array.from({ length: 1_000 }, (_, n) => n));
  expect(others[0]).toBeLessThan(1_000);
  reader.close();
  writer.write([1_000]);
  await tasks();
  expect(taken).toHaveLength(1_000);
  port1.close();
});

test("one that throws is reported as what nobody catches, and the next ones come", async () => {
  const { writer, reader } = ringFrom();
  const taken: number[] = [];
  const uncaught: unknown[] = [];
  const before = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", (error) => uncaught.push(error));
  void reader.listen(([n]) => {
    taken.push(n as number);
    if (n === 1) throw new Error("on purpose");
  });
  for (let n = 0; n < 4; n++) writer.write([n]);
  await expect.poll(() => taken).toEqual([0, 1, 2, 3]);
  await tasks();
  process.removeAllListeners("uncaughtException");
  for (const listener of before) process.on("uncaughtException", listener);
  expect(uncaught).toMatchObject([{ message: "on purpose" }]);
  reader.close();
});
