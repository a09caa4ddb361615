/** The public types, written by hand; `test/layout.test.ts` proves them against what the binary exports. */
export type * from "./types/assessment.js";
export type * from "./types/book.js";
export type * from "./types/engine.js";
export type * from "./types/events.js";
export type * from "./types/handles.js";
export type * from "./types/margin-model.js";
export type * from "./types/market.js";
export type * from "./types/registration.js";
export type * from "./types/trading.js";
