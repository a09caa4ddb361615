import type { AccountHandle, Engine } from "plimsoll";
import {
  type AccountPoint,
  type AccountTrack,
  type LeverageSample,
  type Pictures,
  type PriceMark,
  sampleLeverage,
  thinned,
} from "../report/pictures.js";
import type { Trade } from "./export.js";
import type { LiquidationRow } from "./judge.js";
import type { FillsObserver } from "./replay.js";
import { EQUITY_TOLERANCE } from "./summary.js";

const SAMPLE_EVERY_MS = 6 * 3_600_000;
const PATHS_MAX = 6;
const PATH_CELLS = 240;
/** What is shown before the position was opened and after the liquidation, as a share of the time between. */
const TRACK_MARGIN = 0.06;

/** The record that the page follows through: cross margin, one coin, called, equity as recorded; of those the one that met most prices. */
function rowToFollow(rows: readonly LiquidationRow[], trades: readonly Trade[]): LiquidationRow | undefined {
  const agrees = (row: LiquidationRow) =>
    row.called === true &&
    row.coins.length === 1 &&
    Math.abs(row.rebuiltEquity - row.recordedEquity) <= EQUITY_TOLERANCE * row.recordedNotional;
  const candidates = rows.filter(agrees);
  const pricesMet = (row: LiquidationRow) => {
    const sinceMs = row.timeMs - heldMs(row);
    return trades.filter(
      (trade) => trade.coin === row.coins[0] && trade.timeMs >= sinceMs && trade.timeMs <= row.timeMs,
    ).length;
  };
  return candidates.sort((a, b) => pricesMet(b) - pricesMet(a))[0];
}

function heldMs(row: LiquidationRow): number {
  return row.heldSinceMs === null ? 0 : row.timeMs - row.heldSinceMs;
}

/** Watches a replay and keeps what the page's pictures need. */
export class FillsPictures implements FillsObserver {
  readonly #rows: readonly LiquidationRow[];
  readonly #followed: LiquidationRow | undefined;
  readonly #paths = new Map<string, { timeMs: number; price: number }[]>();
  readonly #leverage: LeverageSample[] = [];
  readonly #track: AccountPoint[] = [];
  #sampledAtMs = Number.NEGATIVE_INFINITY;

  constructor(rows: readonly LiquidationRow[], trades: readonly Trade[]) {
    this.#rows = rows;
    this.#followed = rowToFollow(rows, trades);
  }

  onPrice(coin: string, timeMs: number, price: number): void {
    const path = this.#paths.get(coin);
    if (path === undefined) this.#paths.set(coin, [{ timeMs, price }]);
    else path.push({ timeMs, price });
  }

  onSecond(engine: Engine, timeMs: number, account: (user: string) => AccountHandle): void {
    if (timeMs - this.#sampledAtMs >= SAMPLE_EVERY_MS) {
      this.#leverage.push(sampleLeverage(engine, timeMs));
      this.#sampledAtMs = timeMs;
    }
    const followed = this.#followed;
    if (followed === undefined) return;
    const marginMs = TRACK_MARGIN * heldMs(followed);
    if (timeMs < followed.timeMs - heldMs(followed) - marginMs || timeMs > followed.timeMs + marginMs) return;
    const coin = followed.coins[0] as string;
    const handle = account(followed.user);
    const { equity, maintenance } = engine.assess(handle);
    const prices = engine.liquidationPrices(handle, coin);
    const price = this.#paths.get(coin)?.at(-1)?.price;
    if (price === undefined) return;
    const last = this.#track.at(-1);
    if (last !== undefined && last.equity === equity && last.maintenance === maintenance && last.price === price)
      return;
    this.#track.push({
      timeMs,
      equity,
      maintenance,
      price,
      down: prices.down[0]?.price ?? null,
      up: prices.up[0]?.price ?? null,
    });
  }

  /** What was kept, ready to be drawn. */
  pictures(): Pictures {
    const marks = rowsByCoin(this.#rows);
    const paths = [...this.#paths]
      .map(([name, points]) => ({
        name,
        points: thinned(points, PATH_CELLS),
        marks: (marks.get(name) ?? []).map((row) => this.#mark(row, name)),
      }))
      .sort((a, b) => b.marks.length - a.marks.length || b.points.length - a.points.length)
      .slice(0, PATHS_MAX);
    return { paths, leverage: this.#leverage, track: this.#accountTrack() };
  }

  #mark(row: LiquidationRow, coin: string): PriceMark {
    const path = this.#paths.get(coin) ?? [];
    const price = path.findLast((point) => point.timeMs < row.timeMs + 1000)?.price ?? Number.NaN;
    const kind =
      row.called === null ? "isolated, not judged" : row.called ? "liquidation, called" : "liquidation, not called";
    return {
      timeMs: row.timeMs,
      price,
      weight: 1,
      kind,
      title: `${new Date(row.timeMs).toISOString()} ${row.user} ${row.recordedNotional} USD`,
    };
  }

  #accountTrack(): AccountTrack | null {
    const followed = this.#followed;
    if (followed === undefined || this.#track.length === 0) return null;
    return {
      title: `User ${followed.user}`,
      underlying: followed.coins[0] as string,
      points: this.#track,
      liquidatedAtMs: followed.timeMs,
    };
  }
}

function rowsByCoin(rows: readonly LiquidationRow[]): Map<string, LiquidationRow[]> {
  const groups = new Map<string, LiquidationRow[]>();
  for (const row of rows) {
    for (const coin of row.coins) groups.set(coin, [...(groups.get(coin) ?? []), row]);
  }
  return groups;
}
