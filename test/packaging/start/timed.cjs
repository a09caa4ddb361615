/** What the programs of this folder share; CommonJS, so that the one that requires is of one kind throughout. */

/** By hand: 25,000 + 1.5 · (60,950 − 61,200). */
const EQUITY = 24_625;

/**
 * Prints the milliseconds of some work: the lesser of the time that passes, which others on the machine lengthen while they have the
 * processor, and of the processor's time in all threads, which leaves that out and counts twice what two threads do at once. So
 * it is never less than what an idle machine takes.
 *
 * @param {() => unknown} work
 */
exports.timed = async (work) => {
  const before = process.cpuUsage();
  const beforeMs = performance.now();
  await work();
  const { user, system } = process.cpuUsage(before);
  console.log(Math.min(performance.now() - beforeMs, (user + system) / 1000));
};

/** @param {typeof import("plimsoll")} plimsoll */
exports.firstResult = async ({ createEngine, venues }) => {
  const engine = await createEngine({ model: venues.hyperliquid() });
  const btc = engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
  const me = engine.addAccount({ id: "me", collateral: { USDC: 25_000 } });
  engine.setPosition(me, btc, { size: 1.5, entryPrice: 61_200 });
  engine.tick(btc, { mark: 60_950, timeMs: 1 });
  const { equity } = engine.assess(me);
  if (equity !== EQUITY) throw new Error(`the first result is ${equity}`);
};
