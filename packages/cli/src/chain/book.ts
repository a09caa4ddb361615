import {
  type AccountHandle,
  BANDS,
  type Band,
  createEngine,
  type Engine,
  type InstrumentHandle,
  type MarginModel,
  type Tick,
  type TickStatus,
} from "plimsoll";
import type { RejectedRow } from "../input/csv.js";
import type { Progress } from "../progress.js";
import { LEVERAGE_BUCKETS, leverageBucket, maintenanceLeverages } from "../report/pictures.js";
import { Random, wholePart } from "../scenario/random.js";
import type { ChainRow } from "./read.js";

const BOOK_ACCOUNTS = 1_000;
const BOOK_SEED = 1;
const QUOTE = "USD";
/** Options trade in tenths of a coin, perps in whole dollars. */
const LOTS_PER_COIN = 10;

/**
 * The book's margin model: rates of the underlying's notional, of the order of the exchange's own. Its standard margin, which depends on how
 * far an option is out of the money, is no bracket table.
 */
const BOOK_MODEL: MarginModel = {
  kind: "brackets",
  name: "chain book",
  version: 1,
  date: "2021-02-11",
  defaultTable: { form: "marginal", rows: [{ lower: 0, initialRate: 0.13, maintenanceRate: 0.075 }] },
};
const PERP_BRACKETS = { form: "marginal", rows: [{ lower: 0, initialRate: 0.02, maintenanceRate: 0.01 }] } as const;

/** What became of the seeded book. */
export interface ChainBook {
  readonly accounts: number;
  readonly positions: number;
  /** Accounts by band at the end; one whose figures are missing is in none. */
  readonly bands: Readonly<Record<Band, number>>;
  /** Accounts by bucket of maintenance leverage at the end. */
  readonly maintenanceLeverage: Readonly<Record<string, number>>;
  /** Sums over all accounts, USD. */
  readonly equity: number;
  readonly initial: number;
  readonly maintenance: number;
}

interface BookReplay {
  readonly ticks: number;
  readonly digest: string;
  readonly book: ChainBook;
  /** An account to look at closely, `null` where none was asked for or none has a finite leverage. */
  readonly sample: BookSample | null;
}

/** One account's positions, by which a page can show it along a line of prices. */
export interface BookSample {
  readonly coin: string;
  readonly coinBalance: number;
  /** Price of the underlying now, and all its liquidation prices. */
  readonly reference: number;
  readonly roots: readonly number[];
  readonly positions: readonly { readonly name: string; readonly size: number; readonly entryPrice: number }[];
  /** The last reading of each option held. */
  readonly quotes: readonly ChainRow[];
}

/**
 * Assesses a cross-margin book of seeded accounts on a chain: coin as collateral, coin-settled options bought and sold, some with an inverse
 * perp. Every row of the chain is a tick; the accounts trade at the marks as soon as every option has had one, so that what is left of
 * the file moves them.
 *
 * @param rejected  receives the rows that the engine refuses
 * @param wantSample  whether to look for an account that a page can show
 */
export async function replayBook(
  rows: readonly ChainRow[],
  rejected: RejectedRow[],
  progress: Progress,
  wantSample: boolean,
): Promise<BookReplay> {
  const engine = await createEngine({ quote: QUOTE, model: BOOK_MODEL });
  try {
    const market = new ChainMarket(engine, rows);
    const openAt = market.rowsUntilEveryOptionIsQuoted();
    progress.stage("ticking the chain", rows.length);
    let ticks = 0;
    let accounts: readonly AccountHandle[] = [];
    for (let k = 0; k < rows.length; k++) {
      const row = rows[k] as ChainRow;
      const status = market.tick(row);
      if (status === "applied") ticks += 1;
      else rejected.push({ file: row.file, line: row.line, reason: `the engine refuses the tick: ${status}` });
      if (k + 1 === openAt) accounts = market.openBook();
      engine.drainEvents();
      await progress.advance(k);
    }
    return {
      ticks,
      digest: engine.digest(),
      book: bookFigures(engine),
      sample: wantSample ? market.sample(accounts) : null,
    };
  } finally {
    engine.dispose();
  }
}

function bookFigures(engine: Engine): ChainBook {
  const columns = engine.columns();
  const bands = Object.fromEntries(BANDS.map((band) => [band, 0])) as Record<Band, number>;
  for (const number of columns.band) {
    const band = BANDS[number];
    if (band !== undefined) bands[band] += 1;
  }
  const buckets = Object.fromEntries(LEVERAGE_BUCKETS.map((bucket) => [bucket, 0])) as Record<string, number>;
  for (const leverage of maintenanceLeverages(engine)) {
    const bucket = leverageBucket(leverage);
    if (bucket !== null)
      buckets[LEVERAGE_BUCKETS[bucket] as string] = (buckets[LEVERAGE_BUCKETS[bucket] as string] as number) + 1;
  }
  const { equity, initial, maintenance } = engine.totals();
  const { accounts, positions } = engine.stats();
  return { accounts, positions, bands, maintenanceLeverage: buckets, equity, initial, maintenance };
}

/** The chain's instruments in an engine, and the accounts on them. */
class ChainMarket {
  readonly #engine: Engine;
  readonly #rows: readonly ChainRow[];
  readonly #options = new Map<string, InstrumentHandle>();
  readonly #perps = new Map<string, InstrumentHandle>();
  /** Last reading of each option. */
  readonly #latest = new Map<string, ChainRow>();

  constructor(engine: Engine, rows: readonly ChainRow[]) {
    this.#engine = engine;
    this.#rows = rows;
    for (const row of rows) {
      if (!this.#perps.has(row.coin)) this.#perps.set(row.coin, addCoin(engine, row.coin));
      if (!this.#options.has(row.name)) this.#options.set(row.name, addOption(engine, row));
    }
  }

  tick(row: ChainRow): TickStatus {
    this.#latest.set(row.name, row);
    const { timeMs, index } = row;
    const status = this.#engine.tick(known(this.#perps, row.coin), { mark: index, index, timeMs });
    return status === "applied" ? this.#engine.tick(known(this.#options, row.name), optionTick(row)) : status;
  }

  /** How many rows it takes until each option has been read once. */
  rowsUntilEveryOptionIsQuoted(): number {
    const seen = new Set<string>();
    return this.#rows.findIndex((row) => seen.add(row.name).size === this.#options.size) + 1;
  }

  openBook(): AccountHandle[] {
    const random = new Random(BOOK_SEED, 5);
    const coins = [...this.#perps.keys()];
    return Array.from({ length: BOOK_ACCOUNTS }, (_, k) =>
      this.#openAccount(`book-${k}`, coins[random.index(coins.length)] as string, random),
    );
  }

  /**
   * 0.5 to 50 coins, up to six options on 0.3 to 20 times that, two in three sold, and a perp for every third. Most are lightly loaded; some
   * hold more than an exchange would let them open, so that the bands are in use though a chain's file spans minutes at most.
   */
  #openAccount(id: string, coin: string, random: Random): AccountHandle {
    const engine = this.#engine;
    const coins = wholePart(random.between(0.5, 50) * 1024) / 1024;
    const account = engine.addAccount({ id, collateral: { [coin]: coins } });
    const chain = [...this.#latest.values()].filter(
      (row) => row.coin === coin && row.published.price !== undefined && row.published.price > 0,
    );
    const count = chain.length === 0 ? 0 : 1 + random.index(6);
    const draw = random.uniform();
    const load = 0.3 + 19.7 * draw * draw * draw;
    const lots = wholePart((coins * load * LOTS_PER_COIN) / (count + 1)) + 1;
    for (let i = 0; i < count; i++) {
      const row = chain[random.index(chain.length)] as ChainRow;
      const size = (random.chance(0.67) ? -lots : lots) / LOTS_PER_COIN;
      engine.fill(account, known(this.#options, row.name), { size, price: row.published.price as number });
    }
    const perpShare = random.chance(0.33) ? random.between(-1.5, 1.5) : 0;
    const index = chain[0]?.index ?? 0;
    const dollars = wholePart(coins * index * perpShare);
    if (dollars !== 0) engine.fill(account, known(this.#perps, coin), { size: dollars, price: index });
    return account;
  }

  /** The account with most liquidation prices, the nearest of equals. */
  sample(accounts: readonly AccountHandle[]): BookSample | null {
    let best:
      | { readonly account: AccountHandle; readonly coin: string; readonly roots: number; readonly move: number }
      | undefined;
    for (const account of accounts) {
      const assessment = this.#engine.assess(account);
      const coin = assessment.assets[0]?.id;
      if (coin === undefined || assessment.leverage.maintenance.state !== "finite") continue;
      const { down, up } = assessment.liquidation.for(coin);
      const moves = [...down, ...up].map(({ move }) => Math.abs(move));
      const move = moves.length === 0 ? Number.POSITIVE_INFINITY : Math.min(...moves);
      if (best === undefined || moves.length > best.roots || (moves.length === best.roots && move < best.move))
        best = { account, coin, roots: moves.length, move };
    }
    return best === undefined ? null : this.#sampleOf(best.account, best.coin);
  }

  #sampleOf(account: AccountHandle, coin: string): BookSample {
    const { assets, contributions, liquidation } = this.#engine.assess(account);
    const { reference, down, up } = liquidation.for(coin);
    return {
      coin,
      coinBalance: assets[0]?.amount ?? 0,
      reference,
      roots: [...down, ...up].map(({ price }) => price),
      positions: contributions.map(({ id, size, entryPrice }) => ({ name: id, size, entryPrice })),
      quotes: contributions.flatMap(({ id }) => this.#latest.get(id) ?? []),
    };
  }
}

function addCoin(engine: Engine, coin: string): InstrumentHandle {
  engine.addUnderlying({ id: coin });
  engine.addAsset({ id: coin, underlying: coin });
  return engine.addInstrument({
    id: `${coin}-PERPETUAL`,
    kind: "perp",
    underlying: coin,
    payoff: "inverse",
    settle: coin,
    sizeDecimals: 0,
    brackets: PERP_BRACKETS,
  });
}

function addOption(engine: Engine, row: ChainRow): InstrumentHandle {
  return engine.addInstrument({
    id: row.name,
    kind: "option",
    underlying: row.coin,
    payoff: "inverse",
    settle: row.coin,
    sizeDecimals: 1,
    option: row.side,
    strike: row.strike,
    expiryMs: row.expiryMs,
  });
}

/** Mark and volatility as published; the mark's difference to the model (the volatility is rounded) is carried along by the engine. */
function optionTick({ vol, forward, timeMs, published }: ChainRow): Tick {
  const mark = published.price !== undefined && published.price > 0 ? { mark: published.price } : {};
  return { ...mark, vol, underlyingPrice: forward, timeMs };
}

function known(handles: ReadonlyMap<string, InstrumentHandle>, name: string): InstrumentHandle {
  const handle = handles.get(name);
  if (handle === undefined) throw new Error(`invariant: ${name} was registered with the chain`);
  return handle;
}

/** Equity and requirement of one account at one price of its underlying, USD. */
export interface LinePoint {
  readonly price: number;
  readonly equity: number;
  readonly maintenance: number;
}

/**
 * An account's equity and maintenance requirement along a line of prices: every forward moves by the ratio of the index, volatility and time
 * are held. Each price is a tick of an engine of its own.
 */
export async function alongTheLine(sample: BookSample, prices: readonly number[]): Promise<LinePoint[]> {
  const engine = await createEngine({ quote: QUOTE, model: BOOK_MODEL });
  try {
    const perp = addCoin(engine, sample.coin);
    const options = sample.quotes.map((row) => ({ row, handle: addOption(engine, row) }));
    const timeMs = Math.max(0, ...sample.quotes.map((row) => row.timeMs));
    engine.tick(perp, { mark: sample.reference, index: sample.reference, timeMs });
    for (const { row, handle } of options) engine.tick(handle, { ...optionTick(row), timeMs });
    const account = engine.addAccount({ id: "sample", collateral: { [sample.coin]: sample.coinBalance } });
    for (const { name, size, entryPrice } of sample.positions) {
      const instrument = options.find(({ row }) => row.name === name)?.handle ?? perp;
      engine.setPosition(account, instrument, { size, entryPrice: Number.isFinite(entryPrice) ? entryPrice : 1 });
    }
    return prices.map((price) => {
      engine.tick(perp, { mark: price, index: price, timeMs });
      for (const { row, handle } of options)
        engine.tick(handle, { vol: row.vol, underlyingPrice: (row.forward * price) / sample.reference, timeMs });
      const { equity, maintenance } = engine.assess(account);
      return { price, equity, maintenance };
    });
  } finally {
    engine.dispose();
  }
}
