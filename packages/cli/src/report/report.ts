import type { ChainBook } from "../chain/book.js";
import type { ChainErrors, ErrorFigures } from "../chain/errors.js";
import type { ImpliedVolCheck } from "../chain/price.js";
import type { FalseCall } from "../fills/false-calls.js";
import type { LiquidationRow } from "../fills/judge.js";
import type { FillsSummary } from "../fills/summary.js";
import type { RejectedRow } from "../input/csv.js";
import type { ScenarioSummary } from "../scenario/summary.js";

interface ReportBase {
  /** Path of the input; absent for the embedded market. */
  readonly path?: string;
  readonly accounts: number;
  readonly ticks: number;
  /** Wall time of reading and replaying. */
  readonly seconds: number;
  readonly digest: string;
  readonly rejectedRows: readonly RejectedRow[];
}

export interface FillsReport extends ReportBase {
  readonly input: "fills";
  readonly liquidations: readonly LiquidationRow[];
  readonly falseCalls: readonly FalseCall[];
  readonly summary: FillsSummary;
}

export interface ChainReport extends ReportBase {
  readonly input: "chain";
  readonly options: number;
  readonly errors: ChainErrors;
  /** `errors.theta` over the options with more than two days to expiry, which the exchange treats by the formula. */
  readonly thetaBeyondTwoDays: ErrorFigures | null;
  /** `errors.theta` with ours cut as the exchange cuts it: to what is left of a day, and to the mark. */
  readonly thetaByExchangeRule: ErrorFigures | null;
  readonly impliedVol: ImpliedVolCheck;
  readonly book: ChainBook;
}

export interface ScenarioReport extends ReportBase {
  readonly input: "default";
  readonly seed: number;
  readonly summary: ScenarioSummary;
}

/** What a replay found, whatever its input; tables, JSON and pages are made of it. */
export type Report = FillsReport | ChainReport | ScenarioReport;
