import { expect, test } from "vitest";
import {
  createEngine,
  createWorkerEngine,
  type Engine,
  type MarginModel,
  PlimsollError,
  venues,
  type WorkerEngine,
} from "../dist/index.js";
import * as math from "../dist/math.js";

/**
 * Every public call, with every argument and every nested field of a valid call replaced by garbage. A call that is not in
 * the tables below fails the first test. What a field takes of the garbage is listed by its path; all else must be refused by
 * an error of the family that names the very field, and must change nothing.
 */

function holdsItself(): object {
  const object: Record<string, unknown> = { isFunction: () => 0 };
  object.self = object;
  return object;
}

const GARBAGE: Readonly<Record<string, unknown>> = {
  undefined: undefined,
  null: null,
  zero: 0,
  minus: -1,
  half: 1.5,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  empty: "",
  x: "x",
  digits: "2",
  true: true,
  bigint: 1n,
  object: {},
  array: [],
  nulls: [null],
  map: new Map([["USDC", 1]]),
  symbol: Symbol("s"),
  function: () => 0,
  holdsItself: holdsItself(),
};
const NUMBERS = "zero minus half NaN Infinity";
const COLUMN = "array undefined";

interface Case {
  /** Names of the arguments as they appear in paths; an empty one has its fields right below the call. */
  readonly names: readonly string[];
  /** Arguments of a call that is carried out. */
  readonly valid: readonly unknown[];
  /**
   * Garbage that a field takes, by path without row numbers. With a question mark: whether it is taken depends on the rows
   * beside, which the error may name as well.
   */
  readonly takes?: Readonly<Record<string, string>>;
}

/** Paths of objects whose fields are names of the caller's own. */
const MAPS = /\.(collateral|tables|marginTables|brackets)$/;
const ROWS = [
  { lower: 0, initialRate: 0.1, maintenanceRate: 0.05, maintenanceDeduction: 0 },
  { lower: 1e6, initialRate: 0.2, maintenanceRate: 0.1, maintenanceDeduction: 50_000 },
];
const TIERS = [
  { lower: 0, maxLeverage: 20 },
  { lower: 1e6, maxLeverage: 10 },
];
const MODEL = {
  kind: "brackets",
  name: "house",
  version: 2,
  date: "2026-01-31",
  quote: "USDC",
  unit: "quote",
  ordersInMaintenance: true,
  bands: {
    warning: { initial: 1.5, maintenance: 0 },
    reduceOnly: { initial: 1, maintenance: 0 },
    liquidatable: { initial: 0, maintenance: 1 },
    equalityIsLiquidatable: false,
    hysteresis: 0.02,
  },
  tables: { BTC: { form: "cumulative", rows: ROWS } },
  defaultTable: { form: "max-leverage", tiers: TIERS, maintenanceShare: 0.5 },
  leverageRule: { maintenanceShare: 0.5 },
  marginTables: { 7: TIERS },
} as const satisfies MarginModel;

const SVI = { a: 0.01, b: 0.1, rho: -0.3, m: 0, sigma: 0.2 };
const sviTakes = (path: string) => ({
  [`${path}.a`]: "zero half",
  [`${path}.b`]: "zero half",
  [`${path}.rho`]: "zero",
  [`${path}.m`]: "zero minus half",
  [`${path}.sigma`]: "half",
});
const NUMBERS_BESIDE = NUMBERS.replaceAll(/\w+/g, "$&?");
const brackets = (path: string) => ({
  [`${path}.rows.lower`]: "zero? half?",
  [`${path}.rows.upper`]: "undefined",
  [`${path}.rows.initialRate`]: "half?",
  [`${path}.rows.maintenanceRate`]: "zero?",
  [`${path}.rows.maintenanceDeduction`]: `undefined? ${NUMBERS_BESIDE}`,
});
const tiers = (path: string) => ({
  [`${path}.lower`]: "zero? half?",
  [`${path}.maxLeverage`]: "half?",
});
const modelTakes = (path: string) => ({
  [`${path}.name`]: "empty x digits",
  [`${path}.version`]: "",
  [`${path}.quote`]: "undefined x digits",
  [`${path}.unit`]: "undefined",
  [`${path}.ordersInMaintenance`]: "undefined true",
  [`${path}.bands`]: "undefined object",
  [`${path}.bands.warning`]: "undefined object",
  [`${path}.bands.reduceOnly`]: "undefined object",
  [`${path}.bands.liquidatable`]: "undefined object",
  [`${path}.bands.warning.initial`]: "undefined zero half",
  [`${path}.bands.warning.maintenance`]: "undefined zero half",
  [`${path}.bands.reduceOnly.initial`]: "undefined zero half",
  [`${path}.bands.reduceOnly.maintenance`]: "undefined zero half",
  [`${path}.bands.liquidatable.initial`]: "undefined zero half",
  [`${path}.bands.liquidatable.maintenance`]: "undefined zero half",
  [`${path}.bands.equalityIsLiquidatable`]: "undefined true",
  [`${path}.bands.hysteresis`]: "undefined zero half",
  [`${path}.tables`]: "undefined object",
  [`${path}.defaultTable`]: "undefined",
  ...tiers(`${path}.defaultTable.tiers`),
  [`${path}.leverageRule`]: "undefined",
  [`${path}.marginTables`]: "undefined object",
  ...tiers(`${path}.marginTables.7`),
  ...brackets(`${path}.tables.BTC`),
});

async function start() {
  const engine = await createEngine({ model: venues.hyperliquid() });
  const btc = engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
  const spare = engine.addInstrument({ id: "ETH-PERP", kind: "perp", underlying: "ETH", maxLeverage: 50 });
  const future = engine.addInstrument({
    id: "FUT",
    kind: "future",
    underlying: "BTC",
    expiryMs: 10,
    maxLeverage: 10,
  });
  const gold = engine.addAsset({ id: "GOLD" });
  const me = engine.addAccount({ id: "me", collateral: { USDC: 25_000 } });
  const you = engine.addAccount({ id: "you", collateral: { USDC: 25_000 } });
  engine.tick(btc, { mark: 60_000, index: 60_000, timeMs: 5 });
  engine.setPosition(me, btc, { size: 0.5, entryPrice: 59_000 });
  const order = engine.placeOrder(me, btc, { size: 1, price: 50_000 });
  engine.advance(20);
  const gone = engine.addAccount({ id: "gone" });
  const moved = engine.exportAccounts([gone]);
  engine.removeAccount(gone);
  return { engine, moved, btc, spare, future, gold, me, you, order, underlying: engine.underlying("BTC") };
}
type Start = Awaited<ReturnType<typeof start>>;

const HANDLE = "zero"; // the first of its kind is number 0
const engineCases = ({ btc, spare, future, gold, me, you, order, underlying, moved }: Start): Record<string, Case> => {
  const amount = { names: ["account", "asset", "amount"], valid: [me, "USDC", 5] };
  const amountTakes = (name: string) => ({
    [`${name}.account`]: HANDLE,
    [`${name}.asset`]: HANDLE,
    [`${name}.amount`]: "zero half digits",
  });
  const both = (name: string) => ({ [`${name}.account`]: HANDLE, [`${name}.instrument`]: HANDLE });
  const id = { names: ["id"], valid: ["nobody"] };
  return {
    addAsset: {
      names: [""],
      valid: [
        {
          id: "SOL",
          haircuts: [{ upTo: 10, factor: 0.9 }, { factor: 0.5 }],
          underlying: "SOL",
          scaleLog2: 1,
        },
      ],
      takes: {
        "addAsset.id": "x digits",
        "addAsset.haircuts": "undefined array",
        "addAsset.haircuts.upTo": "undefined? half Infinity?",
        "addAsset.haircuts.factor": "zero",
        "addAsset.underlying": "undefined x digits",
        "addAsset.scaleLog2": "undefined zero minus",
      },
    },
    addUnderlying: { names: [""], valid: [{ id: "SOL" }], takes: { "addUnderlying.id": "x digits" } },
    addInstrument: {
      names: [""],
      valid: [
        {
          id: "OPT",
          kind: "option",
          underlying: "SOL",
          quote: "USDC",
          settle: "USDC",
          payoff: "linear",
          multiplier: 1,
          sizeDecimals: 3,
          expiryMs: 1e12,
          strike: 100,
          option: "call",
          maxLeverage: 10,
          marginTable: 7,
          brackets: { form: "cumulative", rows: ROWS },
        },
      ],
      takes: {
        "addInstrument.id": "x digits",
        "addInstrument.underlying": "x digits",
        "addInstrument.quote": "undefined x digits",
        "addInstrument.settle": "undefined",
        "addInstrument.payoff": "undefined",
        "addInstrument.multiplier": "undefined half",
        "addInstrument.sizeDecimals": "undefined zero",
        "addInstrument.strike": "half",
        "addInstrument.maxLeverage": "undefined half",
        "addInstrument.marginTable": `undefined zero minus half empty x digits`,
        "addInstrument.brackets": "undefined",
        ...brackets("addInstrument.brackets"),
      },
    },
    addModel: { names: [""], valid: [MODEL], takes: modelTakes("addModel") },
    replaceModel: {
      names: ["model", ""],
      valid: [0, MODEL],
      takes: { "replaceModel.model": HANDLE, ...modelTakes("replaceModel") },
    },
    replaceTable: {
      names: ["instrument", ""],
      valid: [spare, { brackets: { form: "cumulative", rows: ROWS } }],
      takes: { "replaceTable.instrument": HANDLE, ...brackets("replaceTable.brackets") },
    },
    addAccount: {
      names: [""],
      valid: [{ id: "new", collateral: { USDC: 1, GOLD: "2.5" }, model: 0 }],
      takes: {
        "addAccount.id": "x digits",
        "addAccount.collateral": "undefined object",
        "addAccount.collateral.USDC": "zero minus half digits",
        "addAccount.collateral.GOLD": "zero minus half digits",
        "addAccount.model": "undefined zero",
      },
    },
    addAccounts: {
      names: [""],
      valid: [
        {
          ids: ["a", "b"],
          collateral: { USDC: [1, 2], GOLD: new Float64Array(2) },
          positions: { account: [0, 1], instrument: [btc, btc], size: [1, 2], entryPrice: [3, 4] },
          model: 0,
        },
      ],
      takes: {
        "addAccounts.ids": "array?",
        "addAccounts.ids[]": "x digits",
        "addAccounts.collateral": "undefined object",
        "addAccounts.collateral.USDC[]": "zero minus half",
        "addAccounts.positions": "undefined",
        "addAccounts.positions.account": "array?",
        "addAccounts.positions.account[]": "zero",
        "addAccounts.positions.instrument[]": HANDLE,
        "addAccounts.positions.size[]": "zero minus half",
        "addAccounts.positions.entryPrice[]": "half",
        "addAccounts.model": "undefined zero",
      },
    },
    removeAccount: { names: ["account"], valid: [you], takes: { "removeAccount.account": HANDLE } },
    removeInstrument: { names: ["instrument"], valid: [spare] },
    account: { ...id, takes: { "account.id": "empty x digits" } },
    instrument: { ...id, takes: { "instrument.id": "empty x digits" } },
    asset: { ...id, takes: { "asset.id": "empty x digits" } },
    underlying: { ...id, takes: { "underlying.id": "empty x digits" } },
    instruments: { names: [], valid: [] },
    setPosition: {
      names: ["account", "instrument", ""],
      valid: [me, btc, { size: 1, entryPrice: 5 }],
      takes: {
        ...both("setPosition"),
        "setPosition.size": "zero minus half digits",
        "setPosition.entryPrice": "half",
      },
    },
    fill: {
      names: ["account", "instrument", ""],
      valid: [me, btc, { size: 1, price: 5, fee: 1, feeAsset: "USDC" }],
      takes: {
        ...both("fill"),
        "fill.size": "zero minus half digits",
        "fill.price": "half",
        "fill.fee": "undefined zero minus half digits",
        "fill.feeAsset": "undefined zero",
      },
    },
    deposit: { ...amount, takes: amountTakes("deposit") },
    withdraw: { ...amount, takes: amountTakes("withdraw") },
    debit: { ...amount, takes: amountTakes("debit") },
    fund: {
      names: ["instrument", ""],
      valid: [btc, { rate: 0.1 }],
      takes: { "fund.instrument": HANDLE, "fund.rate": "zero minus half" },
    },
    fundAccount: {
      names: ["account", "instrument", ""],
      valid: [me, btc, { amount: 1 }],
      takes: { ...both("fundAccount"), "fundAccount.amount": "zero minus half digits" },
    },
    placeOrder: {
      names: ["account", "instrument", ""],
      valid: [me, btc, { size: 1, price: 5 }],
      takes: { ...both("placeOrder"), "placeOrder.size": "minus half digits", "placeOrder.price": "half" },
    },
    orders: { names: ["account"], valid: [me], takes: { "orders.account": HANDLE } },
    cancelOrder: { names: ["order"], valid: [order], takes: { "cancelOrder.order": HANDLE } },
    fillOrder: {
      names: ["order", ""],
      valid: [order, { size: 0.5, price: 5, fee: 1, feeAsset: "USDC" }],
      takes: {
        "fillOrder.order": HANDLE,
        fillOrder: "undefined object",
        "fillOrder.size": "undefined",
        "fillOrder.price": "undefined half",
        "fillOrder.fee": "undefined zero minus half digits",
        "fillOrder.feeAsset": "undefined zero",
      },
    },
    isolate: {
      names: ["account", "instrument", ""],
      valid: [you, btc, { margin: 5, id: "apart" }],
      takes: { ...both("isolate"), "isolate.margin": "zero half digits", "isolate.id": "undefined x digits" },
    },
    transfer: {
      names: ["from", "to", "asset", "amount"],
      valid: [me, you, "USDC", 5],
      takes: {
        "transfer.from": HANDLE,
        "transfer.to": HANDLE,
        "transfer.asset": HANDLE,
        "transfer.amount": "zero half digits",
      },
    },
    position: { names: ["account", "instrument"], valid: [me, btc], takes: both("position") },
    balance: {
      names: ["account", "asset"],
      valid: [me, gold],
      takes: { "balance.account": HANDLE, "balance.asset": HANDLE },
    },
    setLeverage: {
      names: ["account", "instrument", "leverage"],
      valid: [me, btc, 5],
      takes: { ...both("setLeverage"), "setLeverage.leverage": "half Infinity" },
    },
    settle: {
      names: ["instrument", ""],
      valid: [future, { price: 5, timeMs: 20 }],
      takes: { "settle.instrument": HANDLE, "settle.price": "half" },
    },
    tick: {
      names: ["instrument", ""],
      valid: [btc, { mark: 5, index: 5, underlyingPrice: 5, vol: 1, rate: 0, timeMs: 30, source: 1 }],
      takes: {
        "tick.instrument": HANDLE,
        // a bad price or time is a status, one that is left out an error
        "tick.mark": `undefined ${NUMBERS}`,
        "tick.index": `undefined ${NUMBERS}`,
        "tick.underlyingPrice": `undefined ${NUMBERS}`,
        "tick.vol": `undefined ${NUMBERS}`,
        "tick.rate": `undefined ${NUMBERS}`,
        "tick.timeMs": NUMBERS,
        "tick.source": `undefined ${NUMBERS}`,
      },
    },
    tickAsset: {
      names: ["asset", ""],
      valid: [gold, { price: 5, timeMs: 30, source: 1 }],
      takes: {
        "tickAsset.price": `undefined ${NUMBERS}`,
        "tickAsset.timeMs": NUMBERS,
        "tickAsset.source": `undefined ${NUMBERS}`,
      },
    },
    tickUnderlying: {
      names: ["underlying", ""],
      valid: [underlying, { price: 5, timeMs: 30, source: 1 }],
      takes: {
        "tickUnderlying.underlying": HANDLE,
        "tickUnderlying.price": `undefined ${NUMBERS}`,
        "tickUnderlying.timeMs": NUMBERS,
        "tickUnderlying.source": `undefined ${NUMBERS}`,
      },
    },
    setSurface: {
      names: ["underlying", ""],
      valid: [
        underlying,
        { expiries: [{ expiryMs: 1e10, forward: 60_000, svi: SVI }], rule: "sticky-delta", timeMs: 30 },
      ],
      takes: {
        "setSurface.underlying": HANDLE,
        setSurface: "null",
        "setSurface.expiries.forward": "undefined half",
        ...sviTakes("setSurface.expiries.svi"),
        "setSurface.timeMs": "zero half",
      },
    },
    applyTicks: { names: ["count"], valid: [1], takes: { "applyTicks.count": "zero" } },
    advance: { names: ["timeMs"], valid: [30] },
    assess: { names: ["account"], valid: [me], takes: { "assess.account": HANDLE } },
    columns: { names: [], valid: [] },
    liquidationPrices: {
      names: ["account", "underlying"],
      valid: [me, "BTC"],
      takes: { "liquidationPrices.account": HANDLE, "liquidationPrices.underlying": HANDLE },
    },
    displayedLiquidationPrice: {
      names: ["account", "instrument", "rule"],
      valid: [me, btc, "hyperliquid"],
      takes: both("displayedLiquidationPrice"),
    },
    whatIf: {
      names: ["account", "changes"],
      valid: [
        me,
        [
          { instrument: btc, size: 1, price: 5 },
          { asset: "USDC", amount: 5 },
          { underlying: "BTC", move: -0.1, volMove: 0.2 },
        ],
      ],
      takes: {
        "whatIf.account": HANDLE,
        "whatIf.changes": "array",
        "whatIf.changes.instrument": HANDLE,
        "whatIf.changes.size": "zero minus half digits",
        "whatIf.changes.price": "undefined half",
        "whatIf.changes.asset": HANDLE,
        "whatIf.changes.amount": "zero minus half digits",
        "whatIf.changes.underlying": HANDLE,
        "whatIf.changes.move": "zero half",
        "whatIf.changes.volMove": "undefined zero half",
      },
    },
    totals: { names: [], valid: [] },
    drainEvents: { names: [], valid: [] },
    events: {
      names: [""],
      valid: [
        {
          accounts: [me],
          bands: ["warning"],
          signal: new AbortController().signal,
          capacity: 5,
          whenFull: "latest",
          onGap: () => {},
        },
      ],
      takes: {
        events: "undefined object",
        "events.accounts": "undefined array",
        "events.accounts[]": HANDLE,
        "events.bands": "undefined array",
        "events.signal": "undefined",
        "events.capacity": "undefined",
        "events.whenFull": "undefined",
        "events.onGap": "undefined function",
      },
    },
    subscribe: {
      names: ["listener", "options"],
      valid: [
        () => {},
        { accounts: [me], bands: ["warning"], signal: new AbortController().signal, onError: () => {} },
      ],
      takes: {
        "subscribe.listener": "function",
        "subscribe.options": "undefined object",
        "subscribe.options.accounts": "undefined array",
        "subscribe.options.accounts[]": HANDLE,
        "subscribe.options.bands": "undefined array",
        "subscribe.options.signal": "undefined",
        "subscribe.options.onError": "undefined function",
      },
    },
    digest: { names: [], valid: [] },
    reassessAll: { names: [], valid: [] },
    snapshot: { names: [], valid: [] },
    exportAccounts: {
      names: ["accounts"],
      valid: [[you]],
      takes: { "exportAccounts.accounts": "array", "exportAccounts.accounts[]": HANDLE },
    },
    importAccounts: { names: ["bytes"], valid: [moved] },
    exactTotals: { names: [], valid: [] },
    top: {
      names: ["count", ""],
      valid: [2, { by: "healthRatio", order: "descending" }],
      takes: { "top.count": "zero", "top.order": "undefined" },
    },
    stats: { names: [], valid: [] },
    dispose: { names: [], valid: [] },
  };
};

const functionCases: Record<string, Case> = {
  hyperliquid2023: { names: [], valid: [] },
  hyperliquid: {
    names: [""],
    valid: [{ marginTables: { 56: TIERS }, date: "2026-01", version: 2 }],
    takes: {
      hyperliquid: "undefined object",
      "hyperliquid.marginTables": "undefined object",
      "hyperliquid.marginTables.56": "array",
      "hyperliquid.marginTables.56.lower": "zero? half",
      "hyperliquid.marginTables.56.maxLeverage": "half?",
      "hyperliquid.date": "undefined",
      "hyperliquid.version": "undefined",
    },
  },
  binanceUsdm: {
    names: [""],
    valid: [{ brackets: { BTC: ROWS }, date: "2026-01", version: 2 }],
    takes: {
      binanceUsdm: "undefined object",
      "binanceUsdm.brackets": "undefined object",
      "binanceUsdm.brackets.BTC": "array",
      "binanceUsdm.brackets.BTC.lower": "zero? half",
      "binanceUsdm.brackets.BTC.initialRate": NUMBERS,
      "binanceUsdm.brackets.BTC.maintenanceRate": NUMBERS,
      "binanceUsdm.brackets.BTC.maintenanceDeduction": `undefined ${NUMBERS}`,
      "binanceUsdm.date": "undefined",
      "binanceUsdm.version": "undefined",
    },
  },
};

const columnsTake = (name: string) => ({
  [`${name}.type[]`]: "minus",
  [`${name}.strike`]: "array?",
  [`${name}.spot`]: NUMBERS,
  [`${name}.spot[]`]: NUMBERS,
  [`${name}.forward`]: "undefined",
  [`${name}.strike[]`]: NUMBERS,
  [`${name}.years`]: NUMBERS,
  [`${name}.rate`]: `undefined ${NUMBERS}`,
  [`${name}.carry`]: `undefined ${NUMBERS}`,
  [`${name}.model`]: "undefined",
  [`${name}.vol`]: NUMBERS,
  [`${name}.price`]: NUMBERS,
  [`${name}.start`]: `undefined ${NUMBERS}`,
  [`${name}.outputs`]: COLUMN,
});
const one = { type: "put", spot: 100, strike: 90, years: 1, rate: 0, carry: 0, model: "spot" };
const many = { ...one, type: [1, -1], spot: [100, 100], strike: [90, 95] };
const contract = { spot: 100, years: 1, rate: 0, carry: 0, vol: 0.2 };
const touch = { spot: 100, years: 1, drift: 0, vol: 0.2 };
const contractCase = (name: string, fields: object): Case => ({
  names: [""],
  valid: [fields],
  takes: {
    ...columnsTake(name),
    [`${name}.side[]`]: "minus",
    [`${name}.barrier`]: name.endsWith("Of") ? NUMBERS : "array?",
    [`${name}.barrier[]`]: NUMBERS,
    [`${name}.strike`]: name.endsWith("Of") ? NUMBERS : "array?",
    [`${name}.drift`]: `undefined ${NUMBERS}`,
    [`${name}.lower`]: name.endsWith("Of") ? NUMBERS : "array?",
    [`${name}.lower[]`]: NUMBERS,
    [`${name}.upper`]: name.endsWith("Of") ? NUMBERS : `array? ${NUMBERS}`,
    [`${name}.upper[]`]: NUMBERS,
    [`${name}.pays`]: "undefined",
    [`${name}.outputs`]: "undefined array",
  },
});
const x = (name: string): Case => ({ names: ["x"], valid: [1], takes: { [`${name}.x`]: NUMBERS } });
const EXPIRY = { years: 0.5, forward: 100, svi: SVI };
const expiryTakes = (path: string) => ({
  [`${path}.years`]: "half",
  [`${path}.forward`]: "undefined half",
  ...sviTakes(`${path}.svi`),
});
const QUOTES = {
  years: 0.5,
  forward: 100,
  strike: [80, 90, 100, 110, 120],
  bid: [0.6, 0.55, 0.5, 0.48, 0.49],
  ask: [0.62, 0.57, 0.51, 0.5, 0.52],
};
const quotesTake = (path: string) => ({
  [`${path}.years`]: "half",
  [`${path}.forward`]: "half",
  [`${path}.strike`]: "array?",
  [`${path}.strike[]`]: "half",
  [`${path}.ask[]`]: "half",
});
const mathCases: Record<string, Case> = {
  loadMath: { names: [""], valid: [{}], takes: { loadMath: "undefined object", "loadMath.wasm": "undefined" } },
  greeks: { names: [""], valid: [{ ...many, vol: 1, outputs: ["price"] }], takes: columnsTake("greeks") },
  impliedVol: { names: [""], valid: [{ ...many, price: 5, start: 1 }], takes: columnsTake("impliedVol") },
  greeksOf: {
    names: [""],
    valid: [{ ...one, vol: 1, outputs: ["price"] }],
    takes: { ...columnsTake("greeksOf"), "greeksOf.strike": NUMBERS },
  },
  impliedVolOf: {
    names: [""],
    valid: [{ ...one, price: 5, start: 0.2 }],
    takes: { ...columnsTake("impliedVolOf"), "impliedVolOf.strike": NUMBERS },
  },
  digital: contractCase("digital", { ...contract, type: [1, -1], strike: [90, 95], pays: "cash" }),
  digitalOf: contractCase("digitalOf", { ...contract, type: "put", strike: 90, pays: "cash" }),
  american: contractCase("american", { ...contract, type: [1, -1], strike: [90, 95] }),
  americanOf: contractCase("americanOf", { ...contract, type: "put", strike: 90 }),
  oneTouch: contractCase("oneTouch", { ...contract, side: [1, -1], barrier: [110, 90], pays: "at-hit" }),
  oneTouchOf: contractCase("oneTouchOf", { ...contract, side: "above", barrier: 110, pays: "at-hit" }),
  noTouch: contractCase("noTouch", { ...contract, side: [1, -1], barrier: [110, 90] }),
  noTouchOf: contractCase("noTouchOf", { ...contract, side: "above", barrier: 110 }),
  doubleNoTouch: contractCase("doubleNoTouch", { ...contract, lower: [90, 80], upper: [110, 120] }),
  doubleNoTouchOf: contractCase("doubleNoTouchOf", { ...contract, lower: 90, upper: 110 }),
  touchProbability: contractCase("touchProbability", { ...touch, side: [1, -1], barrier: [110, 90] }),
  touchProbabilityOf: contractCase("touchProbabilityOf", { ...touch, side: "above", barrier: 110 }),
  sviTotalVariance: {
    names: ["svi", "logMoneyness"],
    valid: [SVI, [0, 0.1]],
    takes: {
      ...sviTakes("sviTotalVariance.svi"),
      "sviTotalVariance.logMoneyness": "array",
      "sviTotalVariance.logMoneyness[]": NUMBERS,
    },
  },
  ssviSlice: {
    names: ["ssvi", "theta"],
    valid: [{ rho: -0.4, eta: 1.2, gamma: 0.4 }, 0.04],
    takes: { "ssviSlice.ssvi.rho": "zero", "ssviSlice.ssvi.eta": "half", "ssviSlice.theta": "half" },
  },
  surfaceVol: {
    names: [""],
    valid: [{ expiries: [EXPIRY], years: 0.5, forward: 100, strike: [90, 100], rule: "sticky-delta" }],
    takes: {
      ...expiryTakes("surfaceVol.expiries"),
      "surfaceVol.years": NUMBERS,
      "surfaceVol.forward": NUMBERS,
      "surfaceVol.strike": "array",
      "surfaceVol.strike[]": NUMBERS,
    },
  },
  smileGreeks: {
    names: ["greeks", "vols"],
    valid: [
      { delta: [1], gamma: [1], vega: [1], theta: [1], vanna: [1], volga: [1] },
      { byForward: [1], byForwardTwice: [1], byYears: [1] },
    ],
    takes: {
      "smileGreeks.greeks.delta": "array?",
      ...Object.fromEntries(
        ["greeks.delta", "greeks.gamma", "greeks.vega", "greeks.theta", "greeks.vanna", "greeks.volga"]
          .concat("vols.byForward", "vols.byForwardTwice", "vols.byYears")
          .map((name) => [`smileGreeks.${name}[]`, NUMBERS]),
      ),
    },
  },
  surfaceArbitrage: { names: ["expiries"], valid: [[EXPIRY]], takes: expiryTakes("surfaceArbitrage.expiries") },
  calibrateSvi: {
    names: ["expiries", ""],
    valid: [[QUOTES], { arbitrage: "judged" }],
    takes: {
      ...quotesTake("calibrateSvi.expiries"),
      calibrateSvi: "undefined object",
      "calibrateSvi.arbitrage": "undefined",
    },
  },
  calibrateSsvi: { names: ["expiries"], valid: [[QUOTES]], takes: quotesTake("calibrateSsvi.expiries") },
  forwardFromParity: {
    names: [""],
    valid: [{ strike: [100], callBid: [8], callAsk: [9], putBid: [5], putAsk: [6], discount: 1, inCoin: false }],
    takes: {
      "forwardFromParity.strike": "array?",
      ...Object.fromEntries(
        ["strike", "callBid", "callAsk", "putBid", "putAsk"].map((name) => [`forwardFromParity.${name}[]`, NUMBERS]),
      ),
      "forwardFromParity.discount": "undefined half",
      "forwardFromParity.inCoin": "undefined true",
    },
  },
  perVolPoint: { names: ["figure"], valid: [5], takes: { "perVolPoint.figure": NUMBERS } },
  perRatePoint: { names: ["figure"], valid: [5], takes: { "perRatePoint.figure": NUMBERS } },
  perDay: { names: ["figure"], valid: [5], takes: { "perDay.figure": NUMBERS } },
  exp: x("exp"),
  expm1: x("expm1"),
  ln: x("ln"),
  normPdf: x("normPdf"),
  normCdf: x("normCdf"),
  erfc: x("erfc"),
  millsRatio: x("millsRatio"),
};
const clock: Case = {
  names: [""],
  valid: [{ years: 1, rate: 0, carry: 0 }],
  takes: {
    setClock: "",
    "setClock.years": NUMBERS,
    "setClock.rate": `undefined ${NUMBERS}`,
    "setClock.carry": `undefined ${NUMBERS}`,
  },
};
const price: Case = { names: ["price"], valid: [100], takes: { "compute.price": NUMBERS } };
const dispose: Case = { names: [], valid: [] };
const chainTakes = (name: string) => ({
  [`${name}.type[]`]: "minus",
  [`${name}.strike`]: "array?",
  [`${name}.model`]: "undefined",
  [`${name}.outputs`]: COLUMN,
  [`${name}.strike[]`]: NUMBERS,
});
const classCases: Record<string, { readonly made: Case; readonly methods: Record<string, Case> }> = {
  ResidentGreeks: {
    made: {
      names: [""],
      valid: [{ rows: 2, model: "spot", outputs: ["price"] }],
      takes: { "ResidentGreeks.model": "undefined", "ResidentGreeks.outputs": COLUMN },
    },
    methods: { compute: { names: ["rows"], valid: [2], takes: { "compute.rows": "undefined zero" } }, dispose },
  },
  ResidentImpliedVol: {
    made: { names: [""], valid: [{ rows: 2, model: "spot" }], takes: { "ResidentImpliedVol.model": "undefined" } },
    methods: {
      compute: {
        names: [""],
        valid: [{ rows: 1, start: "last" }],
        takes: { compute: "undefined object", "compute.rows": "undefined zero", "compute.start": "undefined" },
      },
      dispose,
    },
  },
  ResidentChain: {
    made: {
      names: [""],
      valid: [{ type: [1, -1], strike: [90, 95], model: "spot", outputs: ["price"] }],
      takes: chainTakes("ResidentChain"),
    },
    methods: {
      setClock: clock,
      compute: price,
      list: {
        names: [""],
        valid: [{ type: [1, -1], strike: [90, 95] }],
        takes: { "list.type[]": "minus", "list.strike[]": NUMBERS },
      },
      dispose,
    },
  },
  ResidentStrikePairs: {
    made: {
      names: [""],
      valid: [{ strike: [90, 95], model: "spot", outputs: ["price"] }],
      takes: { ...chainTakes("ResidentStrikePairs"), "ResidentStrikePairs.strike": "array" },
    },
    methods: {
      setClock: clock,
      compute: price,
      list: { names: [""], valid: [{ strike: [90, 95] }], takes: { "list.strike[]": NUMBERS } },
      dispose,
    },
  },
};

interface Misuse {
  readonly args: readonly unknown[];
  /** Where the error must point. */
  readonly path: string;
  /** Undefined where it depends on what lies beside. */
  readonly isTaken: boolean | undefined;
  readonly what: string;
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  Object.prototype.toString.call(value) === "[object Object]";

/** A case's calls, each with one thing wrong. */
function* misuses(method: string, { names, valid, takes = {} }: Case): Generator<Misuse> {
  for (const [i, name] of names.entries()) {
    const path = name === "" ? method : `${method}.${name}`;
    for (const { value, ...wrong } of spoilt(valid[i], path, path, takes))
      yield { ...wrong, args: valid.with(i, value) };
  }
}

/** `path` is where the error points; `field` is the same without row numbers, as the table of what is taken has it. */
function* spoilt(
  good: unknown,
  path: string,
  field: string,
  takes: NonNullable<Case["takes"]>,
): Generator<Omit<Misuse, "args"> & { value: unknown }> {
  for (const [what, value] of Object.entries(GARBAGE)) {
    const taken = takes[field]?.split(" ") ?? [];
    const said = `${path} = ${what}`;
    if (!taken.includes(`${what}?`)) yield { value, path, isTaken: taken.includes(what), what: said };
    else yield { value, path: path.replace(/(\[\d+\])?\.\w+$/, ""), isTaken: undefined, what: said };
  }
  if (Array.isArray(good)) {
    for (const [i, item] of good.entries()) {
      const below = isPlain(item) ? field : `${field}[]`;
      for (const { value, ...wrong } of spoilt(item, `${path}[${i}]`, below, takes)) {
        const isRow = isPlain(item) && wrong.path === `${path}[${i}]`;
        yield { ...wrong, isTaken: isRow ? false : wrong.isTaken, value: good.with(i, value) };
      }
    }
  } else if (isPlain(good)) {
    if (!MAPS.test(path)) {
      yield {
        value: { ...good, nobody: 1 },
        path: `${path}.nobody`,
        isTaken: false,
        what: `${path} with another field`,
      };
    }
    for (const [name, item] of Object.entries(good)) {
      for (const { value, ...wrong } of spoilt(item, `${path}.${name}`, `${field}.${name}`, takes)) {
        yield { ...wrong, value: { ...good, [name]: value } };
      }
    }
  }
}

/** What is wrong with how a call answered, or undefined. */
function verdict({ path, isTaken, what }: Misuse, call: () => unknown): string | undefined {
  try {
    call();
  } catch (error) {
    return verdictOn(error, path, isTaken, what);
  }
  return isTaken === false ? `${what}: taken without a word` : undefined;
}

function verdictOn(error: unknown, path: string, isTaken: boolean | undefined, what: string): string | undefined {
  if (!(error instanceof PlimsollError)) return `${what}: ${String(error)}`;
  if (isTaken) return `${what}: refused: ${error.message}`;
  if (!error.path.startsWith(path)) return `${what}: the error names ${error.path}: ${error.message}`;
  if (!/^[A-Z_]+$/.test(error.code) || error.expected === "" || error.received === "")
    return `${what}: ${error.message}`;
  return error.code === "ENGINE_FAULT" ? `${what}: ${error.message}` : undefined;
}

const exported = (name: string): unknown => new Map<string, unknown>(Object.entries(math)).get(name);

const functionsOf = (prototype: object) =>
  Object.entries(Object.getOwnPropertyDescriptors(prototype)).flatMap(([name, { value }]) =>
    typeof value === "function" && name !== "constructor" ? [name] : [],
  );

test("every public call is in the tables", async () => {
  const started = await start();
  const sorted = (names: readonly string[]) => [...names].sort();
  // a worker's own side of the engine, which no caller has
  const isPublic = (name: string) =>
    ![
      "relayEvents",
      "callerState",
      "checkpoint",
      "columnsNow",
      "importColumns",
      "handles",
      "liquidationPricesAfter",
    ].includes(name);
  const methods = functionsOf(Object.getPrototypeOf(started.engine)).filter(isPublic);
  expect(sorted(Object.keys(engineCases(started)))).toEqual(sorted(methods));
  expect(sorted(Object.keys(functionCases))).toEqual(sorted(Object.keys(venues)));
  const calls = Object.entries(math).flatMap(([name, value]) =>
    typeof value === "function" && !(value === PlimsollError || value.prototype instanceof Error) ? [name] : [],
  );
  expect(sorted([...Object.keys(mathCases), ...Object.keys(classCases)])).toEqual(sorted(calls));
  for (const [name, { methods }] of Object.entries(classCases)) {
    const { prototype } = exported(name) as { prototype: object };
    const own = new Set([...functionsOf(prototype), ...functionsOf(Object.getPrototypeOf(prototype))]);
    // what TypeScript alone protects
    for (const hidden of ["write", "checkedRows"]) own.delete(hidden);
    expect(sorted(Object.keys(methods)), name).toEqual(sorted([...own]));
  }
});

test("the engine refuses garbage in any field by an error that names it, and nothing has changed", async () => {
  const failures: string[] = [];
  let count = 0;
  for (const method of Object.keys(engineCases(await start()))) {
    let started = await start();
    const state = () => JSON.stringify([started.engine.digest(), started.engine.stats(), started.engine.timeMs]);
    const valid = engineCases(started)[method] as Case;
    const call = (args: readonly unknown[]) =>
      (started.engine[method as keyof Engine] as (...args: readonly unknown[]) => unknown)(...args);
    expect(() => call(valid.valid), method).not.toThrow();
    started = await start();
    for (const misuse of misuses(method, valid)) {
      const before = state();
      const wrong = verdict(misuse, () => call(misuse.args));
      if (wrong !== undefined) failures.push(wrong);
      if (misuse.isTaken !== false || wrong !== undefined) started = await start();
      else if (state() !== before) failures.push(`${misuse.what}: refused, but something has changed`);
      count++;
    }
  }
  expect(failures).toEqual([]);
  expect(count).toBeGreaterThan(5_000);
}, 120_000);

/** Calls that engines in workers have beside those of the tables, with their arguments before the options of a call. */
const workerCases = (started: Start): Record<string, Case> => {
  const { debit: _, exactTotals: __, ...cases } = engineCases(started);
  const own = { flush: { names: [], valid: [] }, resize: { names: ["workers"], valid: [2] } };
  return { ...cases, ...own };
};
/** Those that take options of a call last. */
const QUERIES =
  `account instrument asset underlying instruments position balance orders assess whatIf liquidationPrices displayedLiquidationPrice columns
  top totals digest stats flush drainEvents snapshot exportAccounts`.split(/\s+/);

test("an engine in workers refuses garbage in any field by an error that names it, and nothing has changed", async () => {
  const started = await start();
  const cases = workerCases(started);
  const pool = await createWorkerEngine({ snapshot: started.engine.snapshot(), workers: 2 });
  const isPublic = (name: string) => name !== "start";
  expect(Object.keys(cases).sort()).toEqual(functionsOf(Object.getPrototypeOf(pool)).filter(isPublic).sort());
  const state = async () => {
    const { tickQueue: _, ...stats } = await pool.stats();
    return JSON.stringify([await pool.digest(), stats, await pool.timeMs]);
  };
  const before = await state();
  const failures: (string | undefined)[] = [];
  let count = 0;
  for (const [method, { names, valid, takes = {} }] of Object.entries(cases)) {
    const call = pool[method as keyof WorkerEngine] as (...args: readonly unknown[]) => unknown;
    const options = { signal: new AbortController().signal, timeoutMs: 1_000 };
    const given: Case = QUERIES.includes(method)
      ? {
          names: [...names, "options"],
          valid: [...valid, options],
          takes: {
            ...takes,
            [`${method}.options`]: "undefined object",
            [`${method}.options.signal`]: "undefined",
            [`${method}.options.timeoutMs`]: "undefined zero half",
          },
        }
      : { names, valid, takes };
    for (const { path, isTaken, what, args } of misuses(method, given)) {
      // what is taken, the tables hold engines in the calling thread to
      if (isTaken !== false) continue;
      let error: unknown;
      try {
        await call.apply(pool, args as unknown[]);
      } catch (thrown) {
        error = thrown;
      }
      failures.push(error === undefined ? `${what}: taken without a word` : verdictOn(error, path, false, what));
      count++;
    }
    if ((await state()) !== before) failures.push(`${method}: refused, but something has changed`);
  }
  expect(failures.filter((failure) => failure !== undefined)).toEqual([]);
  expect(count).toBeGreaterThan(4_000);
  await pool.dispose();
}, 120_000);

test("createWorkerEngine refuses garbage in any option by an error that names it, before a worker has started", async () => {
  const name = "createWorkerEngine";
  const tickQueue = { batchesInFlightMax: 2, capacity: 5, conflate: "latest", flushMs: 1, sharesMemory: true };
  const valid: Case = {
    names: [""],
    valid: [
      {
        quote: "USDC",
        quoteScaleLog2: 1,
        timeMs: 0,
        staleAfterMs: 1,
        tickCapacity: 2,
        workers: 1,
        readyTimeoutMs: 1e4,
        snapshotEvery: 5,
        failuresPerMinuteMax: 5,
        keepAlive: true,
        tickQueue,
        onRejectedTick: () => {},
      },
    ],
    takes: {
      createWorkerEngine: "undefined object",
      "createWorkerEngine.quote": "undefined x digits",
      "createWorkerEngine.quoteScaleLog2": "undefined zero minus",
      "createWorkerEngine.timeMs": "undefined zero half",
      "createWorkerEngine.staleAfterMs": "undefined half Infinity",
      "createWorkerEngine.tickCapacity": "undefined",
      "createWorkerEngine.workers": "undefined",
      "createWorkerEngine.readyTimeoutMs": "undefined zero half",
      "createWorkerEngine.snapshotEvery": "undefined",
      "createWorkerEngine.failuresPerMinuteMax": "undefined",
      "createWorkerEngine.keepAlive": "undefined true",
      "createWorkerEngine.tickQueue": "undefined object",
      "createWorkerEngine.tickQueue.batchesInFlightMax": "undefined",
      "createWorkerEngine.tickQueue.capacity": "undefined",
      "createWorkerEngine.tickQueue.conflate": "undefined",
      "createWorkerEngine.tickQueue.flushMs": "undefined zero half",
      "createWorkerEngine.tickQueue.sharesMemory": "undefined true",
      "createWorkerEngine.onRejectedTick": "undefined function",
    },
  };
  const wrong: { args: readonly unknown[]; path: string; what: string }[] = [...misuses(name, valid)].filter(
    ({ isTaken }) => isTaken === false,
  );
  for (const option of ["workerUrl", "wasm", "snapshot", "model"]) {
    for (const [what, value] of Object.entries(GARBAGE)) {
      // an address fails by what it leads to
      const isAddress = typeof value === "string" && option !== "snapshot" && option !== "model";
      if (value === undefined || isAddress) continue;
      wrong.push({ args: [{ [option]: value }], path: `${name}.${option}`, what: `${option} = ${what}` });
    }
  }
  const failures: (string | undefined)[] = [];
  for (const { args, path, what } of wrong) {
    const error: unknown = await createWorkerEngine(args[0] as never).then(
      (engine) => engine.dispose(),
      (thrown: unknown) => thrown,
    );
    failures.push(error === undefined ? `${what}: taken without a word` : verdictOn(error, path, false, what));
  }
  expect(failures.filter((failure) => failure !== undefined)).toEqual([]);
  expect(wrong.length).toBeGreaterThan(200);
}, 120_000);

test("a handle that is stale, and one that was never given out, is refused by name in every call", async () => {
  const started = await start();
  const { engine, you, btc } = started;
  const [account, instrument, order] = [
    engine.addAccount({ id: "was" }),
    engine.addInstrument({ id: "WAS", kind: "perp", underlying: "BTC", maxLeverage: 50 }),
    engine.placeOrder(you, btc, { size: 1, price: 50_000 }),
  ];
  engine.removeAccount(account);
  engine.removeInstrument(instrument);
  engine.cancelOrder(order);
  const stale: Readonly<Record<string, number>> = { account, from: account, to: account, instrument, order };
  const pool = await createWorkerEngine({ snapshot: engine.snapshot(), workers: 2 });
  const before = await pool.digest();
  let count = 0;
  for (const [method, { names, valid }] of Object.entries(workerCases(started))) {
    for (const [i, name] of names.entries()) {
      const handle = stale[name];
      if (handle === undefined) continue;
      for (const host of [engine, pool]) {
        for (const [given, code] of [
          [handle, "STALE_HANDLE"],
          [9_999, "UNKNOWN_HANDLE"],
        ] as const) {
          const call = async () =>
            await (host[method as keyof Engine & keyof WorkerEngine] as (...args: readonly unknown[]) => unknown)(
              ...valid.with(i, given),
            );
          const path = `${method}.${name}`;
          await expect(call(), path).rejects.toMatchObject({ name: "HandleError", code, path, received: `${given}` });
          count++;
        }
      }
    }
  }
  for (const host of [engine, pool]) {
    const exported = async () => await host.exportAccounts([you, account]);
    const path = "exportAccounts.accounts[1]";
    await expect(exported()).rejects.toMatchObject({ code: "STALE_HANDLE", path });
    expect(await host.digest()).toBe(before);
  }
  expect(count).toBeGreaterThan(100);
  await pool.dispose();
}, 60_000);

test("createEngine refuses garbage in any option by an error that names it", async () => {
  const name = "createEngine";
  const valid: Case = {
    names: [""],
    valid: [{ quote: "USDC", quoteScaleLog2: 1, model: MODEL, timeMs: 0, staleAfterMs: 1, tickCapacity: 2 }],
    takes: {
      createEngine: "undefined object",
      "createEngine.quote": "undefined x digits",
      "createEngine.quoteScaleLog2": "undefined zero minus",
      "createEngine.model": "undefined",
      "createEngine.timeMs": "undefined zero half",
      "createEngine.staleAfterMs": "undefined half Infinity",
      "createEngine.tickCapacity": "undefined",
      ...modelTakes("createEngine.model"),
    },
  };
  const failures: string[] = [];
  for (const misuse of misuses(name, valid)) {
    let error: unknown;
    try {
      (await createEngine(misuse.args[0] as never)).dispose();
    } catch (thrown) {
      error = thrown;
    }
    const wrong =
      error === undefined ? verdict(misuse, () => {}) : verdictOn(error, misuse.path, misuse.isTaken, misuse.what);
    if (wrong !== undefined) failures.push(wrong);
  }
  for (const [what, wasm] of Object.entries(GARBAGE)) {
    if (what === "undefined" || typeof wasm === "string") continue; // an address, which fails by what it leads to
    const error: unknown = await createEngine({ wasm } as never).catch((thrown: unknown) => thrown);
    const wrong = verdictOn(error, "createEngine.wasm", false, what);
    if (wrong !== undefined) failures.push(wrong);
  }
  expect(failures).toEqual([]);
}, 120_000);

test("presets of venues refuse garbage in any option by an error that names it", () => {
  const failures: string[] = [];
  for (const [name, valid] of Object.entries(functionCases)) {
    const call = venues[name as keyof typeof venues] as (...args: readonly unknown[]) => unknown;
    expect(() => call(...valid.valid), name).not.toThrow();
    for (const misuse of misuses(name, valid)) failures.push(verdict(misuse, () => call(...misuse.args)) ?? "");
  }
  expect(failures.filter((failure) => failure !== "")).toEqual([]);
});

test("mathematics refuses garbage in any argument by an error that names it", async () => {
  const failures: (string | undefined)[] = [];
  await math.loadMath();
  for (const [name, valid] of Object.entries(mathCases)) {
    const call = exported(name) as (...args: readonly unknown[]) => unknown;
    for (const misuse of misuses(name, valid)) {
      if (name === "loadMath") {
        const thrown = await (call(...misuse.args) as Promise<void>).catch((error: unknown) => error);
        failures.push(
          verdict(misuse, () => {
            if (thrown !== undefined) throw thrown;
          }),
        );
      } else failures.push(verdict(misuse, () => call(...misuse.args)));
    }
    if (name !== "loadMath") expect(() => call(...valid.valid), name).not.toThrow();
  }
  for (const [name, { made, methods }] of Object.entries(classCases)) {
    type Resident = Record<string, (...args: readonly unknown[]) => unknown> & { dispose(): void };
    const make = (args: readonly unknown[]) =>
      new (exported(name) as new (...args: readonly unknown[]) => Resident)(...args);
    for (const misuse of misuses(name, made)) failures.push(verdict(misuse, () => make(misuse.args).dispose()));
    const resident = make(made.valid);
    for (const [method, valid] of Object.entries(methods)) {
      for (const misuse of misuses(method, valid)) {
        const named = { ...misuse, path: `${name}.${misuse.path}` };
        failures.push(verdict(named, () => resident[method]?.(...misuse.args)));
      }
    }
    resident.dispose();
  }
  expect(failures.filter((failure) => failure !== undefined)).toEqual([]);
});

test.each([
  [[0, 20], [0, 20], "lower"],
  [[5, 20], [4, 10], "lower"],
  [[0, 20], [5, 20.5], "maxLeverage"],
  [[0, 20], [5, 20], undefined],
] as const)("of tiers each begins above the one before and has no more leverage: %j, %j", async (...given) => {
  const [first, second, field] = given;
  const engine = await createEngine();
  const tiers = [first, second].map(([lower, maxLeverage]) => ({ lower, maxLeverage }));
  const brackets = { form: "max-leverage", tiers, maintenanceShare: 0.5 } as const;
  const add = () => engine.addInstrument({ id: "X", kind: "perp", underlying: "X", brackets });
  if (field === undefined) add();
  else expect(add).toThrow(`tiers[1].${field}`);
  engine.dispose();
});
