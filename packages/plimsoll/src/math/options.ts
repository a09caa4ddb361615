/** What callers of mathematics may pass, as options.ts states it of engines. */

import {
  column,
  type Fields,
  flag,
  type KnownFields,
  listOf,
  object,
  oneOf,
  optional,
  requireKnown,
  requireNumber,
  rows,
  source,
} from "../checks.js";
import { NAMES } from "../core/layout.js";
import { checkSvi } from "../surface.js";
import { VOL_FIGURES } from "./figures.js";
import type {
  BarrierColumns,
  ChainOptions,
  ContractOption,
  DigitalInput,
  DoubleNoTouchInput,
  GreekName,
  GreeksInput,
  ImpliedVolInput,
  OneTouchInput,
  ResidentOptions,
  Single,
  SingleOption,
  SsviParameters,
  SurfaceExpiry,
  SurfaceQuotes,
  SurfaceVolInput,
  TouchProbabilityInput,
} from "./types.js";

const number = requireNumber;

/** What a function has given: which of its columns are needed is the next one's to say. */
const columnsOf = (names: readonly string[]) =>
  object<Record<string, unknown>>(Object.fromEntries([...names, "status"].map((name) => [name, column])));
const figures = optional(listOf(oneOf(NAMES.mathFigure)));
const mathModel = optional(oneOf(NAMES.mathModel));
const chainModel = optional(oneOf(NAMES.mathModel.filter((name) => name !== "bachelier")));
const optionColumns = {
  type: column,
  spot: column,
  forward: column,
  strike: column,
  years: column,
  rate: column,
  carry: column,
  model: mathModel,
} as const;
const singleOption = {
  type: oneOf(NAMES.option),
  spot: optional(number),
  forward: optional(number),
  strike: number,
  years: number,
  rate: optional(number),
  carry: optional(number),
  model: mathModel,
} satisfies Fields<SingleOption>;
const resident = { rows, model: mathModel } satisfies Fields<ResidentOptions>;
const strikes = { strike: column, model: chainModel, outputs: figures } satisfies Fields<
  ChainOptions<readonly GreekName[]>
>;

const wanted = (names: readonly string[]) => ({ outputs: optional(listOf(oneOf(names))) }) as const;
const market = { spot: column, years: column, rate: column, carry: column, vol: column } as const;
const singleMarket = {
  spot: number,
  years: number,
  rate: optional(number),
  carry: optional(number),
  vol: number,
} as const;
const contract = { ...market, ...wanted(NAMES.contractFigure) } as const;
const singleContract = { ...singleMarket, ...wanted(NAMES.contractFigure) } as const;
const single = { ...singleContract, type: oneOf(NAMES.option), strike: number } satisfies Fields<
  Single<ContractOption>
>;
const barriers = { ...contract, side: column, barrier: column } satisfies Fields<BarrierColumns>;
const barrier = {
  ...singleContract,
  side: oneOf(["above", "below"]),
  barrier: number,
} satisfies Fields<Single<BarrierColumns>>;
const digitalPays = optional(oneOf(["cash", "asset"]));
const touchPays = optional(oneOf(["at-hit", "at-expiry"]));

const expiries = listOf(object<SurfaceExpiry>({ years: number, forward: optional(number), svi: checkSvi }));
const quotes = listOf(
  object<SurfaceQuotes>({ years: number, forward: number, strike: column, bid: column, ask: column }),
);

/** Checks of the objects that callers pass, by what they describe. */
export const CHECK = {
  loadMath: object({ wasm: optional(source) }),
  greeks: object<GreeksInput>({ ...optionColumns, vol: column, outputs: figures }),
  impliedVol: object<ImpliedVolInput>({ ...optionColumns, price: column, start: column }),
  greeksOf: object({ ...singleOption, vol: number, outputs: figures }),
  impliedVolOf: object({ ...singleOption, price: number, start: optional(number) }),
  digital: object<DigitalInput>({ ...contract, type: column, strike: column, pays: digitalPays }),
  digitalOf: object<Single<DigitalInput>>({ ...single, pays: digitalPays }),
  american: object<ContractOption>({ ...contract, type: column, strike: column }),
  americanOf: object<Single<ContractOption>>(single),
  oneTouch: object<OneTouchInput>({ ...barriers, pays: touchPays }),
  oneTouchOf: object<Single<OneTouchInput>>({ ...barrier, pays: touchPays }),
  noTouch: object<BarrierColumns>(barriers),
  noTouchOf: object<Single<BarrierColumns>>(barrier),
  touchProbability: object<TouchProbabilityInput>({
    ...{ spot: column, side: column, barrier: column, years: column, drift: column, vol: column },
    ...wanted(NAMES.touchFigure),
  }),
  touchProbabilityOf: object<Single<TouchProbabilityInput>>({
    ...{ spot: number, side: barrier.side, barrier: number, years: number, drift: optional(number), vol: number },
    ...wanted(NAMES.touchFigure),
  }),
  doubleNoTouch: object<DoubleNoTouchInput>({
    ...{ ...market, lower: column, upper: column },
    ...wanted(NAMES.doubleFigure),
  }),
  doubleNoTouchOf: object<Single<DoubleNoTouchInput>>({
    ...{ ...singleMarket, lower: number, upper: number },
    ...wanted(NAMES.doubleFigure),
  }),
  svi: checkSvi,
  ssvi: object<SsviParameters>({ rho: number, eta: number, gamma: number }),
  greeksColumns: columnsOf(NAMES.mathFigure),
  surfaceVolColumns: columnsOf(VOL_FIGURES),
  surfaceVol: object<SurfaceVolInput>({
    expiries,
    years: number,
    forward: number,
    strike: column,
    rule: oneOf(NAMES.stickiness),
  }),
  expiries,
  quotes,
  calibration: object({ arbitrage: optional(oneOf(["avoided", "judged"])) }),
  parity: object({
    strike: column,
    callBid: column,
    callAsk: column,
    putBid: column,
    putAsk: column,
    discount: optional(number),
    inCoin: optional(flag),
  }),
  residentGreeks: object({ ...resident, outputs: figures }),
  residentImpliedVol: object(resident),
  residentChain: object({ type: column, ...strikes }),
  residentStrikePairs: object(strikes),
  clock: object({ years: number, rate: optional(number), carry: optional(number) }),
  listing: object({ type: column, strike: column }),
  strikes: object({ strike: column }),
} as const;

const COMPUTE_VOLS: KnownFields = {
  all: { rows: true, start: true },
  has: (field) => field === "rows" || field === "start",
};

/** Refuses what is no object of the options of `ResidentImpliedVol.compute`. */
export const checkComputeVols = (options: object, path: string) => requireKnown(options, COMPUTE_VOLS, path);
