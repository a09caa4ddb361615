import { type RejectedRow, requireRows } from "../input/csv.js";
import type { Progress } from "../progress.js";
import type { ChainReport } from "../report/report.js";
import { alongTheLine, type BookSample, type LinePoint, replayBook } from "./book.js";
import { chainErrors, errorFigures, type ModelFigures } from "./errors.js";
import { priceChain, thetaByExchangeRule } from "./price.js";
import { type ChainRow, readChain } from "./read.js";

const DAY_MS = 86_400_000;
/** Up to so many days before expiry the exchange publishes a theta by another rule. */
const OTHER_THETA_DAYS = 2;
const LINE_POINTS = 161;

/** What a page about a chain draws. */
export interface ChainPictures {
  readonly rows: readonly ChainRow[];
  readonly figures: ModelFigures;
  readonly line: { readonly sample: BookSample; readonly points: readonly LinePoint[] } | null;
}

/** Prices a chain, compares it with what is published, and assesses a seeded book on it. */
export async function runChain(
  file: string,
  wantPictures: boolean,
  progress: Progress,
): Promise<{ report: ChainReport; pictures: ChainPictures | null }> {
  const startedMs = performance.now();
  const rejectedRows: RejectedRow[] = [];
  const { rows, has } = await readChain(file, rejectedRows);
  const { figures, impliedVol } = await priceChain(rows);
  const replay = await replayBook(rows, rejectedRows, progress, wantPictures);
  requireRows(file, replay.ticks, rejectedRows);
  const isFar = (row: ChainRow) => row.expiryMs - row.timeMs > OTHER_THETA_DAYS * DAY_MS;
  const report: ChainReport = {
    input: "chain",
    path: file,
    accounts: replay.book.accounts,
    ticks: replay.ticks,
    seconds: (performance.now() - startedMs) / 1000,
    digest: replay.digest,
    rejectedRows,
    options: rows.length,
    errors: chainErrors(rows, figures, has),
    thetaBeyondTwoDays: errorFigures(rows, figures, "theta", isFar),
    thetaByExchangeRule: errorFigures(
      rows,
      { ...figures, theta: thetaByExchangeRule(rows, figures.theta) },
      "theta",
      () => true,
    ),
    impliedVol,
    book: replay.book,
  };
  return { report, pictures: wantPictures ? { rows, figures, line: await lineOf(replay.sample) } : null };
}

/** From half to one and a half of the price now, and to 5 % beyond its outermost liquidation price where that lies further. */
async function lineOf(sample: BookSample | null): Promise<ChainPictures["line"]> {
  if (sample === null) return null;
  const low = Math.min(0.5 * sample.reference, ...sample.roots.map((root) => 0.95 * root));
  const high = Math.min(
    Math.max(1.5 * sample.reference, ...sample.roots.map((root) => 1.05 * root)),
    3 * sample.reference,
  );
  const prices = Array.from({ length: LINE_POINTS }, (_, k) => low + ((high - low) * k) / (LINE_POINTS - 1));
  return { sample, points: await alongTheLine(sample, prices) };
}
