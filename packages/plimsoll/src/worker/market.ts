/** The market as a pool knows it: names and handles of what is the same in every shard. */

import { QUOTE_ASSET, SLOT_MASK } from "../core/layout.js";
import type { MarketState } from "../engine/caller-state.js";
import { assetsOf } from "../engine/instrument.js";
import { Registry } from "../engine/registry.js";
import { noSuchHandle } from "../errors.js";
import type { AssetHandle, AssetInput, InstrumentHandle, InstrumentInput, UnderlyingHandle } from "../types.js";
import type { InstrumentTerms, MarketTerms } from "./conflation.js";
import type { HandleTable } from "./handle-table.js";

/** An instrument's terms in words, where no base is NaN. */
type Terms = readonly [flags: number, settle: number, base: number];
const TERMS_WORDS = 3;
const OPTION = 1;
const SETTLED = 2;

export class Market implements MarketTerms {
  readonly instruments = new Registry<InstrumentHandle>();
  readonly assets = new Registry<AssetHandle>();
  readonly underlyings = new Registry<UnderlyingHandle>();
  readonly #removed = new Set<InstrumentHandle>();
  /** By instrument, in the order of registration. */
  readonly #terms = new Map<number, InstrumentTerms>();
  /** By asset: the underlying that it follows. */
  readonly #followed = new Map<number, UnderlyingHandle>();
  /** By underlying, undefined where it has none; what is not there is to be found. */
  readonly #standIns = new Map<number, number | undefined>();
  readonly #quote: () => string;

  /** `quote`: the name of the quote asset, once something is registered. */
  constructor(quote: () => string) {
    this.#quote = quote;
  }

  /**
   * Takes up what the first worker has started from; `known` are the instruments that it has or had, `words` the terms of those that it
   * has and the underlyings of its assets, as an engine's `handles` have them.
   */
  take(
    { instruments, assets, underlyings, terms }: MarketState,
    known: HandleTable<InstrumentHandle>,
    words: Float64Array,
  ): void {
    const path = "createWorkerEngine.snapshot";
    this.instruments.take(instruments, path);
    this.assets.take(assets, path);
    this.underlyings.take(underlyings, path);
    const places = new Map<number, number>(known.placed.map((handle, i) => [handle, i * TERMS_WORDS]));
    // in the order of registration
    for (const [handle, { underlying }] of terms) {
      const [flags, settle, base] = words.subarray(places.get(handle)) as unknown as Terms;
      this.#terms.set(handle, {
        underlying: this.#underlying(underlying),
        isOption: (flags & OPTION) > 0,
        isSettled: (flags & SETTLED) > 0,
        settle,
        base: Number.isNaN(base) ? undefined : base,
      });
    }
    const followed = words.subarray(TERMS_WORDS * places.size);
    for (const [asset, underlying] of followed.entries()) this.#follow(asset, underlying);
    for (const instrument of known.stale()) this.#removed.add(instrument);
  }

  addAsset(handle: AssetHandle, { id, underlying }: AssetInput): AssetHandle {
    if (underlying !== undefined) this.#follow(handle, this.#underlying(underlying));
    return this.assets.add(id, handle);
  }

  addInstrument(handle: InstrumentHandle, instrument: InstrumentInput): InstrumentHandle {
    const { settle, base } = assetsOf(instrument, this.#quote());
    const underlying = this.#underlying(instrument.underlying);
    // the quote asset comes with the engine
    const asset = (id: string) => this.assets.handle(id) ?? QUOTE_ASSET;
    this.#terms.set(handle, {
      underlying,
      isOption: instrument.kind === "option",
      isSettled: false,
      settle: asset(settle),
      base: base === undefined ? undefined : asset(base),
    });
    this.#standIns.delete(underlying);
    return this.instruments.add(instrument.id, handle);
  }

  settleInstrument(instrument: InstrumentHandle): void {
    const terms = this.#terms.get(instrument);
    if (terms === undefined) return;
    terms.isSettled = true;
    this.#standIns.delete(terms.underlying);
  }

  removeInstrument(instrument: InstrumentHandle): void {
    this.instruments.remove(instrument);
    this.#standIns.delete(this.#terms.get(instrument)?.underlying as number);
    this.#terms.delete(instrument);
    this.#removed.add(instrument);
  }

  termsOf(instrument: number): InstrumentTerms | undefined {
    return this.#terms.get(instrument);
  }

  followedBy(asset: number): number | undefined {
    return this.#followed.get(asset);
  }

  standInOf(underlying: number): number | undefined {
    if (!this.#standIns.has(underlying)) {
      const isFit = ([, terms]: [number, InstrumentTerms]) =>
        terms.underlying === underlying && !terms.isOption && !terms.isSettled;
      this.#standIns.set(underlying, [...this.#terms].find(isFit)?.[0]);
    }
    return this.#standIns.get(underlying);
  }

  /** Refuses a handle that is not registered in one of the market's registries. */
  require(known: Registry<number>, handle: number, path: string): void {
    if (known.inSlot(handle & SLOT_MASK) === handle) return;
    throw noSuchHandle(handle, path, known === this.instruments && this.#removed.has(handle as InstrumentHandle));
  }

  #follow(asset: number, underlying: number): void {
    if (!Number.isNaN(underlying)) this.#followed.set(asset, underlying as UnderlyingHandle);
  }

  /** The underlying of that name, which has been registered with what is on it where the name is new: they are numbered as they come. */
  #underlying(id: string): UnderlyingHandle {
    return this.underlyings.handle(id) ?? this.underlyings.add(id, this.underlyings.size as UnderlyingHandle);
  }
}
