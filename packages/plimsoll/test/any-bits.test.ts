import { expect, test } from "vitest";
import { uniform } from "../../../bench/inputs/random.mjs";
import * as math from "../dist/math.js";

/** Random bit patterns through every function, at the least. */
const PATTERNS = 1_000_000;
const INPUTS = ["spot", "strike", "years", "rate", "carry", "vol"] as const;
/** Half of all numbers are any bits: a row of nothing else hardly ever is an option. */
const ROWS = Math.ceil(PATTERNS / (INPUTS.length / 2));
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

/** Any bits in every other row on the average, else a number below `greatest`. */
function anyColumn(greatest: number, rows: number) {
  return Float64Array.from({ length: rows }, () => (next() < 0.5 ? anyNumber() : next() * greatest));
}

const columns = Object.fromEntries(INPUTS.map((name) => [name, anyColumn(ORDINARY[name], ROWS)])) as Record<
  (typeof INPUTS)[number],
  Float64Array
>;
const type = Int8Array.from({ length: ROWS }, () => (next() < 0.5 ? 1 : -1));

function inputsOf(model: (typeof MODELS)[number]) {
  const { spot, carry, vol, ...shared } = columns;
  const isOnForward = model === "forward" || model === "bachelier";
  return { model, type, ...shared, ...(isOnForward ? { forward: spot } : { spot, carry }) };
}

/** The first row whose figures and status do not agree; -1 where all do. Of the figures elasticity alone may be infinite. */
function firstFault(figures: Record<string, Float64Array>, status: Uint8Array) {
  return status.findIndex((number, row) => {
    const values = OUTPUTS.map((name) => figures[name]?.[row] ?? 0);
    const answers = values.filter((x, k) => Number.isFinite(x) || (OUTPUTS[k] === "elasticity" && !Number.isNaN(x)));
    switch (math.GREEKS_STATUSES[number]) {
      case "ok":
        return answers.length < OUTPUTS.length;
      case "invalid-input":
        return !values.every(Number.isNaN);
      case undefined:
        return true;
      default:
        return answers.length === OUTPUTS.length;
    }
  });
}

test.each(MODELS)("any bits through greeks of the %s model give figures or a status", async (model) => {
  await math.loadMath();
  const { status, ...figures } = math.greeks({ ...inputsOf(model), vol: columns.vol, outputs: OUTPUTS });
  expect(firstFault(figures, status)).toBe(-1);
  expect(status.filter((number) => math.GREEKS_STATUSES[number] === "ok").length).toBeGreaterThan(ROWS / 100);
});

test.each(MODELS)("any bits through impliedVol of the %s model give a vol or a status", async (model) => {
  await math.loadMath();
  const price = anyColumn(100, ROWS);
  for (const start of [{}, { start: columns.vol }]) {
    const { vol, status } = math.impliedVol({ ...inputsOf(model), price, ...start });
    const fault = status.findIndex((number, row) => {
      const isAnswer = Number.isFinite(vol[row]) && (vol[row] as number) > 0;
      return isAnswer !== (math.IMPLIED_VOL_STATUSES[number] === "ok") || !(isAnswer || Number.isNaN(vol[row]));
    });
    expect(fault).toBe(-1);
    expect(status.filter((number) => math.IMPLIED_VOL_STATUSES[number] === "ok").length).toBeGreaterThan(ROWS / 1000);
  }
});

test("any bits through resident chains and strike pairs give figures or a status", async () => {
  await math.loadMath();
  const STRIKES = 500;
  // Two numbers per strike are its own, the others are the chain's.
  const chains = Math.ceil(PATTERNS / STRIKES);
  for (let i = 0; i < chains; i++) {
    const from = (i * STRIKES) % (ROWS - STRIKES);
    const model = (["spot", "forward", "inverse"] as const)[i % 3] as math.ChainModel;
    const strike = columns.strike.subarray(from, from + STRIKES);
    const options = { model, strike, outputs: OUTPUTS };
    const listed = new math.ResidentChain({ ...options, type: type.subarray(from, from + STRIKES) });
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

test("any bits through elementary functions give a number wherever there is one", async () => {
  await math.loadMath();
  const functions = { ...math } as unknown as Record<string, (x: number) => number>;
  const names = ["exp", "expm1", "normPdf", "normCdf", "erfc", "millsRatio", "ln"];
  let missing: string | undefined;
  for (let i = 0; i < PATTERNS; i++) {
    const x = anyNumber();
    for (const name of names) {
      const expectsNone = Number.isNaN(x) || (name === "ln" && x < 0);
      if (Number.isNaN(functions[name]?.(x)) !== expectsNone) missing = `${name}(${x})`;
    }
  }
  expect(missing).toBeUndefined();
});
