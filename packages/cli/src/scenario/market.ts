import { Random } from "./random.js";

/** One price factor of the embedded market. */
interface UnderlyingSpec {
  readonly id: string;
  readonly price: number;
  /** Share of the common factor's move that this one makes. */
  readonly beta: number;
  /** Scale of its own move beside the common one. */
  readonly own: number;
  /** Strikes of its options are multiples of this; none where absent. */
  readonly strikeStep?: number;
}

export const UNDERLYINGS: readonly UnderlyingSpec[] = [
  { id: "BTC", price: 65_000, beta: 1, own: 0.4, strikeStep: 500 },
  { id: "ETH", price: 3_200, beta: 1.2, own: 0.5, strikeStep: 25 },
  { id: "SOL", price: 150, beta: 1.5, own: 0.8 },
  { id: "LINK", price: 18, beta: 1.4, own: 0.9 },
];

export const START_MS = 1_773_100_800_000; // 2026-03-10T00:00:00Z
export const STEP_MS = 120_000;
export const STEPS = 720;
const STEPS_PER_HOUR = 30;
/** Square root of the number of steps in a year of 365 days, which turns the scale of a step into volatility per year. */
const ROOT_STEPS_PER_YEAR = 512.6402246878;

/** The fall: slow drift, frequent jumps down, nervous days' volatility; then a rebound that gives back part of it. */
const CRASH_FROM = 270;
const CRASH_TO = 430;
const REBOUND_TO = 520;

/** Scale of the common factor's move in one step in calm times: 45 % per year. */
const CALM_SCALE = 0.45 / ROOT_STEPS_PER_YEAR;
/** Reaction to the last move and memory of the scale. E|z| of a normal move is 0.798, and reaction · 0.798 + memory = 0.9857 < 1. */
const REACTION = 0.07;
const MEMORY = 0.9298;
const MEAN_ABSOLUTE_NORMAL = 0.7979;

/** What one step of the market brings. */
export interface MarketStep {
  readonly timeMs: number;
  readonly isHour: boolean;
  /** Index and perp mark by underlying. */
  readonly index: readonly number[];
  readonly mark: readonly number[];
  /** At-the-money volatility per year by underlying. */
  readonly vol: readonly number[];
}

/**
 * A day of several underlyings under one common factor.
 *
 * Volatility clusters: the scale of the next step follows the absolute size of the last move (the absolute-value form of GARCH, which needs
 * no square root). Jumps come on top, downward and frequent in the fall. Perp marks swing around their index, and the implied
 * volatility is drawn towards the realised one and jumps up with falls.
 */
export function* marketSteps(seed: number): Generator<MarketStep> {
  const random = new Random(seed, 1);
  const index = UNDERLYINGS.map((underlying) => underlying.price);
  const basis = UNDERLYINGS.map(() => 0);
  const vol = UNDERLYINGS.map((underlying) => 0.4 + 0.15 * (underlying.beta - 1));
  let scale = CALM_SCALE;
  for (let step = 0; step < STEPS; step++) {
    const crash = step >= CRASH_FROM && step < CRASH_TO;
    const rebound = step >= CRASH_TO && step < REBOUND_TO;
    const target = crash ? 2.5 * CALM_SCALE : CALM_SCALE;
    const diffusion = scale * random.normal();
    const jump = jumpOf(random, crash);
    const drift = crash ? -0.0011 : rebound ? 0.0007 : 0;
    const common = diffusion + jump + drift;
    scale = (1 - REACTION * MEAN_ABSOLUTE_NORMAL - MEMORY) * target + REACTION * absolute(diffusion) + MEMORY * scale;

    const mark: number[] = [];
    UNDERLYINGS.forEach((underlying, u) => {
      const move = clamp(underlying.beta * common + underlying.own * scale * random.normal(), -0.15, 0.15);
      const price = (index[u] as number) * (1 + move);
      const basisNow = 0.9 * (basis[u] as number) + 0.05 * common + 0.0001 * random.normal();
      const realised = scale * ROOT_STEPS_PER_YEAR * underlying.beta;
      const volBefore = vol[u] as number;
      const volNow = volBefore + 0.03 * (0.15 + 0.9 * realised - volBefore) - 1.2 * (move < 0 ? move : 0.5 * move);
      index[u] = price;
      basis[u] = basisNow;
      vol[u] = clamp(volNow, 0.2, 3);
      mark.push(price * (1 + basisNow));
    });
    yield {
      timeMs: START_MS + (step + 1) * STEP_MS,
      isHour: (step + 1) % STEPS_PER_HOUR === 0,
      index: [...index],
      mark,
      vol: [...vol],
    };
  }
}

function jumpOf(random: Random, crash: boolean): number {
  const happens = random.chance(crash ? 0.05 : 0.004);
  const size = random.between(0.003, 0.016);
  const up = random.chance(crash ? 0.15 : 0.5);
  return happens ? (up ? size : -size) : 0;
}

function absolute(value: number): number {
  return value < 0 ? -value : value;
}

function clamp(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value;
}
