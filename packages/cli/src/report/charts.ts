import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import type { BookSample, LinePoint } from "../chain/book.js";
import type { ModelFigures } from "../chain/errors.js";
import type { ChainRow } from "../chain/read.js";
import { plainTime } from "./format.js";
import { type AccountTrack, LEVERAGE_BUCKETS, type LeverageSample, type PricePath } from "./pictures.js";

const { document } = parseHTML("<!doctype html><html><body></body></html>");

export const INK = "#1b2a3a";
export const WATER = "#2f6f9f";
export const ALARM = "#c8382d";
const MUTED = "#8896a5";
const WIDE = 960;
const HALF = 470;
const TIME_MARGIN_LEFT = 64;

/** Colours of the buckets of maintenance leverage, from calm to lost. */
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

/** Colours of the events on a price path, by kind; a kind not listed is drawn in ink. */
export const MARK_COLOURS: Readonly<Record<string, string>> = {
  "liquidation, called": ALARM,
  "liquidation, not called": "#f0a860",
  "isolated, not judged": MUTED,
  "accounts turning liquidatable": ALARM,
};

function render(options: Plot.PlotOptions): string {
  return Plot.plot({
    ...options,
    document,
    style: { fontFamily: "inherit", fontSize: "12px", color: INK, background: "none" },
  }).outerHTML;
}

/** The path of a price, with what happened on it. */
export function pricePathChart(path: PricePath): string {
  const weighted = path.marks.some((mark) => mark.weight !== 1);
  return render({
    width: HALF,
    height: 210,
    marginLeft: TIME_MARGIN_LEFT,
    x: { type: "utc", label: null },
    y: { grid: true, label: `${path.name} (USD)`, nice: true },
    r: { range: [0, 11], domain: [0, Math.max(1, ...path.marks.map((mark) => mark.weight))] },
    marks: [
      Plot.lineY(path.points, { x: (point) => new Date(point.timeMs), y: "price", stroke: WATER, strokeWidth: 1.2 }),
      Plot.dot(path.marks, {
        x: (mark) => new Date(mark.timeMs),
        y: "price",
        r: weighted ? (mark) => mark.weight : 4.5,
        fill: (mark) => MARK_COLOURS[mark.kind] ?? INK,
        fillOpacity: weighted ? 0.45 : 0.9,
        stroke: "white",
        strokeWidth: weighted ? 0.4 : 1,
        title: "title",
      }),
    ],
  });
}

/** Share of accounts in each bucket of maintenance leverage over time. */
export function leverageChart(samples: readonly LeverageSample[]): string {
  const rows = samples.flatMap(({ timeMs, counts }) => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    return total === 0
      ? []
      : counts.map((count, bucket) => ({ time: new Date(timeMs), share: (100 * count) / total, bucket }));
  });
  return render({
    width: WIDE,
    height: 300,
    marginLeft: TIME_MARGIN_LEFT,
    x: { type: "utc", label: null },
    y: { label: "share of accounts (%)", grid: true, domain: [0, 100] },
    color: { type: "ordinal", domain: LEVERAGE_BUCKETS.map((_, bucket) => bucket), range: [...BUCKET_COLOURS] },
    marks: [
      Plot.areaY(rows, Plot.stackY({ x: "time", y: "share", fill: "bucket", order: "bucket", curve: "step-after" })),
    ],
  });
}

/** One account's equity against its requirement. */
export function equityChart(track: AccountTrack): string {
  const time = (point: { timeMs: number }) => new Date(point.timeMs);
  return render({
    width: WIDE,
    height: 260,
    marginLeft: TIME_MARGIN_LEFT,
    x: { type: "utc", label: null, domain: timeDomain(track) },
    y: { grid: true, label: "USD", nice: true },
    marks: [
      Plot.differenceY(track.points, {
        x: time,
        y1: "maintenance",
        y2: "equity",
        positiveFill: "#bcd9e8",
        negativeFill: "#eeb4ab",
        stroke: "none",
        curve: "step-after",
      }),
      Plot.lineY(track.points, { x: time, y: "equity", stroke: WATER, strokeWidth: 1.6, curve: "step-after" }),
      Plot.lineY(track.points, { x: time, y: "maintenance", stroke: ALARM, strokeWidth: 1.6, curve: "step-after" }),
      Plot.ruleY([0], { stroke: INK, strokeOpacity: 0.4 }),
      ...liquidationRule(track),
    ],
  });
}

/** The same account's liquidation prices on each side of the price. */
export function liquidationPriceChart(track: AccountTrack): string {
  const time = (point: { timeMs: number }) => new Date(point.timeMs);
  const prices = track.points.map((point) => point.price);
  const low = Math.min(...prices);
  const high = Math.max(...prices);
  // A root far outside the path would flatten it; such stretches leave the frame.
  const domain: [number, number] = [low - 0.7 * (high - low), high + 0.7 * (high - low)];
  return render({
    width: WIDE,
    height: 260,
    marginLeft: TIME_MARGIN_LEFT,
    clip: true,
    x: { type: "utc", label: null, domain: timeDomain(track) },
    y: { grid: true, label: `${track.underlying} (USD)`, domain },
    marks: [
      Plot.lineY(track.points, { x: time, y: "price", stroke: INK, strokeWidth: 1.4, curve: "step-after" }),
      Plot.lineY(track.points, { x: time, y: "down", stroke: ALARM, strokeWidth: 1.6, curve: "step-after" }),
      Plot.lineY(track.points, {
        x: time,
        y: "up",
        stroke: ALARM,
        strokeWidth: 1.6,
        curve: "step-after",
        strokeDasharray: "5 3",
      }),
      ...liquidationRule(track),
    ],
  });
}

function timeDomain(track: AccountTrack): [Date, Date] {
  return [new Date(track.points[0]?.timeMs ?? 0), new Date(track.points.at(-1)?.timeMs ?? 0)];
}

function liquidationRule({ liquidatedAtMs, points }: AccountTrack): Plot.Markish[] {
  if (liquidatedAtMs === undefined || points.length === 0) return [];
  const at = [{ time: new Date(liquidatedAtMs), text: `liquidated ${plainTime(liquidatedAtMs)}` }];
  return [
    Plot.ruleX(at, { x: "time", stroke: INK, strokeDasharray: "2 3" }),
    Plot.text(at, { x: "time", text: "text", frameAnchor: "top", textAnchor: "end", dx: -6, dy: 4, fill: INK }),
  ];
}

const MONEYNESS_SHOWN: [number, number] = [0.4, 2.2];

/** Mark volatility of the out-of-the-money side of each expiry, over strike / forward. */
export function smileChart(rows: readonly ChainRow[]): string {
  const shown = rows.filter(
    ({ side, strike, forward }) =>
      (side === "call") === strike >= forward &&
      strike / forward >= MONEYNESS_SHOWN[0] &&
      strike / forward <= MONEYNESS_SHOWN[1],
  );
  shown.sort((a, b) => a.strike / a.forward - b.strike / b.forward);
  const expiries = [...new Set(shown.map((row) => row.expiryMs))].sort((a, b) => a - b);
  return render({
    width: HALF,
    height: 260,
    marginLeft: TIME_MARGIN_LEFT,
    x: {
      type: "log",
      label: "strike / forward",
      domain: MONEYNESS_SHOWN,
      ticks: [0.5, 0.75, 1, 1.5, 2],
      tickFormat: (value) => `${value}`,
    },
    y: { grid: true, label: "mark volatility (%)", zero: true },
    color: { type: "linear", domain: [-1, Math.max(1, expiries.length - 1)], range: ["#cfe2ee", "#12324a"] },
    marks: [
      Plot.lineY(shown, {
        x: (row) => row.strike / row.forward,
        y: (row) => 100 * row.vol,
        z: "expiryMs",
        stroke: (row) => expiries.indexOf(row.expiryMs),
        strokeWidth: 1.4,
      }),
    ],
  });
}

/** |our delta − published delta| over our delta, on a logarithmic scale. */
export function deltaErrorChart(rows: readonly ChainRow[], { delta }: ModelFigures): string {
  const points = rows.flatMap((row, k) => {
    const ours = delta[k] as number;
    const error = row.published.delta === undefined ? Number.NaN : Math.abs(ours - row.published.delta);
    return error > 0 ? [{ delta: ours, error }] : [];
  });
  return render({
    width: HALF,
    height: 260,
    marginLeft: TIME_MARGIN_LEFT,
    x: { label: "delta", domain: [-1, 1] },
    y: { type: "log", grid: true, label: "difference", tickFormat: "~e" },
    marks: [Plot.dot(points, { x: "delta", y: "error", r: 1.5, fill: WATER, fillOpacity: 0.5 })],
  });
}

/** How many accounts stand in each bucket of maintenance leverage. */
export function bucketChart(counts: Readonly<Record<string, number>>): string {
  const bars = LEVERAGE_BUCKETS.map((bucket, k) => ({
    bucket,
    count: counts[bucket] ?? 0,
    colour: BUCKET_COLOURS[k] as string,
  }));
  return render({
    width: WIDE,
    height: 240,
    marginLeft: TIME_MARGIN_LEFT,
    x: { label: null, domain: [...LEVERAGE_BUCKETS] },
    y: { grid: true, label: "accounts" },
    marks: [
      Plot.barY(bars, { x: "bucket", y: "count", fill: "colour" }),
      Plot.text(bars, { x: "bucket", y: "count", text: (bar) => `${bar.count}`, dy: -8 }),
    ],
  });
}

/** Equity against requirement over the price of the underlying, with the price now and every liquidation price. */
export function lineChart(sample: BookSample, points: readonly LinePoint[]): string {
  return render({
    width: WIDE,
    height: 320,
    marginLeft: TIME_MARGIN_LEFT + 16,
    x: { label: `${sample.coin} (USD)`, domain: [points[0]?.price ?? 0, points.at(-1)?.price ?? 1] },
    y: { grid: true, label: "USD", nice: true },
    marks: [
      Plot.differenceY(points, {
        x: "price",
        y1: "maintenance",
        y2: "equity",
        positiveFill: "#bcd9e8",
        negativeFill: "#eeb4ab",
        stroke: "none",
      }),
      Plot.lineY(points, { x: "price", y: "equity", stroke: WATER, strokeWidth: 1.8 }),
      Plot.lineY(points, { x: "price", y: "maintenance", stroke: ALARM, strokeWidth: 1.8 }),
      Plot.ruleY([0], { stroke: INK, strokeOpacity: 0.4 }),
      Plot.ruleX([sample.reference], { stroke: INK }),
      Plot.text([sample.reference], {
        x: (price) => price,
        text: () => "now",
        frameAnchor: "top",
        textAnchor: "start",
        dx: 5,
      }),
      Plot.ruleX(sample.roots, { stroke: ALARM, strokeDasharray: "5 3" }),
      Plot.text(sample.roots, {
        x: (price) => price,
        text: (price) => price.toLocaleString("en-US", { maximumFractionDigits: 0 }),
        frameAnchor: "bottom",
        textAnchor: "start",
        dx: 5,
        dy: -6,
        fill: ALARM,
      }),
    ],
  });
}
