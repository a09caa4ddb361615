import fc from "fast-check";
import { expect, test } from "vitest";
import { DataHost, DataLink } from "../src/worker/data-plane.js";
import { sharedMemory } from "../src/worker/ring.js";

/** Of a batch or of events, from none to such as move in a buffer of their own. */
const length = fc.integer({ min: 0, max: 1_500 });
const filled = (length: number, value: number) => new Float64Array(length).fill(value);
const isFilled = (words: Float64Array, length: number, value: number) =>
  words.length === length && words.every((word) => word === value);

test.each([
  ["messages", () => undefined],
  ["shared memory", sharedMemory],
])(
  "batches of any size and their acknowledgements come whole and in the order in which they were sent, by %s",
  async (_, memoryOf) => {
    const exchanges = fc.array(fc.record({ batch: length, events: length, rejections: length, isLate: fc.boolean() }));
    await fc.assert(
      fc.asyncProperty(exchanges, async (exchanges) => {
        const { port1, port2 } = new MessageChannel();
        const memory = memoryOf();
        const applied: number[] = [];
        const host = new DataHost(port2, memory, (item, batch) => {
          const { events, rejections } = exchanges[item - 1] as (typeof exchanges)[0];
          expect(isFilled(batch, exchanges[item - 1]?.batch as number, item)).toBe(true);
          applied.push(item);
          host.done(item, filled(events, 2 * item), filled(rejections, 3 * item), item / 2, batch);
        });
        const acknowledged: number[] = [];
        let end = () => {};
        const ended = new Promise<void>((resolve) => {
          end = resolve;
        });
        const link = new DataLink(port1, memory, {
          done(item, events, rejections, tookMs) {
            const exchange = exchanges[item - 1] as (typeof exchanges)[0];
            expect(isFilled(events, exchange.events, 2 * item)).toBe(true);
            expect(isFilled(rejections, exchange.rejections, 3 * item)).toBe(true);
            expect(tookMs).toBe(item / 2);
            if (acknowledged.push(item) === exchanges.length) end();
          },
        });
        for (const [n, { batch, isLate }] of exchanges.entries()) {
          if (isLate) await new Promise((resolve) => setImmediate(resolve));
          link.post(n + 1, filled(batch, n + 1));
        }
        if (exchanges.length > 0) await ended;
        link.close();
        const order = exchanges.map((_, n) => n + 1);
        expect([applied, acknowledged]).toEqual([order, order]);
      }),
    );
  },
);
