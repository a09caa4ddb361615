import {
  type AccountHandle,
  type Assessment,
  type Band,
  type BandEvent,
  createEngine,
  type Engine,
  type InstrumentHandle,
  PlimsollError,
  venues,
} from "plimsoll";
import type { RejectedRow } from "../input/csv.js";
import type { Progress } from "../progress.js";
import type { FillsExport, LiquidationRecord, Origin, Trade, Transfer } from "./export.js";
import type { Onset } from "./false-calls.js";
import { isLiquidatable, judge, type LiquidationRow, RecordedMarkProbe } from "./judge.js";

const QUOTE = "USD";
/** What the exchange offered on every coin at that time; maintenance is half of its initial margin. */
const MAX_LEVERAGE = 50;

/** Someone who wants to look at the engine while the replay runs; figures for pictures are taken so. */
export interface FillsObserver {
  /** After the prices and before the fills of every second. */
  onSecond(engine: Engine, timeMs: number, account: (user: string) => AccountHandle): void;
  onPrice(coin: string, timeMs: number, price: number): void;
}

interface FillsReplay {
  readonly accounts: number;
  readonly ticks: number;
  readonly digest: string;
  readonly liquidations: LiquidationRow[];
  /** Every time an account became liquidatable, whatever the exchange did. */
  readonly onsets: Onset[];
  /** When a user first did, without rebuilt equity, what the exchange allows only with it. */
  readonly cashMissingSinceMs: ReadonlyMap<string, number>;
}

/**
 * Rebuilds every user's cash and positions from raw transfers and fills, and assesses every affected account at every price.
 *
 * One second at a time: first its prices, each a tick in the file's order; then the recorded liquidations of that second are judged,
 * whose accounts have not yet met their own fills; then transfers, then fills. So the position judged is the one before the second and
 * the mark is the last trade up to and including it.
 *
 * @param rejected  receives the rows that the engine refuses
 */
export async function replayFills(
  data: FillsExport,
  rejected: RejectedRow[],
  progress: Progress,
  observer?: FillsObserver,
): Promise<FillsReplay> {
  const model = venues.hyperliquid2023();
  const engine = await createEngine({ quote: QUOTE, model });
  const probe = await RecordedMarkProbe.create(QUOTE, model, MAX_LEVERAGE);
  try {
    const book = new Book(engine, data);
    const liquidations: LiquidationRow[] = [];
    let ticks = 0;
    let fills = 0;
    progress.stage("replaying fills", data.trades.length);
    for (const second of seconds(data)) {
      const before = second.liquidations.map((record) => engine.assess(book.account(record.user)));
      for (const trade of second.trades) {
        const status = engine.tick(book.instrument(trade.coin), { mark: trade.price, timeMs: trade.timeMs });
        if (status === "applied") ticks += 1;
        else rejected.push({ file: trade.file, line: trade.line, reason: `the engine refuses the price: ${status}` });
        observer?.onPrice(trade.coin, trade.timeMs, trade.price);
        book.notePriceEvents(engine.drainEvents());
      }
      second.liquidations.forEach((record, index) => {
        const filled = new Set(second.trades.filter((trade) => trade.user === record.user).map((trade) => trade.coin));
        const now = engine.assess(book.account(record.user));
        liquidations.push(
          judge(
            record,
            before[index] as Assessment,
            now,
            book.heldSinceMs(record.user),
            (instrument) => book.coin(instrument),
            filled,
            probe,
          ),
        );
      });
      observer?.onSecond(engine, second.timeMs, (user) => book.account(user));
      for (const transfer of second.transfers) {
        refusable(transfer, rejected, () => {
          const account = book.account(transfer.user);
          const withdrawn = transfer.amount.startsWith("-");
          if (withdrawn) engine.withdraw(account, QUOTE, transfer.amount.slice(1));
          else engine.deposit(account, QUOTE, transfer.amount);
          book.noteOwnDoing(transfer, withdrawn);
        });
      }
      for (const trade of second.trades) {
        refusable(trade, rejected, () => {
          const account = book.account(trade.user);
          const heldBefore = engine.assess(account).positionValue.gross;
          engine.fill(account, book.instrument(trade.coin), { size: trade.size, price: trade.price });
          book.noteOwnDoing(trade, engine.assess(account).positionValue.gross > heldBefore);
        });
      }
      engine.drainEvents();
      fills += second.trades.length;
      await progress.advance(fills);
    }
    return {
      accounts: engine.stats().accounts,
      ticks,
      digest: engine.digest(),
      liquidations,
      onsets: book.onsets,
      cashMissingSinceMs: book.cashMissingSinceMs,
    };
  } finally {
    engine.dispose();
    probe.dispose();
  }
}

function refusable(row: Origin, rejected: RejectedRow[], act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof PlimsollError)) throw error;
    rejected.push({ file: row.file, line: row.line, reason: error.message });
  }
}

/** Handles by name, and which accounts are liquidatable at the moment. */
class Book {
  readonly onsets: Onset[] = [];
  /** When a user first did, without rebuilt equity, what the exchange allows only with it. */
  readonly cashMissingSinceMs = new Map<string, number>();
  readonly #engine: Engine;
  readonly #accounts = new Map<string, AccountHandle>();
  readonly #instruments = new Map<string, InstrumentHandle>();
  readonly #coins = new Map<InstrumentHandle, string>();
  readonly #liquidatable = new Set<string>();
  readonly #heldSinceMs = new Map<string, number>();

  constructor(engine: Engine, data: FillsExport) {
    this.#engine = engine;
    for (const { coin } of data.trades) {
      if (this.#instruments.has(coin)) continue;
      const handle = engine.addInstrument({
        id: coin,
        kind: "perp",
        underlying: coin,
        quote: QUOTE,
        maxLeverage: MAX_LEVERAGE,
      });
      this.#instruments.set(coin, handle);
      this.#coins.set(handle, coin);
    }
    for (const { user } of [...data.transfers, ...data.trades, ...data.liquidations]) {
      if (!this.#accounts.has(user)) this.#accounts.set(user, engine.addAccount({ id: user }));
    }
  }

  account(user: string): AccountHandle {
    return found(this.#accounts.get(user), user);
  }

  heldSinceMs(user: string): number | null {
    return this.#heldSinceMs.get(user) ?? null;
  }

  instrument(coin: string): InstrumentHandle {
    return found(this.#instruments.get(coin), coin);
  }

  coin(instrument: InstrumentHandle): string {
    return found(this.#coins.get(instrument), String(instrument));
  }

  notePriceEvents(events: readonly BandEvent[]): void {
    for (const event of events) this.#note(event.id, event.timeMs, event.to, event.equity, event.maintenance);
  }

  /**
   * A user's own transfer or fill. An account without positions has no requirement, and one that opens a position gets no event where its
   * band stays: so it is looked at anew.
   *
   * @param needsEquity  whether the exchange lets only an account with free equity do this: withdraw, or hold more than before
   */
  noteOwnDoing({ user, timeMs }: Trade | Transfer, needsEquity: boolean): void {
    const { band, equity, maintenance, positionValue } = this.#engine.assess(this.account(user));
    if (positionValue.gross === 0) this.#heldSinceMs.delete(user);
    else if (!this.#heldSinceMs.has(user)) this.#heldSinceMs.set(user, timeMs);
    if (needsEquity && equity <= 0 && !this.cashMissingSinceMs.has(user)) this.cashMissingSinceMs.set(user, timeMs);
    this.#note(user, timeMs, band, equity, maintenance);
  }

  #note(user: string, timeMs: number, band: Band | null, equity: number, maintenance: number): void {
    if (!isLiquidatable(band) || maintenance === 0) {
      this.#liquidatable.delete(user);
    } else if (!this.#liquidatable.has(user)) {
      this.#liquidatable.add(user);
      const positionValue = this.#engine.assess(this.account(user)).positionValue.gross;
      this.onsets.push({ timeMs, user, equity, maintenance, positionValue });
    }
  }
}

function found<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`invariant: ${name} was registered before the replay`);
  return value;
}

interface Second {
  readonly timeMs: number;
  readonly trades: readonly Trade[];
  readonly transfers: FillsExport["transfers"];
  readonly liquidations: readonly LiquidationRecord[];
}

/** The three parts merged: one entry for each second in which anything happened. */
function* seconds(data: FillsExport): Generator<Second> {
  let trade = 0;
  let transfer = 0;
  let liquidation = 0;
  for (;;) {
    const next = Math.min(
      timeOf(data.trades, trade),
      timeOf(data.transfers, transfer),
      timeOf(data.liquidations, liquidation),
    );
    if (next === Number.POSITIVE_INFINITY) return;
    const timeMs = Math.floor(next / 1000) * 1000;
    const trades = within(data.trades, trade, timeMs + 1000);
    const transfers = within(data.transfers, transfer, timeMs + 1000);
    const liquidations = within(data.liquidations, liquidation, timeMs + 1000);
    trade += trades.length;
    transfer += transfers.length;
    liquidation += liquidations.length;
    yield { timeMs, trades, transfers, liquidations };
  }
}

function timeOf(rows: readonly { readonly timeMs: number }[], index: number): number {
  return rows[index]?.timeMs ?? Number.POSITIVE_INFINITY;
}

function within<T extends { readonly timeMs: number }>(rows: readonly T[], from: number, endMs: number): T[] {
  let end = from;
  while (timeOf(rows, end) < endMs) end += 1;
  return rows.slice(from, end);
}
