/**
 * Prints the bytes that a tick with resident columns allocates on the JavaScript heap, to whole bytes; `node --expose-gc` runs it.
 *
 * A tick writes prices and vols of all rows and computes. The difference of two counts leaves out what counting itself allocates, and
 * all of it fits into the young generation, so that nothing is collected in between.
 */
import { loadMath, ResidentGreeks } from "plimsoll/math";

const ROWS = 16;
/** One boxed number per tick would be a megabyte and more; the young generation has 16. */
const TICKS = 100_000;
const TRIES = 5;
const WARM_UPS = 10;

await loadMath();
const book = new ResidentGreeks({ rows: ROWS });
book.strike.fill(100);
book.years.fill(0.5);
const { spot, vol } = book;

/** @param {number} count */
function tick(count) {
  for (let i = 0; i < count; i++) {
    for (let row = 0; row < ROWS; row++) {
      spot[row] = 100 + ((i + row) & 15);
      vol[row] = 0.2 + 0.01 * ((i + row) & 15);
    }
    book.compute();
  }
}

/**
 * Bytes, the least of several tries: the runtime's own allocations come and go.
 *
 * @param {number} count
 */
function allocatedBy(count) {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < TRIES; i++) {
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    tick(count);
    least = Math.min(least, process.memoryUsage().heapUsed - before);
  }
  return least;
}

if (globalThis.gc === undefined) throw new Error("node --expose-gc is needed");
// until V8 has compiled for good, its own bookkeeping is on the heap too
for (let i = 0; i < WARM_UPS; i++) tick(TICKS);
console.log(Math.round((allocatedBy(2 * TICKS) - allocatedBy(TICKS)) / TICKS));
