import { START_MS, UNDERLYINGS } from "./market.js";
import type { BracketSpec, InstrumentSpec, Operation, Ordinal } from "./operations.js";
import { wholePart } from "./random.js";

const HOUR_MS = 3_600_000;
/** The first expiry falls within the day and is settled. The root of the time to it in years is written down, since the generator takes none. */
const EXPIRIES = [
  { hours: 16, rootYears: 0.042_738 },
  { hours: 7 * 24 + 8, rootYears: 0.141_744 },
  { hours: 31 * 24 + 8, rootYears: 0.292_996 },
];
/** Strikes as shares of the starting price. */
const STRIKE_SHARES = [0.7, 0.8, 0.85, 0.9, 0.95, 1, 1.05, 1.1, 1.2, 1.3];

/** Ordinals of the coins that serve as collateral, by underlying. */
export const COLLATERAL_ASSETS: readonly { readonly asset: Ordinal; readonly underlying: Ordinal }[] = [
  { asset: 1, underlying: 0 },
  { asset: 2, underlying: 1 },
];

const COLLATERAL: readonly Operation[] = [
  { op: "asset", id: "BTC", underlying: 0, haircuts: [{ upTo: 20, factor: 0.95 }, { factor: 0.9 }] },
  { op: "asset", id: "ETH", underlying: 1, haircuts: [{ upTo: 300, factor: 0.93 }, { factor: 0.85 }] },
];

/** Half of the initial rate is maintenance, as on Hyperliquid; large positions pay more on what exceeds a bound. */
function brackets(maxLeverage: number): readonly BracketSpec[] {
  return [
    { lower: 0, initialRate: 1 / maxLeverage, maintenanceRate: 0.5 / maxLeverage },
    { lower: 150_000, initialRate: 2 / maxLeverage, maintenanceRate: 1 / maxLeverage },
    { lower: 500_000, initialRate: 4 / maxLeverage, maintenanceRate: 2 / maxLeverage },
  ];
}

const OPTION_BRACKETS: readonly BracketSpec[] = [{ lower: 0, initialRate: 0.1, maintenanceRate: 0.05 }];

const PERPS: readonly InstrumentSpec[] = UNDERLYINGS.map(({ id }, underlying) => ({
  id: `${id}-PERP`,
  kind: "perp",
  underlying,
  payoff: "linear",
  sizeDecimals: 4,
  brackets: brackets([50, 40, 20, 20][underlying] as number),
}));

/** Options on BTC are settled in BTC (inverse), those on ETH in the quote (linear): both kinds are in use. */
const OPTIONS: readonly InstrumentSpec[] = UNDERLYINGS.flatMap((spec, underlying) => {
  const step = spec.strikeStep;
  if (step === undefined) return [];
  return EXPIRIES.flatMap(({ hours }) =>
    STRIKE_SHARES.flatMap((share) =>
      (["call", "put"] as const).map((side): InstrumentSpec => {
        const strike = wholePart((spec.price * share) / step + 0.5) * step;
        return {
          id: `${spec.id}-${hours}H-${strike}-${side === "call" ? "C" : "P"}`,
          kind: "option",
          underlying,
          ...(underlying === 0 ? { settle: 1 } : {}),
          payoff: underlying === 0 ? "inverse" : "linear",
          sizeDecimals: 2,
          brackets: OPTION_BRACKETS,
          option: { side, strike, expiryMs: START_MS + hours * HOUR_MS },
        };
      }),
    ),
  );
});

/** Every instrument, perps first: the perp of an underlying has the underlying's ordinal. */
export const INSTRUMENTS: readonly InstrumentSpec[] = [...PERPS, ...OPTIONS];
export const FIRST_OPTION: Ordinal = PERPS.length;

/** What there is before any account: underlyings, collateral and instruments. */
export const SETUP: readonly Operation[] = [
  ...UNDERLYINGS.map(({ id }): Operation => ({ op: "underlying", id })),
  ...COLLATERAL,
  ...INSTRUMENTS.map((spec): Operation => ({ op: "instrument", spec })),
];

/**
 * Implied volatility of an option under a skew that is a parabola in moneyness: puts far below the price cost more.
 *
 * @param atTheMoney  volatility per year at strike = price
 */
export function smileVol(atTheMoney: number, strike: number, price: number): number {
  const distance = strike / price - 1;
  const vol = atTheMoney * (1 - 0.45 * distance + 1.6 * distance * distance);
  return vol < 0.15 ? 0.15 : vol > 3 ? 3 : vol;
}

/**
 * A fair-looking premium in units of the settlement asset: intrinsic value plus a time value that is 0.4·S·σ√T at the money and falls off
 * on both sides. Only the accounts' opening trades are made at it; the engine values them by its own model.
 */
export function openingPremium(spec: InstrumentSpec, vol: number, price: number): number {
  if (spec.option === undefined) return price;
  const { side, strike, expiryMs } = spec.option;
  const rootYears = EXPIRIES.find(({ hours }) => START_MS + hours * HOUR_MS === expiryMs)?.rootYears ?? 0;
  const inTheMoney = side === "call" ? price - strike : strike - price;
  const spread = price * vol * rootYears;
  const away = (price - strike) / spread;
  const value = (inTheMoney > 0 ? inTheMoney : 0) + (0.4 * spread) / (1 + away * away * (1 + away * away));
  return spec.payoff === "inverse" ? value / price : value;
}
