/** What is registered in an engine, by name, and the models and tables that decide its margin: the core knows handles and numbers. */

import { requireHandle } from "../checks.js";
import { ConfigError, notOurs, shown } from "../errors.js";
import type {
  AccountHandle,
  AssetHandle,
  BandEvent,
  InstrumentHandle,
  MarginModel,
  ModelHandle,
  UnderlyingHandle,
} from "../types.js";
import type { CallerChanges, CallerState, MarketState } from "./caller-state.js";
import type { TableTerms } from "./margin.js";
import { Registry } from "./registry.js";

export class Catalog {
  quote = "";
  defaultModel = 0 as ModelHandle;
  readonly accounts = new Registry<AccountHandle>();
  readonly instruments = new Registry<InstrumentHandle>();
  readonly assets = new Registry<AssetHandle>();
  readonly underlyings = new Registry<UnderlyingHandle>();
  readonly models = new Map<number, MarginModel>();
  /** What decides each instrument's table, for models that come or change later. */
  readonly terms = new Map<number, TableTerms>();
  readonly #market = [this.instruments, this.assets, this.underlyings];
  /** Whether a model, a table or more of the market is new since {@link noteChanges}. */
  #hasNewMarket = true;

  setModel(handle: number, model: MarginModel): void {
    this.models.set(handle, model);
    this.#hasNewMarket = true;
  }

  setTerms(instrument: InstrumentHandle, terms: TableTerms): void {
    this.terms.set(instrument, terms);
    this.#hasNewMarket = true;
  }

  /** Handle of an asset by handle or name. */
  findAsset(asset: string | AssetHandle, path: string): AssetHandle {
    if (typeof asset === "number") return requireHandle(asset, path) as AssetHandle;
    const handle = this.assets.handle(asset);
    if (handle !== undefined) return handle;
    const expected = `an asset that is registered (addAsset) or the quote asset, ${shown(this.quote)}`;
    throw new ConfigError("UNKNOWN_ASSET", { path, expected, received: shown(asset) });
  }

  /** Handle of an underlying, likewise. */
  findUnderlying(underlying: string | UnderlyingHandle, path: string): UnderlyingHandle {
    if (typeof underlying === "number") return requireHandle(underlying, path) as UnderlyingHandle;
    const handle = this.underlyings.handle(underlying);
    if (handle !== undefined) return handle;
    const expected = "an underlying that is registered";
    throw new ConfigError("UNKNOWN_UNDERLYING", { path, expected, received: shown(underlying) });
  }

  /** Takes up what a snapshot holds, and what has changed since. */
  take({ accounts, ...market }: CallerState, since: CallerChanges | undefined, path: string): void {
    this.accounts.take(accounts, path);
    this.noteChanges();
    if (since !== undefined) this.accounts.takeChanges(since.accounts, path);
    const { quote, defaultModel, instruments, assets, underlyings, models, terms } = { ...market, ...since };
    this.quote = quote;
    this.defaultModel = defaultModel as ModelHandle;
    this.instruments.take(instruments, path);
    this.assets.take(assets, path);
    this.underlyings.take(underlyings, path);
    for (const [handle, model] of models) this.models.set(handle, model);
    if (!this.models.has(defaultModel) || this.assets.handle(quote) === undefined) throw notOurs(path);
    for (const [handle, ofInstrument] of terms) this.terms.set(handle, ofInstrument);
    for (const names of this.#market) names.noteChanges();
    this.#hasNewMarket = since?.instruments !== undefined;
  }

  /** What a snapshot holds of this side. */
  state(undrained: readonly BandEvent[]): CallerState {
    return { undrained, accounts: [...this.accounts.entries()], ...this.#marketState() };
  }

  /** What has changed of it since {@link noteChanges}. */
  changes(undrained: readonly BandEvent[]): CallerChanges {
    const hasNewMarket = this.#hasNewMarket || this.#market.some(({ hasChanges }) => hasChanges);
    return { undrained, accounts: [...this.accounts.changes()], ...(hasNewMarket && this.#marketState()) };
  }

  /** From here on {@link changes} are counted. */
  noteChanges(): void {
    for (const names of [this.accounts, ...this.#market]) names.noteChanges();
    this.#hasNewMarket = false;
  }

  #marketState(): MarketState {
    return {
      quote: this.quote,
      defaultModel: this.defaultModel,
      instruments: [...this.instruments.entries()],
      assets: [...this.assets.entries()],
      underlyings: [...this.underlyings.entries()],
      models: [...this.models],
      terms: [...this.terms],
    };
  }
}
