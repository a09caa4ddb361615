import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import type { BookSample, LinePoint } from "../chain/book.js";
import type { ModelFigures } from "../chain/errors.js";
import type { ChainRow } from "../chain/read.js";
import { plainTime } from "./format.js";
import { type AccountTrack, LEVERAGE_BUCKETS, type LeverageSample, type MarkKind, type PricePath } from "./pictures.js";

const { document } = parseHTML("<!doctype html><html><body></body></html>");

export const INK = "#1b2a3a";
export const WATER = "#2f6f9f";
export const ALARM = "#c8382d";
const AMBER = "#e69f00";
const MUTED = "#6b7b8b";
const ABOVE_FILL = "#bcd9e8";
const BELOW_FILL = "#eeb4ab";
export const REQUIREMENT_DASHES = "6 3";
export const ROOT_DASHES = "2 3";

/** Widths in CSS pixels at which letters are 12 pixels high: of a page's whole column, of half of it, and of a telephone. */
const FULL = 1060;
const HALF = 515;
const PHONE = 340;
const FONT_PX = 12;

/** Room for the value labels on the left, and for a label above and below the ticks. */
const MARGINS = { marginLeft: 58, marginTop: 30, marginRight: 18, marginBottom: 50 };
const BELOW_TICKS = 46;

/** Colours of the buckets of maintenance leverage, from calm to lost: blues, then yellow to dark red, darker towards both ends. */
export const BUCKET_COLOURS = [
  "#d7e6f0",
  "#a9cbe0",
  "#6fa8cb",
  "#f6d58a",
  "#f0a860",
  "#e2713f",
  "#c8382d",
  "#5c1a1b",
] as const;

/** How an event on a price path is drawn: kinds differ in shape as well as in colour. */
export const MARK_STYLES: Readonly<Record<MarkKind, { readonly colour: string; readonly symbol: Plot.SymbolType }>> = {
  "liquidation, called": { colour: ALARM, symbol: "circle" },
  "liquidation, not called": { colour: AMBER, symbol: "triangle" },
  "isolated, not judged": { colour: MUTED, symbol: "square" },
  "accounts turning liquidatable": { colour: ALARM, symbol: "circle" },
};

/** One size of a chart. */
interface Frame {
  readonly width: number;
  readonly height: number;
}

/**
 * The chart in two sizes, of which the page's style sheet shows the one that the screen has room for: scaling one drawing down would take its
 * letters along.
 *
 * @param wide  the size on a desk
 * @param heightOnPhone  in CSS pixels
 */
function figure(label: string, wide: Frame, heightOnPhone: number, draw: (frame: Frame) => Plot.PlotOptions): string {
  const svg = (frame: Frame) =>
    Plot.plot({
      ...MARGINS,
      ...draw(frame),
      width: frame.width,
      height: frame.height,
      ariaLabel: label,
      document,
      style: { fontFamily: "inherit", fontSize: `${FONT_PX}px`, color: INK, background: "none" },
    }).outerHTML;
  const phone = { width: PHONE, height: heightOnPhone };
  return `<div class="wide">${svg(wide)}</div><div class="narrow">${svg(phone)}</div>`;
}

/** What a mark says under a pointer, which a telephone has not. */
function tip<T>(frame: Frame, text: (datum: T) => string): { title?: (datum: T) => string } {
  return frame.width === PHONE ? {} : { title: text };
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/** Width that one label of a time axis needs. */
const TIME_LABEL_PX = 80;

/** Steps from one label to the next; longer spans double the last. */
const TIME_STEPS_MS = [1 / 60, 1 / 12, 0.25, 1, 3, 6, 12, 24, 48, 168].map((hours) => hours * HOUR_MS);

/** Moments to label between two times, on whole steps, of which there is room for `count`. */
export function timeTicks(from: number, to: number, count: number): number[] {
  const fits = (stepMs: number) => (to - from) / stepMs <= count;
  let stepMs = TIME_STEPS_MS.find(fits) ?? (TIME_STEPS_MS.at(-1) as number);
  while (!fits(stepMs)) stepMs *= 2;
  // Steps of several days start at the first midnight, others at midnight anyhow.
  const unit = Math.min(stepMs, DAY_MS);
  const first = Math.ceil(from / unit) * unit;
  const ticks: number[] = [];
  for (let at = first; at <= to; at += stepMs) ticks.push(at);
  return ticks;
}

/** A time axis in UTC: days where its labels are days apart, else hours with the day beneath the first and every midnight. */
function timeAxis(domain: readonly [number, number], frame: Frame): Plot.ScaleOptions {
  const [from, to] = domain;
  const day = (time: Date) => `${time.getUTCDate()} ${MONTHS[time.getUTCMonth()]}`;
  const hour = (time: Date) => time.toISOString().slice(11, 16);
  const ticks = timeTicks(from, to, Math.floor(frame.width / TIME_LABEL_PX));
  const areDays = ticks.every((time) => time % DAY_MS === 0);
  return {
    type: "utc",
    domain: [new Date(from), new Date(to)],
    label: "time (UTC)",
    labelAnchor: "center",
    labelArrow: "none",
    labelOffset: BELOW_TICKS,
    ticks: ticks.map((time) => new Date(time)),
    tickFormat: (time: Date, index: number) =>
      areDays ? day(time) : index === 0 || time.getTime() % DAY_MS === 0 ? `${hour(time)}\n${day(time)}` : hour(time),
  };
}

/** An axis whose name stands below its ticks, centred. */
function namedBelow(name: string): Plot.ScaleOptions {
  return { label: name, labelAnchor: "center", labelArrow: "none", labelOffset: 36 };
}

function spanOf(points: readonly { readonly timeMs: number }[]): [number, number] {
  return [points[0]?.timeMs ?? 0, points.at(-1)?.timeMs ?? HOUR_MS];
}

const DOT_RADIUS = 4.5;
/** Of the largest circle, as a share of the chart's width. */
const BUBBLE_RADIUS_SHARE = 0.026;

/**
 * The path of a price, with what happened on it.
 *
 * @param weightMax  what the largest circle of the page stands for, so that areas compare between paths
 */
export function pricePathChart(path: PricePath, weightMax: number): string {
  const kinds = [...new Set(path.marks.map((mark) => mark.kind))];
  const weighted = weightMax > 1;
  return figure(`price path of ${path.name}`, { width: HALF, height: 230 }, 220, (frame) => ({
    x: timeAxis(spanOf(path.points), frame),
    y: { grid: true, label: "USD", nice: true, ticks: 5 },
    r: { range: [0, weighted ? BUBBLE_RADIUS_SHARE * frame.width : DOT_RADIUS], domain: [0, weightMax] },
    marks: [
      Plot.lineY(path.points, { x: (point) => new Date(point.timeMs), y: "price", stroke: WATER, strokeWidth: 1.3 }),
      ...kinds.map((kind) =>
        Plot.dot(
          path.marks.filter((mark) => mark.kind === kind),
          {
            x: (mark) => new Date(mark.timeMs),
            y: "price",
            r: "weight",
            symbol: MARK_STYLES[kind].symbol,
            fill: MARK_STYLES[kind].colour,
            fillOpacity: weighted ? 0.25 : 0.95,
            stroke: weighted ? MARK_STYLES[kind].colour : "white",
            strokeWidth: 1,
            title: "title",
          },
        ),
      ),
    ],
  }));
}

/** Share of the accounts in each bucket of maintenance leverage over time. */
export function leverageChart(samples: readonly LeverageSample[]): string {
  const rows = samples.flatMap((sample) => {
    const total = holders(sample);
    return total === 0
      ? []
      : sample.counts.map((count, bucket) => ({ time: new Date(sample.timeMs), share: (100 * count) / total, bucket }));
  });
  return figure("maintenance leverage of all accounts over time", { width: FULL, height: 320 }, 300, (frame) => ({
    x: timeAxis(spanOf(samples), frame),
    y: { label: "% of the accounts that hold a position", domain: [0, 100], ticks: 5 },
    color: { type: "ordinal", domain: LEVERAGE_BUCKETS.map((_, bucket) => bucket), range: [...BUCKET_COLOURS] },
    marks: [
      Plot.areaY(rows, Plot.stackY({ x: "time", y: "share", fill: "bucket", order: "bucket", curve: "step-after" })),
      Plot.gridY({ ticks: 5, stroke: INK, strokeOpacity: 0.15 }),
    ],
  }));
}

/** How many accounts the shares are of. */
export function holdersChart(samples: readonly LeverageSample[]): string {
  return figure("accounts that hold a position over time", { width: FULL, height: 130 }, 130, (frame) => ({
    x: timeAxis(spanOf(samples), frame),
    y: { label: "accounts that hold a position", zero: true, nice: true, ticks: 3, grid: true },
    marks: [
      Plot.lineY(samples, {
        x: (sample) => new Date(sample.timeMs),
        y: holders,
        stroke: INK,
        strokeWidth: 1.3,
        curve: "step-after",
      }),
    ],
  }));
}

function holders({ counts }: LeverageSample): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/** One account's equity against its requirement. */
export function equityChart(track: AccountTrack): string {
  const time = (point: { timeMs: number }) => new Date(point.timeMs);
  return figure("equity against maintenance requirement", { width: FULL, height: 270 }, 240, (frame) => ({
    x: { ...timeAxis(spanOf(track.points), frame), label: null },
    y: { grid: true, label: "USD", nice: true, ticks: 6 },
    marks: [
      Plot.differenceY(track.points, {
        x: time,
        y1: "maintenance",
        y2: "equity",
        positiveFill: ABOVE_FILL,
        negativeFill: BELOW_FILL,
        stroke: "none",
        curve: "step-after",
      }),
      Plot.lineY(track.points, { x: time, y: "equity", stroke: WATER, strokeWidth: 1.6, curve: "step-after" }),
      Plot.lineY(track.points, {
        x: time,
        y: "maintenance",
        stroke: ALARM,
        strokeWidth: 1.6,
        strokeDasharray: REQUIREMENT_DASHES,
        curve: "step-after",
      }),
      Plot.ruleY([0], { stroke: INK, strokeOpacity: 0.4 }),
      ...liquidationRule(track),
    ],
  }));
}

/** How much of the path's height is left free above and below it for liquidation prices. */
const ROOM_FOR_ROOTS = 0.7;

/** The same account's liquidation prices on each side of the price. */
export function liquidationPriceChart(track: AccountTrack): string {
  const time = (point: { timeMs: number }) => new Date(point.timeMs);
  const prices = track.points.map((point) => point.price);
  const low = Math.min(...prices);
  const high = Math.max(...prices);
  // A root far outside the path would flatten it; such stretches leave the frame.
  const room = ROOM_FOR_ROOTS * (high - low);
  return figure(
    `liquidation prices beside the ${track.underlying} price`,
    { width: FULL, height: 280 },
    250,
    (frame) => ({
      clip: true,
      x: timeAxis(spanOf(track.points), frame),
      y: { grid: true, label: `${track.underlying}, USD`, domain: [low - room, high + room], ticks: 6 },
      marks: [
        Plot.lineY(track.points, { x: time, y: "price", stroke: INK, strokeWidth: 1.3, curve: "step-after" }),
        Plot.lineY(track.points, { x: time, y: "down", stroke: ALARM, strokeWidth: 2, curve: "step-after" }),
        Plot.lineY(track.points, {
          x: time,
          y: "up",
          stroke: ALARM,
          strokeWidth: 2,
          curve: "step-after",
          strokeDasharray: ROOT_DASHES,
        }),
        ...liquidationRule(track),
      ],
    }),
  );
}

function liquidationRule({ liquidatedAtMs, points }: AccountTrack): Plot.Markish[] {
  if (liquidatedAtMs === undefined || points.length === 0) return [];
  const at = [{ time: new Date(liquidatedAtMs), text: `liquidated ${plainTime(liquidatedAtMs)}` }];
  return [
    Plot.ruleX(at, { x: "time", stroke: INK, strokeDasharray: "2 3" }),
    Plot.text(at, { x: "time", text: "text", frameAnchor: "top", textAnchor: "end", dx: -6, dy: -12, fill: INK }),
  ];
}

const MONEYNESS_SHOWN: [number, number] = [0.4, 2.2];

/** Expiries from near to far, each with its colour; the light end of the scale is left out, for the paper is white. */
export function expiryColours(rows: readonly ChainRow[]): Map<number, string> {
  const expiries = [...new Set(rows.map((row) => row.expiryMs))].sort((a, b) => a - b);
  const scale = Plot.scale({ color: { type: "linear", domain: [0, 1.15 * expiries.length], scheme: "viridis" } });
  return new Map(expiries.map((expiryMs, k) => [expiryMs, scale.apply(expiries.length - 1 - k) as string]));
}

/** Mark volatility of the out-of-the-money side of each expiry, at each option's last reading, over strike / forward; as wide as the page where it stands alone. */
export function smileChart(rows: readonly ChainRow[], colours: ReadonlyMap<number, string>, isAlone: boolean): string {
  const last = [...new Map(rows.map((row) => [row.name, row])).values()];
  const shown = last
    .filter(
      ({ side, strike, forward }) =>
        (side === "call") === strike >= forward &&
        strike / forward >= MONEYNESS_SHOWN[0] &&
        strike / forward <= MONEYNESS_SHOWN[1],
    )
    .sort((a, b) => a.strike / a.forward - b.strike / b.forward);
  const colour = (row: ChainRow) => colours.get(row.expiryMs) ?? INK;
  const place = { x: (row: ChainRow) => row.strike / row.forward, y: (row: ChainRow) => 100 * row.vol };
  return figure("mark volatility by strike", { width: isAlone ? FULL : HALF, height: 290 }, 260, (frame) => ({
    x: {
      ...namedBelow("strike / forward"),
      type: "log",
      domain: MONEYNESS_SHOWN,
      ticks: [0.5, 0.75, 1, 1.5, 2],
      tickFormat: (value) => `${value}`,
    },
    y: { grid: true, label: "mark volatility, % per year", zero: true, nice: true, ticks: 6 },
    marks: [
      Plot.lineY(shown, { ...place, z: "expiryMs", stroke: colour, strokeWidth: 1.4 }),
      Plot.dot(shown, {
        ...place,
        r: 1.6,
        fill: colour,
        ...tip(frame, (row: ChainRow) => `${row.name} ${(100 * row.vol).toFixed(2)} %`),
      }),
    ],
  }));
}

/** Differences below it are left out: they would stretch the scale, and the published figures are rounded above it. */
const DIFFERENCE_SHOWN_FROM = { delta: 1e-7, price: 1e-8 } as const;

/** |ours − published| of one figure over our delta, on a logarithmic scale. */
export function differenceChart(rows: readonly ChainRow[], figures: ModelFigures, name: "delta" | "price"): string {
  const from = DIFFERENCE_SHOWN_FROM[name];
  const points = rows.flatMap((row, k) => {
    const published = row.published[name];
    const difference = published === undefined ? Number.NaN : Math.abs((figures[name][k] as number) - published);
    return difference >= from ? [{ option: row.name, delta: figures.delta[k] as number, difference }] : [];
  });
  const worst = Math.max(10 * from, ...points.map((point) => point.difference));
  const decades = Math.ceil(Math.log10(worst / from));
  const ticks = Array.from({ length: decades + 1 }, (_, k) => from * 10 ** k);
  return figure(`differences of ${name}`, { width: HALF, height: 270 }, 250, (frame) => ({
    x: { ...namedBelow("our delta"), domain: [-1, 1], ticks: 5 },
    y: {
      type: "log",
      grid: true,
      label: name === "delta" ? "|difference|" : "|difference|, coin",
      domain: [from, ticks.at(-1) as number],
      ticks,
      tickFormat: (value: number) => value.toExponential(0),
    },
    marks: [
      Plot.dot(points, {
        x: "delta",
        y: "difference",
        r: 1.6,
        fill: WATER,
        fillOpacity: 0.5,
        ...tip(frame, (point: (typeof points)[number]) => `${point.option} ${point.difference.toExponential(1)}`),
      }),
    ],
  }));
}

/** How many accounts stand in each bucket of maintenance leverage. */
export function bucketChart(counts: Readonly<Record<string, number>>): string {
  const bars = LEVERAGE_BUCKETS.map((bucket, k) => ({
    bucket,
    count: counts[bucket] ?? 0,
    colour: BUCKET_COLOURS[k] as string,
  }));
  return figure("accounts by maintenance leverage", { width: FULL, height: 270 }, 270, () => ({
    marginLeft: 96,
    marginRight: 40,
    x: { ...namedBelow("accounts"), grid: true, ticks: 5 },
    y: { label: null, domain: [...LEVERAGE_BUCKETS] },
    marks: [
      Plot.barX(bars, { y: "bucket", x: "count", fill: "colour" }),
      Plot.text(bars, { y: "bucket", x: "count", text: (bar) => `${bar.count}`, textAnchor: "start", dx: 5 }),
    ],
  }));
}

/** Equity against requirement over the price of the underlying, with the price now and every liquidation price. */
export function lineChart(sample: BookSample, points: readonly LinePoint[]): string {
  return figure("equity and requirement along a line of prices", { width: FULL, height: 340 }, 280, (frame) => ({
    x: {
      ...namedBelow(`${sample.coin}, USD`),
      domain: [points[0]?.price ?? 0, points.at(-1)?.price ?? 1],
      ticks: Math.floor(frame.width / TIME_LABEL_PX),
      tickFormat: compact,
    },
    y: { grid: true, label: "USD", nice: true, ticks: 6, tickFormat: compact },
    marks: [
      Plot.differenceY(points, {
        x: "price",
        y1: "maintenance",
        y2: "equity",
        positiveFill: ABOVE_FILL,
        negativeFill: BELOW_FILL,
        stroke: "none",
      }),
      Plot.lineY(points, { x: "price", y: "equity", stroke: WATER, strokeWidth: 1.8 }),
      Plot.lineY(points, {
        x: "price",
        y: "maintenance",
        stroke: ALARM,
        strokeWidth: 1.8,
        strokeDasharray: REQUIREMENT_DASHES,
      }),
      Plot.ruleY([0], { stroke: INK, strokeOpacity: 0.4 }),
      Plot.ruleX([sample.reference], { stroke: INK, strokeWidth: 1.4 }),
      Plot.text([sample.reference], {
        x: (price) => price,
        text: (price) => `now ${whole(price)}`,
        frameAnchor: "top",
        dy: -12,
        fill: INK,
      }),
      Plot.ruleX(sample.roots, { stroke: ALARM, strokeWidth: 1.4, strokeDasharray: ROOT_DASHES }),
      Plot.text(sample.roots, {
        x: (price) => price,
        text: whole,
        frameAnchor: "top",
        textAnchor: "start",
        dx: 5,
        dy: 6,
        fill: ALARM,
      }),
    ],
  }));
}

/** A sum of money or a price in few characters: `1.5M`. */
function compact(value: number): string {
  return value.toLocaleString("en-US", { notation: "compact" });
}

function whole(price: number): string {
  return price.toLocaleString("en-US", { maximumFractionDigits: 0 });
}
