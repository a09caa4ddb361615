/**
 * Other packages of npm, where they are installed; none is needed:
 *
 *   npm install --prefix .build/peers black-scholes greeks @uqee/black-scholes option-pricing
 */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { relativePriceSamples, samplesOf, scalesOf, spreadByRegime } from "./measure.mjs";
import { PRICE_RELATIVE } from "./models.mjs";

/** @typedef {import("./models.mjs").OutputColumn} OutputColumn */
/** @typedef {import("./oracle.mjs").Row} Row */
/** @typedef {import("./measure.mjs").Spread} Spread */
/** @typedef {{ type: "call" | "put", spot: number, strike: number, years: number, rate: number, carry: number, vol: number }} Option */
/**
 * @typedef {object} Peer
 * @property {string} name
 * @property {readonly string[]} packages that must be there
 * @property {boolean} hasCarry whether it knows a carry yield
 * @property {(...packages: any[]) => Partial<Record<OutputColumn, (option: Option) => number>>} figures in our units: raw,
 *   per 1.0 and per year of calendar time
 */

const FOLDER = fileURLToPath(new URL("../../.build/peers/package.json", import.meta.url));

/** @type {readonly Peer[]} */
const PEERS = [
  {
    name: "black-scholes + greeks",
    packages: ["black-scholes", "greeks"],
    hasCarry: false,
    figures: ({ blackScholes }, { getDelta, getGamma, getVega, getTheta, getRho }) => {
      /** @param {(s: number, k: number, t: number, v: number, r: number, type: string, scale?: number) => number} figure */
      const raw = (figure) => (/** @type {Option} */ o) => figure(o.spot, o.strike, o.years, o.vol, o.rate, o.type, 1);
      return {
        price: raw(blackScholes),
        delta: raw(getDelta),
        gamma: raw(getGamma),
        // Its vega is per vol point.
        vega: (option) => 100 * raw(getVega)(option),
        theta: raw(getTheta),
        rho: raw(getRho),
      };
    },
  },
  {
    name: "@uqee/black-scholes",
    packages: ["@uqee/black-scholes"],
    hasCarry: false,
    figures: ({ BlackScholes }) => {
      const model = new BlackScholes({ sigmaToPricePrecision: "double" });
      const figure = (/** @type {string} */ name) => (/** @type {Option} */ o) =>
        model.option({
          rate: o.rate,
          sigma: o.vol,
          strike: o.strike,
          time: o.years,
          type: o.type,
          underlying: o.spot,
        })[name];
      const theta = figure("theta");
      return {
        price: figure("price"),
        delta: figure("delta"),
        gamma: figure("gamma"),
        vega: figure("vega"),
        // Its theta is by time to expiry.
        theta: (option) => -theta(option),
        rho: figure("rho"),
      };
    },
  },
  {
    name: "option-pricing",
    packages: ["option-pricing"],
    hasCarry: true,
    figures: ({ Option }) => ({
      price: (o) =>
        new Option({
          style: "european",
          type: o.type,
          initialSpotPrice: o.spot,
          strikePrice: o.strike,
          timeToMaturity: o.years,
          volatility: o.vol,
          riskFreeRate: o.rate,
          dividendYield: o.carry,
        }).price("black-scholes"),
    }),
  },
];

/**
 * Every peer's errors over the bsm rows that it can be asked, or null where it is not installed.
 *
 * @param {import("./oracle.mjs").Oracle} oracle
 * @returns {Promise<Map<string, Map<string, Spread> | null>>}
 */
export async function measurePeers(oracle) {
  const result = new Map();
  for (const peer of PEERS) {
    const packages = await installed(peer.packages);
    result.set(peer.name, packages === null ? null : errorsOf(peer, packages, oracle.sections.get("bsm") ?? []));
  }
  return result;
}

/** @param {readonly string[]} names */
async function installed(names) {
  const { resolve } = createRequire(FOLDER);
  try {
    const modules = await Promise.all(names.map((name) => import(resolve(name))));
    return modules.map((module) => ({ ...module.default, ...module }));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND") return null;
    throw error;
  }
}

/**
 * @param {Peer} peer
 * @param {readonly any[]} packages
 * @param {readonly Row[]} all
 * @returns {Map<string, Spread>} by output, with the row of relative prices
 */
function errorsOf(peer, packages, all) {
  const rows = all.filter(({ q }) => peer.hasCarry || Number(q) === 0);
  const scaleOf = scalesOf("bsm", rows);
  const errors = new Map();
  for (const [name, figure] of Object.entries(peer.figures(...packages))) {
    const output = /** @type {OutputColumn} */ (name);
    const value = (/** @type {number} */ index) => figure(optionOf(rows[index]));
    errors.set(output, spreadByRegime(samplesOf(rows, output, value, scaleOf)));
    if (output === "price") errors.set(PRICE_RELATIVE.output, spreadByRegime(relativePriceSamples(rows, value)));
  }
  return errors;
}

/** @param {Row | undefined} row @returns {Option} */
function optionOf(row) {
  return {
    type: row?.type === "call" ? "call" : "put",
    spot: Number(row?.S),
    strike: Number(row?.K),
    years: Number(row?.T),
    rate: Number(row?.r),
    carry: Number(row?.q),
    vol: Number(row?.sigma),
  };
}
