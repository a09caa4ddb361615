import { FALSE_CALL_REASONS, type FalseCall, type FalseCallReason } from "./false-calls.js";
import type { LiquidationRow } from "./judge.js";

const NOTIONAL_TOLERANCE = 0.03;
export const EQUITY_TOLERANCE = 0.005;

/** How many of some cross liquidations were called, at three prices. */
export interface Calls {
  readonly records: number;
  readonly called: number;
  readonly calledAtRecordedMark: number;
  readonly calledBeforeTheSecond: number;
}

export interface FillsSummary {
  readonly records: number;
  /** Records whose rebuilt notional is within 3 % of the recorded one. */
  readonly notionalWithin3Percent: number;
  readonly isolated: number;
  readonly cross: Calls;
  /** Of the cross records, those whose rebuilt equity is within 0.5 % of notional of the recorded one. */
  readonly crossWithEquityWithinHalfPercent: Calls;
  readonly falseCalls: Readonly<Record<FalseCallReason, number>>;
}

export function summarize(rows: readonly LiquidationRow[], falseCalls: readonly FalseCall[]): FillsSummary {
  const cross = rows.filter((row) => row.leverageType === "Cross");
  const equityAgrees = (row: LiquidationRow) =>
    Math.abs(row.rebuiltEquity - row.recordedEquity) <= EQUITY_TOLERANCE * row.recordedNotional;
  const byReason = Object.fromEntries(FALSE_CALL_REASONS.map((reason) => [reason, 0])) as Record<
    FalseCallReason,
    number
  >;
  for (const { reason } of falseCalls) byReason[reason] += 1;
  return {
    records: rows.length,
    notionalWithin3Percent: rows.filter(
      (row) => Math.abs(row.rebuiltNotional - row.recordedNotional) <= NOTIONAL_TOLERANCE * row.recordedNotional,
    ).length,
    isolated: rows.length - cross.length,
    cross: countCalls(cross),
    crossWithEquityWithinHalfPercent: countCalls(cross.filter(equityAgrees)),
    falseCalls: byReason,
  };
}

function countCalls(rows: readonly LiquidationRow[]): Calls {
  return {
    records: rows.length,
    called: rows.filter((row) => row.called).length,
    calledAtRecordedMark: rows.filter((row) => row.calledAtRecordedMark).length,
    calledBeforeTheSecond: rows.filter((row) => row.calledBeforeTheSecond).length,
  };
}
