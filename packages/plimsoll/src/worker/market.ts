/** The market as a pool knows it: names and handles of what is the same in every shard. */

import { SLOT_MASK } from "../core/layout.js";
import type { MarketState } from "../engine/caller-state.js";
import { Registry } from "../engine/registry.js";
import { noSuchHandle } from "../errors.js";
import type { AssetHandle, AssetInput, InstrumentHandle, InstrumentInput, UnderlyingHandle } from "../types.js";

export class Market {
  readonly instruments = new Registry<InstrumentHandle>();
  readonly assets = new Registry<AssetHandle>();
  readonly underlyings = new Registry<UnderlyingHandle>();
  readonly #removed = new Set<InstrumentHandle>();
  /** By instrument: the underlying whose price its index sets. */
  readonly #underlyingOf = new Map<number, UnderlyingHandle>();

  /** Takes up what the first worker has started from; `removed` are instruments that it knew before. */
  take({ instruments, assets, underlyings, terms }: MarketState, removed: Iterable<InstrumentHandle>): void {
    const path = "createWorkerEngine.snapshot";
    this.instruments.take(instruments, path);
    this.assets.take(assets, path);
    this.underlyings.take(underlyings, path);
    for (const [handle, { underlying }] of terms) this.#underlyingOf.set(handle, this.#underlying(underlying));
    for (const instrument of removed) this.#removed.add(instrument);
  }

  addAsset(handle: AssetHandle, { id, underlying }: AssetInput): AssetHandle {
    if (underlying !== undefined) this.#underlying(underlying);
    return this.assets.add(id, handle);
  }

  addInstrument(handle: InstrumentHandle, { id, underlying }: InstrumentInput): InstrumentHandle {
    this.#underlyingOf.set(handle, this.#underlying(underlying));
    return this.instruments.add(id, handle);
  }

  removeInstrument(instrument: InstrumentHandle): void {
    this.instruments.remove(instrument);
    this.#underlyingOf.delete(instrument);
    this.#removed.add(instrument);
  }

  underlyingOf(instrument: number): UnderlyingHandle | undefined {
    return this.#underlyingOf.get(instrument);
  }

  /** Refuses a handle that is not registered in one of the market's registries. */
  require(known: Registry<number>, handle: number, path: string): void {
    if (known.inSlot(handle & SLOT_MASK) === handle) return;
    throw noSuchHandle(handle, path, known === this.instruments && this.#removed.has(handle as InstrumentHandle));
  }

  /** The underlying of that name, which has been registered with what is on it where the name is new: they are numbered as they come. */
  #underlying(id: string): UnderlyingHandle {
    return this.underlyings.handle(id) ?? this.underlyings.add(id, this.underlyings.size as UnderlyingHandle);
  }
}
