import {
  type Assessment,
  type Band,
  createEngine,
  type Engine,
  type InstrumentHandle,
  type Leverage,
  type MarginModel,
} from "plimsoll";
import type { LeverageType, LiquidationRecord } from "./export.js";

/** One recorded liquidation beside what the rebuilt account says. Money in USD. */
export interface LiquidationRow {
  readonly timeMs: number;
  readonly user: string;
  readonly leverageType: LeverageType;
  /** Coins whose positions were counted. */
  readonly coins: readonly string[];
  readonly recordedNotional: number;
  /** Positions before the second at its last trades; of an isolated record only the coins that the user fills in that second. */
  readonly rebuiltNotional: number;
  readonly recordedEquity: number;
  /** Of the whole account: at the mark recordedNotional / size where one coin is held, else at last trades. */
  readonly rebuiltEquity: number;
  /** At that second's prices, before the user's own fill; the whole account as cross margin; `null` where figures are missing. */
  readonly band: Band | null;
  readonly maintenanceLeverage: Leverage;
  /** Since when the account has held positions without a break; `null` where it holds none. */
  readonly heldSinceMs: number | null;
  /** Whether that band is liquidatable or insolvent; `null` where there is none, or the margin is isolated, which the files cannot tell. */
  readonly called: boolean | null;
  readonly calledAtRecordedMark: boolean | null;
  readonly calledBeforeTheSecond: boolean | null;
}

/**
 * Puts a record beside the rebuilt account.
 *
 * @param before  the account at the prices before the record's second
 * @param now  the same positions at that second's prices
 * @param filledNow  coins that the user fills in that second
 */
export function judge(
  record: LiquidationRecord,
  before: Assessment,
  now: Assessment,
  heldSinceMs: number | null,
  coinOf: (instrument: InstrumentHandle) => string,
  filledNow: ReadonlySet<string>,
  probe: RecordedMarkProbe,
): LiquidationRow {
  const isolated = record.leverageType === "Isolated";
  const counted = now.contributions.filter((part) => !isolated || filledNow.has(coinOf(part.instrument)));
  const only = now.contributions.length === 1 ? now.contributions[0] : undefined;
  const atRecordedMark = only === undefined ? now : probe.assess(now, record.notional / Math.abs(only.size));
  const verdict = (assessment: Assessment) =>
    isolated || assessment.band === null ? null : isLiquidatable(assessment.band);
  return {
    timeMs: record.timeMs,
    user: record.user,
    leverageType: record.leverageType,
    coins: counted.map((part) => coinOf(part.instrument)),
    recordedNotional: record.notional,
    rebuiltNotional: counted.reduce((sum, part) => sum + Math.abs(part.notional), 0),
    recordedEquity: record.equity,
    rebuiltEquity: atRecordedMark.equity,
    heldSinceMs,
    band: now.band,
    maintenanceLeverage: now.leverage.maintenance,
    called: verdict(now),
    calledAtRecordedMark: verdict(atRecordedMark),
    calledBeforeTheSecond: verdict(before),
  };
}

export function isLiquidatable(band: Band | null): boolean {
  return band === "liquidatable" || band === "insolvent";
}

/** An engine of its own that holds copies of accounts at another mark, so that the replay's market and events stay untouched. */
export class RecordedMarkProbe {
  readonly #engine: Engine;
  readonly #quote: string;
  readonly #maxLeverage: number;
  #copies = 0;

  private constructor(engine: Engine, quote: string, maxLeverage: number) {
    this.#engine = engine;
    this.#quote = quote;
    this.#maxLeverage = maxLeverage;
  }

  static async create(quote: string, model: MarginModel, maxLeverage: number): Promise<RecordedMarkProbe> {
    return new RecordedMarkProbe(await createEngine({ quote, model }), quote, maxLeverage);
  }

  /** The account of `assessment`, which holds one position, with that position at `mark`. */
  assess(assessment: Assessment, mark: number): Assessment {
    const [position] = assessment.contributions;
    if (position === undefined) return assessment;
    this.#copies += 1;
    const id = `copy-${this.#copies}`;
    const instrument = this.#engine.addInstrument({
      id,
      kind: "perp",
      underlying: id,
      quote: this.#quote,
      maxLeverage: this.#maxLeverage,
    });
    const cash = assessment.assets.reduce((sum, held) => sum + held.amount, 0);
    const account = this.#engine.addAccount({ id, collateral: { [this.#quote]: cash } });
    this.#engine.setPosition(account, instrument, { size: position.size, entryPrice: position.entryPrice });
    this.#engine.tick(instrument, { mark, timeMs: assessment.timeMs });
    return this.#engine.assess(account);
  }

  dispose(): void {
    this.#engine.dispose();
  }
}
