import { expect, test } from "vitest";
import { timeTicks } from "../src/report/charts.js";

const labels = (from: string, to: string, count: number) =>
  timeTicks(Date.parse(from), Date.parse(to), count).map((time) => new Date(time).toISOString().slice(0, 16));

test.each([
  ["a day", "2026-03-10T00:02Z", "2026-03-11T00:00Z", 4, ["10T06:00", "10T12:00", "10T18:00", "11T00:00"]],
  ["minutes", "2026-03-10T00:02Z", "2026-03-10T00:14Z", 4, ["10T00:05", "10T00:10"]],
  ["two weeks", "2026-03-10T05:00Z", "2026-03-24T05:00Z", 7, ["11", "13", "15", "17", "19", "21", "23"]],
])("%s is labelled on whole steps", (_, from, to, count, expected) => {
  expect(labels(from, to, count)).toEqual(expected.map((end) => `2026-03-${end.length === 2 ? `${end}T00:00` : end}`));
});

test("never more labels than there is room for and one, whatever the span", () => {
  const from = Date.parse("2023-02-26T13:30Z");
  for (let spanMs = 60_000; spanMs < 1e12; spanMs *= 1.7)
    for (const count of [1, 4, 13]) {
      const ticks = timeTicks(from, from + spanMs, count);
      expect(ticks.length).toBeLessThanOrEqual(count + 1);
      for (const tick of ticks) expect(tick >= from && tick <= from + spanMs).toBe(true);
    }
});
