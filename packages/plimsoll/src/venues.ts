/**
 * Margin models of venues, as plain data with a name, a version and a date. Parameters change: pass the venue's present ones
 * where it matters.
 */
import { CHECK } from "./options.js";
import type {
  BinanceUsdmOptions,
  BracketRow,
  Brackets,
  HyperliquidOptions,
  LeverageTier,
  MarginModel,
} from "./types.js";

export type { BinanceUsdmOptions, HyperliquidOptions } from "./types.js";

type BinanceRow = readonly [lower: number, maxLeverage: number, maintenanceRate: number, cum: number];

// freqtrade's snapshot of the venue's public endpoint, October 2024
const BTCUSDT: readonly BinanceRow[] = [
  [0, 125, 0.004, 0],
  [50_000, 100, 0.005, 50],
  [600_000, 75, 0.0065, 950],
  [3_000_000, 50, 0.01, 11_450],
  [12_000_000, 25, 0.02, 131_450],
  [70_000_000, 20, 0.025, 481_450],
  [100_000_000, 10, 0.05, 2_981_450],
  [230_000_000, 5, 0.1, 14_481_450],
  [480_000_000, 4, 0.125, 26_481_450],
  [600_000_000, 3, 0.15, 41_481_450],
  [800_000_000, 2, 0.25, 121_481_450],
  [1_200_000_000, 1, 0.5, 421_481_450],
];
const ETHUSDT: readonly BinanceRow[] = [
  [0, 125, 0.004, 0],
  [50_000, 100, 0.005, 50],
  [600_000, 75, 0.0065, 950],
  [3_000_000, 50, 0.01, 11_450],
  [12_000_000, 25, 0.02, 131_450],
  [50_000_000, 20, 0.025, 381_450],
  [65_000_000, 10, 0.05, 2_006_450],
  [150_000_000, 5, 0.1, 9_506_450],
  [320_000_000, 4, 0.125, 17_506_450],
  [400_000_000, 3, 0.15, 27_506_450],
  [530_000_000, 2, 0.25, 80_506_450],
  [800_000_000, 1, 0.5, 280_506_450],
];
const SOLUSDT: readonly BinanceRow[] = [
  [0, 100, 0.005, 0],
  [20_000, 75, 0.0065, 30],
  [100_000, 50, 0.01, 380],
  [800_000, 25, 0.02, 8_380],
  [4_000_000, 20, 0.025, 28_380],
  [8_000_000, 10, 0.05, 228_380],
  [40_000_000, 5, 0.1, 2_228_380],
  [80_000_000, 4, 0.125, 4_228_380],
  [100_000_000, 2, 0.25, 16_728_380],
  [200_000_000, 1, 0.5, 66_728_380],
];

function binanceTable(rows: readonly BinanceRow[]): Brackets {
  return {
    form: "cumulative",
    rows: rows.map(([lower, maxLeverage, maintenanceRate, cum]): BracketRow => {
      return { lower, initialRate: 1 / maxLeverage, maintenanceRate, maintenanceDeduction: cum };
    }),
  };
}

/** Half of the initial margin at the tier's maximum leverage. */
const HYPERLIQUID_RULE = { maintenanceShare: 0.5 } as const;

function twoTiers(first: number, until: number, beyond: number): readonly LeverageTier[] {
  return [
    { lower: 0, maxLeverage: first },
    { lower: until, maxLeverage: beyond },
  ];
}

// the venue's margin tables by id, as it published them in August 2025; the same as its documentation of June 2025
const HYPERLIQUID_MARGIN_TABLES: Readonly<Record<string, readonly LeverageTier[]>> = {
  50: [{ lower: 0, maxLeverage: 50 }],
  51: twoTiers(10, 3_000_000, 5),
  52: twoTiers(10, 20_000_000, 5),
  53: twoTiers(20, 40_000_000, 10),
  54: twoTiers(20, 70_000_000, 10),
  55: twoTiers(25, 100_000_000, 15),
  56: twoTiers(40, 150_000_000, 20),
};
const HYPERLIQUID_TABLE_OF: Readonly<Record<string, number>> = { BTC: 56, ETH: 55, SOL: 54, XRP: 53, DOGE: 52, OP: 51 };

/**
 * Hyperliquid's rule of early 2023: maintenance is 1 % of present notional for every instrument, initial 1 / maximum leverage
 * (50 where the instrument names none).
 *
 * @example
 * const row = { lower: 0, initialRate: 0.02, maintenanceRate: 0.01 };
 * venues.hyperliquid2023().defaultTable; // → { form: "marginal", rows: [row] }
 */
export function hyperliquid2023(): MarginModel {
  return {
    kind: "brackets",
    name: "hyperliquid-2023",
    version: 1,
    date: "2023-03",
    quote: "USDC",
    leverageRule: { maintenanceRate: 0.01 },
    defaultTable: { form: "marginal", rows: [{ lower: 0, initialRate: 1 / 50, maintenanceRate: 0.01 }] },
  };
}

/**
 * Hyperliquid's rule since 2024: maintenance is half of the initial margin at the tier's maximum leverage, tiers marginal.
 *
 * An instrument's own `marginTable` or else its `maxLeverage` decides; an instrument with neither takes the table of June 2025 of its
 * underlying (BTC, ETH, SOL, XRP, DOGE, OP), and cannot be held where there is none. Nor can one whose `marginTable` is not among
 * these: give tables that the exchange has added since as `marginTables`.
 *
 * @example
 * const tiers = [{ lower: 0, maxLeverage: 40 }, { lower: 150_000_000, maxLeverage: 20 }];
 * venues.hyperliquid().tables?.BTC; // → { form: "max-leverage", tiers, maintenanceShare: 0.5 }
 */
export function hyperliquid(options: HyperliquidOptions = {}): MarginModel {
  CHECK.hyperliquid(options, "hyperliquid");
  const marginTables = { ...HYPERLIQUID_MARGIN_TABLES, ...options.marginTables };
  const tables: Record<string, Brackets> = {};
  for (const [underlying, id] of Object.entries(HYPERLIQUID_TABLE_OF)) {
    const tiers = marginTables[id];
    if (tiers !== undefined) tables[underlying] = { form: "max-leverage", tiers, ...HYPERLIQUID_RULE };
  }
  return {
    kind: "brackets",
    name: "hyperliquid",
    version: options.version ?? 1,
    date: options.date ?? "2025-06",
    quote: "USDC",
    leverageRule: HYPERLIQUID_RULE,
    marginTables,
    tables,
  };
}

/**
 * Binance USD-M: maintenance N × rate − cum of the bracket that holds N, initial N / the bracket's maximum leverage. Tables of
 * 24 October 2024 for BTC, ETH and SOL against USDT unless `brackets` are given.
 *
 * @example
 * const bot = await createEngine({ model: venues.binanceUsdm() });
 * const perp = bot.addInstrument({ id: "BTCUSDT", kind: "perp", underlying: "BTC" });
 * const trader = bot.addAccount({ id: "trader", collateral: { USDT: 10_000_000 } });
 * bot.setPosition(trader, perp, { size: 1_500, entryPrice: 60_000 });
 * bot.tick(perp, { mark: 60_000, timeMs: 1 });
 * // 90,000,000 lies in the sixth bracket: 90,000,000 × 2.5 % − 481,450
 * bot.assess(trader).maintenance; // → 1768550
 */
export function binanceUsdm(options: BinanceUsdmOptions = {}): MarginModel {
  CHECK.binanceUsdm(options, "binanceUsdm");
  const given = options.brackets;
  const tables: Record<string, Brackets> =
    given === undefined
      ? { BTC: binanceTable(BTCUSDT), ETH: binanceTable(ETHUSDT), SOL: binanceTable(SOLUSDT) }
      : Object.fromEntries(Object.entries(given).map(([id, rows]) => [id, { form: "cumulative", rows }]));
  return {
    kind: "brackets",
    name: "binance-usdm",
    version: options.version ?? 1,
    date: options.date ?? "2024-10-24",
    quote: "USDT",
    tables,
  };
}
