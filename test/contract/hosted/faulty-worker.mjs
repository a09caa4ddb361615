/** A worker that fails when it is told to, on hosts where a test cannot reach its thread. */
import { createEngine } from "plimsoll";
import { hostEngine } from "plimsoll/worker";

let failsInBatch = false;

function fail() {
  throw new Error("a fault on purpose");
}

new BroadcastChannel("faults").onmessage = ({ data: fault }) => {
  if (fault === "throw") fail();
  if (fault === "reject") Promise.reject(new Error("a rejection on purpose"));
  // Bun's workers have no other way to end themselves
  if (fault === "close") (globalThis.close ?? globalThis.process.exit)();
  if (fault === "batch") failsInBatch = true;
};

hostEngine(async (options) => {
  const engine = await createEngine(options);
  for (const name of /** @type {const} */ (["tick", "applyTicks"])) {
    const apply = engine[name];
    engine[name] = (/** @type {any[]} */ ...args) => {
      const applied = Reflect.apply(apply, engine, args);
      // after half of the harm is done
      if (failsInBatch) fail();
      return applied;
    };
  }
  return engine;
});
