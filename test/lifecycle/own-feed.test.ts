/** A worker that owns its feed: prices never cross a thread, events and answers do. */
import { createWorkerEngine, venues } from "plimsoll";
import { expect, test } from "vitest";
import { watchedThreads } from "./node-threads.js";

const threads = watchedThreads();

test("a worker ticks its engine itself; its events arrive, and after a crash another one goes on", async () => {
  const workerUrl = new URL("feed-worker.mjs", import.meta.url);
  const engine = await createWorkerEngine({ model: venues.hyperliquid(), workers: 1, workerUrl });
  // before there is anything that the feed could move over a border
  const events = engine.events();
  const btc = await engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
  const me = await engine.addAccount({ id: "me", collateral: { USDC: 25_000 } });
  await engine.setPosition(me, btc, { size: 1.5, entryPrice: 61_200 });
  const seen: { sequence: number; to: string; id: string }[] = [];
  for await (const { sequence, to, id } of events) {
    seen.push({ sequence, to, id });
    if (seen.length === 20) void threads.at(-1)?.terminate();
    if (seen.length === 60) break;
  }
  expect(seen.map(({ sequence }) => sequence)).toEqual(seen.map((_, i) => i + 1));
  expect(new Set(seen.map(({ id, to }) => `${id} ${to}`))).toEqual(new Set(["me liquidatable", "me healthy"]));
  expect(await engine.stats()).toMatchObject({ accounts: 1, positions: 1, replacements: 1 });
  expect([24_625, 670]).toContain((await engine.assess(me)).equity);
  await engine.dispose();
});
