import { type AccountPlan, fill, type OpeningPrices, planAccount } from "./accounts.js";
import { type MarketStep, marketSteps, START_MS, STEPS, UNDERLYINGS } from "./market.js";
import { type Operation, type Ordinal, QUOTE } from "./operations.js";
import { Random } from "./random.js";
import { FIRST_OPTION, INSTRUMENTS, openingPremium, SETUP, smileVol } from "./setup.js";

/** How often the implied volatilities of the whole chain are quoted anew. */
const VOLS_EVERY_STEPS = 15;
const FILLS_PER_STEP = 4;
const ORDERS_PER_STEP = 2;
const ORDER_LIFE_STEPS = 40;
const TOP_UPS_PER_STEP = 1;

export interface ScenarioOptions {
  /** Which market and which accounts; 0 to 2³² − 1. */
  readonly seed: number;
  /** How many accounts, not counting the rows of their isolated positions. */
  readonly accounts: number;
}

/** The whole stream: what there is, then the accounts, each a group of operations of its own, then the day in order. */
export interface ScenarioStream {
  readonly setup: readonly Operation[];
  readonly plans: readonly AccountPlan[];
  readonly steps: Iterable<ScenarioStep>;
  readonly stepCount: number;
}

interface ScenarioStep {
  readonly market: MarketStep;
  readonly operations: readonly Operation[];
}

/** The embedded market and its accounts; the same operations for the same options on every machine. */
export function scenarioStream(options: ScenarioOptions): ScenarioStream {
  const index = UNDERLYINGS.map(({ price }) => price);
  const vols = UNDERLYINGS.map(({ beta }) => 0.4 + 0.15 * (beta - 1));
  const premium = INSTRUMENTS.map((spec) =>
    openingPremium(spec, optionVol(spec, vols, index), index[spec.underlying] as number),
  );
  const opening: OpeningPrices = { index, premium };

  const random = new Random(options.seed, 2);
  const plans: AccountPlan[] = [];
  let nextChild = options.accounts;
  for (let account = 0; account < options.accounts; account++) {
    const plan = planAccount(account, nextChild, random, opening);
    if (plan.operations.some(({ op }) => op === "isolate")) nextChild += 1;
    plans.push(plan);
  }
  return {
    setup: [...SETUP, ...openingTicks(index, vols)],
    plans,
    steps: dayOf(options.seed, plans),
    stepCount: STEPS,
  };
}

function optionVol(spec: (typeof INSTRUMENTS)[number], vols: readonly number[], index: readonly number[]): number {
  const atTheMoney = vols[spec.underlying] as number;
  return spec.option === undefined
    ? atTheMoney
    : smileVol(atTheMoney, spec.option.strike, index[spec.underlying] as number);
}

function openingTicks(index: readonly number[], vols: readonly number[]): Operation[] {
  return INSTRUMENTS.map((spec, instrument): Operation => {
    const price = index[spec.underlying] as number;
    return spec.kind === "perp"
      ? { op: "tick", instrument, timeMs: START_MS, mark: price, index: price }
      : { op: "tick", instrument, timeMs: START_MS, vol: optionVol(spec, vols, index) };
  });
}

function* dayOf(seed: number, plans: readonly AccountPlan[]): Generator<ScenarioStep> {
  const life = new Life(seed, plans);
  let step = 0;
  for (const market of marketSteps(seed)) {
    yield { market, operations: [...life.prices(market, step), ...life.doings(market, step)] };
    step += 1;
  }
}

/** What happens in one step, and what is still open from earlier ones. */
class Life {
  readonly #random: Random;
  readonly #plans: readonly AccountPlan[];
  readonly #settled = new Set<Ordinal>();
  readonly #openOrders: { readonly order: Ordinal; readonly untilStep: number }[] = [];
  #nextOrder = 0;

  constructor(seed: number, plans: readonly AccountPlan[]) {
    this.#random = new Random(seed, 3);
    this.#plans = plans;
  }

  *prices(market: MarketStep, step: number): Generator<Operation> {
    const { timeMs } = market;
    for (let instrument = 0; instrument < FIRST_OPTION; instrument++) {
      yield {
        op: "tick",
        instrument,
        timeMs,
        mark: market.mark[instrument] as number,
        index: market.index[instrument] as number,
      };
    }
    for (let instrument = FIRST_OPTION; instrument < INSTRUMENTS.length; instrument++) {
      const spec = INSTRUMENTS[instrument];
      if (spec?.option === undefined || this.#settled.has(instrument)) continue;
      if (spec.option.expiryMs <= timeMs) {
        this.#settled.add(instrument);
        yield { op: "settle", instrument, price: market.index[spec.underlying] as number, timeMs };
      } else if (step % VOLS_EVERY_STEPS === 0) {
        yield { op: "tick", instrument, timeMs, vol: optionVol(spec, market.vol, market.index) };
      }
    }
    if (!market.isHour) return;
    for (let instrument = 0; instrument < FIRST_OPTION; instrument++) {
      const premium = (market.mark[instrument] as number) / (market.index[instrument] as number) - 1;
      yield { op: "fund", instrument, rate: 0.000_012_5 + premium / 8 };
    }
  }

  *doings(market: MarketStep, step: number): Generator<Operation> {
    const random = this.#random;
    const someone = () => this.#plans[random.index(this.#plans.length)] as AccountPlan;
    for (let i = 0; i < FILLS_PER_STEP; i++) {
      const { account, capital } = someone();
      const instrument = random.index(FIRST_OPTION);
      yield* fill(account, instrument, capital * random.between(-0.4, 0.4), market.mark[instrument] as number, 1);
    }
    for (let i = 0; i < ORDERS_PER_STEP; i++) {
      const { account, capital } = someone();
      const instrument = random.index(FIRST_OPTION);
      const price = (market.mark[instrument] as number) * random.between(0.95, 1.05);
      for (const wanted of fill(account, instrument, capital * random.between(-0.3, 0.3), price, 1)) {
        if (wanted.op !== "fill") continue;
        const order = this.#nextOrder++;
        this.#openOrders.push({ order, untilStep: step + ORDER_LIFE_STEPS });
        yield { op: "order", order, account, instrument, lots: wanted.lots, price };
      }
    }
    while (this.#openOrders[0] !== undefined && this.#openOrders[0].untilStep <= step) {
      const { order } = this.#openOrders.shift() as { order: Ordinal };
      yield { op: "cancel", order };
    }
    for (let i = 0; i < TOP_UPS_PER_STEP; i++) {
      const { account, capital } = someone();
      const amount = capital * random.between(0.02, 0.2);
      yield random.chance(0.7)
        ? { op: "deposit", account, asset: QUOTE, amount }
        : { op: "withdraw", account, asset: QUOTE, amount: amount / 8 };
    }
  }
}
