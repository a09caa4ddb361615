/** Position of an asset, underlying, instrument, account or order in the order in which the stream introduces them; the stream's own name for it. */
export type Ordinal = number;

export interface BracketSpec {
  /** Notional from which the rates apply, in the quote asset. */
  readonly lower: number;
  readonly initialRate: number;
  readonly maintenanceRate: number;
}

export interface InstrumentSpec {
  readonly id: string;
  readonly kind: "perp" | "option";
  readonly underlying: Ordinal;
  /** Asset of premium and profit; the quote where absent. */
  readonly settle?: Ordinal;
  readonly payoff: "linear" | "inverse";
  /** A lot is 10^−sizeDecimals units. */
  readonly sizeDecimals: number;
  /** Marginal brackets of notional, its own table under every margin model. */
  readonly brackets: readonly BracketSpec[];
  readonly option?: { readonly side: "call" | "put"; readonly strike: number; readonly expiryMs: number };
}

/**
 * One step in the life of a market and its accounts.
 *
 * Sizes are whole lots, signed; money is a double in units of the asset; prices are doubles. So a stream means the same on every machine,
 * and the journal can hold it as it is.
 */
export type Operation =
  | { readonly op: "underlying"; readonly id: string }
  | {
      readonly op: "asset";
      readonly id: string;
      readonly underlying: Ordinal;
      readonly haircuts: readonly { readonly upTo?: number; readonly factor: number }[];
    }
  | { readonly op: "instrument"; readonly spec: InstrumentSpec }
  | { readonly op: "account"; readonly account: Ordinal }
  | { readonly op: "deposit"; readonly account: Ordinal; readonly asset: Ordinal; readonly amount: number }
  | { readonly op: "withdraw"; readonly account: Ordinal; readonly asset: Ordinal; readonly amount: number }
  | {
      readonly op: "fill";
      readonly account: Ordinal;
      readonly instrument: Ordinal;
      readonly lots: number;
      readonly price: number;
      readonly fee: number;
    }
  | {
      readonly op: "isolate";
      readonly account: Ordinal;
      readonly instrument: Ordinal;
      readonly margin: number;
      readonly child: Ordinal;
    }
  | {
      readonly op: "order";
      readonly order: Ordinal;
      readonly account: Ordinal;
      readonly instrument: Ordinal;
      readonly lots: number;
      readonly price: number;
    }
  | { readonly op: "cancel"; readonly order: Ordinal }
  | {
      readonly op: "tick";
      readonly instrument: Ordinal;
      readonly timeMs: number;
      readonly mark?: number;
      readonly index?: number;
      readonly vol?: number;
    }
  | { readonly op: "fund"; readonly instrument: Ordinal; readonly rate: number }
  | { readonly op: "settle"; readonly instrument: Ordinal; readonly price: number; readonly timeMs: number };

/** The quote asset's ordinal; it is there from the start. */
export const QUOTE: Ordinal = 0;
