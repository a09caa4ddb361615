import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import * as math from "../dist/math.js";

/** With a young generation so large, what is allocated stays on the heap until it is counted. */
const NOTHING_COLLECTED = [
  "--expose-gc",
  "--min-semi-space-size=256",
  "--max-semi-space-size=512",
  "--input-type=module",
];

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

test("every status of an implied vol has its row", async () => {
  await math.loadMath();
  const rows = [
    { price: 8, years: 1, status: "ok" },
    { price: 0, years: 1, status: "below-intrinsic" },
    { price: 100, years: 1, status: "above-bound" },
    { price: 8, years: 0, status: "expired" },
    { price: Number.NaN, years: 1, status: "non-finite-input" },
  ];
  const column = (name: "price" | "years") => rows.map((row) => row[name]);
  const inputs = { type: "call", spot: 100, strike: rows.map(() => 100) } as const;
  const { vol, status } = math.impliedVol({ ...inputs, price: column("price"), years: column("years") });
  expect(Array.from(status, (number) => math.IMPLIED_VOL_STATUSES[number])).toEqual(rows.map((row) => row.status));
  // 8 = 100 · (2 Φ(σ/2) − 1), and the 54 % quantile is 0.1004337205
  expect(vol[0]).toBeCloseTo(0.200867441, 9);
  expect([...vol.subarray(1)]).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
});

test("resident columns give the bits of the others, call and put, for the figures asked for", async () => {
  await math.loadMath();
  const rows = 37;
  const strike = Float64Array.from({ length: rows }, (_, i) => 80 + i);
  const type = Int8Array.from({ length: rows }, (_, i) => (i % 3 === 0 ? 1 : -1));
  const outputs = ["vanna", "price", "dualGamma"] as const;
  for (const model of ["spot", "forward", "inverse"] as const) {
    const expected = math.greeks({
      type,
      spot: 100,
      strike,
      years: 0.25,
      rate: 0.01,
      carry: 0.02,
      vol: 0.6,
      model,
      outputs,
    });
    const book = new math.ResidentGreeks({ rows, model, outputs });
    book.isCall.set(type.map((sign) => Number(sign === 1)));
    book.spot.fill(100);
    book.strike.set(strike);
    book.years.fill(0.25);
    book.rate.fill(0.01);
    book.carry.fill(0.02);
    book.vol.fill(0.6);
    book.compute();
    for (const name of outputs) expect(book.out[name]).toEqual(expected[name]);
    expect(book.status).toEqual(expected.status);
    expect(Object.keys(book.out)).toEqual([...outputs]);

    const quotes = new math.ResidentImpliedVol({ rows, model });
    for (const name of ["isCall", "spot", "strike", "years", "rate", "carry"] as const) quotes[name].set(book[name]);
    quotes.price.set(book.out.price);
    quotes.compute();
    for (const vol of quotes.vol) expect(vol).toBeCloseTo(0.6, 12);
    quotes.compute({ start: "last" });
    for (const vol of quotes.vol) expect(vol).toBeCloseTo(0.6, 12);
    book.dispose();
    quotes.dispose();
  }
});

test("a row beyond the count is left alone", async () => {
  await math.loadMath();
  const book = new math.ResidentGreeks({ rows: 3, outputs: ["price"] });
  book.spot.fill(100);
  book.strike.fill(100);
  book.years.fill(1);
  book.vol.fill(0.2);
  book.out.price.fill(-1);
  book.compute(2);
  expect(book.out.price[1]).toBeGreaterThan(7);
  expect(book.out.price[2]).toBe(-1);
  book.dispose();
});

test("resident columns keep their content when memory grows, and views taken anew show it", async () => {
  await math.loadMath();
  const book = new math.ResidentGreeks({ rows: 8 });
  book.strike.fill(123);
  const old = book.strike;
  const large = new math.ResidentGreeks({ rows: 2 ** 17 });
  expect(old.length).toBe(0); // detached: the memory has grown
  expect([...book.strike]).toEqual(Array(8).fill(123));
  large.dispose();
  book.dispose();
});

test("disposed columns are refused, a second dispose is not, and their memory is used again", async () => {
  await math.loadMath();
  const addresses = Array.from({ length: 3 }, () => {
    const book = new math.ResidentGreeks({ rows: 10_000 });
    const { byteOffset } = book.spot;
    book.dispose();
    book.dispose();
    expect(() => book.spot).toThrow(expect.objectContaining({ name: "DisposedError", code: "COLUMNS_DISPOSED" }));
    expect(() => book.compute()).toThrow(expect.objectContaining({ code: "COLUMNS_DISPOSED" }));
    return byteOffset;
  });
  expect(new Set(addresses).size).toBe(1);
});

test("what resident columns cannot take is named", async () => {
  await math.loadMath();
  const path = (make: () => unknown) => {
    try {
      make();
    } catch (error) {
      return (error as { path: string }).path;
    }
    return "accepted";
  };
  expect(path(() => new math.ResidentGreeks({ rows: 0 }))).toBe("ResidentGreeks.rows");
  expect(path(() => new math.ResidentGreeks({ rows: 1, outputs: ["delta", "lambda" as "delta"] }))).toBe(
    "ResidentGreeks.outputs[1]",
  );
  expect(path(() => new math.ResidentGreeks({ rows: 1, model: "binomial" as "spot" }))).toBe("ResidentGreeks.model");
  expect(path(() => new math.ResidentImpliedVol({ rows: 2.5 }))).toBe("ResidentImpliedVol.rows");
  const book = new math.ResidentGreeks({ rows: 4 });
  expect(path(() => book.compute(5))).toBe("ResidentGreeks.compute.rows");
  book.dispose();
});

test("a tick on resident columns allocates nothing on the JavaScript heap", () => {
  const program = `
    const math = await import(${JSON.stringify(new URL("../dist/math.js", import.meta.url).href)});
    await math.loadMath();
    const book = new math.ResidentGreeks({ rows: 16 });
    book.spot.fill(100); book.strike.fill(100); book.years.fill(1); book.vol.fill(0.2);
    const quotes = new math.ResidentImpliedVol({ rows: 16 });
    quotes.spot.fill(100); quotes.strike.fill(100); quotes.years.fill(1);
    const chain = new math.ResidentStrikePairs({ strike: new Float64Array(16).fill(100) });
    chain.vol.fill(0.2); chain.setClock({ years: 1 });
    const sum = new Float64Array(1);
    const warm = { start: "last" };
    const tick = (i) => {
      const spot = book.spot;
      for (let row = 0; row < 16; row++) spot[row] = 100 + (i & 7);
      book.compute();
      quotes.price.set(book.out.price);
      quotes.spot.set(spot);
      quotes.compute(warm);
      chain.compute(100 + (i & 7));
      sum[0] += quotes.vol[3] + chain.call.price[3] + chain.put.delta[3];
    };
    for (let i = 0; i < 50_000; i++) tick(i);
    gc();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 400_000; i++) tick(i);
    console.log(process.memoryUsage().heapUsed - before, sum[0]);`;
  const { stdout, stderr } = spawnSync(process.execPath, [...NOTHING_COLLECTED, "-e", program], { encoding: "utf8" });
  expect(stderr).toBe("");
  // a boxed number takes 12 bytes, an object more
  expect(Number(stdout.split(" ")[0]) / 400_000).toBeLessThan(8);
});

const CHAIN = {
  strike: [70, 85, 100, 115, 140],
  vol: [0.7, 0.6, 0.5, 0.55, 0.65],
  years: 0.3,
  rate: 0.04,
  carry: 0.01,
};

test("a chain gives the figures of columns, at each price and after each change", async () => {
  await math.loadMath();
  const outputs = ["price", "delta", "vega", "theta", "vanna"] as const;
  for (const model of ["spot", "forward", "inverse"] as const) {
    const type = [1, -1, 1, -1, 1];
    const chain = new math.ResidentChain({ type, strike: CHAIN.strike, model, outputs });
    chain.vol.set(CHAIN.vol);
    for (const [years, spot] of [
      [0.3, 100],
      [0.3, 101.5],
      [0.25, 90],
    ] as const) {
      chain.setClock({ years, rate: CHAIN.rate, carry: CHAIN.carry });
      chain.compute(spot);
      const columns = math.greeks({ ...CHAIN, type, years, spot, model, outputs });
      for (const name of outputs) {
        for (let row = 0; row < type.length; row++) {
          const [ours, expected] = [chain.out[name][row] as number, columns[name][row] as number];
          // two methods of the same accuracy
          expect(Math.abs(ours - expected), `${model} ${name} ${row}`).toBeLessThan(
            1e-13 * Math.max(1, Math.abs(expected)),
          );
        }
      }
      expect(chain.status).toEqual(columns.status);
    }
    chain.list({ type: "put", strike: CHAIN.strike });
    chain.compute(100);
    expect([...chain.status].map((status) => math.GREEKS_STATUSES[status])).toEqual(Array(5).fill("invalid-input"));
    chain.dispose();
  }
});

test("strike pairs give the bits of the chain's calls and puts", async () => {
  await math.loadMath();
  const outputs = ["price", "delta", "gamma", "theta", "dualDelta"] as const;
  for (const model of ["spot", "forward", "inverse"] as const) {
    const options = { strike: CHAIN.strike, model, outputs };
    const pairs = new math.ResidentStrikePairs(options);
    const sides = {
      call: new math.ResidentChain({ ...options, type: "call" }),
      put: new math.ResidentChain({ ...options, type: "put" }),
    };
    for (const chain of [pairs, sides.call, sides.put]) {
      chain.vol.set(CHAIN.vol);
      chain.setClock({ years: CHAIN.years, rate: CHAIN.rate, carry: CHAIN.carry });
      chain.compute(104);
    }
    for (const side of ["call", "put"] as const) {
      for (const name of outputs)
        expect([...pairs[side][name]], `${model} ${side} ${name}`).toEqual([...sides[side].out[name]]);
      expect(Object.keys(pairs[side]).sort()).toEqual([...outputs].sort());
    }
    expect([pairs.callStatus, pairs.putStatus]).toEqual([sides.call.status, sides.put.status]);
  }
});

test("a chain lives through growth of memory, names what it cannot take, and is refused once disposed", async () => {
  await math.loadMath();
  const chain = new math.ResidentChain({ type: "call", strike: [90, 100], outputs: ["price"] });
  chain.vol.set([0.3, 0.2]);
  chain.setClock({ years: 1 });
  chain.compute(100);
  const { price } = chain.out;
  const before = [...price];
  const large = new math.ResidentGreeks({ rows: 2 ** 18 });
  expect(price.length).toBe(0);
  expect([...chain.out.price]).toEqual(before);
  expect([...chain.vol]).toEqual([0.3, 0.2]);
  large.dispose();

  const named = (path: string) => expect.objectContaining({ code: "INVALID_VALUE", path });
  expect(() => chain.list({ type: "call", strike: [1] })).toThrow(named("ResidentChain.list.strike"));
  expect(() => chain.list({ type: [1, 0], strike: [1, 2] })).toThrow(named("ResidentChain.list.type[1]"));
  expect(() => new math.ResidentStrikePairs({ strike: [1], outputs: ["lambda" as "delta"] })).toThrow(
    named("ResidentStrikePairs.outputs[0]"),
  );
  expect(() => chain.compute("100" as unknown as number)).toThrow(named("ResidentChain.compute.price"));
  chain.dispose();
  chain.dispose();
  expect(() => chain.compute(100)).toThrow(expect.objectContaining({ code: "COLUMNS_DISPOSED" }));
  expect(() => chain.vol).toThrow(expect.objectContaining({ code: "COLUMNS_DISPOSED" }));
});

test("Bachelier's model takes forwards and strikes of either sign, and its implied vol finds the way back", async () => {
  await math.loadMath();
  const inputs = {
    forward: [-10, -10, 3],
    strike: [-30, 0, 3],
    years: 0.5,
    rate: 0.03,
    model: "bachelier",
    type: [1, -1, 1],
  } as const;
  const { price, delta, status } = math.greeks({ ...inputs, vol: 25 });
  expect([...status]).toEqual([0, 0, 0]);
  // at the money: e^{−rT} σ √(T/2π), and half the discount
  const discount = Math.exp(-0.015);
  expect(price[2]).toBeCloseTo(discount * 25 * Math.sqrt(0.5 / (2 * Math.PI)), 12);
  expect(delta[2]).toBeCloseTo(discount / 2, 13);
  for (const vol of math.impliedVol({ ...inputs, price }).vol) expect(vol).toBeCloseTo(25, 11);
  expect(() => new math.ResidentChain({ type: "call", strike: [1], model: "bachelier" as "spot" })).toThrow(
    expect.objectContaining({ path: "ResidentChain.model" }),
  );
  // A forward of 0 or less has no premium in units of itself.
  const outputs = ["price", "premiumAdjustedDelta"] as const;
  const refused = (path: string) => expect.objectContaining({ code: "INVALID_VALUE", path });
  expect(() => math.greeks({ ...inputs, vol: 25, outputs })).toThrow(refused("greeks.outputs[1]"));
  expect(() => math.greeksOf({ ...inputs, type: "put", forward: -10, strike: 3, vol: 25, outputs })).toThrow(
    refused("greeksOf.outputs[1]"),
  );
  expect(() => new math.ResidentGreeks({ rows: 1, model: "bachelier", outputs })).toThrow(
    refused("ResidentGreeks.outputs[1]"),
  );
});

test("a forward beside a model on the spot price is refused, not left unread", async () => {
  await math.loadMath();
  for (const [model, remedy] of [
    ["spot", ""],
    ["inverse", ", which takes a forward as its spot, with rate and carry 0"],
  ] as const) {
    const input = { model, type: "call", spot: 100, forward: 101, strike: [100], years: 1, vol: 0.2 } as const;
    expect(() => math.greeks(input)).toThrowError(
      expect.objectContaining({
        path: "greeks.forward",
        expected: `absent for the model ${model}${remedy}`,
        received: "101",
      }),
    );
  }
});

test("a resident column that was never written makes its rows invalid, not options of strike 0", async () => {
  await math.loadMath();
  const book = new math.ResidentGreeks({ rows: 1, outputs: ["price"] });
  book.spot.fill(100);
  book.years.fill(1);
  book.vol.fill(0.2);
  book.compute();
  expect([book.out.price[0], book.status[0]]).toEqual([Number.NaN, math.GREEKS_STATUSES.indexOf("invalid-input")]);
  book.strike.fill(100);
  book.compute();
  expect(book.status[0]).toBe(0);
  book.dispose();
});

test("a column of figures maps to vol points, to points of rates and to days", () => {
  expect(Float64Array.of(20, 30, 40).map(math.perVolPoint)).toEqual(Float64Array.of(0.2, 0.3, 0.4));
  expect(Float64Array.of(100, 250).map(math.perRatePoint)).toEqual(Float64Array.of(1, 2.5));
  expect(Float64Array.of(365, 730).map(math.perDay)).toEqual(Float64Array.of(1, 2));
});

test("the type of an answer has the figures that were asked for, and says of an unknown list that any may be missing", async () => {
  await math.loadMath();
  const option = { type: "call", spot: 100, years: 1, vol: 0.2 } as const;
  const columns = { ...option, strike: [100] };
  const asked = math.greeks({ ...columns, outputs: ["price"] });
  expect(asked.price.length).toBe(1);
  // @ts-expect-error not asked for
  expect(asked.delta).toBeUndefined();
  const names: math.GreekName[] = ["price"];
  const some = math.greeks({ ...columns, outputs: names });
  // @ts-expect-error perhaps not asked for
  expect(() => some.delta.length).toThrow(TypeError);
  expect(some.price?.length).toBe(1);
  expect(math.greeks(columns).delta.length).toBe(1);
  // @ts-expect-error not among those that are given unasked
  expect(math.greeks(columns).vanna).toBeUndefined();
  // −φ(d₁)·d₂/σ with d₂ = −0.1
  expect(math.greeksOf({ ...option, strike: 100, outputs: ["vanna"] }).vanna).toBeGreaterThan(0);
  expect(math.digital(columns).psi.length).toBe(1);
  // @ts-expect-error not asked for
  expect(math.digitalOf({ ...option, strike: 100, outputs: ["psi"] }).price).toBeUndefined();
  const book = new math.ResidentGreeks({ rows: 1, outputs: ["theta"] });
  expect(book.out.theta.length).toBe(1);
  // @ts-expect-error not asked for
  expect(book.out.price).toBeUndefined();
  book.dispose();
});

test("columns in the module's memory are inputs as good as others, also where a call makes that memory grow", async () => {
  // in a process of its own, where the first call is the first
  const program = `
    import { impliedVol, loadMath, ResidentChain, ResidentImpliedVol } from ${JSON.stringify(new URL("../dist/math.js", import.meta.url).href)};
    await loadMath();
    const resident = new ResidentImpliedVol({ rows: 2 });
    resident.strike.set([90, 100]);
    const { vol } = impliedVol({ type: "call", spot: 100, strike: resident.strike, years: 1, price: 12 });
    const { buffer } = resident.strike;
    let chain;
    do chain = new ResidentChain({ type: "call", strike: resident.strike });
    while (resident.strike.buffer === buffer);
    chain.vol.fill(0.2);
    chain.setClock({ years: 1 });
    chain.compute(100);
    console.log(vol[1].toFixed(6), chain.out.price[1].toFixed(6));`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
  // at the money without drift a call is 100·(2Φ(σ/2) − 1): 12 at σ = 2Φ⁻¹(0.56), and 7.965567 at σ = 0.2
  expect([stdout, stderr]).toEqual(["0.301938 7.965567\n", ""]);
});

test("what has not been computed is no number, and its status says so", () => {
  const greeks = new math.ResidentGreeks({ rows: 2 });
  const vols = new math.ResidentImpliedVol({ rows: 2 });
  const chain = new math.ResidentChain({ type: "call", strike: [90, 100] });
  const pairs = new math.ResidentStrikePairs({ strike: [90, 100] });
  for (const [column, status, names] of [
    [greeks.out.price, greeks.status, math.GREEKS_STATUSES],
    [vols.vol, vols.status, math.IMPLIED_VOL_STATUSES],
    [chain.out.delta, chain.status, math.GREEKS_STATUSES],
    [pairs.call.price, pairs.callStatus, math.GREEKS_STATUSES],
    [pairs.put.price, pairs.putStatus, math.GREEKS_STATUSES],
  ] as const) {
    expect([...column]).toEqual([Number.NaN, Number.NaN]);
    for (const number of status) expect(names[number]).toMatch(/^(invalid|non-finite)-input$/);
  }
  for (const each of [greeks, vols, chain, pairs]) each.dispose();
});
