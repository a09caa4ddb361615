/**
 * A worker whose own script changes what only the calling side may, or hosts another engine: at its start where `meddlesAtStart` of its environment data says
 * so, else when it is sent a method and its arguments, after which it sends what the attempt came to.
 */
import { getEnvironmentData, parentPort } from "node:worker_threads";
import { createEngine } from "plimsoll";
import { hostEngine } from "plimsoll/worker";

hostEngine(async (options) => {
  const engine = await createEngine(options);
  if (getEnvironmentData("meddlesAtStart")) {
    engine.addInstrument({ id: "OWN-PERP", kind: "perp", underlying: "OWN", maxLeverage: 10 });
  }
  parentPort?.on("message", (message) => {
    const { method, args } = message ?? {};
    if (method === undefined) return;
    try {
      if (method === "hostEngine") hostEngine();
      else engine[method](...args);
      parentPort?.postMessage("done");
    } catch ({ code, path }) {
      parentPort?.postMessage({ code, path });
    }
  });
  return engine;
});
