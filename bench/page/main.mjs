/**
 * The page: 100,000 accounts × 20 positions in workers, 1,000 symbols ticking at 60 Hz, and what that costs the page. The address takes
 * `?accounts=`, `?workers=` and `?conflate=extremes`. What it has measured is in `globalThis.readFigures()`.
 */
import { createWorkerEngine } from "plimsoll";
import { Market, POSITIONS, SYMBOLS } from "./market.mjs";
import { Frames, Holdups, heapMb, Window } from "./meters.mjs";
import { Plots } from "./plots.mjs";

const HZ = 60;
const GOALS = { longestTaskMs: 8, latencyFrames: 2 };
/** Registrations at once: a portion takes a few milliseconds of this thread. */
const PORTION = 200;
const INSTRUMENT_PORTION = 20;
/** How long frames are counted before ticks begin, to compare. */
const CONTROL_MS = 4_000;
/** How long the market is open before figures count: all accounts that stand on a border cross it in the first batches. */
const OPENING_MS = 3_000;
/** Cards and plots are brought up to date in turn, so that no frame has both. */
const TURN_MS = 125;
const TOP_MS = 1_000;
const TOP = 12;

const query = new URLSearchParams(location.search);
const accounts = Number(query.get("accounts") ?? 100_000);
const workers = Number(query.get("workers") ?? 2);
const conflate = query.get("conflate") === "extremes" ? "extremes" : "latest";

const byId = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const say = (/** @type {string} */ text) => {
  byId("state").textContent = text;
};
const number = new Intl.NumberFormat("en");

/** @type {{ phase: string, registrationMs: number, registrationLongestMs: number, controlLostShare: number, failure?: string }} */
const outcome = { phase: "start", registrationMs: 0, registrationLongestMs: 0, controlLostShare: 0 };
const meters = {
  holdups: new Holdups(),
  latency: new Window(),
  recompute: new Window(),
  ticks: new Window(),
  events: new Window(),
  ownTasks: new Window(),
};
const frames = new Frames();

byId("what").textContent =
  `${number.format(accounts)} accounts × ${POSITIONS} positions in ${workers} worker${workers === 1 ? "" : "s"}, ` +
  `${number.format(SYMBOLS)} symbols ticking at ${HZ} Hz`;

/** @type {import("plimsoll").WorkerEngine | undefined} */
let engine;
Object.assign(globalThis, { readFigures: figures });
try {
  engine = await createWorkerEngine({ quote: "USD", workers, tickCapacity: SYMBOLS, tickQueue: { conflate } });
  const market = new Market();
  const instruments = await register(engine, market);
  const plots = new Plots(byId("plots"), [
    { title: "Recomputation of all accounts", unit: "ms", lines: ["p50"], goal: 1_000 / HZ },
    { title: "Tick to event", unit: "ms", lines: ["p50", "p99"], goal: (GOALS.latencyFrames * 1_000) / HZ },
    { title: "Main thread held up", unit: "ms", lines: ["p99"], goal: GOALS.longestTaskMs },
    { title: "Frames", unit: "per second", lines: ["rate"], goal: HZ },
    { title: "Ticks", unit: "thousands per second", lines: ["rate"], goal: (SYMBOLS * HZ) / 1_000 },
    ...(heapMb() === undefined ? [] : [{ title: "JavaScript heap", unit: "MB", lines: ["heap"] }]),
  ]);
  const startMs = performance.now();
  let turn = 0;
  setInterval(() => (turn++ % 2 === 0 ? showCards() : plot(plots, (performance.now() - startMs) / 1_000)), TURN_MS);
  await control();
  run(engine, market, instruments);
} catch (error) {
  outcome.failure = String(error);
  say(`failed: ${outcome.failure}`);
  throw error;
}

/**
 * @param {import("plimsoll").WorkerEngine} engine
 * @param {Market} market
 */
async function register(engine, market) {
  outcome.phase = "registration";
  const startMs = performance.now();
  const progress = /** @type {HTMLProgressElement} */ (byId("progress"));
  const { instruments: given } = market;
  /** @type {import("plimsoll").InstrumentHandle[]} */
  const instruments = [];
  for (let from = 0; from < given.length; from += INSTRUMENT_PORTION) {
    await nextTask();
    const portion = given.slice(from, from + INSTRUMENT_PORTION);
    instruments.push(...(await Promise.all(portion.map((instrument) => engine.addInstrument(instrument)))));
  }
  let longestMs = 0;
  for (let from = 0; from < accounts; from += PORTION) {
    await nextTask();
    const portion = market.accounts(from, Math.min(from + PORTION, accounts), instruments);
    await engine.addAccounts(portion);
    if (from % (10 * PORTION) === 0) {
      progress.value = from / accounts;
      say(`registering ${number.format(from)} accounts …`);
    }
    longestMs = Math.max(longestMs, meters.holdups.window.quantile(1));
  }
  progress.hidden = true;
  outcome.registrationMs = performance.now() - startMs;
  outcome.registrationLongestMs = longestMs;
  return instruments;
}

/** Frames of a page that does the same but ticks. */
async function control() {
  outcome.phase = "control";
  say("counting frames before the market opens …");
  frames.gaps.clear();
  await new Promise((resolve) => setTimeout(resolve, CONTROL_MS));
  frames.calibrate();
  outcome.controlLostShare = frames.lostShare;
}

/**
 * @param {import("plimsoll").WorkerEngine} engine
 * @param {Market} market
 * @param {readonly import("plimsoll").InstrumentHandle[]} instruments
 */
function run(engine, market, instruments) {
  outcome.phase = "opening";
  say("the market opens …");
  setTimeout(() => {
    outcome.phase = "run";
    say("the market is open");
    for (const meter of [...Object.values(meters), frames.gaps])
      (meter instanceof Holdups ? meter.window : meter).clear();
  }, OPENING_MS);
  const { ticks } = engine;
  ticks.instrument.set(instruments);
  engine.subscribe(({ timeMs }) => {
    meters.latency.add(nowMs() - timeMs);
    meters.events.add(1);
  });
  let batches = engine.tickQueue.batches;
  const tick = () => {
    const startMs = performance.now();
    market.step();
    ticks.mark.set(market.prices);
    ticks.timeMs.fill(nowMs());
    engine.applyTicks(SYMBOLS);
    meters.ticks.add(SYMBOLS);
    const { batches: applied, batchMs } = engine.tickQueue;
    if (applied > batches) meters.recompute.add(batchMs);
    batches = applied;
    meters.ownTasks.add(performance.now() - startMs);
  };
  // every 60th of a second on the average, whatever a timer rounds to
  const startMs = performance.now();
  let turn = 0;
  const next = () => {
    tick();
    turn = Math.max(turn + 1, Math.floor(((performance.now() - startMs) * HZ) / 1_000));
    setTimeout(next, startMs + ((turn + 1) * 1_000) / HZ - performance.now());
  };
  next();
  setInterval(() => void worst(engine), TOP_MS);
}

/** @param {import("plimsoll").WorkerEngine} engine */
async function worst(engine) {
  const rows = await engine.top(TOP, { by: "healthRatio" });
  const lines = await Promise.all(rows.map(({ account }) => engine.assess(account)));
  const body = /** @type {HTMLTableSectionElement} */ (document.querySelector("#worst tbody"));
  while (body.rows.length < lines.length) {
    const line = body.insertRow();
    for (let cell = 0; cell < 3; cell++) line.insertCell();
  }
  for (const [i, { account, healthRatio, band }] of lines.entries()) {
    const cells = /** @type {HTMLTableRowElement} */ (body.rows[i]).cells;
    const texts = [String(account & 0xff_ffff), healthRatio?.toFixed(4) ?? "", band ?? "–"];
    for (const [c, text] of texts.entries()) {
      const cell = /** @type {HTMLTableCellElement} */ (cells[c]);
      if (cell.textContent !== text) cell.textContent = text;
    }
  }
}

/** @typedef {{ title: string, value: number | undefined, unit: string, digits: number, goal?: { max: number } | { min: number } }} Figure */

/** @returns {Figure[]} */
function cards() {
  const frameMs = 1_000 / HZ;
  return [
    { title: "recomputation p50", value: meters.recompute.quantile(0.5), unit: "ms", digits: 1 },
    { title: "ticks", value: meters.ticks.perSecond * SYMBOLS, unit: "/s", digits: 0 },
    { title: "events", value: meters.events.perSecond, unit: "/s", digits: 0 },
    { title: "tick to event p50", value: meters.latency.quantile(0.5), unit: "ms", digits: 1 },
    {
      title: "tick to event p99",
      value: meters.latency.quantile(0.99),
      unit: "ms",
      digits: 1,
      goal: { max: GOALS.latencyFrames * frameMs },
    },
    { title: "frames", value: frames.rate, unit: "/s", digits: 1 },
    {
      title: "main thread held up",
      value: meters.holdups.window.quantile(1),
      unit: "ms",
      digits: 1,
      goal: { max: GOALS.longestTaskMs },
    },
    ...(heapMb() === undefined ? [] : [{ title: "JavaScript heap", value: heapMb(), unit: "MB", digits: 1 }]),
  ];
}

function showCards() {
  const all = cards();
  const place = byId("figures");
  for (const [i, { title, value, unit, digits, goal }] of all.entries()) {
    let card = place.children[i];
    if (card === undefined) {
      card = place.appendChild(document.createElement("dl"));
      card.className = "card";
      card.innerHTML = "<dt></dt><dd><span></span><small></small></dd><dd class=goal></dd>";
      /** @type {HTMLElement} */ (card.children[0]).textContent = title;
      /** @type {HTMLElement} */ (card.querySelector("small")).textContent = unit;
    }
    const text = value === undefined || Number.isNaN(value) ? "–" : value.toFixed(digits);
    /** @type {HTMLElement} */ (card.querySelector("span")).textContent =
      text === "–" ? text : number.format(Number(text));
    if (goal === undefined || value === undefined) continue;
    const isMet = "max" in goal ? value <= goal.max : value >= goal.min;
    const line = /** @type {HTMLElement} */ (card.children[2]);
    line.textContent = `goal ${"max" in goal ? `≤ ${goal.max.toFixed(1)}` : `≥ ${goal.min}`}`;
    line.className = `goal ${isMet ? "met" : "short"}`;
  }
}

/**
 * @param {Plots} plots
 * @param {number} second
 */
function plot(plots, second) {
  const frameMs = 1_000 / HZ;
  plots.add(second, [
    [meters.recompute.quantile(0.5), frameMs],
    [meters.latency.quantile(0.5), meters.latency.quantile(0.99), GOALS.latencyFrames * frameMs],
    [meters.holdups.window.quantile(0.99), GOALS.longestTaskMs],
    [frames.rate, HZ],
    [(meters.ticks.perSecond * SYMBOLS) / 1_000, (SYMBOLS * HZ) / 1_000],
    ...(heapMb() === undefined ? [] : [[heapMb()]]),
  ]);
}

/** What has been measured in the last ten seconds. */
function figures() {
  return {
    ...outcome,
    accounts,
    workers,
    recomputeMsP50: meters.recompute.quantile(0.5),
    recomputeMsP99: meters.recompute.quantile(0.99),
    ticksPerSecond: meters.ticks.perSecond * SYMBOLS,
    eventsPerSecond: meters.events.perSecond,
    latencyMsP50: meters.latency.quantile(0.5),
    latencyMsP99: meters.latency.quantile(0.99),
    framesPerSecond: frames.rate,
    framesLostShare: frames.lostShare,
    holdupMsP99: meters.holdups.window.quantile(0.99),
    holdupMsMax: meters.holdups.window.quantile(1),
    ownTaskMsMax: meters.ownTasks.quantile(1),
    heapMb: heapMb() ?? null,
    tickQueue: engine?.tickQueue,
    isIsolated: globalThis.crossOriginIsolated,
    browser: navigator.userAgent,
  };
}

/** Now as the engine's time has it, with fractions. */
function nowMs() {
  return performance.timeOrigin + performance.now();
}

function nextTask() {
  return new Promise((resolve) => setTimeout(resolve));
}
