/** Surfaces through the SDK; their accuracy is crates/math's to test. */
import { beforeAll, expect, test } from "vitest";
import * as math from "../dist/math.js";

beforeAll(() => math.loadMath());

/** Axel Vogt's example, Gatheral and Jacquier (2014), example 3.1. */
const VOGT = { a: -0.041, b: 0.1331, m: 0.3586, rho: 0.306, sigma: 0.4153 };

test("the Vogt slice is flagged where it should be", () => {
  const { butterfly, calendar } = math.surfaceArbitrage([{ years: 1, svi: VOGT }]);
  expect(calendar).toEqual([]);
  expect(butterfly.length).toBe(1);
  const [{ expiry, from, to, worst, at }] = butterfly as [math.ArbitrageInterval];
  expect([expiry, from.toFixed(4), to.toFixed(4), worst.toFixed(6), at.toFixed(4)]).toEqual([
    0,
    "0.6424",
    "1.2569",
    "-0.032864",
    "0.8793",
  ]);
  // one step each side of both ends
  const { densityFactor } = math.sviTotalVariance(VOGT, [from - 1e-6, from + 1e-6, to - 1e-6, to + 1e-6]);
  expect([...densityFactor].map(Math.sign)).toEqual([1, -1, -1, 1]);
});

test("a later expiry with less variance is a calendar violation", () => {
  const flat = (years: number, variance: number) => {
    return { years, svi: { a: variance, b: 0, rho: 0, m: 0, sigma: 0.1 } };
  };
  const { butterfly, calendar } = math.surfaceArbitrage([flat(0.5, 0.04), flat(1, 0.03)]);
  expect(butterfly).toEqual([]);
  expect(calendar).toMatchObject([{ expiry: 0, from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }]);
  // 0.03 − 0.04
  expect(calendar[0]?.worst).toBeCloseTo(-0.01, 12);
});

const STRIKES = Array.from({ length: 15 }, (_, i) => 65 + 5 * i);

/** Quotes half a vol point around a slice. */
function quotesOf(years: number, forward: number, svi: math.SviParameters): math.SurfaceQuotes {
  const { vol } = math.surfaceVol({
    expiries: [{ years, forward, svi }],
    years,
    forward,
    strike: STRIKES,
    rule: "sticky-delta",
  });
  return { years, forward, strike: STRIKES, bid: vol.map((mid) => mid - 0.005), ask: vol.map((mid) => mid + 0.005) };
}

test("a calibration finds the slices that its quotes come from", () => {
  const slices = [
    { a: 0.001, b: 0.05, rho: -0.3, m: 0.01, sigma: 0.1 },
    { a: 0.01, b: 0.1, rho: -0.4, m: 0.02, sigma: 0.2 },
  ];
  const [early, late] = slices as [math.SviParameters, math.SviParameters];
  const fits = math.calibrateSvi([quotesOf(0.1, 100, early), quotesOf(0.5, 102, late)]);
  for (const [i, { svi, error }] of fits.entries()) {
    expect(error).toMatchObject({ outsideSpread: 0, quotes: 15 });
    expect(error.largest).toBeLessThan(1e-5);
    const grid = [-0.3, -0.1, 0, 0.1, 0.25];
    const [found, expected] = [svi, slices[i] as math.SviParameters].map((slice) => math.sviTotalVariance(slice, grid));
    for (const k of grid.keys()) {
      expect(found?.totalVariance[k]).toBeCloseTo(expected?.totalVariance[k] as number, 6);
    }
  }
});

test("an SSVI fit has neither kind of arbitrage", () => {
  const ssvi = { rho: -0.4, eta: 1.2, gamma: 0.4 };
  const quotes = [0.01, 0.05].map((theta, i) => quotesOf(0.1 + 0.4 * i, 100, math.ssviSlice(ssvi, theta)));
  const fit = math.calibrateSsvi(quotes);
  expect(fit.error).toMatchObject({ outsideSpread: 0, quotes: 30 });
  expect(fit.thetas.length).toBe(2);
  for (const [i, theta] of [0.01, 0.05].entries()) expect(fit.thetas[i]).toBeCloseTo(theta, 5);
  const expiries = fit.thetas.map((theta, i) => ({ years: 0.1 + 0.4 * i, svi: math.ssviSlice(fit.ssvi, theta) }));
  expect(math.surfaceArbitrage(expiries)).toEqual({ butterfly: [], calendar: [] });
});

test("a vol's derivatives are differences of it, and only one of the rules moves it with the forward", () => {
  const expiries = [
    { years: 0.25, forward: 100, svi: { a: 0.01, b: 0.1, rho: -0.3, m: 0, sigma: 0.2 } },
    { years: 0.5, forward: 101, svi: { a: 0.03, b: 0.12, rho: -0.3, m: 0, sigma: 0.3 } },
  ];
  const vols = (forward: number, rule: math.Stickiness, strike = 90) =>
    math.surfaceVol({ expiries, years: 0.4, forward, strike: [strike], rule });
  const h = 1e-4;
  const slope = (up: math.SurfaceVolColumns, down: math.SurfaceVolColumns) =>
    ((up.vol[0] as number) - (down.vol[0] as number)) / (2 * h);
  const at = vols(105, "sticky-delta");
  expect(at.byForward[0]).toBeCloseTo(slope(vols(105 + h, "sticky-delta"), vols(105 - h, "sticky-delta")), 8);
  expect(at.byStrike[0]).toBeCloseTo(slope(vols(105, "sticky-delta", 90 + h), vols(105, "sticky-delta", 90 - h)), 8);
  expect(vols(105, "sticky-strike").vol).toEqual(vols(95, "sticky-strike").vol);
  expect([
    ...math.surfaceVol({ expiries, years: 0.4, forward: 100, strike: [-1, 90], rule: "sticky-delta" }).vol,
  ]).toEqual([Number.NaN, expect.any(Number)]);
});

test("Greeks along the smile are differences of prices whose vol moves along", () => {
  const expiries = [
    { years: 0.25, forward: 100, svi: { a: 0.01, b: 0.1, rho: -0.3, m: 0, sigma: 0.2 } },
    { years: 0.5, forward: 101, svi: { a: 0.03, b: 0.12, rho: -0.3, m: 0, sigma: 0.3 } },
  ];
  const strike = [80, 95, 105, 130];
  const outputs = ["price", "delta", "gamma", "vega", "theta", "vanna", "volga"] as const;
  const at = (forward: number, years = 0.4, rule: math.Stickiness = "sticky-delta") => {
    const vols = math.surfaceVol({ expiries, years, forward, strike, rule });
    return { vols, figures: math.greeks({ type: "put", strike, forward, years, rate: 0.03, vol: vols.vol, outputs }) };
  };
  const h = 0.01;
  const [low, now, high] = [at(105 - h), at(105), at(105 + h)];
  const [later, sooner] = [at(105, 0.4 - 1e-5), at(105, 0.4 + 1e-5)];
  const { delta, gamma, theta, status } = math.smileGreeks(now.figures, now.vols);
  for (const row of strike.keys()) {
    const price = ({ figures }: typeof now) => figures.price[row] as number;
    expect(status[row]).toBe(0);
    expect(delta[row]).toBeCloseTo((price(high) - price(low)) / (2 * h), 7);
    expect(gamma[row]).toBeCloseTo((price(high) - 2 * price(now) + price(low)) / h ** 2, 6);
    expect(theta[row]).toBeCloseTo((price(later) - price(sooner)) / 2e-5, 5);
    expect(delta[row]).not.toBeCloseTo(now.figures.delta[row] as number, 3);
  }
  // the other rule reads a strike by the forward of the fit, which is another one at another time
  const still = (years: number) => at(105, years, "sticky-strike");
  const { theta: ofStrike } = math.smileGreeks(still(0.4).figures, still(0.4).vols);
  const earlier = still(0.4 + 1e-5).figures.price;
  for (const [row, price] of still(0.4 - 1e-5).figures.price.entries()) {
    expect(ofStrike[row]).toBeCloseTo((price - (earlier[row] as number)) / 2e-5, 5);
  }
  const broken = math.smileGreeks({ ...now.figures, vega: [1, Number.NaN, 1, 1] }, now.vols);
  expect([...broken.status].map((number) => math.GREEKS_STATUSES[number])).toEqual(["ok", "invalid-input", "ok", "ok"]);
  expect(broken.delta[1]).toBeNaN();
});

test("memory does not grow with the rows of a surface, which are right from the first part to the last", () => {
  const resident = new math.ResidentGreeks({ rows: 4 });
  const { vol } = resident;
  const bytes = vol.buffer.byteLength;
  const expiries = [{ years: 0.25, forward: 100, svi: { a: 0.01, b: 0.1, rho: -0.3, m: 0, sigma: 0.2 } }];
  const strike = Float64Array.from({ length: 100_000 }, (_, row) => 50 + row / 1_000);
  const vols = math.surfaceVol({ expiries, years: 0.25, forward: 100, strike, rule: "sticky-delta" });
  const outputs = ["delta", "gamma", "vega", "theta", "vanna", "volga"] as const;
  const figures = math.greeks({ type: "call", strike, forward: 100, years: 0.25, vol: vols.vol, outputs });
  const along = math.smileGreeks(figures, vols);
  const { totalVariance } = math.sviTotalVariance(
    (expiries[0] as math.SurfaceExpiry).svi,
    strike.map((price) => Math.log(price / 100)),
  );
  expect(vol.length).toBe(4);
  expect(resident.vol.buffer.byteLength).toBe(bytes);
  // the last row of the last part
  const last = strike.length - 1;
  expect((vols.vol[last] as number) ** 2 * 0.25).toBeCloseTo(totalVariance[last] as number, 14);
  const [delta, vega, slope] = [figures.delta[last], figures.vega[last], vols.byForward[last]] as [
    number,
    number,
    number,
  ];
  expect(along.delta[last]).toBeCloseTo(delta + vega * slope, 14);
  resident.dispose();
});

test("quotes that outweigh penalties at first leave no arbitrage where they are", () => {
  const around = (mid: readonly number[]) => ({ bid: mid.map((vol) => vol - 0.01), ask: mid.map((vol) => vol + 0.01) });
  const chains = [
    // a later expiry whose vols are so low that total variance would fall
    [
      {
        years: 0.236,
        strike: [74.73, 81.22, 88.26, 95.92, 104.25, 113.3, 123.13, 133.81],
        ...around([1.021, 0.978, 0.9385, 0.9056, 0.8819, 0.8584, 0.8428, 0.8303]),
      },
      {
        years: 0.366,
        strike: [69.55, 74.79, 80.42, 86.48, 92.99, 100, 107.53, 115.63, 124.34, 133.71, 143.78],
        ...around([0.5626, 0.5272, 0.4934, 0.4553, 0.4236, 0.3931, 0.369, 0.3437, 0.3243, 0.2993, 0.2852]),
      },
    ],
    // an early expiry held down by the wings of the next, whose own would be negative far out
    [
      {
        years: 0.249,
        strike: [74.13, 79.23, 84.68, 90.5, 96.73, 103.38, 110.49, 118.09, 126.22, 134.9],
        ...around([0.6121, 0.6083, 0.6058, 0.6047, 0.6049, 0.6065, 0.6095, 0.6139, 0.6196, 0.6267]),
      },
      {
        years: 0.321,
        strike: [32.17, 44.49, 61.51, 85.04, 117.59, 162.58, 224.79, 310.81],
        ...around([0.5044, 0.5212, 0.5477, 0.5839, 0.6297, 0.6851, 0.7502, 0.8249]),
      },
    ],
  ];
  for (const chain of chains) {
    const quotes = chain.map((expiry) => ({ ...expiry, forward: 100 }));
    const fits = math.calibrateSvi(quotes);
    const verdict = math.surfaceArbitrage(
      quotes.map(({ years }, i) => ({ years, svi: fits[i]?.svi as math.SviParameters })),
    );
    expect(verdict.butterfly).toEqual([]);
    const quoted = chain.flatMap(({ strike }) => strike.map((each) => Math.log(each / 100)));
    const [early, late] = fits.map(({ svi }) => math.sviTotalVariance(svi, quoted).totalVariance);
    for (const i of quoted.keys())
      expect((late as Float64Array)[i]).toBeGreaterThanOrEqual((early as Float64Array)[i] as number);
  }
});

test("prices in coin and in quote imply their forward", () => {
  const [forward, strike] = [103, [80, 100, 120]];
  for (const inCoin of [false, true]) {
    const prices = (type: "call" | "put") => {
      const { price } = math.greeks({ type, forward, strike, years: 0.5, vol: 0.6, outputs: ["price"] });
      return inCoin ? price.map((each) => each / forward) : price;
    };
    const [call, put] = [prices("call"), prices("put")];
    const quotes = { strike, callBid: call, callAsk: call, putBid: put, putAsk: put };
    expect(math.forwardFromParity({ ...quotes, inCoin })).toBeCloseTo(forward, 9);
  }
  const none = { strike: [100], callBid: [0], callAsk: [1], putBid: [0], putAsk: [1] };
  expect(math.forwardFromParity(none)).toBeUndefined();
  for (const discount of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => math.forwardFromParity({ ...none, discount })).toThrow(
      `discount must be a finite number > 0, was ${discount} (forwardFromParity.discount)`,
    );
});

test("what makes no surface is named", () => {
  const svi = { a: 0.01, b: 0.1, rho: -0.3, m: 0, sigma: 0.2 };
  const quotes = quotesOf(0.1, 100, svi);
  const calls: [() => unknown, string][] = [
    [() => math.sviTotalVariance({ ...svi, rho: 1 }, [0]), "sviTotalVariance.svi.rho"],
    [() => math.sviTotalVariance({ ...svi, a: -1 }, [0]), "sviTotalVariance.svi.a"],
    [() => math.sviTotalVariance({ ...svi, b: undefined as unknown as number }, [0]), "sviTotalVariance.svi.b"],
    [() => math.ssviSlice({ rho: 0, eta: 1, gamma: 1 }, 0.04), "ssviSlice.ssvi.gamma"],
    [() => math.surfaceArbitrage([]), "surfaceArbitrage.expiries"],
    [() => math.surfaceArbitrage([{ years: 1, svi: { ...svi, sigma: 0 } }]), "surfaceArbitrage.expiries[0].svi.sigma"],
    [() => math.surfaceArbitrage([1, 1].map((years) => ({ years, svi }))), "surfaceArbitrage.expiries[1].years"],
    [() => math.surfaceArbitrage([{ years: 1, forward: -1, svi }]), "surfaceArbitrage.expiries[0].forward"],
    [() => math.calibrateSvi([{ ...quotes, strike: STRIKES.slice(1) }]), "calibrateSvi.expiries[0].bid"],
    [() => math.calibrateSvi([]), "calibrateSvi.expiries"],
    [() => math.calibrateSvi([quotes, quotes]), "calibrateSvi.expiries[1].years"],
    [() => math.calibrateSvi([{ ...quotes, forward: 0 }]), "calibrateSvi.expiries[0].forward"],
    [
      // One strike five times over settles nothing.
      () =>
        math.calibrateSvi([
          { ...quotes, strike: Array(5).fill(100), bid: Array(5).fill(0.5), ask: Array(5).fill(0.6) },
        ]),
      "calibrateSvi.expiries[0].strike",
    ],
    [
      () => math.calibrateSvi([{ ...quotes, strike: [1, 2], bid: [0.5, 0.5], ask: [0.6, 0.6] }]),
      "calibrateSvi.expiries[0].strike",
    ],
    [
      () => {
        const { svi, years } = { years: 1, svi: { a: 0.04, b: 0.1, rho: 0, m: 0, sigma: 0.1 } };
        // a strike is read by the forward of the fit, which must be there then
        math.surfaceVol({ expiries: [{ years, svi }], years, forward: 100, strike: [90], rule: "sticky-strike" });
      },
      "surfaceVol.expiries[0].forward",
    ],
    [
      () => math.calibrateSsvi([{ ...quotes, bid: STRIKES.map((_, i) => (i === 3 ? Number.NaN : 0.4)), ask: STRIKES }]),
      "calibrateSsvi.expiries[0].bid[3]",
    ],
  ];
  for (const [call, path] of calls) {
    expect(call, path).toThrow(expect.objectContaining({ name: "ConfigError", code: "INVALID_VALUE", path }));
  }
});
