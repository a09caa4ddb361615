import type { Band, BandEvent, Engine } from "plimsoll";
import { plainTime } from "../report/format.js";
import {
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
/** Of its first requirement an account still has so much at the end if its options have not all expired. */
const HELD_SHARE = 0.25;

/** An account that may be followed: one that sells options, of one underlying, so that this alone decides its fate. */
interface Candidate {
  readonly plan: AccountPlan;
  readonly bands: Set<Band>;
  firstRequirement: number;
  holdsToTheEnd: boolean;
}

function underlyingsOf({ operations }: AccountPlan): Set<Ordinal | undefined> {
  const fills = operations.filter((operation) => operation.op === "fill");
  return new Set(fills.map(({ instrument }) => INSTRUMENTS[instrument]?.underlying));
}

/** Watches the embedded market and keeps what the page's pictures need. */
export class ScenarioPictures {
  readonly #paths = UNDERLYINGS.map(() => [] as { timeMs: number; price: number }[]);
  readonly #marks = UNDERLYINGS.map(() => [] as PriceMark[]);
  readonly #leverage: LeverageSample[] = [];
  readonly #candidates: ReadonlyMap<Ordinal, Candidate>;
  /** Accounts that turned liquidatable since the last mark, by the underlying whose move did it. */
  #turned = UNDERLYINGS.map(() => 0);

  /** @param plans  of the stream that will run */
  constructor(plans: readonly AccountPlan[]) {
    const sellers = plans.filter((plan) => plan.kind === "option seller" && underlyingsOf(plan).size === 1);
    this.#candidates = new Map(
      sellers.map((plan) => [
        plan.account,
        { plan, bands: new Set<Band>(), firstRequirement: 0, holdsToTheEnd: false },
      ]),
    );
  }

  onEvents(events: readonly BandEvent[], applier: Applier): void {
    for (const { account, driver, from, to } of events) {
      this.#candidates.get(applier.ordinal(account))?.bands.add(to);
      const falls = (to === "liquidatable" || to === "insolvent") && from !== "liquidatable" && from !== "insolvent";
      if (driver === null || !falls) continue;
      const underlying = INSTRUMENTS[applier.instrumentOrdinal(driver)]?.underlying ?? 0;
      this.#turned[underlying] = (this.#turned[underlying] as number) + 1;
    }
  }

  onStep(step: number, of: number, market: MarketStep, engine: Engine, applier: Applier): void {
    const { timeMs } = market;
    UNDERLYINGS.forEach((_, u) => {
      const price = market.index[u] as number;
      this.#paths[u]?.push({ timeMs, price });
    });
    if (step % MARK_EVERY_STEPS === 0) this.#markTurned(market);
    if (step % SAMPLE_EVERY_STEPS === 0) this.#leverage.push(sampleLeverage(engine, timeMs));
    if (step !== 1 && step !== of) return;
    for (const [account, candidate] of this.#candidates) {
      const { maintenance } = engine.assess(applier.account(account));
      if (step === 1) candidate.firstRequirement = maintenance;
      else candidate.holdsToTheEnd = maintenance > HELD_SHARE * candidate.firstRequirement;
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

  /** The account to follow: of those that hold positions to the end the one that was in most bands, rather with coin as collateral. */
  followed(): AccountPlan | undefined {
    const [best] = [...this.#candidates.values()].sort(
      (a, b) =>
        Number(b.holdsToTheEnd) - Number(a.holdsToTheEnd) ||
        b.bands.size - a.bands.size ||
        Number(b.plan.hasCoinCollateral) - Number(a.plan.hasCoinCollateral),
    );
    return best?.plan;
  }

  /** What was kept, ready to be drawn, beside the account that was followed. */
  pictures(track: AccountTrack | null): Pictures {
    const paths = UNDERLYINGS.map(({ id }, u) => ({
      name: id,
      points: this.#paths[u] ?? [],
      marks: this.#marks[u] ?? [],
    }));
    return { paths, markSpanMs: MARK_EVERY_STEPS * STEP_MS, leverage: this.#leverage, track };
  }
}
