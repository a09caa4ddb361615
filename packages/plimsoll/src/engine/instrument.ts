/** An instrument as the core takes it. */

import { invalid, requireName, requireNumber } from "../checks.js";
import { NAMES } from "../core/layout.js";
import type { InstrumentInput } from "../types.js";
import type { Catalog } from "./catalog.js";

/** What only other kinds of instrument have: nobody would read it. */
const FIELDS_OF_OTHER_KINDS = {
  spot: ["expiryMs", "strike", "option"],
  perp: ["expiryMs", "strike", "option", "base"],
  future: ["strike", "option", "base"],
  option: ["base"],
} as const satisfies Record<InstrumentInput["kind"], readonly (keyof InstrumentInput)[]>;

/** Arguments of `addInstrument` on either side of its underlying. */
export function instrumentArgs(
  instrument: InstrumentInput,
  catalog: Catalog,
  path: string,
): { readonly first: readonly unknown[]; readonly rest: readonly unknown[] } {
  const { multiplier = 1, sizeDecimals = 8 } = instrument;
  const kind = requireName(NAMES.kind, instrument.kind, `${path}.kind`);
  const payoff = requireName(NAMES.payoff, instrument.payoff ?? "linear", `${path}.payoff`);
  for (const field of FIELDS_OF_OTHER_KINDS[instrument.kind]) {
    if (instrument[field] !== undefined) {
      throw invalid(`${path}.${field}`, `left out, since no ${instrument.kind} has it`, instrument[field]);
    }
  }
  const isOption = instrument.kind === "option";
  const option = isOption ? requireName(NAMES.option, instrument.option, `${path}.option`) : 0;
  const strike = isOption ? requireNumber(instrument.strike, `${path}.strike`) : Number.NaN;
  const expires = isOption || instrument.kind === "future";
  const expiryMs = expires ? requireNumber(instrument.expiryMs, `${path}.expiryMs`) : Number.NaN;
  const ids = assetsOf(instrument, catalog.quote);
  const settle = catalog.findAsset(ids.settle, `${path}.${ids.settledBy}`);
  const base = ids.base === undefined ? undefined : catalog.findAsset(ids.base, `${path}.base`);
  return { first: [kind, payoff], rest: [settle, base, multiplier, sizeDecimals, expiryMs, strike, option] };
}

/** Names of the assets that an instrument is settled in and, if it is spot, of which it is the price. */
export function assetsOf(
  { kind, payoff, underlying, settle, quote, base }: InstrumentInput,
  quoteAsset: string,
): { readonly settle: string; readonly settledBy: "settle" | "quote"; readonly base: string | undefined } {
  const isInverse = payoff === "inverse";
  return {
    settle: settle ?? (isInverse ? underlying : (quote ?? quoteAsset)),
    // the field that says it, for the path of an error
    settledBy: settle === undefined && !isInverse ? "quote" : "settle",
    base: kind === "spot" ? (base ?? underlying) : undefined,
  };
}
