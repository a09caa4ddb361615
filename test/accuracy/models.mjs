/** The oracle's sections and columns, in the words of `plimsoll/math`, with their bounds. */

/** @typedef {import("plimsoll/math").GreekName} GreekName */
/** @typedef {"bsm" | "black76" | "inverse" | "bachelier"} Section */

/** @type {Readonly<Record<Section, { readonly model: import("plimsoll/math").OptionModel, readonly underlying: "S" | "F" }>>} */
export const MODELS = {
  bsm: { model: "spot", underlying: "S" },
  black76: { model: "forward", underlying: "F" },
  inverse: { model: "inverse", underlying: "S" },
  bachelier: { model: "bachelier", underlying: "F" },
};
export const SECTIONS = /** @type {readonly Section[]} */ (Object.keys(MODELS));

const FIRST_ORDER = 1e-14;
const HIGHER_ORDER = 3e-14;
const RELATIVE = 1e-13;

/** Below this a price has no relative accuracy left to ask for. */
export const RELATIVE_FROM = 1e-300;
/** The seed of the oracle whose rows have the tighter price bound. */
const ORACLE_SEED = 20240607;
const PRICE_ON_ORACLE = 4e-16;
const PRICE_ON_ANY = 5e-16;

/** Column of the oracle → name in `plimsoll/math`, bound, and what the error is a share of. */
const OUTPUTS = /** @type {const} */ ({
  price: ["price", PRICE_ON_ANY, "of its scale"],
  delta: ["delta", FIRST_ORDER, "of its scale"],
  gamma: ["gamma", HIGHER_ORDER, "of its scale"],
  vega: ["vega", FIRST_ORDER, "of its scale"],
  theta: ["theta", FIRST_ORDER, "of its scale"],
  rho: ["rho", FIRST_ORDER, "of its scale"],
  psi: ["psi", FIRST_ORDER, "of its scale"],
  vanna: ["vanna", HIGHER_ORDER, "of its scale"],
  volga: ["volga", HIGHER_ORDER, "of its scale"],
  charm: ["charm", HIGHER_ORDER, "of its scale"],
  speed: ["speed", HIGHER_ORDER, "of its scale"],
  zomma: ["zomma", HIGHER_ORDER, "of its scale"],
  color: ["color", HIGHER_ORDER, "of its scale"],
  veta: ["veta", HIGHER_ORDER, "of its scale"],
  ultima: ["ultima", HIGHER_ORDER, "of its scale"],
  dual_delta: ["dualDelta", FIRST_ORDER, "of its scale"],
  dual_gamma: ["dualGamma", HIGHER_ORDER, "of its scale"],
  delta_premium_adjusted: ["premiumAdjustedDelta", FIRST_ORDER, "of its scale"],
  elasticity: ["elasticity", RELATIVE, "of itself, at least 1"],
  probability_in_the_money: ["probabilityInTheMoney", FIRST_ORDER, "of 1"],
});

/** @typedef {keyof typeof OUTPUTS} OutputColumn */
export const COLUMNS = /** @type {readonly OutputColumn[]} */ (Object.keys(OUTPUTS));

/** The row of its own that relative price errors have. */
export const PRICE_RELATIVE = { output: "price_relative", bound: RELATIVE, unit: `of itself, above ${RELATIVE_FROM}` };

/** @param {OutputColumn} name @returns {GreekName} */
export function greekOf(name) {
  return OUTPUTS[name][0];
}

/** @type {Readonly<Record<Section, string>>} */
const PRICE_UNITS = {
  bsm: "of max(S, K)",
  black76: "of max(F, K)",
  inverse: "of max(S, K)/S",
  bachelier: "of max(±F, ±K, σ√T)",
};

/**
 * Greatest error allowed, and its unit.
 *
 * @param {Section} section
 * @param {OutputColumn} name
 * @param {unknown} seed of the file
 */
export function boundOf(section, name, seed) {
  const [, bound, unit] = OUTPUTS[name];
  if (name !== "price") return { bound, unit };
  return { bound: seed === ORACLE_SEED ? PRICE_ON_ORACLE : bound, unit: PRICE_UNITS[section] };
}
