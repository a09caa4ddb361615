/** What the entries of mathematics export, but for how each loads the module. */

export { ConfigError, DisposedError, LoadError, PlimsollError } from "../errors.js";
export type { ArbitrageInterval, SurfaceVerdict, SviParameters } from "../surface.js";
export { ResidentChain, ResidentStrikePairs } from "./chain.js";
export {
  AMERICAN_STATUSES,
  type AmericanStatus,
  american,
  americanOf,
  type ContractColumns,
  digital,
  digitalOf,
  doubleNoTouch,
  doubleNoTouchOf,
  noTouch,
  noTouchOf,
  oneTouch,
  oneTouchOf,
  touchProbability,
  touchProbabilityOf,
} from "./contracts.js";
export { erfc, exp, expm1, ln, millsRatio, normCdf, normPdf } from "./elementary.js";
export {
  GREEKS_STATUSES,
  type GreeksStatus,
  greeks,
  greeksOf,
  IMPLIED_VOL_STATUSES,
  type ImpliedVolStatus,
  impliedVol,
  impliedVolOf,
} from "./greeks.js";
export type { MathOptions } from "./loaded.js";
export { ResidentGreeks, ResidentImpliedVol } from "./resident.js";
export {
  calibrateSsvi,
  calibrateSvi,
  type FitError,
  forwardFromParity,
  type SmileGreeksColumns,
  type SmileGreeksInput,
  type SmileMoves,
  type SurfaceVolColumns,
  smileGreeks,
  ssviSlice,
  surfaceArbitrage,
  surfaceVol,
  sviTotalVariance,
  type TotalVarianceColumns,
} from "./surface.js";
export type * from "./types.js";
export { perDay, perRatePoint, perVolPoint } from "./units.js";
