/**
 * What crosses the boundary, as this side sees it. `test/layout.test.ts` compares all of it with the description that the
 * binary holds, so that neither side can change alone. A number on the wire is a place in one of these lists.
 */

/** What a call answers: carried out, refused, or (from `tick` on) a tick's status; no handle. */
export const OUTCOME = { done: 0, refused: 1, tick: 16, none: 0xffff_ffff } as const;

/** Blocks with a row for each account. */
const ACCOUNT_BLOCKS = {
  equity: "f64",
  initial: "f64",
  maintenance: "f64",
  positionValue: "f64",
  initialLeverage: "f64",
  maintenanceLeverage: "f64",
  leverageState: "u8",
  band: "u8",
  status: "u8",
  handle: "u32",
} as const;

/** Blocks of linear memory with their element types, by number. */
export const BLOCKS = {
  input: "f64",
  text: "u8",
  output: "f64",
  error: "u8",
  snapshot: "u8",
  tickInstrument: "u32",
  tickMark: "f64",
  tickIndex: "f64",
  tickUnderlyingPrice: "f64",
  tickVol: "f64",
  tickRate: "f64",
  tickTimeMs: "f64",
  tickSource: "u32",
  tickStatus: "u8",
  ...ACCOUNT_BLOCKS,
} as const;

/** Commands with their arguments, by number. */
export const COMMANDS = {
  create: ["timeMs:number", "staleAfterMs:number", "quoteScaleLog2:number"],
  addAsset: ["underlying:handle?", "scaleLog2:number", "haircuts:rows:2"],
  addUnderlying: [],
  takeUnderlyingBack: [],
  addInstrument: [
    "kind:index",
    "payoff:index",
    "underlying:handle",
    "settle:handle",
    "base:handle?",
    "multiplier:number",
    "sizeDecimals:number",
    "expiryMs:number",
    "strike:number",
    "option:index",
  ],
  checkBrackets: ["table:table"],
  addModel: ["rule:model"],
  replaceModel: ["model:handle", "rule:model"],
  setBrackets: ["instrument:handle", "tables:tables"],
  addAccount: ["model:handle", "collateral:balances"],
  addAccounts: ["model:handle", "accounts:accounts"],
  removeAccount: ["account:handle"],
  removeInstrument: ["instrument:handle"],
  setPosition: ["account:handle", "instrument:handle", "size:number", "entryPrice:number"],
  fill: ["account:handle", "instrument:handle", "size:number", "price:number", "fee:money", "feeAsset:handle?"],
  deposit: ["account:handle", "asset:handle", "amount:money"],
  withdraw: ["account:handle", "asset:handle", "amount:money"],
  debit: ["account:handle", "asset:handle", "amount:money"],
  transfer: ["from:handle", "to:handle", "asset:handle", "amount:money"],
  fund: ["instrument:handle", "rate:number"],
  fundAccount: ["account:handle", "instrument:handle", "amount:money"],
  placeOrder: ["account:handle", "instrument:handle", "size:number", "price:number"],
  cancelOrder: ["order:handle"],
  fillOrder: ["order:handle", "size:number?", "price:number?", "fee:money", "feeAsset:handle?"],
  isolate: ["account:handle", "instrument:handle", "margin:money"],
  setLeverage: ["account:handle", "instrument:handle", "leverage:number"],
  settle: ["instrument:handle", "price:number", "timeMs:number"],
  checkRemoveInstrument: ["instrument:handle"],
  checkReplaceModel: ["model:handle", "rule:model"],
  checkFund: ["instrument:handle", "rate:number"],
  checkSettle: ["instrument:handle", "price:number", "timeMs:number"],
  advance: ["timeMs:number"],
  position: ["account:handle", "instrument:handle"],
  balance: ["account:handle", "asset:handle"],
  assess: ["account:handle"],
  orders: ["account:handle"],
  whatIf: ["account:handle", "underlying:handle?", "trades:rows:4", "moves:rows:4", "amounts:amounts"],
  liquidationPrices: ["account:handle", "underlying:handle"],
  displayedLiquidationPrice: ["account:handle", "instrument:handle", "rule:index"],
  totals: [],
  exactTotals: [],
  drainEvents: [],
  digest: [],
  reassessAll: [],
  snapshot: ["caller:bytes"],
  isBaseDue: [],
  checkpoint: ["isBase:flag", "caller:bytes"],
  families: ["accounts:handles"],
  exportAccounts: ["accounts:handles", "caller:bytes"],
  callerOfExport: [],
  importAccounts: [],
  handles: [],
  joinSnapshots: ["lengths:numbers", "accounts:pool", "orders:pool", "sequence:number", "caller:bytes"],
  joinExports: ["lengths:numbers", "accounts:pool", "orders:pool", "family:handles", "caller:bytes"],
  restore: [],
  stats: [],
  setSurface: ["underlying:handle", "rule:index", "timeMs:number", "expiries:rows:7"],
  sviTotalVariance: ["svi:svi", "logMoneyness:numbers"],
  ssviSlice: ["rho:number", "eta:number", "gamma:number", "theta:number"],
  surfaceVol: ["expiries:rows:7", "years:number", "forward:number", "rule:index", "strike:numbers"],
  smileGreeks: ["rows:rows:9"],
  surfaceArbitrage: ["expiries:rows:7"],
  calibrateSvi: ["quotes:quotes", "avoidsArbitrage:flag"],
  calibrateSsvi: ["quotes:quotes"],
  forwardFromParity: ["discount:number", "inCoin:flag", "quotes:rows:5"],
} as const;

/** Bounds that a caller need not ask the engine for. */
export const LIMITS = { volMax: 20 } as const;

/** Records in the output block, field by field. */
export const RECORDS = {
  event: ["sequence", "pass", "account", "from", "to", "driver", "timeMs", "equity", "maintenance"],
  stats: ["accounts", "positions", "orders", "instruments", "ticks", "assessments", "fullPasses"],
  totals: ["accounts", "equity", "initial", "maintenance", "positionValue"],
  assessment: [
    "timeMs",
    "status",
    "equity",
    "initial",
    "maintenance",
    "band",
    "gross",
    "net",
    "deltaEquivalent",
    "initialLeverageState",
    "initialLeverage",
    "maintenanceLeverageState",
    "maintenanceLeverage",
    "effectiveLeverageState",
    "effectiveLeverage",
    "binding",
    "greeks",
    "assets",
    "contributions",
  ],
  greeks: ["underlying", "delta", "gamma", "vega", "theta", "rho", "exposure"],
  asset: ["asset", "amount", "price", "value", "haircut", "status", "ageMs"],
  contribution: [
    "instrument",
    "size",
    "entryPrice",
    "mark",
    "vol",
    "volSource",
    "status",
    "ageMs",
    "notional",
    "equity",
    "initial",
    "maintenance",
    "leverage",
  ],
  liquidation: ["reference", "none", "roots"],
  root: ["price", "ratio", "isLiquidatableAbove"],
} as const;

/** Names behind the numbers in columns and records. */
export const NAMES = {
  kind: ["spot", "perp", "future", "option"],
  payoff: ["linear", "inverse"],
  option: ["call", "put"],
  unit: ["quote", "settlement"],
  form: ["cumulative", "marginal", "max-leverage"],
  band: ["healthy", "warning", "reduce-only", "liquidatable", "insolvent"],
  status: ["ok", "stale", "expired", "no-vol", "missing-price", "out-of-range"],
  leverageState: ["none", "finite", "liquidatable", "insolvent", "unknown"],
  rule: ["hyperliquid-2023", "hyperliquid", "binance-usdm"],
  none: ["no-exposure", "missing-price", "safe-at-every-price", "liquidatable-at-every-price"],
  mathPart: ["isCall", "status", "input", "output"],
  chainPart: ["isCall", "strike", "vol", "status", "output", "putStatus", "putOutput"],
  mathFigure: [
    "price",
    "delta",
    "gamma",
    "vega",
    "theta",
    "rho",
    "psi",
    "vanna",
    "volga",
    "charm",
    "speed",
    "zomma",
    "color",
    "veta",
    "ultima",
    "dualDelta",
    "dualGamma",
    "elasticity",
    "probabilityInTheMoney",
    "premiumAdjustedDelta",
  ],
  mathInput: ["spot", "strike", "years", "rate", "carry", "vol", "price"],
  mathModel: ["spot", "forward", "inverse", "bachelier"],
  mathFunction: ["exp", "expm1", "ln", "normPdf", "normCdf", "erfc", "millsRatio"],
  volSource: ["none", "own", "surface"],
  stickiness: ["sticky-strike", "sticky-delta"],
  contract: [
    "cash-or-nothing",
    "asset-or-nothing",
    "american",
    "one-touch-at-hit",
    "one-touch-at-expiry",
    "no-touch",
    "touch-probability",
    "double-no-touch",
  ],
  contractFigure: ["price", "delta", "vega", "theta", "rho", "psi", "dualDelta"],
  touchFigure: ["touch", "bySpot", "byVol", "byYears", "byDrift", "noTouch", "byBarrier"],
  doubleFigure: ["price", "delta", "vega", "theta", "rho", "psi", "byLower", "byUpper"],
  americanStatus: ["ok", "invalid-input", "kink", "out-of-range", "two-boundaries", "unresolved"],
  volStatus: ["ok", "below-intrinsic", "above-bound", "expired", "non-finite-input"],
  mathStatus: ["ok", "invalid-input", "kink", "out-of-range"],
  tickStatus: ["applied", "rejected-price", "rejected-time", "rejected-vol", "rejected-settled", "rejected-handle"],
} as const;

/** A record as an object of its fields. */
export type RecordOf<Name extends keyof typeof RECORDS> = Record<(typeof RECORDS)[Name][number], number>;
export type BlockName = keyof typeof BLOCKS;
export type CommandName = keyof typeof COMMANDS;

/** Places of an event's fields in its record. */
export const EVENT = numbered(RECORDS.event);
export const EVENT_WORDS = RECORDS.event.length;
/** Likewise of the rows of an assessment. */
export const GREEKS = numbered(RECORDS.greeks);
export const ASSET = numbered(RECORDS.asset);
export const CONTRIBUTION = numbered(RECORDS.contribution);
/** Number of each block. */
export const BLOCK = numbered(Object.keys(BLOCKS) as BlockName[]);
/** Number of each command. */
export const COMMAND = numbered(Object.keys(COMMANDS) as CommandName[]);

/** Names of the blocks with a row for each account. */
export const ACCOUNT_COLUMNS = Object.keys(ACCOUNT_BLOCKS) as (keyof typeof ACCOUNT_BLOCKS)[];

/** In the place of a handle, or of the number of a band, where there is none. */
export const NO_HANDLE = OUTCOME.none;
export const NO_BAND = 255;

/** Handle of the quote asset, which is registered with the engine. */
export const QUOTE_ASSET = 0;

/** Handles are slot | generation · 2^24. */
export const SLOT_MASK = 0xff_ffff;

function numbered<Name extends string>(names: readonly Name[]): Readonly<Record<Name, number>> {
  const numbers = {} as Record<Name, number>;
  for (const [number, name] of names.entries()) numbers[name] = number;
  return numbers;
}
