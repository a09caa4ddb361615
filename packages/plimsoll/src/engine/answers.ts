/** Answers of the engine, from records in the output block to objects. */

import { ASSET, CONTRIBUTION, EVENT, GREEKS, NAMES, NO_BAND, RECORDS, type RecordOf } from "../core/layout.js";
import type {
  AccountHandle,
  Assessment,
  AssetHandle,
  AssetRow,
  BandEvent,
  Contribution,
  ImportedAccounts,
  InstrumentHandle,
  Leverage,
  LiquidationPrices,
  OrderHandle,
  Root,
  UnderlyingGreeks,
  UnderlyingHandle,
} from "../types.js";
import type { Catalog } from "./catalog.js";

/** Reads records one after another. */
export class Answer {
  readonly #words: Float64Array;
  #at = 0;

  constructor(words: Float64Array) {
    this.#words = words;
  }

  record<Name extends keyof typeof RECORDS>(name: Name): RecordOf<Name> {
    const record = {} as Record<string, number>;
    for (const field of RECORDS[name]) record[field] = this.#words[this.#at++] as number;
    return record as RecordOf<Name>;
  }

  records<Name extends keyof typeof RECORDS>(name: Name, count: number): RecordOf<Name>[] {
    return Array.from({ length: count }, () => this.record(name));
  }

  /** A row from a record of which a word is read by its place: an object made name by name costs many times as much. */
  row<Row>(name: keyof typeof RECORDS, row: (word: (place: number) => number) => Row): Row {
    const [words, at] = [this.#words, this.#at];
    this.#at += RECORDS[name].length;
    return row((place) => words[at + place] as number);
  }

  rows<Row>(name: keyof typeof RECORDS, count: number, row: (word: (place: number) => number) => Row): Row[] {
    return Array.from({ length: count }, () => this.row(name, row));
  }
}

export function nameOf<Name extends keyof typeof NAMES>(list: Name, place: number): (typeof NAMES)[Name][number] {
  return NAMES[list][place] as (typeof NAMES)[Name][number];
}

function leverage(state: number, value: number): Leverage {
  const name = nameOf("leverageState", state);
  return name === "finite" ? { state: name, value } : { state: name };
}

/** The event whose record begins at word `at`; whose it is and what `driver` was are said apart, since a pool has handles of its own. */
export function eventOf(
  words: Float64Array,
  at: number,
  sequence: number,
  account: AccountHandle,
  id: string,
  driver: InstrumentHandle | null,
): BandEvent {
  const word = (field: number) => words[at + field] as number;
  return {
    sequence,
    account,
    id,
    from: nameOf("band", word(EVENT.from)),
    to: nameOf("band", word(EVENT.to)),
    driver,
    timeMs: word(EVENT.timeMs),
    equity: word(EVENT.equity),
    maintenance: word(EVENT.maintenance),
  };
}

export function assessmentOf(
  account: AccountHandle,
  names: Catalog,
  answer: Answer,
  liquidation: Assessment["liquidation"],
): Assessment {
  const head = answer.record("assessment");
  const { equity, initial, maintenance } = head;
  const maintenanceLeverage = leverage(head.maintenanceLeverageState, head.maintenanceLeverage);
  const greeks = (word: (place: number) => number): UnderlyingGreeks => {
    const underlying = word(GREEKS.underlying) as UnderlyingHandle;
    return {
      underlying,
      delta: word(GREEKS.delta),
      gamma: word(GREEKS.gamma),
      vega: word(GREEKS.vega),
      theta: word(GREEKS.theta),
      rho: word(GREEKS.rho),
      exposure: word(GREEKS.exposure),
      id: names.underlyings.id(underlying),
    };
  };
  return {
    account,
    id: names.accounts.id(account),
    timeMs: head.timeMs,
    status: nameOf("status", head.status),
    equity,
    initial,
    maintenance,
    freeCollateral: equity - initial,
    health: equity - maintenance,
    healthRatio: maintenance > 0 ? equity / maintenance : null,
    marginRatio: equity > 0 ? maintenance / equity : null,
    band: head.band === NO_BAND ? null : nameOf("band", head.band),
    positionValue: { gross: head.gross, net: head.net, deltaEquivalent: head.deltaEquivalent },
    leverage: {
      initial: leverage(head.initialLeverageState, head.initialLeverage),
      maintenance: maintenanceLeverage,
      effective: leverage(head.effectiveLeverageState, head.effectiveLeverage),
    },
    distance: maintenanceLeverage.state === "finite" ? 1 / maintenanceLeverage.value : null,
    binding: head.binding === NO_BINDING ? null : head.binding,
    greeks: answer.rows("greeks", head.greeks, greeks),
    assets: answer.rows("asset", head.assets, (word): AssetRow => {
      const asset = word(ASSET.asset) as AssetHandle;
      return {
        asset,
        amount: word(ASSET.amount),
        price: word(ASSET.price),
        value: word(ASSET.value),
        haircut: word(ASSET.haircut),
        status: nameOf("status", word(ASSET.status)),
        ageMs: word(ASSET.ageMs),
        id: names.assets.id(asset),
      };
    }),
    contributions: answer.rows("contribution", head.contributions, (word): Contribution => {
      const instrument = word(CONTRIBUTION.instrument) as InstrumentHandle;
      return {
        instrument,
        size: word(CONTRIBUTION.size),
        entryPrice: word(CONTRIBUTION.entryPrice),
        mark: word(CONTRIBUTION.mark),
        vol: word(CONTRIBUTION.vol),
        volSource: nameOf("volSource", word(CONTRIBUTION.volSource)),
        status: nameOf("status", word(CONTRIBUTION.status)),
        ageMs: word(CONTRIBUTION.ageMs),
        notional: word(CONTRIBUTION.notional),
        equity: word(CONTRIBUTION.equity),
        initial: word(CONTRIBUTION.initial),
        maintenance: word(CONTRIBUTION.maintenance),
        leverage: word(CONTRIBUTION.leverage),
        greeks: answer.row("greeks", greeks),
        id: names.instruments.id(instrument),
      };
    }),
    liquidation,
  };
}

const NO_BINDING = 0xffff_ffff;

/** Accounts that have been taken up, as they travel. */
export interface ImportedColumns {
  readonly ids: readonly string[];
  /** How many accounts; three handles of each: before, now, and its parent's or NaN; then two of each order: before and now. */
  readonly words: Float64Array;
}

export function importedAccountsOf({ ids, words }: ImportedColumns): ImportedAccounts {
  const accounts = ids.map((id, i) => {
    const at = 1 + 3 * i;
    const [previous, account, parent] = [words[at], words[at + 1], words[at + 2]] as AccountHandle[];
    return { id, account, previous, parent: Number.isNaN(parent) ? null : parent } as ImportedAccounts["accounts"][0];
  });
  const orders: { order: OrderHandle; previous: OrderHandle }[] = [];
  for (let at = 1 + 3 * ids.length; at < words.length; at += 2) {
    orders.push({ order: words[at + 1] as OrderHandle, previous: words[at] as OrderHandle });
  }
  return { accounts, orders };
}

export function liquidationPricesOf(answer: Answer): LiquidationPrices {
  const { reference, none, roots } = answer.record("liquidation");
  const down: Root[] = [];
  const up: Root[] = [];
  for (const { price, ratio, isLiquidatableAbove } of answer.records("root", roots)) {
    const root: Root = { price, move: ratio - 1, liquidatable: isLiquidatableAbove === 1 ? "above" : "below" };
    if (ratio <= 1) down.unshift(root);
    else up.push(root);
  }
  return none === 0 ? { reference, down, up } : { reference, down, up, none: nameOf("none", none - 1) };
}
