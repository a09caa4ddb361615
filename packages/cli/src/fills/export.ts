import { type Layout, type RejectedRow, type Row, readCsv, requireRows } from "../input/csv.js";
import { filesStartingWith, listDirectory, onlyFile } from "../input/find.js";

/** Where a row stands, so that one the engine refuses can be listed like one that cannot be read. */
export interface Origin {
  readonly file: string;
  readonly line: number;
}

export interface Trade extends Origin {
  readonly timeMs: number;
  readonly user: string;
  readonly coin: string;
  /** Signed decimal, in coin: positive where the user bought. */
  readonly size: string;
  /** USD per coin. */
  readonly price: number;
}

export interface Transfer extends Origin {
  readonly timeMs: number;
  readonly user: string;
  /** Signed decimal, in USD: positive for a deposit. */
  readonly amount: string;
}

export type LeverageType = "Cross" | "Isolated";

/** What the exchange recorded of one liquidation, at its mark price. */
export interface LiquidationRecord {
  readonly timeMs: number;
  readonly user: string;
  readonly leverageType: LeverageType;
  /** Absolute value of the liquidated positions, USD. */
  readonly notional: number;
  /** Account value, USD. */
  readonly equity: number;
}

/** An exchange's export, each part in order of time; rows of the same time keep the file's order. */
export interface FillsExport {
  readonly trades: Trade[];
  readonly transfers: Transfer[];
  readonly liquidations: LiquidationRecord[];
}

const TRADES: Layout<Omit<Trade, keyof Origin>> = {
  required: ["time", "user", "coin", "side", "px", "sz"],
  read(row) {
    const sign = row.oneOf("side", ["Bid", "Ask"]) === "Bid" ? "" : "-";
    row.positive("sz");
    return {
      timeMs: row.time("time"),
      user: row.text("user"),
      coin: row.text("coin"),
      size: sign + unsigned(row.text("sz")),
      price: row.positive("px"),
    };
  },
};

const LEDGER: Layout<Omit<Transfer, keyof Origin>> = {
  required: ["time", "user", "delta_usd"],
  read(row) {
    row.number("delta_usd");
    return { timeMs: row.time("time"), user: row.text("user"), amount: unsigned(row.text("delta_usd")) };
  },
};

const LIQUIDATIONS: Layout<LiquidationRecord> = {
  required: ["time", "user", "liquidated_ntl_pos", "liquidated_account_value", "leverage_type"],
  read(row: Row) {
    return {
      timeMs: row.time("time"),
      user: row.text("user"),
      leverageType: row.oneOf("leverage_type", ["Cross", "Isolated"]),
      notional: row.positive("liquidated_ntl_pos"),
      equity: row.number("liquidated_account_value"),
    };
  },
};

function unsigned(text: string): string {
  return text.startsWith("+") ? text.slice(1) : text;
}

/**
 * Reads `trades`, `ledger` and `liquidations*` from a directory, or the liquidations from a file of their own.
 *
 * @param rejected  receives the rows that cannot be read
 * @throws {CommandError} a file is missing, empty, unreadable, has an unknown header, or rows of which none can be read
 */
export async function readFillsExport(
  directory: string,
  liquidationsFile: string | undefined,
  rejected: RejectedRow[],
): Promise<FillsExport> {
  const names = await listDirectory(directory);
  const tradesFile = onlyFile(directory, names, "trades");
  const ledgerFile = onlyFile(directory, names, "ledger");
  const liquidationFiles =
    liquidationsFile === undefined ? filesStartingWith(directory, names, "liquidations") : [liquidationsFile];

  const trades: Trade[] = [];
  await readCsv(tradesFile, [TRADES], (trade, line) => trades.push({ ...trade, file: tradesFile, line }), rejected);
  requireRows(tradesFile, trades.length, rejected);
  const transfers: Transfer[] = [];
  await readCsv(
    ledgerFile,
    [LEDGER],
    (transfer, line) => transfers.push({ ...transfer, file: ledgerFile, line }),
    rejected,
  );
  const liquidations: LiquidationRecord[] = [];
  for (const file of liquidationFiles)
    await readCsv(file, [LIQUIDATIONS], (record) => liquidations.push(record), rejected);
  // nobody need have paid in, or been liquidated
  const requireRowsIn = (files: readonly string[], count: number) => {
    const file = files.find((name) => rejected.some((row) => row.file === name));
    if (file !== undefined) requireRows(file, count, rejected);
  };
  requireRowsIn([ledgerFile], transfers.length);
  requireRowsIn(liquidationFiles, liquidations.length);

  return {
    trades: inOrderOfTime(trades),
    transfers: inOrderOfTime(transfers),
    liquidations: inOrderOfTime(liquidations),
  };
}

function inOrderOfTime<T extends { readonly timeMs: number }>(rows: T[]): T[] {
  return rows.sort((a, b) => a.timeMs - b.timeMs);
}
