/** Amounts, sizes and handles. */

/**
 * An amount: a string is the decimal that it says, a number is the double that it is. Either becomes a multiple of 2⁻⁶⁰,
 * rounded against the account where it is none.
 */
export type Money = number | string;

/** A signed size in an instrument's units: a whole multiple of 10^−`sizeDecimals`, anything else is refused. */
export type Size = number | string;

declare const kind: unique symbol;
type HandleOf<Kind extends string> = number & { readonly [kind]: Kind };

/** What `addAccount` returns and every call about an account takes: an unsigned 32-bit number. */
export type AccountHandle = HandleOf<"account">;
/** What `addInstrument` returns. */
export type InstrumentHandle = HandleOf<"instrument">;
/** What `addAsset` returns. */
export type AssetHandle = HandleOf<"asset">;
/** What `addUnderlying` returns. */
export type UnderlyingHandle = HandleOf<"underlying">;
/** What `addModel` returns. */
export type ModelHandle = HandleOf<"model">;
/** What `placeOrder` returns. */
export type OrderHandle = HandleOf<"order">;
