import { UNDERLYINGS } from "./market.js";
import { type Operation, type Ordinal, QUOTE } from "./operations.js";
import { type Random, wholePart } from "./random.js";
import { COLLATERAL_ASSETS, FIRST_OPTION, INSTRUMENTS } from "./setup.js";

/** What an account is about; which bands it passes, and why, depends on it. */
export const ACCOUNT_KINDS = ["perp trader", "coin collateral", "option seller", "option buyer", "isolated"] as const;
export type AccountKind = (typeof ACCOUNT_KINDS)[number];

/** Prices at which the accounts come into being. */
export interface OpeningPrices {
  readonly index: readonly number[];
  /** Premium of an option in units of its settlement asset, by instrument. */
  readonly premium: readonly number[];
}

/** One account's beginning: what it is, what it starts with, and the operations that bring it about. */
export interface AccountPlan {
  readonly account: Ordinal;
  readonly kind: AccountKind;
  readonly hasOptions: boolean;
  readonly hasCoinCollateral: boolean;
  /** Quote value of what was deposited. */
  readonly capital: number;
  readonly operations: readonly Operation[];
}

const TAKER_FEE = 0.000_45;
/** Fees are multiples of 2⁻²⁰, so that money of no host has to round them. */
const FEE_UNITS = 1_048_576;

/** Draws one account. Its isolated position, where it has one, becomes account `child`. */
export function planAccount(account: Ordinal, child: Ordinal, random: Random, prices: OpeningPrices): AccountPlan {
  const operations: Operation[] = [{ op: "account", account }];
  const kind = drawKind(random);
  const coin =
    kind === "coin collateral" || (kind === "option seller" && random.chance(0.4))
      ? random.index(COLLATERAL_ASSETS.length)
      : undefined;
  const capital = wholePart(1_000 * (1 + 60 * random.uniform() * random.uniform() * random.uniform()));
  if (coin === undefined) operations.push({ op: "deposit", account, asset: QUOTE, amount: capital });
  else operations.push(...coinDeposit(account, coin, capital, prices));

  switch (kind) {
    case "perp trader":
      operations.push(...perps(account, capital * drawLeverage(random), random.chance(0.75), random, prices));
      break;
    case "coin collateral":
      operations.push(...perps(account, capital * random.between(0.3, 7), random.chance(0.8), random, prices));
      break;
    case "option seller":
      operations.push(...options(account, capital * random.between(0.5, 5), -1, coin, random, prices));
      if (random.chance(0.3))
        operations.push(...perps(account, capital * random.between(0.2, 2), random.chance(0.4), random, prices));
      break;
    case "option buyer":
      operations.push(...options(account, capital * random.between(0.5, 3), 1, coin, random, prices));
      if (random.chance(0.6))
        operations.push(...perps(account, capital * random.between(0.5, 9), random.chance(0.8), random, prices));
      break;
    case "isolated":
      operations.push(...perps(account, capital * random.between(0.5, 4), random.chance(0.7), random, prices));
      operations.push(...isolated(account, child, capital, random, prices));
      break;
  }
  const hasOptions = kind === "option seller" || kind === "option buyer";
  return { account, kind, hasOptions, hasCoinCollateral: coin !== undefined, capital, operations };
}

function drawKind(random: Random): AccountKind {
  const draw = random.uniform();
  if (draw < 0.4) return "perp trader";
  if (draw < 0.6) return "coin collateral";
  if (draw < 0.8) return "option seller";
  if (draw < 0.9) return "option buyer";
  return "isolated";
}

/** Mostly modest, a few reckless: 0.5 to 18 times the capital. */
function drawLeverage(random: Random): number {
  const u = random.uniform();
  return 0.5 + 17.5 * u * u;
}

/** A deposit of coin worth about `value`, in units of 2⁻¹⁰ coin, which a double holds exactly. */
function* coinDeposit(account: Ordinal, coin: number, value: number, prices: OpeningPrices): Generator<Operation> {
  const { asset, underlying } = COLLATERAL_ASSETS[coin] as (typeof COLLATERAL_ASSETS)[number];
  const units = wholePart((value / (prices.index[underlying] as number)) * 1024) + 1;
  yield { op: "deposit", account, asset, amount: units / 1024 };
}

/** One to four perps that share a gross notional; most in one direction. */
function* perps(
  account: Ordinal,
  notional: number,
  mostlyLong: boolean,
  random: Random,
  prices: OpeningPrices,
): Generator<Operation> {
  const first = random.index(UNDERLYINGS.length);
  const count = 1 + random.index(UNDERLYINGS.length);
  for (let k = 0; k < count; k++) {
    const instrument = (first + k) % UNDERLYINGS.length;
    const long = random.chance(0.85) ? mostlyLong : !mostlyLong;
    yield* fill(account, instrument, ((long ? 1 : -1) * notional) / count, prices.index[instrument] as number, 1);
  }
}

/** One to four options of one underlying, sold (−1) or bought (+1); sellers prefer puts. */
function* options(
  account: Ordinal,
  notional: number,
  side: 1 | -1,
  coin: number | undefined,
  random: Random,
  prices: OpeningPrices,
): Generator<Operation> {
  const underlying = coin === undefined ? random.index(2) : (COLLATERAL_ASSETS[coin]?.underlying as number);
  const wanted = (instrument: Ordinal) => INSTRUMENTS[instrument]?.underlying === underlying;
  const chain = INSTRUMENTS.map((_, ordinal) => ordinal).filter(
    (ordinal) => ordinal >= FIRST_OPTION && wanted(ordinal),
  );
  const count = 1 + random.index(4);
  for (let k = 0; k < count; k++) {
    const preferPut = random.chance(side < 0 ? 0.6 : 0.3);
    const half = chain.filter((ordinal) => (INSTRUMENTS[ordinal]?.option?.side === "put") === preferPut);
    const instrument = half[random.index(half.length)] as Ordinal;
    yield* fill(
      account,
      instrument,
      (side * notional) / count,
      prices.index[underlying] as number,
      prices.premium[instrument] as number,
    );
  }
}

function* isolated(
  account: Ordinal,
  child: Ordinal,
  capital: number,
  random: Random,
  prices: OpeningPrices,
): Generator<Operation> {
  const instrument = random.index(UNDERLYINGS.length);
  const margin = wholePart(capital * random.between(0.05, 0.25)) + 1;
  yield { op: "isolate", account, instrument, margin, child };
  const long = random.chance(0.75);
  yield* fill(
    child,
    instrument,
    (long ? 1 : -1) * margin * random.between(3, 15),
    prices.index[instrument] as number,
    1,
  );
}

/**
 * A fill worth about `notional` of the underlying, signed.
 *
 * @param price  of the underlying
 * @param premium  price of the instrument for an option; for a perp it is traded at `price`
 */
export function* fill(
  account: Ordinal,
  instrument: Ordinal,
  notional: number,
  price: number,
  premium: number,
): Generator<Operation> {
  const spec = INSTRUMENTS[instrument];
  if (spec === undefined) return;
  let lotsPerUnit = 1;
  for (let i = 0; i < spec.sizeDecimals; i++) lotsPerUnit *= 10;
  const lots = wholePart((notional / price) * lotsPerUnit);
  if (lots === 0) return;
  const fee = spec.kind === "perp" ? (lots < 0 ? -lots : lots) * (price / lotsPerUnit) * TAKER_FEE : 0;
  yield {
    op: "fill",
    account,
    instrument,
    lots,
    price: spec.kind === "perp" ? price : premium,
    fee: wholePart(fee * FEE_UNITS) / FEE_UNITS,
  };
}
