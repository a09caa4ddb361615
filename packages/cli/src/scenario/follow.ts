import type { Engine, EngineOptions } from "plimsoll";
import type { AccountPoint, AccountTrack } from "../report/pictures.js";
import type { AccountPlan } from "./accounts.js";
import { Applier, QUOTE_ID } from "./apply.js";
import { START_MS, UNDERLYINGS } from "./market.js";
import { SCENARIO_MODEL } from "./model.js";
import type { Operation, Ordinal } from "./operations.js";
import { INSTRUMENTS } from "./setup.js";
import { type ScenarioOptions, scenarioStream } from "./stream.js";

/**
 * One account through the embedded market, looked at after every step, beside the underlying of its first position.
 *
 * Accounts do not touch each other, so the stream is played once more with this one alone, which costs next to nothing.
 */
export async function followAccount(
  createEngine: (options: EngineOptions) => Promise<Engine>,
  options: ScenarioOptions,
  plan: AccountPlan,
): Promise<AccountTrack> {
  const stream = scenarioStream(options);
  const underlying = firstUnderlying(plan);
  const engine = await createEngine({ quote: QUOTE_ID, model: SCENARIO_MODEL, timeMs: START_MS });
  try {
    const applier = new Applier(engine);
    for (const operation of [...stream.setup, ...plan.operations]) applier.apply(operation);
    const account = applier.account(plan.account);
    const concerns = concernOf(plan.account);
    const points: AccountPoint[] = [];
    for (const { market, operations } of stream.steps) {
      for (const operation of operations) if (concerns(operation)) applier.apply(operation);
      const { equity, maintenance } = engine.assess(account);
      const { down, up } = engine.liquidationPrices(account, applier.underlying(underlying));
      points.push({
        timeMs: market.timeMs,
        equity,
        maintenance,
        price: market.index[underlying] as number,
        down: down[0]?.price ?? null,
        up: up[0]?.price ?? null,
      });
    }
    return { title: titleOf(plan), underlying: UNDERLYINGS[underlying]?.id ?? "", points };
  } finally {
    engine.dispose();
  }
}

/** Whether an operation of the day concerns one account: the market's do, other accounts' do not. */
function concernOf(account: Ordinal): (operation: Operation) => boolean {
  const orders = new Set<Ordinal>();
  return (operation) => {
    if (operation.op === "cancel") return orders.has(operation.order);
    if (!("account" in operation)) return true;
    const isOwn = operation.account === account;
    if (isOwn && operation.op === "order") orders.add(operation.order);
    return isOwn;
  };
}

function firstUnderlying(plan: AccountPlan): Ordinal {
  const fill = plan.operations.find((operation) => operation.op === "fill");
  return fill?.op === "fill" ? (INSTRUMENTS[fill.instrument]?.underlying ?? 0) : 0;
}

function titleOf({ account, hasCoinCollateral }: AccountPlan): string {
  return `Account ${account}, which has sold options with ${hasCoinCollateral ? "coin" : "dollars"} as collateral`;
}
