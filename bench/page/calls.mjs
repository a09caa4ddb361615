/**
 * Every kind of call of an engine in workers, one after the other on a page, each between two marks of the page's timeline by which a
 * trace tells what it cost. The address takes `?accounts=`.
 */
import { createWorkerEngine } from "plimsoll";
import { Market, SYMBOLS } from "./market.mjs";

const PORTION = 1_000;
/** A part of the accounts that is registered in one call, and one that goes as bytes. */
const BULK = 10_000;
const AT_ONCE = 100;
/** Long enough for what a call leaves to be done. */
const REST_MS = 60;
const OPENING_MS = 1_000;
/** Prices at which a fifth of the accounts and more cross into another band. */
const SHOCK = 3;

const accounts = Number(new URLSearchParams(location.search).get("accounts") ?? 100_000);
const wait = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
/** @type {string[]} */
const calls = [];

/**
 * @template Result
 * @param {string} name
 * @param {() => Promise<Result>} call
 * @returns {Promise<Result>}
 */
async function step(name, call) {
  await wait(REST_MS);
  performance.mark(`begin ${name}`);
  const result = await call();
  await wait(REST_MS);
  performance.mark(`end ${name}`);
  calls.push(name);
  // what the page does next is not the call's
  await wait(0);
  return result;
}

/** @returns {Promise<{ calls: string[], events: number, mb: number }>} */
async function run() {
  const start = { quote: "USD", workers: 2, tickCapacity: SYMBOLS };
  let engine = await createWorkerEngine(start);
  const market = new Market();
  const instruments = await step(`addInstrument, ${SYMBOLS} at once`, () =>
    Promise.all(market.instruments.map((instrument) => engine.addInstrument(instrument))),
  );
  /** @type {import("plimsoll").AccountHandle[]} */
  const handles = [];
  const add = async (/** @type {number} */ count) => {
    const columns = market.accounts(handles.length, handles.length + count, instruments);
    await wait(REST_MS);
    return async () => void handles.push(...(await engine.addAccounts(columns)));
  };
  for (let k = 0; k < 2; k++)
    await step(`addAccounts of ${PORTION}${k === 0 ? ", the first" : ""}`, await add(PORTION));
  while (handles.length < accounts / 2) await (await add(PORTION))();
  await step(`addAccounts of ${PORTION}, at ${handles.length}`, await add(PORTION));
  await step(`addAccounts of ${BULK}`, await add(BULK));
  await step(`addAccounts of ${accounts - handles.length}`, await add(accounts - handles.length));
  const tick = async (factor = 1) => {
    engine.ticks.instrument.set(instruments);
    engine.ticks.mark.set(market.prices.map((price) => factor * price));
    engine.ticks.timeMs.fill(performance.timeOrigin + performance.now());
    engine.applyTicks(SYMBOLS);
    await engine.flush();
  };
  await tick();
  await wait(OPENING_MS);
  const [first] = /** @type {[import("plimsoll").AccountHandle]} */ (/** @type {unknown} */ (handles));
  const [future] = /** @type {[import("plimsoll").InstrumentHandle]} */ (/** @type {unknown} */ (instruments));
  const some = handles.slice(0, AT_ONCE);
  await step("columns", () => engine.columns());
  await step("top of 20", () => engine.top(20, { by: "healthRatio" }));
  await step("totals", () => engine.totals());
  await step("assess", () => engine.assess(first));
  await step("whatIf", () => engine.whatIf(first, [{ instrument: future, size: 1 }]));
  await step("liquidationPrices", () => engine.liquidationPrices(first, "S0"));
  await step("account", () => engine.account("A7"));
  await step(`setPosition, ${AT_ONCE} at once`, () =>
    Promise.all(some.map((account) => engine.setPosition(account, future, { size: 1, entryPrice: 1 }))),
  );
  await step(`fill, ${AT_ONCE} at once`, () =>
    Promise.all(some.map((account) => engine.fill(account, future, { size: 1, price: 1 }))),
  );
  const file = await step(`exportAccounts of ${BULK}`, () => engine.exportAccounts(handles.slice(0, BULK)));
  const other = await createWorkerEngine(start);
  for (const instrument of market.instruments) await other.addInstrument(instrument);
  await step(`importAccounts of ${BULK}`, () => other.importAccounts(file));
  await step("dispose", () => other.dispose());
  await step("resize to 3", () => engine.resize(3));
  await step("resize to 2", () => engine.resize(2));
  let events = 0;
  const stop = engine.subscribe(() => void events++);
  await step("many events at once", () => tick(SHOCK));
  stop();
  const snapshot = await step("snapshot", () => engine.snapshot());
  await step("drainEvents", () => engine.drainEvents());
  await engine.dispose();
  engine = await step("createWorkerEngine from the snapshot", () => createWorkerEngine({ snapshot, workers: 2 }));
  await engine.dispose();
  return { calls, events, mb: snapshot.length / 1e6 };
}

Object.assign(globalThis, { run });
