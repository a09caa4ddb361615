import { readFileSync } from "node:fs";
import * as math from "plimsoll/math";
import { expect, test } from "vitest";
import { answerOf, openSite, WHY_NO_PAGE } from "../browser/site.js";
import { kernelDigest } from "./kernel-digest.mjs";

// crates/math/tests/lanes.rs holds the native build to the same file
const pinned = readFileSync(new URL("../../crates/math/tests/vectors/digest.txt", import.meta.url), "utf8").trimEnd();

test("the kernels give the native build's bits in Node", async () => {
  await math.loadMath();
  expect(kernelDigest(math)).toBe(pinned);
});

test("the kernels give the native build's bits in Chromium", async ({ skip }) => {
  if (WHY_NO_PAGE !== undefined) skip(WHY_NO_PAGE);
  const { page, faults, close } = await openSite();
  try {
    const digest = await answerOf<string>(
      page,
      `import * as math from "plimsoll/math";
      import { kernelDigest } from "/same-bits/kernel-digest.mjs";
      await math.loadMath();
      const answer = kernelDigest(math);`,
    );
    expect(faults).toEqual([]);
    expect(digest).toBe(pinned);
  } finally {
    await close();
  }
});
