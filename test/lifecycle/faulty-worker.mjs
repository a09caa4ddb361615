/**
 * A worker whose engine fails in the middle of a batch, at the time that `faultAtMs` of its environment data says, and takes
 * its time over digests, `digestMs` of them.
 */
import { getEnvironmentData, threadId } from "node:worker_threads";
import { createEngine } from "plimsoll";
import { hostEngine } from "plimsoll/worker";

const faultAtMs = getEnvironmentData("faultAtMs") ?? Number.POSITIVE_INFINITY;

const digestMs = getEnvironmentData("digestMs") ?? 0;

function fail() {
  if (threadId % 2 === 0) process.exit(1);
  throw new Error("a fault on purpose");
}

hostEngine(async (options) => {
  const engine = await createEngine(options);
  const { tick, applyTicks, digest } = engine;
  engine.tick = (instrument, values) => {
    if (values.timeMs >= faultAtMs) fail();
    return tick.call(engine, instrument, values);
  };
  engine.applyTicks = (count) => {
    const applied = applyTicks.call(engine, count);
    // after half of the harm is done
    if (engine.ticks.timeMs[count - 1] >= faultAtMs) fail();
    return applied;
  };
  engine.digest = () => {
    if (digestMs > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, digestMs);
    return digest.call(engine);
  };
  return engine;
});
