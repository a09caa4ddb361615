/** A seeded life of a book on any engine of the family, and all that can be said of it afterwards, to compare hosts by. */
import type * as plimsoll from "plimsoll";
import { PlimsollError, venues } from "plimsoll";
import { uniform } from "../../bench/inputs/random.mjs";

type AnyEngine = plimsoll.Engine | plimsoll.WorkerEngine;

const UNDERLYINGS = ["BTC", "ETH", "SOL", "DOGE"];
const FIRST_PRICES = [60_000, 3_000, 150, 0.2];
const HOUR_MS = 3_600_000;
const EXPIRY_MS = 2 * HOUR_MS;
/** Ticks between two waits for the engine, so that no host falls behind and conflates. */
const TICKS_PER_FLUSH = 100;

export const OPTIONS: plimsoll.EngineOptions = { model: venues.hyperliquid(), tickCapacity: 64 };

/** What an engine says of itself. */
export interface Said {
  readonly figures: Record<string, unknown>;
  readonly totals: plimsoll.Totals;
  readonly digest: string;
  readonly timeMs: number;
  readonly counts: Record<string, number>;
  readonly events: readonly plimsoll.BandEvent[];
  readonly refusals: readonly string[];
}

export class SeededLife {
  #engine: AnyEngine;
  readonly #random: () => number;
  #instruments: plimsoll.InstrumentHandle[] = [];
  #accounts: plimsoll.AccountHandle[] = [];
  #orders: plimsoll.OrderHandle[] = [];
  readonly #prices = [...FIRST_PRICES];
  #timeMs = 1;
  #option = 0 as plimsoll.InstrumentHandle;
  readonly #events: plimsoll.BandEvent[] = [];
  readonly #refusals: string[] = [];

  constructor(engine: AnyEngine, seed: number) {
    this.#engine = engine;
    this.#random = uniform(seed);
  }

  /** Time of the last tick. */
  get timeMs(): number {
    return this.#timeMs;
  }

  /** Registers the market, `accounts` accounts and their first positions. */
  async begin(accounts: number): Promise<void> {
    const engine = this.#engine;
    await engine.addAsset({ id: "ETH", underlying: "ETH", haircuts: [{ upTo: 10, factor: 0.9 }, { factor: 0.8 }] });
    for (const underlying of UNDERLYINGS) {
      const id = `${underlying}-PERP`;
      this.#instruments.push(await engine.addInstrument({ id, kind: "perp", underlying, maxLeverage: 50 }));
    }
    const option = { kind: "option", underlying: "BTC", option: "put", strike: 59_000, maxLeverage: 10 } as const;
    this.#option = await engine.addInstrument({ id: "put", ...option, expiryMs: EXPIRY_MS });
    const half = Math.floor(accounts / 2);
    const rows = 3 * half;
    this.#accounts = await engine.addAccounts({
      ids: Array.from({ length: half }, (_, i) => `bulk ${i}`),
      collateral: { USDC: this.#column(half, () => 2_000 + 8_000 * this.#random()) },
      positions: {
        account: this.#column(rows, (row) => row % half),
        instrument: this.#column(rows, (row) => this.#instruments[Math.floor(row / half)] as number),
        size: this.#column(rows, () => Math.round(20 * (this.#random() - 0.5)) / 100),
        entryPrice: this.#column(rows, (row) => FIRST_PRICES[Math.floor(row / half)] as number),
      },
    });
    for (let i = half; i < accounts; i++) {
      const collateral = { USDC: (1_000 + 9_000 * this.#random()).toFixed(7), ETH: i % 3 };
      this.#accounts.push(await engine.addAccount({ id: `one ${i}`, collateral }));
    }
    for (let k = 0; k < UNDERLYINGS.length; k++) this.#tick(k);
    engine.tick(this.#option, { underlyingPrice: 60_000, vol: 0.6, timeMs: this.#timeMs });
  }

  /** Goes on in another engine, which has started from a snapshot of the one before. */
  moveTo(engine: AnyEngine): void {
    this.#engine = engine;
  }

  /** So many steps, most of them ticks. */
  async live(steps: number, onStep: (step: number) => void | Promise<void> = () => {}): Promise<void> {
    for (let step = 0; step < steps; step++) {
      const draw = this.#random();
      if (draw < 0.8) this.#tick(this.#index(UNDERLYINGS.length));
      else if (draw < 0.85) this.#tickColumns();
      else await this.#try(this.#act(Math.floor((16 * (draw - 0.85)) / 0.15)));
      if (step % TICKS_PER_FLUSH === 0) this.#events.push(...(await this.#persist(() => this.#engine.drainEvents())));
      await onStep(step);
    }
  }

  async say(): Promise<Said> {
    const engine = this.#engine;
    this.#events.push(...(await this.#persist(() => engine.drainEvents())));
    const columns = await this.#persist(() => engine.columns());
    const figures: Record<string, unknown> = {};
    for (const account of this.#accounts) {
      const row = columns.row(account);
      const { account: _, liquidation, ...assessment } = await this.#persist(() => engine.assess(account));
      figures[row] = {
        assessment,
        liquidation: await this.#persist(() => liquidation.for("BTC")),
        columns: [
          columns.equity[row],
          columns.initial[row],
          columns.maintenance[row],
          columns.positionValue[row],
          columns.initialLeverage[row],
          columns.maintenanceLeverage[row],
          columns.leverageState[row],
          columns.band[row],
          columns.status[row],
        ],
      };
    }
    const { accounts, positions, orders, instruments, assets, ticks } = await this.#persist(() => engine.stats());
    return {
      figures,
      totals: await this.#persist(() => engine.totals()),
      digest: await this.#persist(() => engine.digest()),
      timeMs: await this.#persist(() => engine.timeMs),
      counts: { accounts, positions, orders, instruments, assets, ticks },
      events: this.#events,
      refusals: this.#refusals,
    };
  }

  /** Refusals are part of the life, and must be the same everywhere. */
  async #try(act: () => unknown): Promise<void> {
    try {
      await this.#persist(act);
    } catch (error) {
      if (!(error instanceof PlimsollError)) throw error;
      this.#refusals.push(`${error.code} ${error.path}`);
    }
  }

  /** A call that was under way when a worker crashed has changed nothing, so it is made again. */
  async #persist<Result>(call: () => Result): Promise<Awaited<Result>> {
    for (;;) {
      try {
        return await call();
      } catch (error) {
        if (!(error instanceof PlimsollError && error.code === "WORKER_CRASHED")) throw error;
      }
    }
  }

  /** A step that is no tick. */
  #act(kind: number): () => unknown {
    const engine = this.#engine;
    const [account, other] = [this.#anyAccount(), this.#anyAccount()];
    const k = this.#index(UNDERLYINGS.length);
    const instrument = this.#instruments[k] as plimsoll.InstrumentHandle;
    const price = this.#prices[k] as number;
    const draw = this.#random();
    const size = Math.round((1_000 * (this.#random() - 0.5) * 1_000) / price) / 1_000;
    switch (kind) {
      case 0:
      case 1:
      case 2:
      case 3:
        return () =>
          engine.fill(account, instrument, { size, price, fee: (0.0005 * Math.abs(size) * price).toFixed(9) });
      case 4:
        return () => engine.deposit(account, "USDC", (100 * draw).toFixed(5));
      case 5:
        return () => engine.withdraw(account, "USDC", (100 * draw).toFixed(5));
      case 6:
      case 7:
        return () => engine.transfer(account, other, "USDC", (50 * draw).toFixed(11));
      case 8:
        return async () => this.#orders.push(await engine.placeOrder(account, instrument, { size, price }));
      case 9: {
        const order = this.#orders.pop();
        if (order === undefined) return () => {};
        return () => (draw < 0.5 ? engine.cancelOrder(order) : engine.fillOrder(order));
      }
      case 10:
        return () => engine.fund(instrument, { rate: 0.0002 * (draw - 0.5) });
      case 11:
        return () => engine.setLeverage(account, instrument, 1 + Math.floor(40 * draw));
      case 12:
        return () => engine.fill(account, this.#option, { size: Math.round(size * 100) / 100, price: 900 });
      case 13:
        this.#timeMs += 1_000;
        return () => engine.advance(this.#timeMs);
      case 14:
        return () => engine.replaceTable(instrument, { maxLeverage: 20 + Math.floor(30 * draw) });
      default:
        return async () => this.#accounts.push(await engine.isolate(account, instrument, { margin: 10 }));
    }
  }

  #tick(k: number): void {
    this.#prices[k] = (this.#prices[k] as number) * (1 + 0.02 * (this.#random() - 0.5));
    const mark = this.#prices[k] as number;
    this.#engine.tick(this.#instruments[k] as plimsoll.InstrumentHandle, { mark, index: mark, timeMs: ++this.#timeMs });
  }

  #tickColumns(): void {
    const { ticks } = this.#engine;
    for (let k = 0; k < UNDERLYINGS.length; k++) {
      this.#prices[k] = (this.#prices[k] as number) * (1 + 0.03 * (this.#random() - 0.5));
      ticks.instrument[k] = this.#instruments[k] as number;
      ticks.mark[k] = this.#prices[k] as number;
      ticks.timeMs[k] = ++this.#timeMs;
    }
    this.#engine.applyTicks(UNDERLYINGS.length);
  }

  #anyAccount(): plimsoll.AccountHandle {
    return this.#accounts[this.#index(this.#accounts.length)] as plimsoll.AccountHandle;
  }

  #index(count: number): number {
    return Math.floor(count * this.#random());
  }

  #column(rows: number, value: (row: number) => number): Float64Array {
    return Float64Array.from({ length: rows }, (_, row) => value(row));
  }
}
