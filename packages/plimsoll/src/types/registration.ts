/** What is registered, listed and taken up: assets, instruments and accounts. */
import type { AccountHandle, InstrumentHandle, ModelHandle, Money, OrderHandle } from "./handles.js";
import type { Brackets } from "./margin-model.js";

/** An asset as it is registered. */
export interface AssetInput {
  /** Unique name. */
  readonly id: string;
  /**
   * How much of a positive balance counts, slice by slice: the part up to `upTo` units at `factor` (1 − the haircut). The last
   * slice has no end where it names none; beyond the last end nothing counts. Default: all of it counts. Debts count in full.
   */
  readonly haircuts?: readonly { readonly upTo?: number; readonly factor: number }[];
  /**
   * Underlying whose price it follows until it gets a tick of its own, and with which it moves along the line of liquidation prices, which
   * holds the value of an asset that names none.
   */
  readonly underlying?: string;
  /** Sums are kept in units of 2^`scaleLog2`: raise it for assets of tiny value held in huge amounts; default 0. */
  readonly scaleLog2?: number;
}

/** An instrument as it is registered. */
export interface InstrumentInput {
  /** Unique name. */
  readonly id: string;
  /** Kind. */
  readonly kind: "spot" | "perp" | "future" | "option";
  /** Price factor that moves it; registered with it when the name is new. */
  readonly underlying: string;
  /** Asset that its price is in; default: the engine's quote asset. */
  readonly quote?: string;
  /**
   * Asset that profit is paid in; default: `quote` when linear, the underlying's name when inverse. Another one than `quote` makes a linear
   * contract a quanto: `multiplier` units of it for each 1.0 of the price.
   */
  readonly settle?: string;
  /** Asset that a spot instrument trades, and whose price its mark becomes; default: the underlying's name. */
  readonly base?: string;
  /** `linear`: profit ∝ price; `inverse`: a fixed amount of the price's currency, settled in coin; default `linear`. */
  readonly payoff?: "linear" | "inverse";
  /** Units of the underlying (linear), of the price's currency (inverse), or of coin (inverse option) per unit of size; default 1. */
  readonly multiplier?: number;
  /**
   * Sizes are whole multiples of 10^−`sizeDecimals`, 0 to 15, and fewer than 2⁵³ of them: with the default, 8, up to 90 million units;
   * give what the venue states where coins are cheap.
   */
  readonly sizeDecimals?: number;
  /** Expiry of a future or option, milliseconds since the epoch. What a kind of instrument does not have is refused. */
  readonly expiryMs?: number;
  /** Strike of an option, in price units. */
  readonly strike?: number;
  /** Whether an option is a call or a put. */
  readonly option?: "call" | "put";
  /** Largest leverage that the venue allows; models with a `leverageRule` make its table from it. `replaceTable` changes it. */
  readonly maxLeverage?: number;
  /** Id of one of the model's `marginTables`, which `replaceModel` changes while it is held. */
  readonly marginTable?: string | number;
  /** A table of its own, under every model; `replaceTable` changes it. */
  readonly brackets?: Brackets;
}

/** What an instrument's own table is from now on: its brackets, or what its largest leverage makes of it. */
export type TableReplacement =
  | Required<Pick<InstrumentInput, "brackets">>
  | Required<Pick<InstrumentInput, "maxLeverage">>;

/** An account as it is registered. */
export interface AccountInput {
  /** Unique name. */
  readonly id: string;
  /** Starting balances by asset id. */
  readonly collateral?: Readonly<Record<string, Money>>;
  /** Margin model that it stands under; default: the engine's. */
  readonly model?: ModelHandle;
}

/**
 * Many accounts as columns. Row k of `ids` is account k. Either all of them are registered or none.
 */
export interface AccountColumnsInput {
  /** Unique names. */
  readonly ids: readonly string[];
  /** Starting balances by asset id: one number per account. */
  readonly collateral?: Readonly<Record<string, ArrayLike<number>>>;
  /** Positions in any order. */
  readonly positions?: {
    /** Index into `ids`. */
    readonly account: ArrayLike<number>;
    /** Instrument handles. */
    readonly instrument: ArrayLike<number>;
    /** Signed sizes. */
    readonly size: ArrayLike<number>;
    /** Entry prices. */
    readonly entryPrice: ArrayLike<number>;
  };
  /** Margin model of all of them; default: the engine's. */
  readonly model?: ModelHandle;
}

/** An instrument that is registered. */
export interface ListedInstrument {
  readonly instrument: InstrumentHandle;
  /** Its name. */
  readonly id: string;
}

/** Accounts that an engine has taken up, isolated positions after their parents, and their resting orders. */
export interface ImportedAccounts {
  /**
   * Each account with its name, its handle now, the one that it had where it came from, and the handle now of the account that it is
   * an isolated position of, or null.
   */
  readonly accounts: readonly {
    readonly id: string;
    readonly account: AccountHandle;
    readonly previous: AccountHandle;
    readonly parent: AccountHandle | null;
  }[];
  /** Each resting order with its handle now and the one that it had. */
  readonly orders: readonly { readonly order: OrderHandle; readonly previous: OrderHandle }[];
}
