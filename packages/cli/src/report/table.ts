import { BANDS, type Band } from "plimsoll";
import { CHAIN_FIGURES, type ChainFigure, type ErrorFigures } from "../chain/errors.js";
import type { FalseCallReason } from "../fills/false-calls.js";
import type { LiquidationRow } from "../fills/judge.js";
import type { Calls } from "../fills/summary.js";
import {
  type Column,
  grouped,
  inert,
  leverageText,
  money,
  plainTime,
  scientific,
  shortName,
  textTable,
  wrapped,
} from "./format.js";
import type { ChainReport, FillsReport, Report, ScenarioReport } from "./report.js";

const REJECTED_SHOWN = 20;

/** What the bands mean under the margin models of the replays, which keep to the usual thresholds. */
export const BAND_MEANING: Readonly<Record<Band, string>> = {
  healthy: "at least 1.25 times the initial requirement",
  warning: "less than 1.25 times the initial requirement",
  "reduce-only": "less than the initial requirement",
  liquidatable: "at most the maintenance requirement",
  insolvent: "at most zero",
};

/** The report as text for a terminal. */
export function reportText(report: Report): string {
  const body =
    report.input === "fills"
      ? fillsLines(report)
      : report.input === "chain"
        ? chainLines(report)
        : scenarioLines(report);
  return [...body, ...rejectedLines(report), "", closingLine(report)].map(inert).join("\n");
}

function closingLine(report: Report): string {
  const { accounts, ticks, seconds, digest } = report;
  return `${grouped(accounts)} accounts, ${grouped(ticks)} ticks, ${grouped(seconds, 1)} s, digest ${digest}`;
}

function rejectedLines({ rejectedRows }: Report): string[] {
  if (rejectedRows.length === 0) return [];
  const shown = rejectedRows.slice(0, REJECTED_SHOWN).map(({ file, line, reason }) => `  ${file}:${line}: ${reason}`);
  const more =
    rejectedRows.length > REJECTED_SHOWN
      ? [`  … and ${grouped(rejectedRows.length - REJECTED_SHOWN)} more; --json lists all`]
      : [];
  return ["", `Rejected rows: ${grouped(rejectedRows.length)}`, ...shown, ...more];
}

/** Coins named in a cell; of more, their number. */
const COINS_NAMED = 2;

function coinsText(coins: readonly string[]): string {
  return coins.length <= COINS_NAMED ? coins.join(" ") : `${coins[0]} +${coins.length - 1}`;
}

/** The band, and the maintenance leverage where it is a number: where it is none, the band says so; a dash without figures. */
function bandText({ band, maintenanceLeverage }: LiquidationRow): string {
  return maintenanceLeverage.state === "finite" ? `${band} ${leverageText(maintenanceLeverage)}` : (band ?? "–");
}

/** The year stands in the title where all rows share it, which leaves room for the rest. */
function liquidationColumns(rows: readonly LiquidationRow[]): readonly Column<LiquidationRow>[] {
  const years = new Set(rows.map((row) => plainTime(row.timeMs).slice(0, 4)));
  const [year] = years;
  const isOneYear = years.size === 1 && year !== undefined;
  return [
    {
      title: isOneYear ? `${year}, UTC` : "UTC",
      cell: (row) => plainTime(row.timeMs).slice(isOneYear ? "2023-".length : 0),
    },
    { title: "user", cell: (row) => shortName(row.user) },
    { title: "coins", cell: (row) => coinsText(row.coins) },
    { group: "notional", title: "theirs", align: "right", cell: (row) => money(row.recordedNotional) },
    { group: "notional", title: "ours", align: "right", cell: (row) => money(row.rebuiltNotional) },
    { group: "equity", title: "theirs", align: "right", cell: (row) => money(row.recordedEquity) },
    { group: "equity", title: "ours", align: "right", cell: (row) => money(row.rebuiltEquity) },
    { group: "band, maint.", title: "leverage", cell: bandText },
    { title: "called", cell: (row) => (row.called === null ? "–" : row.called ? "yes" : "no") },
  ];
}

/** What each kind of false call means, in one line. */
export const FALSE_CALL_MEANING: Readonly<Record<FalseCallReason, string>> = {
  unjudged: "after the last record, so nobody knows",
  "no-ledger": "no deposit of this user is listed up to then",
  "unlisted-transfer": "cash is missing: the user traded or withdrew without rebuilt equity",
  "isolated-margin": "the user trades isolated, the file cannot tell the margin",
  "near-threshold": "short by less than 0.5 % of position value: funding is not listed",
  unexplained: "none of these",
};

/** What the export lacks, so that nobody takes the gaps for ours or tunes them away. */
export const FILLS_LACK =
  "The files have no funding, no fees, no transfers outside the ledger, no isolated margin and no mark price; nothing is made up for them.";

function fillsLines(report: FillsReport): string[] {
  const { summary, liquidations, falseCalls } = report;
  const { cross, crossWithEquityWithinHalfPercent: close } = summary;
  const kinds = (Object.entries(summary.falseCalls) as [FalseCallReason, number][]).filter(([, count]) => count > 0);
  return [
    `Recorded liquidations of ${report.path ?? ""}`,
    ...wrapped(
      "Money in USD; theirs is recorded by the exchange, ours is rebuilt from fills and deposits: notional at the last trade, equity at the exchange's mark where one coin is held. Called: at that second's trades and before its own fill our account is liquidatable.",
    ),
    "",
    ...textTable(liquidationColumns(liquidations), liquidations),
    "",
    `Notional rebuilt within 3 % of the record: ${summary.notionalWithin3Percent} of ${summary.records}`,
    ...textTable<[string, Calls]>(
      [
        { title: "cross margin", cell: ([label]) => label },
        { title: "records", align: "right", cell: ([, calls]) => `${calls.records}` },
        { title: "called", align: "right", cell: ([, calls]) => `${calls.called}` },
        { title: "at the recorded mark", align: "right", cell: ([, calls]) => `${calls.calledAtRecordedMark}` },
        { title: "before that second", align: "right", cell: ([, calls]) => `${calls.calledBeforeTheSecond}` },
      ],
      [
        ["all", cross],
        ["equity within 0.5 % of notional", close],
      ],
    ),
    ...wrapped(
      `Isolated: ${summary.isolated}, not judged (–): the files do not tell the margin; the band shown is that of the whole account as cross.`,
    ),
    "",
    `Became liquidatable, but was not liquidated within the hour: ${falseCalls.length}`,
    ...textTable<[FalseCallReason, number]>(
      [
        { title: "reason", cell: ([reason]) => reason },
        { title: "onsets", align: "right", cell: ([, count]) => grouped(count) },
        { title: "", cell: ([reason]) => FALSE_CALL_MEANING[reason] },
      ],
      kinds,
    ),
    "",
    ...wrapped(FILLS_LACK),
  ];
}

/** Units of a chain's file, in which differences to it are given. */
const CHAIN_UNITS: Readonly<Record<ChainFigure, string>> = {
  price: "coin",
  delta: "1",
  gamma: "per USD",
  vega: "USD per vol point",
  theta: "USD per day",
  rho: "USD per % point",
};

function chainLines(report: ChainReport): string[] {
  type Line = readonly [name: string, unit: string, errors: ErrorFigures | null];
  const figures = CHAIN_FIGURES.map((name): Line => [name, CHAIN_UNITS[name], report.errors[name]]);
  const thetas: readonly Line[] = [
    ["theta, > 2 days", CHAIN_UNITS.theta, report.thetaBeyondTwoDays],
    ["theta, their rule", CHAIN_UNITS.theta, report.thetaByExchangeRule],
  ];
  const { solved, unsolvable, worstRoundTrip, worstRepricing } = report.impliedVol;
  const cell =
    (value: (errors: ErrorFigures) => number) =>
    ([, , errors]: Line) =>
      errors === null ? "–" : scientific(value(errors));
  return [
    `Option chain of ${report.path ?? ""}: ${grouped(report.options)} options`,
    "",
    "Absolute difference of ours, priced from the mark volatility, to the published figures",
    ...textTable<Line>(
      [
        { title: "figure", cell: ([name]) => name },
        { title: "unit", cell: ([, unit]) => unit },
        { title: "median", align: "right", cell: cell((errors) => errors.median) },
        { title: "90 %", align: "right", cell: cell((errors) => errors.p90) },
        { title: "99 %", align: "right", cell: cell((errors) => errors.p99) },
        { title: "worst", align: "right", cell: cell((errors) => errors.worst) },
        {
          title: "compared",
          align: "right",
          cell: ([, , errors]) => (errors === null ? "–" : grouped(errors.compared)),
        },
      ],
      [...figures, ...thetas.filter(([, , errors]) => errors !== null)],
    ),
    ...wrapped(
      `Implied volatility of our own prices: ${grouped(solved)} solved, worst round trip ${scientific(worstRoundTrip)}, repriced within ${scientific(worstRepricing)} of max(forward, strike); ${grouped(unsolvable)} have no time value left to solve for.`,
    ),
    "",
    `Cross-margin book of ${grouped(report.book.accounts)} seeded accounts on this chain, after its last tick`,
    ...textTable<Band>(
      [
        { title: "band", cell: (band) => band },
        { title: "accounts", align: "right", cell: (band) => grouped(report.book.bands[band]) },
        { title: "equity is", cell: (band) => BAND_MEANING[band] },
      ],
      BANDS,
    ),
  ];
}

function scenarioLines(report: ScenarioReport): string[] {
  const { summary } = report;
  return [
    `Embedded market, seed ${report.seed}: one day with a crash`,
    "",
    ...textTable<(typeof summary.priceMoves)[number]>(
      [
        { title: "underlying", cell: (row) => row.underlying },
        { title: "start", align: "right", cell: (row) => grouped(row.start, 2) },
        { title: "low", align: "right", cell: (row) => grouped(row.low, 2) },
        { title: "end", align: "right", cell: (row) => grouped(row.end, 2) },
        { title: "fall", align: "right", cell: (row) => `${grouped((row.low / row.start - 1) * 100, 1)} %` },
      ],
      summary.priceMoves,
    ),
    "",
    "Accounts by band",
    ...textTable<Band>(
      [
        { title: "band", cell: (band) => band },
        { title: "most at once", align: "right", cell: (band) => grouped(summary.bandsAtWorst[band]) },
        { title: "at the end", align: "right", cell: (band) => grouped(summary.bandsAtEnd[band]) },
        { title: "equity is", cell: (band) => BAND_MEANING[band] },
      ],
      BANDS,
    ),
    "",
    ...wrapped(
      `${grouped(summary.events)} band crossings. Through every band: ${grouped(summary.passedEveryBand)} accounts (${grouped((100 * summary.passedEveryBand) / report.accounts, 1)} %), of which ${grouped(summary.passedEveryBandWithOptions)} hold options (${grouped(summary.passedEveryBandByOptions)} pushed over by an option's own tick) and ${grouped(summary.passedEveryBandWithCoinCollateral)} have coin as collateral.`,
    ),
  ];
}
