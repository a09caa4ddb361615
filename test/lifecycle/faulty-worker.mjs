/**
 * A worker whose engine fails in the middle of a batch, at the time that `faultAtMs` of its environment data says, and whose digests
 * wait until `gate` is open. Where `failsAtStart`, every other one does; where `isNeverReady`, none ever is. It counts in `beginnings`
 * whether it starts from options, from a base or from a base with a checkpoint, and writes in `lastTaken`, by its thread, which of the
 * two was taken of it last.
 */
import { getEnvironmentData, threadId } from "node:worker_threads";
import { createEngine } from "plimsoll";
import { hostEngine } from "plimsoll/worker";

const faultAtMs = getEnvironmentData("faultAtMs") ?? Number.POSITIVE_INFINITY;

const gate = getEnvironmentData("gate");

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
  if (getEnvironmentData("isNeverReady")) await new Promise(() => {});
  Atomics.add(beginnings, beginningOf(options), 1);
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
    if (gate !== undefined) Atomics.wait(gate, 0, 0);
    return digest.call(engine);
  };
  return engine;
});
