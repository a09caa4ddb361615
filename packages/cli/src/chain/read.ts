import { type Layout, quote, type RejectedRow, type Row, RowFault, readCsv, requireRows } from "../input/csv.js";

/** Greeks as the exchange publishes them; `undefined` where the cell is blank or the file lacks the column. */
export interface Published {
  /** In coin. */
  readonly price: number | undefined;
  readonly delta: number | undefined;
  /** Per USD. */
  readonly gamma: number | undefined;
  /** USD per volatility point. */
  readonly vega: number | undefined;
  /** USD per day. */
  readonly theta: number | undefined;
  /** USD per percentage point. */
  readonly rho: number | undefined;
}

/** One reading of one option. Prices of the underlying in USD. */
export interface ChainRow {
  readonly file: string;
  readonly line: number;
  readonly name: string;
  readonly coin: string;
  readonly side: "call" | "put";
  readonly strike: number;
  readonly timeMs: number;
  readonly expiryMs: number;
  /** Forward of this option's expiry. */
  readonly forward: number;
  readonly index: number;
  /** Mark volatility per year, 1.0 = 100 %. */
  readonly vol: number;
  readonly published: Published;
}

export interface Chain {
  /** In order of time; rows of the same time keep the file's order. */
  readonly rows: readonly ChainRow[];
  /** Which published figures the file has a column for. */
  readonly has: ReadonlySet<keyof Published>;
}

type Cells = Omit<ChainRow, "file" | "line">;

/** A layout, and the column of each published figure; a file may lack any of these. */
interface ChainLayout extends Layout<Cells> {
  readonly columns: Readonly<Partial<Record<keyof Published, string>>>;
}

const COLUMNS_2021 = {
  price: "mark_price",
  delta: "greeks_delta",
  gamma: "greeks_gamma",
  vega: "greeks_vega",
  theta: "greeks_theta",
  rho: "greeks_rho",
} as const;

/** The tickers of 2021: volatility in percent, time in milliseconds, terms in the name. */
const TICKERS: ChainLayout = {
  columns: COLUMNS_2021,
  required: ["instrument_name", "timestamp", "underlying_price", "index_price", "mark_iv"],
  read(row) {
    const name = row.text("instrument_name");
    const timeMs = row.positive("timestamp");
    return checked({
      name,
      ...termsOf(name),
      timeMs,
      forward: row.positive("underlying_price"),
      index: row.positive("index_price"),
      vol: markVol(row, "mark_iv", PERCENT),
      published: publishedIn(row, COLUMNS_2021),
    });
  },
};

const COLUMNS_2026 = { price: "mark_price", delta: "delta", vega: "vega" } as const;

/** The snapshots of 2026: volatility as a fraction, one ISO time, terms in columns of their own. */
const SNAPSHOT: ChainLayout = {
  columns: COLUMNS_2026,
  required: [
    "timestamp",
    "instrument_name",
    "currency",
    "option_type",
    "strike",
    "expiry_datetime",
    "underlying",
    "index_price",
    "implied_volatility",
  ],
  read(row) {
    return checked({
      name: row.text("instrument_name"),
      coin: row.text("currency"),
      side: row.oneOf("option_type", ["call", "put"]),
      strike: row.positive("strike"),
      timeMs: row.time("timestamp"),
      expiryMs: row.time("expiry_datetime"),
      forward: row.positive("underlying"),
      index: row.positive("index_price"),
      vol: markVol(row, "implied_volatility", 1),
      published: publishedIn(row, COLUMNS_2026),
    });
  },
};

/**
 * Reads an option chain of either form.
 *
 * @param rejected  receives the rows that cannot be read
 * @throws {CommandError} the file is missing, empty, unreadable, its header is of neither form, or none of its rows can be read
 */
export async function readChain(file: string, rejected: RejectedRow[]): Promise<Chain> {
  const rows: ChainRow[] = [];
  const has = new Set<keyof Published>();
  const layouts = [TICKERS, SNAPSHOT].map((layout) => ({
    ...layout,
    read(row: Row) {
      for (const [figure, column] of Object.entries(layout.columns))
        if (row.has(column)) has.add(figure as keyof Published);
      return layout.read(row);
    },
  }));
  await readCsv(file, layouts, (cells, line) => rows.push({ ...cells, file, line }), rejected);
  requireRows(file, rows.length, rejected);
  return { rows: rows.sort((a, b) => a.timeMs - b.timeMs), has };
}

function publishedIn(row: Row, columns: ChainLayout["columns"]): Published {
  const figure = (name: keyof Published) =>
    columns[name] === undefined ? undefined : row.optionalNumber(columns[name]);
  const price = figure("price");
  if (price !== undefined && Math.abs(price) > PRICE_MAX) {
    throw new RowFault(`${columns.price} must be at most ${PRICE_MAX} coins, was ${price}`);
  }
  return {
    price,
    delta: figure("delta"),
    gamma: figure("gamma"),
    vega: figure("vega"),
    theta: figure("theta"),
    rho: figure("rho"),
  };
}

const PERCENT = 100;
/** A call is worth one coin at most and a put the strike's; beyond it a column holds something else. */
const PRICE_MAX = 1e6;
/** 2,000 %, as for the ticks of an engine: beyond it a column holds something else. */
const VOL_MAX = 20;

/** @param unit  what the column has for a vol of 1.0 */
function markVol(row: Row, column: string, unit: number): number {
  const vol = row.number(column) / unit;
  if (!(vol >= 0 && vol <= VOL_MAX)) {
    throw new RowFault(`${column} must be from 0 to ${VOL_MAX * unit}, was ${row.text(column)}`);
  }
  return vol;
}

function checked(cells: Cells): Cells {
  if (!(cells.expiryMs > cells.timeMs)) throw new RowFault(`${cells.name} had expired when it was read`);
  return cells;
}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const EXPIRY_HOUR_UTC = 8;

/** Terms from a name such as BTC-12FEB21-32500-C; expiry is at 08:00 UTC. @throws {RowFault} */
export function termsOf(name: string): Pick<ChainRow, "coin" | "expiryMs" | "strike" | "side"> {
  const parts = /^([A-Z0-9_]+)-(\d{1,2})([A-Z]{3})(\d\d)-(\d+(?:\.\d+)?)-([CP])$/.exec(name);
  if (parts === null) throw new RowFault(`instrument_name must be like BTC-12FEB21-32500-C, was ${quote(name)}`);
  const [, coin, day, monthName, year, strike, side] = parts as unknown as string[];
  const month = MONTHS.indexOf(monthName as string);
  const expiryMs = Date.UTC(2000 + Number(year), month, Number(day), EXPIRY_HOUR_UTC);
  if (month < 0 || new Date(expiryMs).getUTCDate() !== Number(day))
    throw new RowFault(`instrument_name holds no date: ${quote(name)}`);
  if (!(Number(strike) > 0)) throw new RowFault(`the strike in instrument_name must be > 0, was ${quote(name)}`);
  return { coin: coin as string, expiryMs, strike: Number(strike), side: side === "C" ? "call" : "put" };
}
