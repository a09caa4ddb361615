import { BANDS } from "plimsoll";
import { CHAIN_FIGURES, type ErrorFigures } from "../chain/errors.js";
import type { ChainPictures } from "../chain/run.js";
import {
  ALARM,
  BUCKET_COLOURS,
  bucketChart,
  deltaErrorChart,
  equityChart,
  INK,
  leverageChart,
  lineChart,
  liquidationPriceChart,
  MARK_COLOURS,
  pricePathChart,
  smileChart,
  WATER,
} from "./charts.js";
import { grouped, leverageText, plainTime, scientific, shortName } from "./format.js";
import { LEVERAGE_BUCKETS, type Pictures } from "./pictures.js";
import type { ChainReport, FillsReport, Report, ScenarioReport } from "./report.js";
import { FALSE_CALL_MEANING, FILLS_LACK } from "./table.js";

/** One figure of the page's head. */
interface Tile {
  readonly value: string;
  readonly label: string;
}

/** A self-contained page: no script, no font, no picture from elsewhere. */
export function reportPage(report: FillsReport | ScenarioReport, pictures: Pictures): string {
  const content = report.input === "fills" ? fillsContent(report) : scenarioContent(report);
  return page(
    content.title,
    [
      head(content.title, content.lead, content.tiles),
      ...pictureSections(pictures),
      ...content.sections,
      foot(report),
    ].join("\n"),
  );
}

/** The page about an option chain, likewise. */
export function chainPage(report: ChainReport, pictures: ChainPictures): string {
  const { errors, impliedVol, book } = report;
  const title = "An option chain, priced and carried";
  const lead = `${grouped(report.options)} readings of options are priced from their mark volatility by Black's formula and put beside the published marks and Greeks; ${grouped(book.accounts)} seeded accounts in cross margin, with coin as collateral, carry them.`;
  const tiles = [
    { value: errors.delta === null ? "–" : scientific(errors.delta.worst), label: "worst error of delta" },
    { value: errors.price === null ? "–" : scientific(errors.price.median), label: "median error of price, in coin" },
    {
      value: scientific(impliedVol.worstRoundTrip),
      label: `worst implied-vol round trip of ${grouped(impliedVol.solved)}`,
    },
    {
      value: grouped(book.bands.liquidatable + book.bands.insolvent),
      label: `of ${grouped(book.accounts)} accounts are liquidatable`,
    },
  ];
  const rows: [string, ErrorFigures | null][] = [
    ...CHAIN_FIGURES.map((name): [string, ErrorFigures | null] => [name, errors[name]]),
    ["theta beyond two days", report.thetaBeyondTwoDays],
  ];
  const sections = [
    ...smileSections(pictures),
    ...lineSections(pictures),
    section(
      "The book",
      "Accounts by maintenance leverage, the share of position value that they stand from their line.",
      `<figure>${bucketChart(book.maintenanceLeverage)}</figure>`,
    ),
    section(
      "Differences to the published figures",
      "Absolute, in the file's own units: price in coin, gamma per USD, vega in USD per volatility point, theta in USD per day, rho in USD per percentage point. Within two days of expiry the exchange computes theta by another rule.",
      table(
        ["figure", "median", "90 %", "99 %", "worst", "compared"],
        rows.map(([name, figures]) =>
          figures === null
            ? [name, "–", "–", "–", "–", "–"]
            : [
                name,
                ...[figures.median, figures.p90, figures.p99, figures.worst].map(scientific),
                grouped(figures.compared),
              ],
        ),
        [1, 2, 3, 4, 5],
      ),
    ),
  ];
  return page(title, [head(title, lead, tiles), ...sections, foot(report)].join("\n"));
}

function smileSections({ rows, figures }: ChainPictures): string[] {
  const coins = [...new Set(rows.map((row) => row.coin))];
  const charts = coins.map(
    (coin) =>
      `<figure><figcaption>${escapeHtml(coin)}</figcaption>${smileChart(rows.filter((row) => row.coin === coin))}</figure>`,
  );
  const deltas = `<figure><figcaption>error of delta</figcaption>${deltaErrorChart(rows, figures)}</figure>`;
  return [
    section(
      "Volatility by strike",
      "Mark volatility of each expiry, light for near and dark for far ones; beside it how far our delta is from the published one.",
      `<div class="pair">${charts.join("")}${deltas}</div>`,
    ),
  ];
}

function lineSections({ line }: ChainPictures): string[] {
  if (line === null) return [];
  const held = line.sample.positions.map(({ name, size }) => `${grouped(size, 1)} ${name}`).join(", ");
  const intro = `${grouped(line.sample.coinBalance, 2)} ${escapeHtml(line.sample.coin)} as collateral, holding ${escapeHtml(held)}. ${legend(
    [
      ["equity", WATER, "square"],
      ["maintenance requirement", ALARM, "square"],
    ],
  )} in USD if the ${escapeHtml(line.sample.coin)} price were another now; dashed lines are the liquidation prices that the engine finds.`;
  return [
    section("One account along a line of prices", intro, `<figure>${lineChart(line.sample, line.points)}</figure>`),
  ];
}

function fillsContent(report: FillsReport): { title: string; lead: string; tiles: Tile[]; sections: string[] } {
  const { summary } = report;
  const close = summary.crossWithEquityWithinHalfPercent;
  const rows = report.liquidations.map((row) => [
    plainTime(row.timeMs),
    shortName(row.user),
    row.leverageType.toLowerCase(),
    row.coins.join(" "),
    grouped(row.recordedNotional, 2),
    grouped(row.rebuiltNotional, 2),
    grouped(row.recordedEquity, 2),
    grouped(row.rebuiltEquity, 2),
    row.band,
    leverageText(row.maintenanceLeverage),
    row.called === null ? "–" : row.called ? "yes" : "no",
  ]);
  const kinds = Object.entries(summary.falseCalls).filter(([, count]) => count > 0) as [
    keyof typeof FALSE_CALL_MEANING,
    number,
  ][];
  return {
    title: "Every account of an exchange, rebuilt from its fills",
    lead: `Cash and positions of ${grouped(report.accounts)} users are rebuilt from raw deposits, withdrawals and fills; at each of ${grouped(report.ticks)} prices every account that holds the coin is assessed, and the exchange's own liquidation records are put beside it.`,
    tiles: [
      {
        value: `${summary.notionalWithin3Percent} of ${summary.records}`,
        label: "liquidated notionals rebuilt within 3 %",
      },
      { value: `${close.called} of ${close.records}`, label: "liquidations called, where the equity is as recorded" },
      { value: `${summary.cross.called} of ${summary.cross.records}`, label: "called, of all in cross margin" },
      { value: grouped(report.falseCalls.length), label: "onsets without a liquidation within the hour" },
    ],
    sections: [
      section(
        "Recorded liquidations",
        "Notional and equity in USD. The position is the one before the liquidation's second, at its last trade; the band is judged before the user's own fill. Isolated margin is not in the files, so those rows are not judged.",
        table(
          [
            "time (UTC)",
            "user",
            "margin",
            "coins",
            "notional",
            "rebuilt",
            "equity",
            "rebuilt",
            "band",
            "leverage",
            "called",
          ],
          rows,
          [4, 5, 6, 7, 9],
        ),
      ),
      section(
        "Calls that the exchange did not follow",
        `An account became liquidatable and no liquidation of it is on record within the hour. ${FILLS_LACK}`,
        table(
          ["reason", "onsets", "meaning"],
          kinds.map(([reason, count]) => [reason, grouped(count), FALSE_CALL_MEANING[reason]]),
          [1],
        ),
      ),
    ],
  };
}

function scenarioContent(report: ScenarioReport): { title: string; lead: string; tiles: Tile[]; sections: string[] } {
  const { summary } = report;
  return {
    title: "Ten thousand accounts through a crash".replace(
      "Ten thousand",
      report.accounts >= 10_000 && report.accounts < 20_000 ? "Ten thousand" : grouped(report.accounts),
    ),
    lead: `A seeded day of ${summary.priceMoves.length} underlyings with perps and option chains. Nobody is liquidated here: every account is watched to the end, so that all bands can be seen. The same seed gives the same bits on every machine.`,
    tiles: [
      { value: grouped(summary.passedEveryBand), label: "accounts passed through every band" },
      { value: grouped(summary.passedEveryBandWithOptions), label: "of them hold options" },
      { value: grouped(summary.passedEveryBandWithCoinCollateral), label: "of them have coin as collateral" },
      { value: report.digest, label: `digest of seed ${report.seed}` },
    ],
    sections: [
      section(
        "Bands",
        "Accounts in each band, at the worst moment of that band and at the end of the day.",
        table(
          ["band", "at worst", "at the end"],
          BANDS.map((band) => [band, grouped(summary.bandsAtWorst[band]), grouped(summary.bandsAtEnd[band])]),
          [1, 2],
        ),
      ),
      section(
        "Underlyings",
        "Index in USD.",
        table(
          ["underlying", "start", "low", "end", "fall"],
          summary.priceMoves.map((row) => [
            row.underlying,
            grouped(row.start, 2),
            grouped(row.low, 2),
            grouped(row.end, 2),
            `${grouped((row.low / row.start - 1) * 100, 1)} %`,
          ]),
          [1, 2, 3, 4],
        ),
      ),
    ],
  };
}

function pictureSections({ paths, leverage, track }: Pictures): string[] {
  const kinds = [...new Set(paths.flatMap((path) => path.marks.map((mark) => mark.kind)))];
  const sections = [
    section(
      "Prices and liquidations",
      legend(kinds.map((kind) => [kind, MARK_COLOURS[kind] ?? "currentColor", "dot"])),
      `<div class="pair">${paths.map((path) => `<figure><figcaption>${escapeHtml(path.name)}</figcaption>${pricePathChart(path)}</figure>`).join("")}</div>`,
    ),
    section(
      "How deeply loaded",
      `Maintenance leverage (position value over equity less requirement) of every account that holds a position; one over it is the relative distance to liquidation. ${legend(LEVERAGE_BUCKETS.map((bucket, i) => [bucket, BUCKET_COLOURS[i] as string, "square"]))}`,
      `<figure>${leverageChart(leverage)}</figure>`,
    ),
  ];
  if (track !== null) {
    sections.push(
      section(
        "One account, up to its line",
        `${escapeHtml(track.title)}. Above, ${legend([
          ["equity", WATER, "square"],
          ["maintenance requirement", ALARM, "square"],
        ])} in USD. Below, ${legend([
          [`${track.underlying} price`, INK, "square"],
          ["liquidation price", ALARM, "square"],
        ])} (dashed where it lies above the price).`,
        `<figure>${equityChart(track)}</figure><figure>${liquidationPriceChart(track)}</figure>`,
      ),
    );
  }
  return sections;
}

function head(title: string, lead: string, tiles: readonly Tile[]): string {
  const boxes = tiles
    .map((tile) => `<div class="tile"><b>${escapeHtml(tile.value)}</b><span>${escapeHtml(tile.label)}</span></div>`)
    .join("");
  return `<header><p class="brand">plimsoll replay</p><h1>${escapeHtml(title)}</h1><p class="lead">${escapeHtml(lead)}</p><div class="tiles">${boxes}</div></header>`;
}

function foot(report: Report): string {
  const { accounts, ticks, seconds, digest, rejectedRows } = report;
  return `<footer>${grouped(accounts)} accounts · ${grouped(ticks)} ticks · ${grouped(seconds, 1)} s · digest ${escapeHtml(digest)} · rejected rows: ${grouped(rejectedRows.length)}</footer>`;
}

/** `intro` is markup; what comes from data in it is escaped by the caller. */
function section(title: string, intro: string, body: string): string {
  return `<section><h2>${escapeHtml(title)}</h2><p>${intro}</p>${body}</section>`;
}

function legend(entries: readonly (readonly [string, string, "dot" | "square"])[]): string {
  return entries
    .map(
      ([label, colour, shape]) =>
        `<span class="key"><i class="${shape}" style="background:${colour}"></i>${escapeHtml(label)}</span>`,
    )
    .join(" ");
}

function table(titles: readonly string[], rows: readonly (readonly string[])[], numeric: readonly number[]): string {
  const cell = (tag: string, text: string, column: number) =>
    `<${tag}${numeric.includes(column) ? ' class="number"' : ""}>${escapeHtml(text)}</${tag}>`;
  const line = (tag: string, cells: readonly string[]) =>
    `<tr>${cells.map((text, column) => cell(tag, text, column)).join("")}</tr>`;
  return `<div class="scroll"><table><thead>${line("th", titles)}</thead><tbody>${rows.map((row) => line("td", row)).join("\n")}</tbody></table></div>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>
:root { color-scheme: light; }
body { margin: 0; background: #f4f6f8; color: #1b2a3a; font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1010px; margin: 0 auto; padding: 0 1rem 3rem; }
header { padding: 2.5rem 0 1rem; }
.brand { margin: 0; font-weight: 600; letter-spacing: .06em; color: #2f6f9f; border-bottom: 3px solid #c8382d; display: inline-block; }
h1 { margin: .6rem 0 .4rem; font-size: 1.9rem; line-height: 1.2; }
h2 { margin: 0 0 .3rem; font-size: 1.2rem; }
.lead { max-width: 46rem; margin: 0 0 1.2rem; color: #46586a; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)); gap: .8rem; }
.tile { background: white; border-radius: 8px; padding: .8rem 1rem; box-shadow: 0 1px 2px rgb(27 42 58 / .12); }
.tile b { display: block; font-size: 1.35rem; font-variant-numeric: tabular-nums; }
.tile span { color: #46586a; font-size: .88rem; }
section { background: white; border-radius: 8px; padding: 1.2rem 1.4rem; margin-top: 1rem; box-shadow: 0 1px 2px rgb(27 42 58 / .12); }
section p { margin: 0 0 .8rem; color: #46586a; }
figure { margin: 0; }
figcaption { font-weight: 600; }
svg { max-width: 100%; height: auto; overflow: visible; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(380px, 1fr)); gap: 1rem 1.2rem; }
.key { white-space: nowrap; margin-right: .8rem; }
.key i { display: inline-block; width: .75em; height: .75em; margin-right: .35em; }
.key i.dot { border-radius: 50%; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .86rem; }
th, td { padding: .28rem .5rem; text-align: left; border-bottom: 1px solid #e4e9ee; white-space: nowrap; }
th { color: #46586a; font-weight: 600; }
td:last-child { white-space: normal; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
footer { margin-top: 1.2rem; color: #6b7b8b; font-size: .85rem; }
</style>
</head>
<body><main>
${body}
</main></body>
</html>
`;
}
