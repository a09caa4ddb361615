import { createEngine } from "plimsoll";
import { JournalWriter } from "../journal.js";
import type { Progress } from "../progress.js";
import type { AccountTrack, Pictures } from "../report/pictures.js";
import type { ScenarioReport } from "../report/report.js";
import { followAccount } from "./follow.js";
import { type AccountPlan, runScenario, type ScenarioObserver, type ScenarioOptions, scenarioStream } from "./index.js";
import { ScenarioPictures } from "./pictures.js";

/** Takes the embedded accounts through the embedded market, as the command line asks. */
export async function runDefault(
  input: { readonly seed: number; readonly accounts: number; readonly journal?: string },
  wantPictures: boolean,
  progress: Progress,
): Promise<{ report: ScenarioReport; pictures: Pictures | null }> {
  const startedMs = performance.now();
  const pictures = wantPictures ? new ScenarioPictures(scenarioStream(input).plans) : null;
  const journal = input.journal === undefined ? null : new JournalWriter();
  const observer: ScenarioObserver = {
    onOperation: (operation) => journal?.add(operation),
    onEvents: (events, applier) => pictures?.onEvents(events, applier),
    onStep(step, of, market, engine, applier) {
      if (step === 1) progress.stage("through the crash", of);
      pictures?.onStep(step, of, market, engine, applier);
      return progress.advance(step);
    },
  };
  progress.stage("opening accounts", 0);
  const { accounts, ticks, digest, summary } = await runScenario(createEngine, input, observer);
  if (input.journal !== undefined) await journal?.write(input.journal);
  const seconds = (performance.now() - startedMs) / 1000;
  return {
    report: { input: "default", accounts, ticks, seconds, digest, rejectedRows: [], seed: input.seed, summary },
    pictures: pictures === null ? null : pictures.pictures(await trackOf(pictures.followed(), input)),
  };
}

async function trackOf(plan: AccountPlan | undefined, options: ScenarioOptions): Promise<AccountTrack | null> {
  return plan === undefined ? null : await followAccount(createEngine, options, plan);
}
