/** The engine with a seeded book in it, through the public API. */
import { createEngine } from "plimsoll";

/** @typedef {import("./book.mjs").Book} Book */

/**
 * Registers a book's instruments and accounts.
 *
 * @param {import("plimsoll").Engine | import("plimsoll").WorkerEngine} engine
 * @param {Book} book
 */
export async function addBook(engine, book) {
  const instruments = await Promise.all(
    book.tiers.map((tiers, k) =>
      engine.addInstrument({
        id: `P${k}`,
        kind: "perp",
        underlying: `U${k}`,
        brackets: { form: "max-leverage", tiers, maintenanceShare: 0.5 },
      }),
    ),
  );
  const accounts = await engine.addAccounts({
    ids: Array.from({ length: book.accounts }, (_, a) => `A${a}`),
    collateral: { USD: book.cash },
    positions: {
      account: book.account,
      instrument: Uint32Array.from(book.instrument, (k) => /** @type {number} */ (instruments[k])),
      size: book.size,
      entryPrice: book.entryPrice,
    },
  });
  return { instruments, accounts };
}

/** An engine that holds a book. Row a of its columns is account a of the book. */
export class EngineWithBook {
  #timeMs = 0;

  /**
   * @param {import("plimsoll").Engine} engine
   * @param {readonly import("plimsoll").InstrumentHandle[]} instruments By the book's instrument.
   */
  constructor(engine, instruments) {
    this.engine = engine;
    this.instruments = instruments;
    this.handles = Uint32Array.from(instruments);
  }

  /** @param {Book} book */
  static async of(book) {
    const engine = await createEngine({ quote: "USD", tickCapacity: book.tiers.length });
    const { instruments, accounts } = await addBook(engine, book);
    const columns = engine.columns();
    for (const [a, account] of accounts.entries()) {
      if (columns.row(account) !== a) throw new Error("a fresh engine gives out rows in order");
    }
    return new EngineWithBook(engine, instruments);
  }

  /** Every account's figures. */
  get columns() {
    return this.engine.columns();
  }

  /**
   * Moves every price in one batch, which assesses every account, and reads the figures' columns.
   *
   * @param {Float64Array} prices
   */
  assess(prices) {
    const { engine, handles } = this;
    const { instrument, mark, timeMs } = engine.ticks;
    instrument.set(handles);
    mark.set(prices);
    timeMs.fill(++this.#timeMs);
    if (engine.applyTicks(prices.length) !== prices.length) throw new Error("a tick was rejected");
    return engine.columns();
  }

  /**
   * Moves one price.
   *
   * @param {number} k Instrument of the book.
   * @param {number} price
   */
  tick(k, price) {
    const instrument = /** @type {import("plimsoll").InstrumentHandle} */ (this.instruments[k]);
    const status = this.engine.tick(instrument, { mark: price, timeMs: ++this.#timeMs });
    if (status !== "applied") throw new Error(`a tick was ${status}`);
  }

  /**
   * Ticks of one instrument in one batch, prices turn and turn about.
   *
   * @param {import("plimsoll").InstrumentHandle} handle
   * @param {number} size
   * @param {number} low
   * @param {number} high
   */
  batch(handle, size, low, high) {
    const { instrument, mark, timeMs } = this.engine.ticks;
    for (let i = 0; i < size; i++) {
      instrument[i] = handle;
      mark[i] = i & 1 ? low : high;
      timeMs[i] = ++this.#timeMs;
    }
    if (this.engine.applyTicks(size) !== size) throw new Error("a tick was rejected");
  }
}
