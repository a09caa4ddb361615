import { expect, test } from "vitest";
import { startMs } from "./start.mjs";

test("from import to the first result it takes at most 20 ms in Node", () => {
  // what else the machine does only adds to each
  let leastMs = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 100 && leastMs > 20; run++) leastMs = Math.min(leastMs, startMs("import.mjs"));
  expect(leastMs).toBeLessThanOrEqual(20);
});
