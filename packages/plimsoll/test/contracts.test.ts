/** Digitals, touches and American options through the SDK; their accuracy is crates/math's to test. */
import { beforeAll, expect, test } from "vitest";
import * as math from "../dist/math.js";

beforeAll(() => math.loadMath());

const ROWS = 10_000;
const strike = Float64Array.from({ length: ROWS }, (_, i) => 60 + i / 125);
const inputs = { spot: 100, years: 0.5, rate: 0.03, carry: 0.01, vol: 0.4 } as const;

test("an option is its asset leg less its strike of cash legs, on more rows than one turn takes", () => {
  const type = Int8Array.from(strike, (_, i) => (i % 2 === 0 ? 1 : -1));
  const [asset, cash] = (["asset", "cash"] as const).map((pays) => math.digital({ ...inputs, type, strike, pays }));
  const option = math.greeks({ ...inputs, type, strike, outputs: ["price", "vega"] });
  for (const figure of ["price", "vega"] as const) {
    let worst = 0;
    for (let i = 0; i < ROWS; i++) {
      const legs = (asset?.[figure][i] as number) - (strike[i] as number) * (cash?.[figure][i] as number);
      worst = Math.max(worst, Math.abs(legs * (type[i] as number) - (option[figure][i] as number)));
    }
    // roundings of numbers up to 100
    expect(worst).toBeLessThan(1e-13);
  }
  expect(asset?.status.every((status) => status === 0)).toBe(true);
});

test("a touch and none are the discount factor together, and a probability is undiscounted", () => {
  const barriers = { ...inputs, side: "below", barrier: strike.subarray(0, 4000) } as const;
  const touch = math.oneTouch({ ...barriers, pays: "at-expiry" });
  const none = math.noTouch(barriers);
  const { spot, years, vol } = inputs;
  const { touch: probability } = math.touchProbability({
    side: "below",
    barrier: barriers.barrier,
    spot,
    years,
    vol,
    drift: 0.02,
  });
  const discount = Math.exp(-0.015);
  for (let i = 0; i < 4000; i++) {
    expect(Math.abs((touch.price[i] as number) + (none.price[i] as number) - discount)).toBeLessThan(1e-15);
    expect(Math.abs((touch.price[i] as number) / discount - (probability[i] as number))).toBeLessThan(1e-15);
  }
});

test("a call without carry is never exercised early, a put is", () => {
  const options = { spot: 100, strike: [80, 100, 120], years: 1, rate: 0.05, vol: 0.3 };
  const european = (type: "call" | "put") => math.greeks({ ...options, type, outputs: ["price"] }).price;
  expect(math.american({ ...options, type: "call" }).price).toEqual(european("call"));
  const puts = math.american({ ...options, type: "put" }).price;
  for (const [i, price] of european("put").entries()) expect(puts[i]).toBeGreaterThan(price);
});

test("what cannot be taken is named, and a bad row is a status", () => {
  const options = { ...inputs, type: "put", strike: [90, 100] } as const;
  const barriers = { ...inputs, side: "above", barrier: [110, 120] } as const;
  const calls: [() => unknown, string][] = [
    [() => math.digital({ ...options, vol: [0.2] }), "digital.vol"],
    [() => math.digital({ ...options, pays: "coin" as "cash" }), "digital.pays"],
    [() => math.digital({ ...options, type: "straddle" as "put" }), "digital.type"],
    [() => math.american({ ...options, spot: undefined as unknown as number }), "american.spot"],
    [() => math.american({ ...options, strike: 100 as unknown as number[] }), "american.strike"],
    [() => math.oneTouch({ ...barriers, side: "beside" as "above" }), "oneTouch.side"],
    [() => math.oneTouch({ ...barriers, side: [1, 2] }), "oneTouch.side[1]"],
    [() => math.oneTouch({ ...barriers, pays: "never" as "at-hit" }), "oneTouch.pays"],
    [() => math.noTouch({ ...barriers, years: [1, 2, 3] }), "noTouch.years"],
    [
      () => math.touchProbability({ side: "above", barrier: [110, 120], spot: 100, years: 1, vol: 0.2, drift: [0] }),
      "touchProbability.drift",
    ],
    [() => math.touchProbability(barriers), "touchProbability.rate"],
  ];
  for (const [call, path] of calls) {
    expect(call, path).toThrow(expect.objectContaining({ name: "ConfigError", code: "INVALID_VALUE", path }));
  }
  const { price, status } = math.american({ ...options, vol: [0.2, -1] });
  expect([...status].map((number) => math.AMERICAN_STATUSES[number])).toEqual(["ok", "invalid-input"]);
  expect(price[0]).toBeGreaterThan(0);
  expect(price[1]).toBeNaN();
});

test("only wanted figures come, the same numbers as among all", () => {
  const type = "put";
  const options = { ...inputs, type, strike: [80, 100, 120] } as const;
  const barriers = { ...inputs, side: "above", barrier: [110, 130] } as const;
  const { rate, carry, ...undiscounted } = barriers;
  const between = { ...inputs, lower: [80, 90], upper: 120 };
  const pairs = [
    [math.digital(options), math.digital({ ...options, outputs: ["vega", "price"] })],
    [math.american(options), math.american({ ...options, outputs: ["vega", "price"] })],
    [math.american(options), math.american({ ...options, outputs: ["dualDelta", "delta"] })],
    [math.oneTouch(barriers), math.oneTouch({ ...barriers, outputs: ["vega", "price"] })],
    [math.noTouch(barriers), math.noTouch({ ...barriers, outputs: ["vega", "price"] })],
    [math.touchProbability(undiscounted), math.touchProbability({ ...undiscounted, outputs: ["byVol", "noTouch"] })],
    [math.doubleNoTouch(between), math.doubleNoTouch({ ...between, outputs: ["byUpper", "price"] })],
  ] as const;
  for (const [all, { status, ...wanted }] of pairs) {
    expect(Object.keys(wanted)).toHaveLength(2);
    expect(all).toMatchObject({ ...wanted, status });
  }
  expect(math.digitalOf({ ...inputs, type, strike: 90, outputs: ["delta"] })).toEqual({
    delta: math.digitalOf({ ...inputs, type, strike: 90 }).delta,
    status: "ok",
  });
  expect(() => math.american({ ...options, outputs: ["gamma" as "delta"] })).toThrow(
    expect.objectContaining({ code: "INVALID_VALUE", path: "american.outputs[0]" }),
  );
});

test("to stay between two barriers is to touch neither, where they are too far apart for both", () => {
  // 9 deviations from one to the other: the probability of both is below 1e-15.
  const { price: stays } = math.doubleNoTouch({
    ...inputs,
    lower: [90],
    upper: 90 * Math.exp(9 * 0.4 * Math.sqrt(0.5)),
  });
  const { price: below } = math.noTouch({ ...inputs, side: "below", barrier: [90] });
  expect(Math.abs((stays[0] as number) - (below[0] as number))).toBeLessThan(1e-14);
  const narrow = math.doubleNoTouch({ ...inputs, lower: [90], upper: 115 });
  expect(narrow.price[0]).toBeLessThan(below[0] as number);
});

test("columns in the module's memory outlive its growth from one turn to the next", () => {
  // A turn has 4,096 rows. All but the first are worth 0 at once; its boundary takes memory, which grows in some of the rounds.
  const rows = 4100;
  const book = new math.ResidentGreeks({ rows, outputs: ["price"] });
  book.spot.fill(100);
  book.strike.fill(0)[0] = 100;
  book.years.fill(0.5);
  book.rate.fill(0.05);
  book.vol.fill(0.3);
  const held: math.ResidentGreeks<readonly ["price"]>[] = [];
  let growths = 0;
  for (let round = 0; round < 40; round++) {
    held.push(new math.ResidentGreeks({ rows: 1000 + 7 * round, outputs: ["price"] }));
    const { spot, strike, years, rate, vol } = book;
    const type = new Float64Array(rows).fill(-1);
    const { price, status } = math.american({ type, spot, strike, years, rate, vol, outputs: ["price"] });
    expect(price[0]).toBeGreaterThan(7);
    expect([...new Set(price.subarray(1)), ...new Set(status)]).toEqual([0, 0]);
    growths += Number(spot.length === 0);
  }
  expect(growths).toBeGreaterThan(0);
  for (const each of [book, ...held]) each.dispose();
});
