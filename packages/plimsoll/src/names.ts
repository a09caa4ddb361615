/** Names behind the numbers in columns. */
import { NAMES } from "./core/layout.js";
import type { Band, LeverageState, RowStatus, TickStatus } from "./types.js";

/**
 * Bands by their number in `columns().band`, from best to worst; 255 there is none of them.
 *
 * @example
 * BANDS.indexOf("liquidatable"); // → 3
 */
export const BANDS: readonly Band[] = NAMES.band;

/**
 * Row statuses by their number in `columns().status`.
 *
 * @example
 * ROW_STATUSES[engine.columns().status[engine.columns().row(me)]]; // → "ok"
 */
export const ROW_STATUSES: readonly RowStatus[] = NAMES.status;

/**
 * States of a leverage by their number in `columns().leverageState`.
 *
 * @example
 * LEVERAGE_STATES[engine.columns().leverageState[engine.columns().row(me)]]; // → "finite"
 */
export const LEVERAGE_STATES: readonly LeverageState[] = NAMES.leverageState;

/**
 * Tick statuses by their number in `ticks.status`.
 *
 * @example
 * TICK_STATUSES[0]; // → "applied"
 */
export const TICK_STATUSES: readonly TickStatus[] = NAMES.tickStatus;
