import type { Leverage } from "plimsoll";
import { inertJson, isoTime } from "./format.js";
import type { Report } from "./report.js";

/** The report as one JSON document; field names are stable, docs/replay.md lists them. */
export function reportJson(report: Report): string {
  return inertJson(JSON.stringify(document(report), null, 2));
}

function document(report: Report): object {
  const { input, path, accounts, ticks, seconds, digest, rejectedRows } = report;
  const common = { input, path: path ?? null, accounts, ticks, seconds, digest, rejectedRows };
  switch (report.input) {
    case "fills":
      return {
        ...common,
        liquidations: report.liquidations.map(({ timeMs, heldSinceMs: _, maintenanceLeverage, ...row }) => ({
          time: isoTime(timeMs),
          ...row,
          maintenanceLeverage: leverageJson(maintenanceLeverage),
        })),
        falseCalls: report.falseCalls.map(({ timeMs, ...row }) => ({ time: isoTime(timeMs), ...row })),
        summary: report.summary,
      };
    case "chain":
      return {
        ...common,
        options: report.options,
        errors: report.errors,
        thetaBeyondTwoDays: report.thetaBeyondTwoDays,
        thetaByExchangeRule: report.thetaByExchangeRule,
        impliedVol: report.impliedVol,
        book: report.book,
      };
    case "default":
      return { ...common, seed: report.seed, summary: report.summary };
  }
}

function leverageJson(leverage: Leverage): { state: Leverage["state"]; value: number | null } {
  return { state: leverage.state, value: leverage.state === "finite" ? leverage.value : null };
}
