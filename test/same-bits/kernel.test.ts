import { readFileSync } from "node:fs";
import * as math from "plimsoll/math";
import { expect, test } from "vitest";
import { BROWSER_NAMES, whyNot } from "../browser/browsers.mjs";
import { openSite } from "../browser/site.js";
import { kernelDigest } from "./kernel-digest.mjs";

// crates/math/tests/lanes.rs holds the native build to the same file
const pinned = readFileSync(new URL("../../crates/math/tests/vectors/digest.txt", import.meta.url), "utf8").trimEnd();

test("the kernels give the native build's bits in Node", async () => {
  await math.loadMath();
  expect(kernelDigest(math)).toBe(pinned);
});

test.for(BROWSER_NAMES)("the kernels give the native build's bits in %s", async (browser, { skip }) => {
  const reason = whyNot(browser);
  if (reason !== undefined) skip(reason);
  const { answer, faults, close } = await openSite(browser);
  try {
    const digest = await answer<string>(
      `import * as math from "plimsoll/math";
      import { kernelDigest } from "/same-bits/kernel-digest.mjs";
      await math.loadMath();
      const answer = kernelDigest(math);`,
    );
    expect(await faults()).toEqual([]);
    expect(digest).toBe(pinned);
  } finally {
    await close();
  }
});
