/** What a snapshot holds beside the engine's own state: names, models and undrained events, which live on this side. */

import type { BandEvent, MarginModel } from "../types.js";
import type { TableTerms } from "./margin.js";

type Names = (readonly [handle: number, id: string])[];

/** The state on this side that has nothing to do with accounts. */
export interface MarketState {
  readonly quote: string;
  readonly defaultModel: number;
  readonly instruments: Names;
  readonly assets: Names;
  readonly underlyings: Names;
  readonly models: (readonly [handle: number, model: MarginModel])[];
  readonly terms: (readonly [handle: number, terms: TableTerms])[];
}

/** The state on this side, as it is stored: JSON, whose bytes the engine puts under the snapshot's checksum. */
export interface CallerState extends MarketState {
  readonly accounts: Names;
  readonly undrained: readonly BandEvent[];
}

/** A slot, and what is registered in it now, if anything. */
export type NameChange = readonly [slot: number, handle?: number, id?: string];

/** What has changed on this side since a base: names of accounts, and all of the market where any of it has. */
export interface CallerChanges extends Partial<MarketState> {
  readonly accounts: readonly NameChange[];
  readonly undrained: readonly BandEvent[];
}

/** Names of the accounts of an export, in their order there. */
export interface ExportedNames {
  readonly ids: readonly string[];
}
