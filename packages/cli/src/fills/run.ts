import { type RejectedRow, requireRows } from "../input/csv.js";
import type { Progress } from "../progress.js";
import type { Pictures } from "../report/pictures.js";
import type { FillsReport } from "../report/report.js";
import { readFillsExport } from "./export.js";
import { falseCalls } from "./false-calls.js";
import { FillsPictures } from "./pictures.js";
import { replayFills } from "./replay.js";
import { summarize } from "./summary.js";

/** Reads an exchange's export, replays it and puts its liquidation records beside the rebuilt accounts. */
export async function runFills(
  input: { readonly directory: string; readonly liquidations?: string },
  wantPictures: boolean,
  progress: Progress,
): Promise<{ report: FillsReport; pictures: Pictures | null }> {
  const startedMs = performance.now();
  const rejectedRows: RejectedRow[] = [];
  const data = await readFillsExport(input.directory, input.liquidations, rejectedRows);
  const replay = await replayFills(data, rejectedRows, progress);
  for (const { file } of data.trades.slice(0, 1)) requireRows(file, replay.ticks, rejectedRows);
  const calls = falseCalls(replay.onsets, data, replay.cashMissingSinceMs);
  const report: FillsReport = {
    input: "fills",
    path: input.directory,
    accounts: replay.accounts,
    ticks: replay.ticks,
    seconds: (performance.now() - startedMs) / 1000,
    digest: replay.digest,
    rejectedRows,
    liquidations: replay.liquidations,
    falseCalls: calls,
    summary: summarize(replay.liquidations, calls),
  };
  return { report, pictures: wantPictures ? await picturesOf(report, data, progress) : null };
}

/** Which account to follow is known only after the replay, so the pictures are taken on a second one. */
async function picturesOf(
  report: FillsReport,
  data: Awaited<ReturnType<typeof readFillsExport>>,
  progress: Progress,
): Promise<Pictures> {
  const observer = new FillsPictures(report.liquidations, data.trades);
  await replayFills(data, [], progress, observer);
  return observer.pictures();
}
