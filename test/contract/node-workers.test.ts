/** Workers of Node, one and several. */
import { createWorkerEngine } from "plimsoll";
import { hostEngine } from "plimsoll/worker";
import { expect, test } from "vitest";
import { contract, hostsInWorkersOnly } from "./suite.js";
import { WAYS } from "./ways.js";

hostsInWorkersOnly("Node", hostEngine);

test("memory is shared where that is asked for", async () => {
  for (const tickQueue of [{}, ...WAYS.map(([, option]) => option)]) {
    const engine = await createWorkerEngine({ workers: 1, tickQueue });
    const asked = "sharesMemory" in tickQueue && tickQueue.sharesMemory;
    expect([engine.tickQueue.sharesMemory, (await engine.stats()).tickQueue.sharesMemory]).toEqual([asked, asked]);
    await engine.dispose();
  }
});

for (const [way, tickQueue] of WAYS) {
  for (const workers of [1, 2, 3]) {
    const host = `${workers} worker${workers === 1 ? "" : "s"} of Node by ${way}`;
    const skipsMillion = workers !== 2 || tickQueue.sharesMemory;
    contract(host, (options) => createWorkerEngine({ ...options, workers, tickQueue }), { skipsMillion });
  }
}
