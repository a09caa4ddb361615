import { BANDS, type Band, type BandEvent } from "plimsoll";
import { ACCOUNT_KINDS, type AccountKind, type AccountPlan } from "./accounts.js";
import type { Ordinal } from "./operations.js";

export interface ScenarioSummary {
  /** Accounts, isolated rows included, that stood in every band at some time. */
  readonly passedEveryBand: number;
  /** Of these, those that hold options, those brought down by an option's move, those with collateral other than the quote. */
  readonly passedEveryBandWithOptions: number;
  readonly passedEveryBandByOptions: number;
  readonly passedEveryBandWithCoinCollateral: number;
  readonly passedEveryBandByKind: Readonly<Record<AccountKind, number>>;
  readonly events: number;
  /** Accounts by band at the end of the day. */
  readonly bandsAtEnd: Readonly<Record<Band, number>>;
  /** The largest number of accounts that stood in each band at the end of any step. */
  readonly bandsAtWorst: Readonly<Record<Band, number>>;
  readonly priceMoves: readonly {
    readonly underlying: string;
    readonly start: number;
    readonly low: number;
    readonly end: number;
  }[];
}

/** Keeps which bands each account has been in, from the events alone; every account starts healthy. */
export class BandHistory {
  readonly #visited = new Map<Ordinal, Set<Band>>();
  readonly #current = new Map<Ordinal, Band>();
  readonly #byOption = new Set<Ordinal>();
  readonly #worst: Record<Band, number> = emptyCounts();
  #events = 0;

  /** @param isOption  whether the event's driver is an option */
  note(account: Ordinal, event: BandEvent, isOption: boolean): void {
    this.#events += 1;
    const visited = this.#visited.get(account) ?? new Set<Band>([event.from]);
    visited.add(event.to);
    this.#visited.set(account, visited);
    this.#current.set(account, event.to);
    if (isOption && (event.to === "liquidatable" || event.to === "insolvent")) this.#byOption.add(account);
  }

  /** Takes the counts of the moment into the worst ones. */
  noteStep(accounts: number): void {
    const counts = this.counts(accounts);
    for (const band of BANDS) this.#worst[band] = counts[band] > this.#worst[band] ? counts[band] : this.#worst[band];
  }

  counts(accounts: number): Record<Band, number> {
    const counts = emptyCounts();
    counts.healthy = accounts - this.#current.size;
    for (const band of this.#current.values()) counts[band] += 1;
    return counts;
  }

  summary(
    accounts: number,
    planOf: (account: Ordinal) => AccountPlan,
    priceMoves: ScenarioSummary["priceMoves"],
  ): ScenarioSummary {
    const through = [...this.#visited]
      .filter(([, visited]) => visited.size === BANDS.length)
      .map(([account]) => account);
    const byKind = Object.fromEntries(ACCOUNT_KINDS.map((kind) => [kind, 0])) as Record<AccountKind, number>;
    for (const account of through) byKind[planOf(account).kind] += 1;
    return {
      passedEveryBand: through.length,
      passedEveryBandWithOptions: through.filter((account) => planOf(account).hasOptions).length,
      passedEveryBandByOptions: through.filter((account) => this.#byOption.has(account)).length,
      passedEveryBandWithCoinCollateral: through.filter((account) => planOf(account).hasCoinCollateral).length,
      passedEveryBandByKind: byKind,
      events: this.#events,
      bandsAtEnd: this.counts(accounts),
      bandsAtWorst: this.#worst,
      priceMoves,
    };
  }
}

function emptyCounts(): Record<Band, number> {
  return { healthy: 0, warning: 0, "reduce-only": 0, liquidatable: 0, insolvent: 0 };
}
