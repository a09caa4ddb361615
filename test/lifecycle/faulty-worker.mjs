/**
 * A worker whose engine fails in the middle of a batch, at the time that `faultAtMs` of its environment data says, and takes
 * its time over its start and over digests, `startMs` and `digestMs` of them. Where `failsAtStart`, every other one does; where
 * `endsAtMs`, it ends by itself so long after its start. It counts in `beginnings` whether it starts from options, from a base or from
 * a base with a checkpoint, and writes in `lastTaken`, by its thread, which of the two was taken of it last.
 */
import { getEnvironmentData, threadId } from "node:worker_threads";
import { createEngine } from "plimsoll";
import { hostEngine } from "plimsoll/worker";

const faultAtMs = getEnvironmentData("faultAtMs") ?? Number.POSITIVE_INFINITY;

const startMs = getEnvironmentData("startMs") ?? 0;

const digestMs = getEnvironmentData("digestMs") ?? 0;

const beginnings = getEnvironmentData("beginnings") ?? new Int32Array(3);

const lastTaken = getEnvironmentData("lastTaken") ?? [];

const [BASE, CHECKPOINT] = [1, 2];

/** A place in `beginnings`. */
function beginningOf({ snapshot }) {
  if (snapshot === undefined) return 0; // options
  // where a file says how long it is
  const { length } = snapshot;
  return new DataView(snapshot.buffer, snapshot.byteOffset, length).getBigUint64(16, true) === BigInt(length)
    ? BASE
    : CHECKPOINT;
}

function fail() {
  if (threadId % 2 === 0) process.exit(1);
  throw new Error("a fault on purpose");
}

if (getEnvironmentData("failsAtStart") && threadId % 2 === 1) throw new Error("a start that fails on purpose");

hostEngine(async (options) => {
  if (startMs > 0) await new Promise((resolve) => setTimeout(resolve, startMs));
  Atomics.add(beginnings, beginningOf(options), 1);
  const endsAtMs = getEnvironmentData("endsAtMs");
  if (endsAtMs !== undefined) setTimeout(() => process.exit(1), endsAtMs);
  const engine = await createEngine(options);
  const { tick, applyTicks, checkpoint, digest } = engine;
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
  engine.checkpoint = (mayBeBase) => {
    const taken = checkpoint.call(engine, mayBeBase);
    lastTaken[threadId] = taken.isBase ? BASE : CHECKPOINT;
    return taken;
  };
  engine.digest = () => {
    if (digestMs > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, digestMs);
    return digest.call(engine);
  };
  return engine;
});
