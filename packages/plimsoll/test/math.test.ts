import { expect, test } from "vitest";
import * as math from "../dist/math.js";

test("a call before the load says so", () => {
  expect(() => math.exp(1)).toThrow(expect.objectContaining({ name: "LoadError", code: "NOT_LOADED" }));
});

test("put-call parity holds on more rows than one turn takes", async () => {
  await math.loadMath();
  const rows = 10_000;
  const strike = Float64Array.from({ length: rows }, (_, i) => 50 + i / 100);
  const type = Int8Array.from({ length: rows }, (_, i) => (i % 2 === 0 ? 1 : -1));
  const inputs = { spot: 100, strike, years: 0.5, rate: 0.03, carry: 0.01, vol: 0.4 };
  const one = math.greeks({ ...inputs, type, outputs: ["price"] });
  const other = math.greeks({ ...inputs, type: type.map((sign) => -sign), outputs: ["price"] });
  let worst = 0;
  for (let i = 0; i < rows; i++) {
    const parity = 100 * Math.exp(-0.005) - (strike[i] as number) * Math.exp(-0.015);
    const difference = ((one.price[i] as number) - (other.price[i] as number)) * (type[i] as number);
    worst = Math.max(worst, Math.abs(difference - parity));
  }
  // a few roundings of numbers up to 150
  expect(worst).toBeLessThan(3e-13);
  expect(one.status.every((status) => status === 0)).toBe(true);
});

test("implied vol finds the vol of its own price in each model", async () => {
  await math.loadMath();
  const strike = [80, 100, 120];
  for (const inputs of [{ spot: 100 }, { forward: 100 }, { spot: 100, model: "inverse" } as const]) {
    const { price } = math.greeks({ ...inputs, type: "put", strike, years: 1, rate: 0.02, vol: 0.3 });
    const { vol } = math.impliedVol({ ...inputs, type: "put", strike, years: 1, rate: 0.02, price });
    for (const found of vol) expect(Math.abs(found - 0.3)).toBeLessThan(1e-14);
  }
});

test("bad inputs are named, bad rows have a status", async () => {
  await math.loadMath();
  const inputs = { type: "call", spot: 100, strike: [100, 110], years: 1, vol: 0.2 } as const;
  const refused = (input: object) => {
    try {
      math.greeks({ ...inputs, ...input } as Parameters<typeof math.greeks>[0]);
    } catch (error) {
      return (error as { path: string }).path;
    }
    return "accepted";
  };
  expect(refused({ years: [1] })).toBe("greeks.years");
  expect(refused({ type: "straddle" })).toBe("greeks.type");
  expect(refused({ type: [1, 0] })).toBe("greeks.type[1]");
  expect(refused({ outputs: ["price", "lambda"] })).toBe("greeks.outputs[1]");
  expect(refused({ model: "binomial" })).toBe("greeks.model");
  expect(refused({ spot: undefined })).toBe("greeks.spot");
  expect(refused({ strike: 100 })).toBe("greeks.strike");
  const { price, status } = math.greeks({ ...inputs, vol: [0.2, -1] });
  expect([math.GREEKS_STATUSES[status[0] as number], math.GREEKS_STATUSES[status[1] as number]]).toEqual([
    "ok",
    "invalid-input",
  ]);
  expect(price[1]).toBeNaN();
});
