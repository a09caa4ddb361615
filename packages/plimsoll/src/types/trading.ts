/** Fills and resting orders. */
import type { AssetHandle, InstrumentHandle, Money, OrderHandle, Size } from "./handles.js";

/** What is left of a resting order. */
export interface RestingOrder {
  readonly order: OrderHandle;
  readonly instrument: InstrumentHandle;
  /** The instrument's name. */
  readonly id: string;
  /** Signed size that is not filled yet: positive buys. */
  readonly size: number;
  /** Limit price. */
  readonly price: number;
}

/** A fill: signed size and price, with its fee. */
export interface Fill {
  /** Signed: positive buys. */
  readonly size: Size;
  readonly price: number;
  /** Paid (or, negative, received); default 0. */
  readonly fee?: Money;
  /** Asset that the fee is paid in; default: the settlement asset. */
  readonly feeAsset?: string | AssetHandle;
}

/** What a fill realised, in the instrument's settlement asset, before its fee. */
export interface FillResult {
  readonly realizedProfit: number;
}
