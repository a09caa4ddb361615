import { expect, test, vi } from "vitest";
import { WorkerError } from "../dist/index.js";
import { EventStream } from "../src/event-stream.js";
import type { AccountHandle, BandEvent, EventGap } from "../src/types.js";

function event(sequence: number, account = 0, to: BandEvent["to"] = "warning"): BandEvent {
  const figures = { timeMs: sequence, equity: 1, maintenance: 1, driver: null };
  return { sequence, account: account as AccountHandle, id: `A${account}`, from: "healthy", to, ...figures };
}

const events = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => event(from + i));

async function readAll(reader: AsyncIterableIterator<BandEvent>): Promise<number[]> {
  const sequences: number[] = [];
  for await (const { sequence } of reader) sequences.push(sequence);
  return sequences;
}

test("a listener that causes events hears them after the one it is told, and so do all others", () => {
  const stream = new EventStream();
  const heard: string[] = [];
  stream.subscribe(({ sequence }) => {
    heard.push(`a${sequence}`);
    if (sequence === 1) stream.push([event(3)]);
  }, {});
  stream.subscribe(({ sequence }) => heard.push(`b${sequence}`), {});
  stream.push([event(1), event(2)]);
  expect(heard).toEqual(["a1", "b1", "a2", "b2", "a3", "b3"]);
  expect(stream.drain().map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
});

test("a listener that drains, or takes a snapshot, finds the events too that it will be told next", () => {
  const stream = new EventStream();
  const heard: number[] = [];
  const found: number[][] = [];
  const sequences = (events: readonly BandEvent[]) => events.map(({ sequence }) => sequence);
  stream.subscribe(({ sequence }) => {
    heard.push(sequence);
    if (sequence === 1) stream.push([event(3)]);
    if (sequence < 3) found.push(sequences(sequence === 1 ? stream.peek() : stream.drain()));
  }, {});
  stream.push([event(1), event(2)]);
  expect([heard, found]).toEqual([
    [1, 2, 3],
    [
      [1, 2, 3],
      [1, 2, 3],
    ],
  ]);
  expect(stream.drain()).toEqual([]);
});

test("whoever subscribes or ends while an event is told neither hears it late nor misses it", () => {
  const stream = new EventStream();
  const heard: string[] = [];
  let isFirst = true;
  stream.subscribe(() => {
    if (!isFirst) return;
    isFirst = false;
    endOther();
    stream.subscribe(({ sequence }) => heard.push(`late ${sequence}`), {});
  }, {});
  const endOther = stream.subscribe(({ sequence }) => heard.push(`other ${sequence}`), {});
  stream.push([event(1)]);
  expect(heard).toEqual([]);
  stream.push([event(2)]);
  expect(heard).toEqual(["late 2"]);
});

test("what a listener throws is reported where it has no handler, and a handler's own error too", async () => {
  const reported = vi.fn();
  vi.stubGlobal("reportError", reported);
  try {
    const stream = new EventStream();
    const broken = () => {
      throw new RangeError("listener");
    };
    stream.subscribe(broken, {});
    const onError = () => {
      throw new RangeError("handler");
    };
    stream.subscribe(broken, { onError });
    const heard = vi.fn();
    stream.subscribe(heard, {});
    stream.push([event(1)]);
    expect(heard).toHaveBeenCalledTimes(1);
    expect(reported.mock.calls.map(([error]) => error.message)).toEqual(["listener", "handler"]);
  } finally {
    vi.unstubAllGlobals();
  }
});

test("a reader keeps the newest, and is told of a gap before the event after it", async () => {
  const stream = new EventStream();
  const gaps: EventGap[] = [];
  const slow = stream.events({ capacity: 3, bands: ["warning"], onGap: (gap) => gaps.push(gap) });
  const other = stream.events({});
  // one in two is filtered out: 1, 3, 5, … remain
  for (let sequence = 1; sequence <= 10; sequence++) {
    stream.push([event(sequence, 0, sequence % 2 === 1 ? "warning" : "healthy")]);
  }
  expect((await slow.next()).value.sequence).toBe(5);
  expect(gaps).toEqual([{ from: 1, to: 3, count: 2 }]);
  stream.push(events(11, 14));
  stream.end();
  expect(await readAll(slow)).toEqual([12, 13, 14]);
  expect(gaps[1]).toEqual({ from: 7, to: 11, count: 3 });
  expect(await readAll(other)).toEqual(events(1, 14).map(({ sequence }) => sequence));
});

test("conflated, every account's last event is there and its `from` is the oldest", async () => {
  const stream = new EventStream();
  const reader = stream.events({ capacity: 2, whenFull: "latest" });
  stream.push([event(1, 7, "warning"), { ...event(2, 8), from: "warning", to: "healthy" }]);
  stream.push([{ ...event(3, 7), from: "warning", to: "liquidatable" }]);
  stream.push([event(4, 9)]);
  stream.end();
  const read: string[] = [];
  for await (const { account, from, to } of reader) read.push(`${account} ${from} → ${to}`);
  expect(read).toEqual(["8 warning → healthy", "7 healthy → liquidatable", "9 healthy → warning"]);
});

test("a million events to a reader that never reads take no more room than it has asked for", async () => {
  const stream = new EventStream();
  const reader = stream.events({ capacity: 100, onGap: () => {} });
  for (let sequence = 1; sequence <= 1_000_000; sequence++) stream.push([event(sequence)]);
  expect(stream.undrained).toBeLessThanOrEqual(131_072);
  stream.end();
  expect((await readAll(reader)).length).toBe(100);
});

test("what nobody has taken waits in its log, however much it is, and one drain gives all of it", () => {
  let log = events(1, 300_000);
  const stream = new EventStream(() => log.splice(0));
  expect(stream.drain()).toHaveLength(300_000);
  log = events(1, 300_000);
  stream.pump();
  expect([stream.peek().length, stream.undrained]).toEqual([300_000, 300_000]);
  expect(stream.drain().at(0)?.sequence).toBe(1);
});

test("subscribers that ask are told of a worker's replacement", () => {
  const stream = new EventStream();
  const told = vi.fn();
  stream.subscribe(() => {}, { onReplaced: told });
  stream.events({ onReplaced: told });
  stream.events({});
  const reason = new WorkerError("WORKER_CRASHED", { path: "", expected: "an answer", received: "none" });
  stream.replaced({ shard: 1, reason });
  expect(told.mock.calls).toEqual([[{ shard: 1, reason }], [{ shard: 1, reason }]]);
});

test("a signal that outlives its subscriptions holds none of them", () => {
  const { signal } = new AbortController();
  const [add, remove] = [vi.spyOn(signal, "addEventListener"), vi.spyOn(signal, "removeEventListener")];
  const stream = new EventStream();
  for (let i = 0; i < 3; i++) stream.subscribe(() => {}, { signal })();
  expect(add).toHaveBeenCalledTimes(3);
  expect(remove).toHaveBeenCalledTimes(3);
  expect(stream.isListening).toBe(false);
});

test("whoever subscribes hears nothing of what lay in the log before, and that waits to be drained", async () => {
  const log = [event(1)];
  const stream = new EventStream(() => log.splice(0));
  const reader = stream.events({});
  const heard = vi.fn();
  log.push(event(2));
  stream.subscribe(({ sequence }) => heard(sequence), {});
  log.push(event(3));
  expect((await reader.next()).value.sequence).toBe(2);
  expect((await reader.next()).value.sequence).toBe(3);
  expect(heard.mock.calls).toEqual([[3]]);
  // a reader that waits is given an event once
  const next = reader.next();
  stream.push([event(4), event(5)]);
  expect([(await next).value.sequence, (await reader.next()).value.sequence]).toEqual([4, 5]);
  expect(stream.drain().map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
});

test("while somebody listens, a log that nobody drains is kept within bounds", () => {
  let log = events(1, 131_073);
  const stream = new EventStream(() => log.splice(0));
  stream.subscribe(() => {}, {});
  expect(stream.undrained).toBe(131_073);
  log = events(131_074, 131_074);
  stream.pump();
  expect([stream.undrained, stream.drain()[0]?.sequence]).toEqual([65_536, 65_539]);
});

test("a reader that has returned gives nothing more, and one that was ended its events and the reason once", async () => {
  const stream = new EventStream();
  const [left, ended] = [stream.events({}), stream.events({})];
  stream.push(events(1, 3));
  expect(await left.return?.()).toEqual({ done: true, value: undefined });
  expect((await left.next()).done).toBe(true);
  const reason = new WorkerError("WORKER_CRASHED", { path: "", expected: "an answer", received: "none" });
  stream.end(reason);
  stream.end(new Error("too late") as WorkerError);
  expect((await ended.next()).value.sequence).toBe(1);
  await ended.next();
  await ended.next();
  await expect(ended.next()).rejects.toBe(reason);
  expect((await ended.next()).done).toBe(true);
  const given = stream.events({});
  stream.end(reason);
  await given.return?.();
  expect((await given.next()).done).toBe(true);
});
