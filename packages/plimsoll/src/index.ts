/**
 * Plimsoll: leverage, cross-margin health, Greeks and liquidation prices of trading accounts, on every price tick.
 *
 * @module
 */
export { createEngine } from "./engine/create-engine.js";
export {
  ConfigError,
  type ConfigErrorCode,
  DisposedError,
  type DisposedErrorCode,
  type ErrorCode,
  type ErrorDetail,
  FaultError,
  type FaultErrorCode,
  HandleError,
  type HandleErrorCode,
  LoadError,
  type LoadErrorCode,
  MoneyError,
  type MoneyErrorCode,
  PlimsollError,
  SnapshotError,
  type SnapshotErrorCode,
  WorkerError,
  type WorkerErrorCode,
} from "./errors.js";
export { BANDS, LEVERAGE_STATES, ROW_STATUSES, TICK_STATUSES } from "./names.js";
export type * from "./types.js";
export * as venues from "./venues.js";
export { createWorkerEngine } from "./worker/create-worker-engine.js";
export type * from "./worker/types.js";
