import type { MarginModel } from "plimsoll";

/** The embedded market's margin model: every instrument brings its own brackets, the bands are the usual ones. */
export const SCENARIO_MODEL: MarginModel = {
  kind: "brackets",
  name: "embedded market",
  version: 1,
  date: "2026-03-10",
};
