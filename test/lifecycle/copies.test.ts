/** What the calling side copies: memory that it touches anew is what holds a page up, and what is moved costs it nothing. */
import { type AccountHandle, createWorkerEngine, venues, type WorkerEngine } from "plimsoll";
import { afterEach, expect, test, vi } from "vitest";

const ACCOUNTS = 20_000;
const POSITIONS = 20;
const PIECE_BYTES = 2 ** 22;
/** What is journaled beside what is asked for here: some bytes. */
const FEW = 10_000;

let engine: WorkerEngine;

afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  await engine.dispose();
});

/** Bytes of typed arrays that are copied with messages: in the largest one, in one task, in all; of clones too. */
function countCopies(): { largest: number; inOneTask: number; all: number } {
  const copies = { largest: 0, inOneTask: 0, all: 0 };
  let inThisTask = 0;
  const count = (message: unknown, moved: readonly unknown[]) => {
    const bytes = bytesIn(message, new Set(moved));
    if (inThisTask === 0) setImmediate(() => (inThisTask = 0));
    inThisTask += bytes;
    copies.inOneTask = Math.max(copies.inOneTask, inThisTask);
    copies.largest = Math.max(copies.largest, bytes);
    copies.all += bytes;
  };
  const post = MessagePort.prototype.postMessage;
  vi.spyOn(MessagePort.prototype, "postMessage").mockImplementation(function (this: MessagePort, message, moved) {
    count(message, (moved ?? []) as readonly unknown[]);
    Reflect.apply(post, this, [message, moved]);
  });
  const clone = structuredClone;
  vi.stubGlobal("structuredClone", (value: unknown, options?: StructuredSerializeOptions) => {
    count(value, options?.transfer ?? []);
    return clone(value, options);
  });
  return copies;
}

function bytesIn(value: unknown, moved: ReadonlySet<unknown>): number {
  if (ArrayBuffer.isView(value)) return moved.has(value.buffer) ? 0 : value.byteLength;
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce((sum: number, item) => sum + bytesIn(item, moved), 0);
}

async function withBook(): Promise<AccountHandle[]> {
  engine = await createWorkerEngine({ model: venues.hyperliquid(), workers: 2 });
  const instruments = await Promise.all(
    Array.from({ length: POSITIONS }, (_, k) => {
      return engine.addInstrument({ id: `I${k}`, kind: "perp", underlying: `U${k}`, maxLeverage: 10 });
    }),
  );
  return engine.addAccounts(columns(instruments));
}

function columns(instruments: readonly number[]) {
  const rows = ACCOUNTS * POSITIONS;
  return {
    ids: Array.from({ length: ACCOUNTS }, (_, a) => `A${a}`),
    collateral: { USDC: new Float64Array(ACCOUNTS).fill(1e6) },
    positions: {
      account: Uint32Array.from({ length: rows }, (_, row) => Math.floor(row / POSITIONS)),
      instrument: Uint32Array.from({ length: rows }, (_, row) => instruments[row % POSITIONS] as number),
      size: new Float64Array(rows).fill(1),
      entryPrice: new Float64Array(rows).fill(100),
    },
  };
}

test("columns of accounts are dealt, and copied no more than once, as they are sent", async () => {
  const copies = countCopies();
  await withBook();
  // per position a place and a handle of 4 bytes, size and price of 8; per account its balance
  expect(copies.all).toBeLessThan(ACCOUNTS * (POSITIONS * 24 + 8) + FEW);
  expect(copies.all).toBeGreaterThan(ACCOUNTS * POSITIONS * 24);
});

test("columns of many accounts are dealt and sent in portions, a few in a task", async () => {
  const copies = countCopies();
  await withBook();
  expect(copies.all).toBeGreaterThan(2 * PIECE_BYTES);
  expect(copies.inOneTask).toBeLessThan(PIECE_BYTES / 2);
});

test("parts of a snapshot move, and so does what a worker starts from", async () => {
  await withBook();
  const copies = countCopies();
  const snapshot = await engine.snapshot();
  expect(snapshot.length).toBeGreaterThan(3 * PIECE_BYTES);
  expect(copies.all).toBeLessThan(FEW);
  await engine.dispose();
  engine = await createWorkerEngine({ snapshot, workers: 1 });
  expect(copies.all).toBeLessThan(FEW);
  expect((await engine.stats()).accounts).toBe(ACCOUNTS);
});

test("accounts that move to another worker go in portions", async () => {
  await withBook();
  const copies = countCopies();
  await engine.resize(1);
  expect((await engine.stats()).accounts).toBe(ACCOUNTS);
  expect(copies.all).toBeGreaterThan(1.5 * PIECE_BYTES);
  expect(copies.largest).toBeLessThan(1.1 * PIECE_BYTES);
});
