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
