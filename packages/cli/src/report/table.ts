import { BANDS } from "plimsoll";
import { CHAIN_FIGURES, type ErrorFigures } from "../chain/errors.js";
import type { FalseCallReason } from "../fills/false-calls.js";
import type { LiquidationRow } from "../fills/judge.js";
import type { Calls } from "../fills/summary.js";
import { type Column, grouped, leverageText, plainTime, scientific, shortName, textTable } from "./format.js";
import type { ChainReport, FillsReport, Report, ScenarioReport } from "./report.js";

const REJECTED_SHOWN = 20;

/** The report as text for a terminal. */
export function reportText(report: Report): string {
  const body =
    report.input === "fills"
      ? fillsLines(report)
      : report.input === "chain"
        ? chainLines(report)
        : scenarioLines(report);
  return [...body, ...rejectedLines(report), "", closingLine(report)].join("\n");
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

const LIQUIDATION_COLUMNS: readonly Column<LiquidationRow>[] = [
  { title: "time (UTC)", cell: (row) => plainTime(row.timeMs) },
  { title: "user", cell: (row) => shortName(row.user) },
  { title: "margin", cell: (row) => row.leverageType.toLowerCase() },
  { title: "coins", cell: (row) => row.coins.join(" ") },
  { title: "notional", align: "right", cell: (row) => grouped(row.recordedNotional, 2) },
  { title: "rebuilt", align: "right", cell: (row) => grouped(row.rebuiltNotional, 2) },
  { title: "equity", align: "right", cell: (row) => grouped(row.recordedEquity, 2) },
  { title: "rebuilt", align: "right", cell: (row) => grouped(row.rebuiltEquity, 2) },
  { title: "band", cell: (row) => row.band },
  { title: "leverage", align: "right", cell: (row) => leverageText(row.maintenanceLeverage) },
  { title: "called", cell: (row) => (row.called === null ? "–" : row.called ? "yes" : "no") },
];

/** What each kind of false call means, in one line. */
export const FALSE_CALL_MEANING: Readonly<Record<FalseCallReason, string>> = {
  unjudged: "after the last record, so nobody knows",
  "no-ledger": "no deposit of this user is listed up to then",
  "unlisted-transfer": "cash is missing: the user had traded or withdrawn without rebuilt equity",
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
    "",
    ...textTable(LIQUIDATION_COLUMNS, liquidations),
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
    `Isolated: ${summary.isolated}, not judged (–): the files do not tell the margin; their band is that of the whole account as cross.`,
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
    FILLS_LACK,
  ];
}

function chainLines(report: ChainReport): string[] {
  const figures: [string, ErrorFigures | null][] = [
    ...CHAIN_FIGURES.map((name): [string, ErrorFigures | null] => [name, report.errors[name]]),
  ];
  const { solved, unsolvable, worstRoundTrip } = report.impliedVol;
  const cell =
    (value: (errors: ErrorFigures) => number) =>
    ([, errors]: [string, ErrorFigures | null]) =>
      errors === null ? "–" : scientific(value(errors));
  return [
    `Option chain of ${report.path ?? ""}: ${grouped(report.options)} options`,
    "",
    "Absolute difference to the published figures, in the file's own units",
    ...textTable<[string, ErrorFigures | null]>(
      [
        { title: "figure", cell: ([name]) => name },
        { title: "median", align: "right", cell: cell((errors) => errors.median) },
        { title: "90 %", align: "right", cell: cell((errors) => errors.p90) },
        { title: "99 %", align: "right", cell: cell((errors) => errors.p99) },
        { title: "worst", align: "right", cell: cell((errors) => errors.worst) },
        { title: "compared", align: "right", cell: ([, errors]) => (errors === null ? "–" : grouped(errors.compared)) },
      ],
      report.thetaBeyondTwoDays === null ? figures : [...figures, ["theta, > 2 days", report.thetaBeyondTwoDays]],
    ),
    `Implied volatility: ${grouped(solved)} solved, worst round trip ${scientific(worstRoundTrip)}; ${grouped(unsolvable)} have no time value left to solve for.`,
    "",
    `Cross-margin book of ${grouped(report.book.accounts)} seeded accounts on this chain`,
    ...textTable<(typeof BANDS)[number]>(
      [
        { title: "band", cell: (band) => band },
        { title: "accounts", align: "right", cell: (band) => grouped(report.book.bands[band]) },
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
    ...textTable<(typeof BANDS)[number]>(
      [
        { title: "band", cell: (band) => band },
        { title: "accounts at worst", align: "right", cell: (band) => grouped(summary.bandsAtWorst[band]) },
        { title: "at the end", align: "right", cell: (band) => grouped(summary.bandsAtEnd[band]) },
      ],
      BANDS,
    ),
    "",
    `${grouped(summary.events)} band crossings. Through every band: ${grouped(summary.passedEveryBand)} accounts (${grouped((100 * summary.passedEveryBand) / report.accounts, 1)} %),`,
    `of which ${grouped(summary.passedEveryBandWithOptions)} hold options (${grouped(summary.passedEveryBandByOptions)} pushed over by an option's own tick) and ${grouped(summary.passedEveryBandWithCoinCollateral)} have coin as collateral.`,
  ];
}
