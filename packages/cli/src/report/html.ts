import { BANDS } from "plimsoll";
import { CHAIN_FIGURES, type ErrorFigures } from "../chain/errors.js";
import type { ChainPictures } from "../chain/run.js";
import {
  ALARM,
  BUCKET_COLOURS,
  bucketChart,
  differenceChart,
  equityChart,
  expiryColours,
  holdersChart,
  INK,
  leverageChart,
  lineChart,
  liquidationPriceChart,
  MARK_STYLES,
  pricePathChart,
  REQUIREMENT_DASHES,
  ROOT_DASHES,
  smileChart,
  WATER,
} from "./charts.js";
import { grouped, inert, leverageText, plainTime, scientific, shortName } from "./format.js";
import { LEVERAGE_BUCKETS, type Pictures, type PricePath } from "./pictures.js";
import type { ChainReport, FillsReport, Report, ScenarioReport } from "./report.js";
import { BAND_MEANING, FALSE_CALL_MEANING, FILLS_LACK } from "./table.js";

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
      ...pictureSections(pictures, content.pathsTitle),
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
    { value: errors.delta === null ? "–" : scientific(errors.delta.worst), label: "worst difference of delta" },
    {
      value: errors.price === null ? "–" : scientific(errors.price.median),
      label: "median difference of price, in coin",
    },
    {
      value: scientific(impliedVol.worstRepricing),
      label: `of max(forward, strike): worst price at ${grouped(impliedVol.solved)} implied volatilities`,
    },
    {
      value: grouped(book.bands.liquidatable + book.bands.insolvent),
      label: `of ${grouped(book.accounts)} accounts are liquidatable`,
    },
  ];
  const rows: [string, ErrorFigures | null][] = [
    ...CHAIN_FIGURES.map((name): [string, ErrorFigures | null] => [name, errors[name]]),
    ["theta beyond two days", report.thetaBeyondTwoDays],
    ["theta by the exchange's rule", report.thetaByExchangeRule],
  ];
  const sections = [
    ...smileSections(pictures),
    ...lineSections(pictures),
    section(
      "How deeply the book is loaded",
      `The ${grouped(book.accounts)} accounts by maintenance leverage after the last tick. ${LEVERAGE_MEANING}`,
      `<figure>${bucketChart(book.maintenanceLeverage)}</figure>`,
    ),
    section(
      "How far our figures are from the published ones",
      "Absolute, in the file's own units: price in coin, gamma per USD, vega in USD per volatility point, theta in USD per day, rho in USD per percentage point. The exchange cuts theta to what is left of a day and to the option's mark. docs/replay.md says where the differences come from.",
      differenceFigures(pictures) +
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

function differenceFigures({ rows, figures }: ChainPictures): string {
  const charts = (["delta", "price"] as const).map(
    (name) =>
      `<figure><figcaption>${name}, a dot per reading</figcaption>${differenceChart(rows, figures, name)}</figure>`,
  );
  return `<div class="pair">${charts.join("")}</div>`;
}

function smileSections({ rows }: ChainPictures): string[] {
  const coins = [...new Set(rows.map((row) => row.coin))];
  const colours = expiryColours(rows);
  const charts = coins.map(
    (coin) =>
      `<figure><figcaption>${escapeHtml(coin)}: mark volatility by strike</figcaption>${smileChart(
        rows.filter((row) => row.coin === coin),
        colours,
        coins.length === 1,
      )}</figure>`,
  );
  const expiries = [...colours].map(([expiryMs, colour]): Key => [dayOf(expiryMs), { colour, shape: "square" }]);
  return [
    section(
      "The chain as the exchange marks it",
      `A line per expiry, out-of-the-money options only; flat stretches and spikes are the exchange's own. ${legend(expiries)}`,
      coins.length === 1 ? charts.join("") : `<div class="pair">${charts.join("")}</div>`,
    ),
  ];
}

function lineSections({ line }: ChainPictures): string[] {
  if (line === null) return [];
  const { coin, coinBalance, positions } = line.sample;
  const held = positions.map(({ name, size }) => `${size < 0 ? "short" : "long"} ${sizeText(size)} ${name}`).join(", ");
  const intro = `What the account with most liquidation prices would be worth if the ${escapeHtml(coin)} price were another now, volatility and time held. Its balance is ${grouped(coinBalance, 2)} ${escapeHtml(coin)}; it is ${escapeHtml(held)}. ${legend(
    [EQUITY_KEY, REQUIREMENT_KEY, ["liquidation price", { colour: ALARM, shape: "line", dashes: ROOT_DASHES }]],
  )}`;
  return [
    section(
      "One account along a line of prices, with every liquidation price",
      intro,
      `<figure>${lineChart(line.sample, line.points)}</figure>`,
    ),
  ];
}

/** What the page about one kind of input says beside its pictures. */
interface Content {
  readonly title: string;
  readonly lead: string;
  readonly tiles: readonly Tile[];
  /** Title of the section with the price paths. */
  readonly pathsTitle: string;
  readonly sections: readonly string[];
}

function fillsContent(report: FillsReport): Content {
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
    row.band ?? "–",
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
    pathsTitle: "Trade prices of the coins most liquidated, and the exchange's liquidations",
    sections: [
      section(
        "Recorded liquidations",
        "Money in USD; theirs is recorded by the exchange, ours is rebuilt. The position is the one before the liquidation's second: its notional at the last trade, its equity at the exchange's mark where one coin is held. The band is judged at that second's trades, before the user's own fill. Isolated margin is not in the files, so those rows are not judged.",
        table(
          [
            "time (UTC)",
            "user",
            "margin",
            "coins",
            "their notional",
            "our notional",
            "their equity",
            "our equity",
            "band",
            "maint. leverage",
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

function scenarioContent(report: ScenarioReport): Content {
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
      { value: grouped(summary.events), label: "band crossings" },
    ],
    pathsTitle: "Prices, and where accounts became liquidatable",
    sections: [
      section(
        "Bands",
        "Accounts in each band: the most at the end of any step, and at the end of the day.",
        table(
          ["band", "most at once", "at the end", "equity is"],
          BANDS.map((band) => [
            band,
            grouped(summary.bandsAtWorst[band]),
            grouped(summary.bandsAtEnd[band]),
            BAND_MEANING[band],
          ]),
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

function pictureSections({ paths, markSpanMs, leverage, track }: Pictures, pathsTitle: string): string[] {
  const marks = paths.flatMap((path) => path.marks);
  const kinds = [...new Set(marks.map((mark) => mark.kind))];
  const weightMax = Math.max(1, ...marks.map((mark) => mark.weight));
  const areas =
    markSpanMs === undefined
      ? ""
      : ` A circle's area is the number of accounts in ${grouped(markSpanMs / 60_000)} minutes that became liquidatable by a move of this underlying; the largest stands for ${grouped(weightMax)}.`;
  const sections = [
    section(
      pathsTitle,
      `${legend(kinds.map((kind) => [kind, { colour: MARK_STYLES[kind].colour, shape: MARK_STYLES[kind].symbol }]))}${areas}`,
      `<div class="pair">${paths.map((path) => `<figure><figcaption>${escapeHtml(path.name)}, ${rangeText(path)}</figcaption>${pricePathChart(path, weightMax)}</figure>`).join("")}</div>`,
    ),
    section(
      "How deeply all accounts are loaded, over time",
      `Accounts by maintenance leverage. ${LEVERAGE_MEANING} ${legend(
        LEVERAGE_BUCKETS.map((bucket, i) => [bucket, { colour: BUCKET_COLOURS[i] as string, shape: "square" }]),
      )}`,
      `<figure>${leverageChart(leverage)}</figure>${holderCountsDiffer(leverage) ? `<figure>${holdersChart(leverage)}</figure>` : ""}`,
    ),
  ];
  if (track !== null) {
    const price: Key = [`${track.underlying} price`, { colour: INK, shape: "line" }];
    const below: Key = ["liquidation price below", { colour: ALARM, shape: "line" }];
    const above: Key = ["liquidation price above", { colour: ALARM, shape: "line", dashes: ROOT_DASHES }];
    sections.push(
      section(
        "One account: equity against requirement, and its liquidation price",
        `${escapeHtml(track.title)}. It is liquidatable where equity does not exceed the requirement, and its liquidation price is where that would begin, or end, if only this underlying moved. ${legend([EQUITY_KEY, REQUIREMENT_KEY, price, below, above])}`,
        `<figure>${equityChart(track)}</figure><figure>${liquidationPriceChart(track)}</figure>`,
      ),
    );
  }
  return sections;
}

/** Whether shares at different times are of books of quite different size, which the reader must be told. */
function holderCountsDiffer(samples: Pictures["leverage"]): boolean {
  const holders = samples.map(({ counts }) => counts.reduce((sum, count) => sum + count, 0));
  return Math.min(...holders) < 0.5 * Math.max(...holders);
}

const LEVERAGE_MEANING =
  "Maintenance leverage is position value over equity less requirement: at 10, an adverse move of about 10 % of every position makes an account liquidatable.";

/** What a path does, in a few words. */
function rangeText({ points }: PricePath): string {
  const prices = points.map((point) => point.price);
  const digits = Math.max(...prices) < 100 ? 2 : 0;
  return `${grouped(Math.min(...prices), digits)} to ${grouped(Math.max(...prices), digits)} USD`;
}

function dayOf(timeMs: number): string {
  return plainTime(timeMs).slice(0, 10);
}

function sizeText(size: number): string {
  return grouped(Math.abs(size), Number.isInteger(size) ? 0 : 1);
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

type KeyShape = "circle" | "triangle" | "square" | "line";
/** What stands in a legend, and how it looks in the picture. */
type Key = readonly [
  label: string,
  look: { readonly colour: string; readonly shape: KeyShape; readonly dashes?: string },
];

const EQUITY_KEY: Key = ["equity", { colour: WATER, shape: "line" }];
const REQUIREMENT_KEY: Key = ["maintenance requirement", { colour: ALARM, shape: "line", dashes: REQUIREMENT_DASHES }];

function legend(keys: readonly Key[]): string {
  const entries = keys.map(
    ([label, { colour, shape, dashes }]) =>
      `<span class="key"><svg viewBox="0 0 22 12" width="22" height="12" aria-hidden="true">${glyph(shape, colour, dashes)}</svg>${escapeHtml(label)}</span>`,
  );
  return `<span class="legend">${entries.join("")}</span>`;
}

function glyph(shape: KeyShape, colour: string, dashes = "none"): string {
  switch (shape) {
    case "circle":
      return `<circle cx="11" cy="6" r="5" fill="${colour}"/>`;
    case "triangle":
      return `<path d="M11 0.5 17 11H5Z" fill="${colour}"/>`;
    case "square":
      return `<rect x="6" y="1" width="10" height="10" fill="${colour}"/>`;
    case "line":
      return `<path d="M0 6H22" stroke="${colour}" stroke-width="2.5" stroke-dasharray="${dashes}"/>`;
  }
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
  const text = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>
:root { color-scheme: light; }
body { margin: 0; background: #f4f6f8; color: #1b2a3a; font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1108px; margin: 0 auto; padding: 0 1rem 3rem; }
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
section p { margin: 0 0 .8rem; color: #46586a; overflow-wrap: anywhere; }
figure { margin: 0; }
figcaption { font-weight: 600; }
svg { max-width: 100%; height: auto; overflow: visible; }
.narrow { display: none; }
.narrow svg { width: 100%; max-width: 30rem; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem 1.2rem; }
.legend { display: flex; flex-wrap: wrap; gap: .1rem 1rem; margin-top: .3rem; color: #1b2a3a; }
.key { white-space: nowrap; }
.key svg { margin-right: .4em; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .86rem; }
th, td { padding: .28rem .5rem; text-align: left; border-bottom: 1px solid #e4e9ee; white-space: nowrap; }
th { color: #46586a; font-weight: 600; white-space: normal; vertical-align: bottom; }
td:last-child { white-space: normal; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
footer { margin-top: 1.2rem; color: #5c6b7a; font-size: .85rem; overflow-wrap: anywhere; }
@media (max-width: 820px) {
  .wide { display: none; }
  .narrow { display: block; }
  .pair { grid-template-columns: minmax(0, 1fr); }
  section { padding: 1rem .8rem; }
  h1 { font-size: 1.5rem; }
}
</style>
</head>
<body><main>
${body}
</main></body>
</html>
`;
  // the pictures have names in them too
  return text.split("\n").map(inert).join("\n");
}
