/** Workers of Node, one and several. */
import { createWorkerEngine } from "plimsoll";
import { hostEngine } from "plimsoll/worker";
import { contract, hostsInWorkersOnly } from "./suite.js";

hostsInWorkersOnly("Node", hostEngine);

for (const workers of [1, 2, 3]) {
  const host = `${workers} worker${workers === 1 ? "" : "s"} of Node`;
  contract(host, (options) => createWorkerEngine({ ...options, workers }), { skipsMillion: workers !== 2 });
}
