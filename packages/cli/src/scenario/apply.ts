import type { AccountHandle, AssetHandle, Engine, InstrumentHandle, OrderHandle } from "plimsoll";
import { type InstrumentSpec, type Operation, type Ordinal, QUOTE } from "./operations.js";

/** The quote asset of the engine that a stream is applied to. */
export const QUOTE_ID = "USD";

/** Feeds a stream of operations to an engine through its public interface, and knows which handle belongs to which ordinal. */
export class Applier {
  readonly #engine: Engine;
  readonly #underlyings: string[] = [];
  readonly #assetIds = [QUOTE_ID];
  readonly #assets: (AssetHandle | string)[] = [QUOTE_ID];
  readonly #instruments: InstrumentHandle[] = [];
  readonly #instrumentOrdinals = new Map<InstrumentHandle, Ordinal>();
  readonly #specs: InstrumentSpec[] = [];
  readonly #accounts: AccountHandle[] = [];
  readonly #ordinals = new Map<AccountHandle, Ordinal>();
  readonly #orders: OrderHandle[] = [];
  #ticks = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Price ticks applied so far. */
  get ticks(): number {
    return this.#ticks;
  }

  account(ordinal: Ordinal): AccountHandle {
    return known(this.#accounts[ordinal], "account", ordinal);
  }

  /** The ordinal of an account by its handle. */
  ordinal(account: AccountHandle): Ordinal {
    return known(this.#ordinals.get(account), "account", account);
  }

  instrument(ordinal: Ordinal): InstrumentHandle {
    return known(this.#instruments[ordinal], "instrument", ordinal);
  }

  instrumentOrdinal(instrument: InstrumentHandle): Ordinal {
    return known(this.#instrumentOrdinals.get(instrument), "instrument", instrument);
  }

  underlying(ordinal: Ordinal): string {
    return known(this.#underlyings[ordinal], "underlying", ordinal);
  }

  apply(operation: Operation): void {
    const engine = this.#engine;
    switch (operation.op) {
      case "underlying":
        engine.addUnderlying({ id: operation.id });
        this.#underlyings.push(operation.id);
        break;
      case "asset":
        this.#assets.push(
          engine.addAsset({
            id: operation.id,
            underlying: this.underlying(operation.underlying),
            haircuts: [...operation.haircuts],
          }),
        );
        this.#assetIds.push(operation.id);
        break;
      case "instrument":
        this.#noteInstrument(this.#addInstrument(operation.spec));
        this.#specs.push(operation.spec);
        break;
      case "account":
        this.#noteAccount(operation.account, engine.addAccount({ id: `account-${operation.account}` }));
        break;
      case "deposit":
        engine.deposit(this.account(operation.account), this.#asset(operation.asset), operation.amount);
        break;
      case "withdraw":
        engine.withdraw(this.account(operation.account), this.#asset(operation.asset), operation.amount);
        break;
      case "fill":
        engine.fill(this.account(operation.account), this.instrument(operation.instrument), {
          size: this.#size(operation.instrument, operation.lots),
          price: operation.price,
          fee: operation.fee,
        });
        break;
      case "isolate":
        this.#noteAccount(
          operation.child,
          engine.isolate(this.account(operation.account), this.instrument(operation.instrument), {
            margin: operation.margin,
          }),
        );
        break;
      case "order":
        this.#orders[operation.order] = engine.placeOrder(
          this.account(operation.account),
          this.instrument(operation.instrument),
          {
            size: this.#size(operation.instrument, operation.lots),
            price: operation.price,
          },
        );
        break;
      case "cancel":
        engine.cancelOrder(known(this.#orders[operation.order], "order", operation.order));
        break;
      case "tick": {
        const { op: _, instrument, ...tick } = operation;
        engine.tick(this.instrument(instrument), tick);
        this.#ticks += 1;
        break;
      }
      case "fund":
        engine.fund(this.instrument(operation.instrument), { rate: operation.rate });
        break;
      case "settle":
        engine.settle(this.instrument(operation.instrument), { price: operation.price, timeMs: operation.timeMs });
        break;
    }
  }

  #addInstrument(spec: InstrumentSpec): InstrumentHandle {
    const { option } = spec;
    return this.#engine.addInstrument({
      id: spec.id,
      kind: spec.kind,
      underlying: this.underlying(spec.underlying),
      quote: QUOTE_ID,
      settle: known(this.#assetIds[spec.settle ?? QUOTE], "asset", spec.settle ?? QUOTE),
      payoff: spec.payoff,
      sizeDecimals: spec.sizeDecimals,
      brackets: { form: "marginal", rows: [...spec.brackets] },
      ...(option === undefined ? {} : { option: option.side, strike: option.strike, expiryMs: option.expiryMs }),
    });
  }

  #noteInstrument(handle: InstrumentHandle): void {
    this.#instrumentOrdinals.set(handle, this.#instruments.length);
    this.#instruments.push(handle);
  }

  #noteAccount(ordinal: Ordinal, handle: AccountHandle): void {
    this.#accounts[ordinal] = handle;
    this.#ordinals.set(handle, ordinal);
  }

  #asset(ordinal: Ordinal): AssetHandle | string {
    return known(this.#assets[ordinal], "asset", ordinal);
  }

  /** Whole lots as the decimal that they are. */
  #size(instrument: Ordinal, lots: number): string {
    const decimals = known(this.#specs[instrument], "instrument", instrument).sizeDecimals;
    const digits = `${lots < 0 ? -lots : lots}`.padStart(decimals + 1, "0");
    const whole = digits.slice(0, digits.length - decimals);
    const fraction = decimals === 0 ? "" : `.${digits.slice(digits.length - decimals)}`;
    return `${lots < 0 ? "-" : ""}${whole}${fraction}`;
  }
}

function known<T>(value: T | undefined, what: string, ordinal: Ordinal): T {
  if (value === undefined) throw new RangeError(`the stream names ${what} ${ordinal} before it introduces it`);
  return value;
}
