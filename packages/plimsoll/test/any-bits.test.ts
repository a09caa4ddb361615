import { beforeAll, expect, test } from "vitest";
import { uniform } from "../../../bench/inputs/random.mjs";
import * as math from "../dist/math.js";

/** Random bit patterns through every function, at the least. */
const PATTERNS = Number(process.env.PLIMSOLL_BIT_PATTERNS ?? 1e6);
/** So many at once, since columns of all would not fit memory. */
const PATTERNS_PER_ROUND = Math.min(PATTERNS, 1e6);
const ROUNDS = Math.ceil(PATTERNS / PATTERNS_PER_ROUND);
const TIMEOUT_MS = 180_000 * ROUNDS;
const INPUTS = ["spot", "strike", "years", "rate", "carry", "vol"] as const;
/** Half of all numbers are any bits: a row of nothing else hardly ever is an option. */
const ROWS = Math.ceil(PATTERNS_PER_ROUND / (INPUTS.length / 2));
const OUTPUTS: readonly math.GreekName[] = [
  ...["price", "delta", "gamma", "vega", "theta", "rho", "psi", "vanna", "volga", "charm"],
  ...["speed", "zomma", "color", "veta", "ultima", "dualDelta", "dualGamma", "elasticity"],
  ...["probabilityInTheMoney", "premiumAdjustedDelta"],
] as math.GreekName[];
const MODELS = ["spot", "forward", "inverse", "bachelier"] as const;
const ORDINARY = { spot: 200, strike: 200, years: 3, rate: 0.2, carry: 0.2, vol: 2 };

const next = uniform(41);
const words = new Uint32Array(2);
const anyBits = new Float64Array(words.buffer);

function anyNumber() {
  words[0] = next() * 2 ** 32;
  words[1] = next() * 2 ** 32;
  return anyBits[0] as number;
}

/** Any bits every other time on the average, else a number between both. */
function numberOrBits(least: number, greatest: number) {
  return next() < 0.5 ? anyNumber() : least + next() * (greatest - least);
}

function anyColumn(greatest: number, rows: number, least = 0) {
  return Float64Array.from({ length: rows }, () => numberOrBits(least, greatest));
}

function draw(rows = ROWS) {
  const columns = Object.fromEntries(INPUTS.map((name) => [name, anyColumn(ORDINARY[name], rows)]));
  const type = Int8Array.from({ length: rows }, () => (next() < 0.5 ? 1 : -1));
  return { type, ...(columns as Record<(typeof INPUTS)[number], Float64Array>) };
}

beforeAll(() => math.loadMath());

function anyBitsTest(name: string, work: () => void) {
  test(
    `any bits through ${name}`,
    () => {
      for (let round = 0; round < ROUNDS; round++) work();
    },
    TIMEOUT_MS,
  );
}

function inputsOf(model: (typeof MODELS)[number], columns: ReturnType<typeof draw>) {
  const { spot, carry, vol, ...shared } = columns;
  const isOnForward = model === "forward" || model === "bachelier";
  return { model, ...shared, ...(isOnForward ? { forward: spot } : { spot, carry }) };
}

/** The first row whose figures and status do not agree; -1 where all do. Of the figures elasticity alone may be infinite. */
function firstFault(
  figures: Readonly<Record<string, Float64Array>>,
  status: Uint8Array,
  statuses: readonly string[] = math.GREEKS_STATUSES,
) {
  const columns = Object.entries(figures);
  return status.findIndex((number, row) => {
    let [answers, missing] = [0, 0];
    for (const [name, column] of columns) {
      const x = column[row] as number;
      if (Number.isFinite(x) || (name === "elasticity" && !Number.isNaN(x))) answers++;
      if (Number.isNaN(x)) missing++;
    }
    switch (statuses[number]) {
      case "ok":
        return answers < columns.length;
      case "kink":
      case "out-of-range":
        return answers === columns.length;
      case undefined:
        return true;
      // No answer at all.
      default:
        return missing < columns.length;
    }
  });
}

/** Figures and statuses agree, and so great a share of the rows has an answer that the columns prove something. */
function expectAnswers(
  { status, ...figures }: { readonly status: Uint8Array },
  share: number,
  statuses?: readonly string[],
) {
  expect(firstFault(figures as Record<string, Float64Array>, status, statuses)).toBe(-1);
  expect(status.filter((number) => number === 0).length).toBeGreaterThan(share * status.length);
}

for (const model of MODELS) {
  anyBitsTest(`greeks of the ${model} model give figures or a status`, () => {
    const columns = draw();
    const inputs = { ...inputsOf(model, columns), vol: columns.vol };
    const outputs = OUTPUTS.filter((name) => model !== "bachelier" || name !== "premiumAdjustedDelta");
    expectAnswers(math.greeks({ ...inputs, outputs }), 0.01);
  });

  anyBitsTest(`impliedVol of the ${model} model give a vol or a status`, () => {
    const columns = draw();
    const price = anyColumn(100, ROWS);
    for (const start of [{}, { start: columns.vol }]) {
      const { vol, status } = math.impliedVol({ ...inputsOf(model, columns), price, ...start });
      const fault = status.findIndex((number, row) => {
        const isAnswer = Number.isFinite(vol[row]) && (vol[row] as number) > 0;
        return isAnswer !== (math.IMPLIED_VOL_STATUSES[number] === "ok") || !(isAnswer || Number.isNaN(vol[row]));
      });
      expect(fault).toBe(-1);
      expect(status.filter((number) => math.IMPLIED_VOL_STATUSES[number] === "ok").length).toBeGreaterThan(ROWS / 1000);
    }
  });
}

anyBitsTest("resident columns give figures, vols or a status", () => {
  const columns = draw();
  const book = new math.ResidentGreeks({ rows: ROWS, outputs: OUTPUTS });
  const quotes = new math.ResidentImpliedVol({ rows: ROWS });
  for (const resident of [book, quotes]) {
    for (const name of ["spot", "strike", "years", "rate", "carry"] as const) resident[name].set(columns[name]);
    resident.isCall.set(columns.type.map((type) => (type > 0 ? 1 : 0)));
  }
  book.vol.set(columns.vol);
  quotes.price.set(anyColumn(100, ROWS));
  book.compute();
  expectAnswers({ ...book.out, status: book.status }, 0.01);
  for (const start of [{}, { start: "last" }] as const) {
    quotes.compute(start);
    expectAnswers({ vol: quotes.vol, status: quotes.status } as never, 0.001, [
      "ok",
      "no vol",
      "no vol",
      "no vol",
      "no vol",
    ]);
  }
  book.dispose();
  quotes.dispose();
});

anyBitsTest("resident chains and strike pairs give figures or a status", () => {
  const columns = draw();
  const STRIKES = 500;
  // Two numbers per strike are its own, the others are the chain's.
  const chains = Math.ceil(PATTERNS_PER_ROUND / STRIKES);
  for (let i = 0; i < chains; i++) {
    const from = (i * STRIKES) % (ROWS - STRIKES);
    const model = (["spot", "forward", "inverse"] as const)[i % 3] as math.ChainModel;
    const strike = columns.strike.subarray(from, from + STRIKES);
    const options = { model, strike, outputs: OUTPUTS };
    const listed = new math.ResidentChain({ ...options, type: columns.type.subarray(from, from + STRIKES) });
    const pairs = new math.ResidentStrikePairs(options);
    for (const chain of [listed, pairs]) {
      chain.setClock({ years: columns.years[i] as number, rate: columns.rate[i] as number, carry: 0.01 });
      chain.vol.set(columns.vol.subarray(from, from + STRIKES));
      chain.compute(columns.spot[i] as number);
    }
    expect(firstFault(listed.out, listed.status)).toBe(-1);
    expect(firstFault(pairs.call, pairs.callStatus)).toBe(-1);
    expect(firstFault(pairs.put, pairs.putStatus)).toBe(-1);
    listed.dispose();
    pairs.dispose();
  }
});

anyBitsTest("digitals give figures or a status", () => {
  const columns = draw();
  for (const pays of ["cash", "asset"] as const) expectAnswers(math.digital({ ...columns, pays }), 0.01);
});

anyBitsTest("touches give figures or a status", () => {
  const { type, strike, ...columns } = draw();
  const contract = { ...columns, side: type, barrier: strike };
  for (const pays of ["at-hit", "at-expiry"] as const) expectAnswers(math.oneTouch({ ...contract, pays }), 0.01);
  expectAnswers(math.noTouch(contract), 0.01);
  const { side, barrier, ...on } = contract;
  expectAnswers(math.doubleNoTouch({ ...on, lower: barrier, upper: anyColumn(400, ROWS) }), 0.01);
  const { rate, carry, ...undiscounted } = contract;
  expectAnswers(math.touchProbability({ ...undiscounted, drift: rate }), 0.01);
});

anyBitsTest("American options give figures or a status", () => {
  // A thousand times the work of the others, unless it is asked for.
  const rows = process.env.PLIMSOLL_BIT_PATTERNS === undefined ? ROWS / 40 : ROWS;
  expectAnswers(math.american(draw(rows)), 0.01, math.AMERICAN_STATUSES);
});

anyBitsTest("functions of one option give figures or the name of a status", () => {
  // American options, the slowest, are among the columns alone.
  for (let patterns = 0; patterns < PATTERNS_PER_ROUND / 10; patterns += 3) {
    const [spot, strike, years, rate, carry, vol] = INPUTS.map((name) => numberOrBits(0, ORDINARY[name])) as [
      number,
      ...[number, number, number, number, number],
    ];
    const [type, side] = next() < 0.5 ? (["call", "above"] as const) : (["put", "below"] as const);
    const on = { spot, years, vol };
    const answers = [
      math.greeksOf({ type, strike, rate, carry, ...on }),
      math.impliedVolOf({ type, strike, rate, carry, spot, years, price: vol }),
      math.impliedVolOf({ type, strike, rate, carry, spot, years, price: vol, start: numberOrBits(0, 2) }),
      math.digitalOf({ type, strike, rate, carry, ...on }),
      math.oneTouchOf({ side, barrier: strike, rate, carry, ...on }),
      math.noTouchOf({ side, barrier: strike, rate, carry, ...on }),
      math.touchProbabilityOf({ side, barrier: strike, drift: rate, ...on }),
      math.doubleNoTouchOf({ lower: strike, upper: numberOrBits(0, 400), rate, carry, ...on }),
    ];
    const fault = answers.find(({ status, ...figures }) => {
      const areNumbers = Object.values(figures).every(Number.isFinite);
      // A figure that was not asked for may be out of range.
      return areNumbers !== (status === "ok") && !(areNumbers && status === "out-of-range");
    });
    expect(fault).toBeUndefined();
  }
});

/** a, b, rho, m, sigma: of any kind now and then, since one alone refuses the slice. */
function anySvi(): math.SviParameters {
  const number = (least: number, greatest: number) =>
    next() < 0.9 ? least + next() * (greatest - least) : numberOrBits(least, greatest);
  const [b, sigma] = [number(0, 0.5), number(0.01, 1)];
  return { a: number(-0.01, 0.2), b, rho: number(-1, 1), m: number(-0.5, 0.5), sigma };
}

/** What a call answers; undefined where it refuses a value by name, which is its status. Any other fault is thrown on. */
function answerOf<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof math.ConfigError && error.code === "INVALID_VALUE")) throw error;
    expect(error.message).toMatch(/ was |, given /);
    return undefined;
  }
}

anyBitsTest("slices and surfaces give variances, vols and verdicts, a status, or a refusal", () => {
  const ROWS_EACH = 1000;
  let answered = 0;
  for (let patterns = 0; patterns < PATTERNS_PER_ROUND; patterns += ROWS_EACH) {
    const svi = anySvi();
    const variances = answerOf(() => math.sviTotalVariance(svi, anyColumn(3, ROWS_EACH, -3)));
    if (variances !== undefined) expectAnswers(variances, 0.1);
    const expiry = () => ({ years: numberOrBits(0, 1), forward: numberOrBits(1, 200), svi: anySvi() });
    const expiries = [expiry(), expiry()];
    const verdict = answerOf(() => math.surfaceArbitrage(expiries));
    for (const { from, to, worst, at } of [...(verdict?.butterfly ?? []), ...(verdict?.calendar ?? [])]) {
      expect(from <= at && at <= to && worst < 0).toBe(true);
    }
    const at = { years: numberOrBits(0, 1), forward: numberOrBits(1, 200) };
    const strike = anyColumn(200, ROWS_EACH);
    for (const rule of ["sticky-strike", "sticky-delta"] as const) {
      const vols = answerOf(() => math.surfaceVol({ expiries, ...at, strike, rule }));
      if (vols === undefined) continue;
      expectAnswers(vols, -1);
      answered += vols.status.filter((number) => number === 0).length;
    }
    const columnOf = () => anyColumn(1, ROWS_EACH, -1);
    const some = { delta: columnOf(), gamma: columnOf(), vega: columnOf() };
    const rest = { theta: columnOf(), vanna: columnOf(), volga: columnOf() };
    const moves = { byForward: columnOf(), byForwardTwice: columnOf(), byYears: columnOf() };
    expectAnswers(math.smileGreeks({ ...some, ...rest }, moves), 0.1);
    const ssvi = { rho: numberOrBits(-1, 1), eta: numberOrBits(0, 3), gamma: numberOrBits(0, 1) };
    answerOf(() => math.ssviSlice(ssvi, numberOrBits(0, 1)));
  }
  expect(answered).toBeGreaterThan(PATTERNS_PER_ROUND / 1000);
});

anyBitsTest("calibrations and parity give slices and forwards, or a refusal", () => {
  // A fit takes some milliseconds; one number in six is of any kind.
  const chains = process.env.PLIMSOLL_BIT_PATTERNS === undefined ? 100 : PATTERNS_PER_ROUND / 1000;
  let [fitted, refused] = [0, 0];
  for (let i = 0; i < chains; i++) {
    const isAny = i % 2 === 0;
    const number = (least: number, greatest: number) =>
      isAny && next() < 0.05 ? anyNumber() : least + next() * (greatest - least);
    const expiry = (years: number) => {
      const bid = Array.from({ length: 6 }, () => number(0.1, 2));
      return {
        ...{ years: isAny && next() < 0.1 ? anyNumber() : years, forward: 100 },
        ...{ strike: bid.map(() => number(50, 200)), bid, ask: bid.map((vol) => vol + number(0, 0.3)) },
      };
    };
    const expiries = [expiry(0.1), expiry(0.5)];
    const fits = answerOf(() => [math.calibrateSvi(expiries), math.calibrateSsvi(expiries)] as const);
    if (fits === undefined) refused++;
    else {
      fitted++;
      const [slices, { ssvi, error, thetas }] = fits;
      const numbers = slices.flatMap((slice) => [...Object.values(slice.svi), ...Object.values(slice.error)]);
      numbers.push(...Object.values(ssvi), ...Object.values(error), ...thetas);
      expect(numbers.every(Number.isFinite)).toBe(true);
    }
  }
  expect(Math.min(fitted, refused)).toBeGreaterThan(chains / 10);
  for (let patterns = 0; patterns < PATTERNS_PER_ROUND; patterns += 13) {
    const column = (greatest: number) => [numberOrBits(0, greatest), numberOrBits(0, greatest)];
    const sides = { callBid: column(1), callAsk: column(1), putBid: column(1), putAsk: column(1) };
    const discount = numberOrBits(0.5, 1);
    const forward = answerOf(() => math.forwardFromParity({ strike: column(200), ...sides, discount, inCoin: true }));
    expect(forward === undefined || (forward > 0 && Number.isFinite(forward))).toBe(true);
  }
});

anyBitsTest("elementary functions give a number wherever there is one", () => {
  const functions = { ...math } as unknown as Record<string, (x: number) => number>;
  const names = ["exp", "expm1", "normPdf", "normCdf", "erfc", "millsRatio", "ln"];
  let missing: string | undefined;
  for (let i = 0; i < PATTERNS_PER_ROUND; i++) {
    const x = anyNumber();
    for (const name of names) {
      const expectsNone = Number.isNaN(x) || (name === "ln" && x < 0);
      if (Number.isNaN(functions[name]?.(x)) !== expectsNone) missing = `${name}(${x})`;
    }
  }
  expect(missing).toBeUndefined();
});
