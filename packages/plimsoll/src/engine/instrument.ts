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
  const { underlying, multiplier = 1, sizeDecimals = 8 } = instrument;
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
  const isInverse = instrument.payoff === "inverse";
  const settleId = instrument.settle ?? (isInverse ? underlying : (instrument.quote ?? catalog.quote));
  // the field that says it, for the path of an error
  const settledBy = instrument.settle === undefined && !isInverse ? "quote" : "settle";
  const settle = catalog.findAsset(settleId, `${path}.${settledBy}`);
  const isSpot = instrument.kind === "spot";
  const base = isSpot ? catalog.findAsset(instrument.base ?? underlying, `${path}.base`) : undefined;
  return { first: [kind, payoff], rest: [settle, base, multiplier, sizeDecimals, expiryMs, strike, option] };
}
