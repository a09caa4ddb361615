import type { BandEvent, Engine } from "plimsoll";
import { plainTime } from "../report/format.js";
import {
  type AccountPoint,
  type AccountTrack,
  type LeverageSample,
  type Pictures,
  type PriceMark,
  sampleLeverage,
} from "../report/pictures.js";
import type { AccountPlan } from "./accounts.js";
import type { Applier } from "./apply.js";
import { type MarketStep, STEP_MS, UNDERLYINGS } from "./market.js";
import type { Ordinal } from "./operations.js";
import { INSTRUMENTS } from "./setup.js";

const SAMPLE_EVERY_STEPS = 6;
/** Accounts that turn liquidatable are counted together over so many steps, half an hour, so that their circles do not hide the path. */
const MARK_EVERY_STEPS = 15;
const CANDIDATES_MAX = 60;
/** Of its first requirement an account still has so much at the end if its options have not all expired. */
const HELD_SHARE = 0.25;

interface Candidate {
  readonly plan: AccountPlan;
  readonly underlying: Ordinal;
  readonly points: AccountPoint[];
  readonly bands: Set<string>;
}

/** Watches the embedded market and keeps what the page's pictures need. */
export class ScenarioPictures {
  readonly #paths = UNDERLYINGS.map(() => [] as { timeMs: number; price: number }[]);
  readonly #marks = UNDERLYINGS.map(() => [] as PriceMark[]);
  readonly #leverage: LeverageSample[] = [];
  readonly #candidates: Candidate[];
  /** Accounts that turned liquidatable since the last mark, by the underlying whose move did it. */
  #turned = UNDERLYINGS.map(() => 0);

  /** @param plans  of the stream that will run; accounts with options are the candidates to be followed */
  constructor(plans: readonly AccountPlan[]) {
    this.#candidates = plans
      .filter((plan) => plan.hasOptions && plan.kind === "option seller")
      .sort((a, b) => Number(b.hasCoinCollateral) - Number(a.hasCoinCollateral))
      .slice(0, CANDIDATES_MAX)
      .map((plan) => ({ plan, underlying: underlyingOf(plan), points: [], bands: new Set() }));
  }

  onEvents(events: readonly BandEvent[], applier: Applier): void {
    for (const { driver, from, to } of events) {
      const falls = (to === "liquidatable" || to === "insolvent") && from !== "liquidatable" && from !== "insolvent";
      if (driver === null || !falls) continue;
      const underlying = INSTRUMENTS[applier.instrumentOrdinal(driver)]?.underlying ?? 0;
      this.#turned[underlying] = (this.#turned[underlying] as number) + 1;
    }
  }

  onStep(step: number, market: MarketStep, engine: Engine, applier: Applier): void {
    const { timeMs } = market;
    UNDERLYINGS.forEach((_, u) => {
      const price = market.index[u] as number;
      this.#paths[u]?.push({ timeMs, price });
    });
    if (step % MARK_EVERY_STEPS === 0) this.#markTurned(market);
    if (step % SAMPLE_EVERY_STEPS === 0) this.#leverage.push(sampleLeverage(engine, timeMs));
    for (const { plan, underlying, points, bands } of this.#candidates) {
      const account = applier.account(plan.account);
      const { equity, maintenance, band } = engine.assess(account);
      const prices = engine.liquidationPrices(account, applier.underlying(underlying));
      bands.add(band);
      points.push({
        timeMs,
        equity,
        maintenance,
        price: market.index[underlying] as number,
        down: prices.down[0]?.price ?? null,
        up: prices.up[0]?.price ?? null,
      });
    }
  }

  #markTurned({ timeMs, index }: MarketStep): void {
    this.#turned.forEach((weight, u) => {
      if (weight === 0) return;
      const price = index[u] as number;
      this.#marks[u]?.push({
        timeMs,
        price,
        weight,
        kind: "accounts turning liquidatable",
        title: `${weight} accounts up to ${plainTime(timeMs)}`,
      });
    });
    this.#turned = UNDERLYINGS.map(() => 0);
  }

  /** What was kept, ready to be drawn. */
  pictures(): Pictures {
    const paths = UNDERLYINGS.map(({ id }, u) => ({
      name: id,
      points: this.#paths[u] ?? [],
      marks: this.#marks[u] ?? [],
    }));
    return { paths, markSpanMs: MARK_EVERY_STEPS * STEP_MS, leverage: this.#leverage, track: this.#track() };
  }

  /** Of the candidates that hold a position to the end the one that went through most bands; the first of equals. */
  #track(): AccountTrack | null {
    const holdsAtEnd = ({ points }: Candidate) =>
      Number((points.at(-1)?.maintenance ?? 0) > HELD_SHARE * (points[0]?.maintenance ?? 0));
    const [best] = [...this.#candidates].sort((a, b) => holdsAtEnd(b) - holdsAtEnd(a) || b.bands.size - a.bands.size);
    if (best === undefined) return null;
    const { plan, underlying, points } = best;
    const collateral = plan.hasCoinCollateral ? "coin as collateral" : "dollars as collateral";
    return {
      title: `Account ${plan.account}, which has sold options with ${collateral}`,
      underlying: UNDERLYINGS[underlying]?.id ?? "",
      points,
    };
  }
}

function underlyingOf(plan: AccountPlan): Ordinal {
  const fill = plan.operations.find((operation) => operation.op === "fill");
  return fill?.op === "fill" ? (INSTRUMENTS[fill.instrument]?.underlying ?? 0) : 0;
}
