import { type Engine, LEVERAGE_STATES, type Leverage, type LeverageState } from "plimsoll";

/** A price over time, and what happened on it. */
export interface PricePath {
  readonly name: string;
  readonly points: readonly { readonly timeMs: number; readonly price: number }[];
  readonly marks: readonly PriceMark[];
}

/** What can happen on a price path; the page's legend names it so. */
export type MarkKind =
  | "liquidation, called"
  | "liquidation, not called"
  | "isolated, not judged"
  | "accounts turning liquidatable";

export interface PriceMark {
  readonly timeMs: number;
  readonly price: number;
  /** How many accounts it stands for. */
  readonly weight: number;
  readonly kind: MarkKind;
  readonly title: string;
}

/** How many accounts with positions stand in each bucket of `LEVERAGE_BUCKETS`. */
export interface LeverageSample {
  readonly timeMs: number;
  readonly counts: readonly number[];
}

/** One account over time, beside the price of one underlying. */
export interface AccountTrack {
  readonly title: string;
  readonly underlying: string;
  readonly points: readonly AccountPoint[];
  /** When the exchange liquidated it, where that is known. */
  readonly liquidatedAtMs?: number;
}

export interface AccountPoint {
  readonly timeMs: number;
  readonly equity: number;
  readonly maintenance: number;
  readonly price: number;
  /** Nearest liquidation price below and above; `null` where there is none. */
  readonly down: number | null;
  readonly up: number | null;
}

export interface Pictures {
  readonly paths: readonly PricePath[];
  /** Span of time over which the events of one mark are counted together; absent where each mark is one event. */
  readonly markSpanMs?: number;
  readonly leverage: readonly LeverageSample[];
  readonly track: AccountTrack | null;
}

/** What `columns().handle` holds where an account has been removed. */
const NO_ACCOUNT = 0xffff_ffff;
const LEVERAGE_LIMITS = [2, 5, 10, 20, 50] as const;
/** Buckets of maintenance leverage from safe to lost; the last two are states, not numbers. */
export const LEVERAGE_BUCKETS = [
  "up to 2",
  "2 to 5",
  "5 to 10",
  "10 to 20",
  "20 to 50",
  "above 50",
  "liquidatable",
  "insolvent",
] as const;

/** Bucket of one account's maintenance leverage, `null` where nothing is held or a figure is missing. */
export function leverageBucket(leverage: Leverage): number | null {
  switch (leverage.state) {
    case "none":
    case "unknown":
      return null;
    case "finite": {
      const index = LEVERAGE_LIMITS.findIndex((limit) => leverage.value <= limit);
      return index < 0 ? LEVERAGE_LIMITS.length : index;
    }
    case "liquidatable":
      return LEVERAGE_LIMITS.length + 1;
    case "insolvent":
      return LEVERAGE_LIMITS.length + 2;
  }
}

/** The lowest, the highest and the last of each of `cells` equal spans of time: the shape of a path in few points. */
export function thinned<T extends { readonly timeMs: number; readonly price: number }>(
  points: readonly T[],
  cells: number,
): T[] {
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined || points.length <= 3 * cells) return [...points];
  const spanMs = (last.timeMs - first.timeMs) / cells;
  const kept = new Set<T>([first]);
  let cellEndMs = first.timeMs + spanMs;
  let low = first;
  let high = first;
  let latest = first;
  const keep = () => {
    for (const point of [low, high, latest].sort((a, b) => a.timeMs - b.timeMs)) kept.add(point);
  };
  for (const point of points) {
    if (point.timeMs > cellEndMs) {
      keep();
      while (point.timeMs > cellEndMs) cellEndMs += spanMs;
      low = point;
      high = point;
    }
    if (point.price < low.price) low = point;
    if (point.price > high.price) high = point;
    latest = point;
  }
  keep();
  return [...kept];
}

/** One sample of the distribution of maintenance leverage over every account that holds a position. */
export function sampleLeverage(engine: Engine, timeMs: number): LeverageSample {
  const counts = new Array<number>(LEVERAGE_BUCKETS.length).fill(0);
  for (const leverage of maintenanceLeverages(engine)) {
    const bucket = leverageBucket(leverage);
    if (bucket !== null) counts[bucket] = (counts[bucket] as number) + 1;
  }
  return { timeMs, counts };
}

/** Maintenance leverage of every account. */
export function* maintenanceLeverages(engine: Engine): Generator<Leverage> {
  const { length, handle, maintenanceLeverage, leverageState } = engine.columns();
  for (let row = 0; row < length; row++) {
    if (handle[row] === NO_ACCOUNT) continue;
    const state = LEVERAGE_STATES[leverageState[row] as number] as LeverageState;
    yield state === "finite" ? { state, value: maintenanceLeverage[row] as number } : { state };
  }
}
