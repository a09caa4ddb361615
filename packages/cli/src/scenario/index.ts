import type { BandEvent, Engine, EngineOptions } from "plimsoll";
import type { AccountPlan } from "./accounts.js";
import { Applier, QUOTE_ID } from "./apply.js";
import { type MarketStep, START_MS, UNDERLYINGS } from "./market.js";
import { SCENARIO_MODEL } from "./model.js";
import type { Operation, Ordinal } from "./operations.js";
import { Random, shuffle } from "./random.js";
import { FIRST_OPTION } from "./setup.js";
import { type ScenarioOptions, type ScenarioStream, scenarioStream } from "./stream.js";
import { BandHistory, type ScenarioSummary } from "./summary.js";

export type { AccountPlan, MarketStep, Operation, Ordinal, ScenarioOptions, ScenarioStream, ScenarioSummary };
export { scenarioStream };

interface RunOptions extends ScenarioOptions {
  /** Registers the accounts in another order, drawn with this seed; no figure may change. */
  readonly permuteWith?: number;
  /** Assesses every account after every tick instead of those that hold what moved; no figure may change. */
  readonly reassessAtEveryTick?: boolean;
}

/** Someone who looks at the engine while the stream runs. */
export interface ScenarioObserver {
  /** Every operation, in the order in which it is applied; before it is. */
  onOperation?(operation: Operation): void;
  onEvents?(events: readonly BandEvent[], applier: Applier): void;
  /** After each step; a promise is awaited. */
  onStep?(step: number, of: number, market: MarketStep, engine: Engine, applier: Applier): Promise<void> | undefined;
}

interface ScenarioResult {
  /** Rows of the engine: accounts and isolated positions. */
  readonly accounts: number;
  readonly ticks: number;
  readonly digest: string;
  readonly summary: ScenarioSummary;
}

/**
 * Takes the embedded accounts through the embedded market. Needs nothing of Node, so that a browser can run it too.
 *
 * @param createEngine  `createEngine` of the `plimsoll` package
 */
export async function runScenario(
  createEngine: (options: EngineOptions) => Promise<Engine>,
  options: RunOptions,
  observer: ScenarioObserver = {},
): Promise<ScenarioResult> {
  const stream = scenarioStream(options);
  const engine = await createEngine({ quote: QUOTE_ID, model: SCENARIO_MODEL, timeMs: START_MS });
  try {
    const applier = new Applier(engine);
    const history = new BandHistory();
    const moves = new PriceMoves();
    const apply = (operation: Operation) => {
      observer.onOperation?.(operation);
      applier.apply(operation);
      if (options.reassessAtEveryTick === true && operation.op === "tick") engine.reassessAll();
    };
    const drain = () => {
      const events = engine.drainEvents();
      for (const event of events) history.note(applier.ordinal(event.account), event, isOption(applier, event));
      if (events.length > 0) observer.onEvents?.(events, applier);
    };

    for (const operation of stream.setup) apply(operation);
    for (const plan of inOrder(stream.plans, options.permuteWith))
      for (const operation of plan.operations) apply(operation);
    drain();
    let step = 0;
    for (const { market, operations } of stream.steps) {
      for (const operation of operations) apply(operation);
      drain();
      moves.note(market);
      step += 1;
      history.noteStep(engine.stats().accounts);
      await observer.onStep?.(step, stream.stepCount, market, engine, applier);
    }
    const accounts = engine.stats().accounts;
    const parents = parentsOf(stream.plans);
    const planOf = (account: Ordinal) => stream.plans[parents.get(account) ?? account] as AccountPlan;
    return {
      accounts,
      ticks: applier.ticks,
      digest: engine.digest(),
      summary: history.summary(accounts, planOf, moves.rows()),
    };
  } finally {
    engine.dispose();
  }
}

function inOrder(plans: readonly AccountPlan[], permuteWith: number | undefined): readonly AccountPlan[] {
  return permuteWith === undefined ? plans : shuffle([...plans], new Random(permuteWith, 4));
}

function isOption(applier: Applier, event: BandEvent): boolean {
  return event.driver !== null && applier.instrumentOrdinal(event.driver) >= FIRST_OPTION;
}

function parentsOf(plans: readonly AccountPlan[]): Map<Ordinal, Ordinal> {
  const parents = new Map<Ordinal, Ordinal>();
  for (const plan of plans) {
    for (const operation of plan.operations)
      if (operation.op === "isolate") parents.set(operation.child, operation.account);
  }
  return parents;
}

/** Start, lowest and last index of each underlying. */
class PriceMoves {
  readonly #rows = UNDERLYINGS.map(({ id, price }) => ({ underlying: id, start: price, low: price, end: price }));

  note(market: MarketStep): void {
    this.#rows.forEach((row, u) => {
      const price = market.index[u] as number;
      row.end = price;
      if (price < row.low) row.low = price;
    });
  }

  rows(): ScenarioSummary["priceMoves"] {
    return this.#rows;
  }
}
