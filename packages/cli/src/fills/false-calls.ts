import type { FillsExport } from "./export.js";

/** An account that was not liquidatable has become so. Money in USD. */
export interface Onset {
  readonly timeMs: number;
  readonly user: string;
  readonly equity: number;
  readonly maintenance: number;
  readonly positionValue: number;
}

/**
 * Why an onset that no liquidation followed is no surprise; the first that applies. docs/replay.md says more of each.
 *
 * * `unjudged`: later than the last record, so nobody knows what the exchange did
 * * `no-ledger`: the ledger has no row of this user up to then, so the deposits are unknown
 * * `unlisted-transfer`: up to then the user has opened positions or withdrawn while the rebuilt equity was not positive, which the
 *   exchange does not allow: money has come in by a way that the ledger lacks
 * * `isolated-margin`: one of the user's recorded liquidations is isolated, and the file cannot tell the margin apart
 * * `near-threshold`: equity is short of the requirement by less than 0.5 % of position value, which unlisted funding can explain
 * * `unexplained`: none of these
 */
export const FALSE_CALL_REASONS = [
  "unjudged",
  "no-ledger",
  "unlisted-transfer",
  "isolated-margin",
  "near-threshold",
  "unexplained",
] as const;
export type FalseCallReason = (typeof FALSE_CALL_REASONS)[number];

export interface FalseCall extends Onset {
  readonly reason: FalseCallReason;
}

/** How long after an onset a recorded liquidation still answers it. */
const ANSWERED_WITHIN_MS = 3_600_000;
/** Share of position value within which unlisted funding can hide. */
const NEAR_SHARE = 0.005;

/** Of all onsets, those that the exchange did not answer with a liquidation of that user within the hour. */
export function falseCalls(
  onsets: readonly Onset[],
  data: FillsExport,
  cashMissingSinceMs: ReadonlyMap<string, number>,
): FalseCall[] {
  const lastRecordMs = data.liquidations.at(-1)?.timeMs ?? Number.NEGATIVE_INFINITY;
  const firstTransferMs = new Map<string, number>();
  for (const { user, timeMs } of data.transfers) if (!firstTransferMs.has(user)) firstTransferMs.set(user, timeMs);
  const isolatedUsers = new Set(
    data.liquidations.filter((record) => record.leverageType === "Isolated").map((record) => record.user),
  );
  const recordTimesMs = new Map<string, number[]>();
  for (const { user, timeMs } of data.liquidations)
    recordTimesMs.set(user, [...(recordTimesMs.get(user) ?? []), timeMs]);

  const reasonOf = (onset: Onset): FalseCallReason => {
    if (onset.timeMs > lastRecordMs) return "unjudged";
    if ((firstTransferMs.get(onset.user) ?? Number.POSITIVE_INFINITY) > onset.timeMs) return "no-ledger";
    if ((cashMissingSinceMs.get(onset.user) ?? Number.POSITIVE_INFINITY) <= onset.timeMs) return "unlisted-transfer";
    if (isolatedUsers.has(onset.user)) return "isolated-margin";
    if (onset.maintenance - onset.equity < NEAR_SHARE * onset.positionValue) return "near-threshold";
    return "unexplained";
  };

  return onsets
    .filter((onset) => {
      const secondMs = Math.floor(onset.timeMs / 1000) * 1000;
      return !recordTimesMs
        .get(onset.user)
        ?.some((timeMs) => timeMs >= secondMs && timeMs - secondMs <= ANSWERED_WITHIN_MS);
    })
    .map((onset) => ({ ...onset, reason: reasonOf(onset) }));
}
