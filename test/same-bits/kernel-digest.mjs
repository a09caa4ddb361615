/**
 * The digest of `plimsoll_math::self_check`, computed through the package: the same options, the same figures in the same
 * order. Needs nothing of Node, so that a page can import it.
 */

const OPTIONS = 1003;
const FIGURES = [
  ...["price", "delta", "gamma", "vega", "theta", "rho", "psi", "vanna", "volga", "charm", "speed", "zomma", "color"],
  ...["veta", "ultima", "dualDelta", "dualGamma", "elasticity", "probabilityInTheMoney", "premiumAdjustedDelta"],
];
const ELEMENTARY = ["exp", "expm1", "ln", "normPdf", "normCdf", "erfc", "millsRatio"];
const WORD = (1n << 64n) - 1n;

/**
 * @param {any} math  `plimsoll/math`, loaded
 * @returns {string} 16 hexadecimal digits
 */
export function kernelDigest(math) {
  const digest = new Digest();
  const { points, inputs } = vectors();
  for (const model of ["spot", "forward", "inverse"]) {
    const { status, ...figures } = math.greeks({ ...inputs, model, outputs: FIGURES });
    const { vol: vols, ...quoted } = inputs;
    const start = vols.map((vol) => vol * 1.01);
    for (const warm of [{}, { start }]) {
      const found = math.impliedVol({ ...quoted, model, price: figures.price, ...warm });
      digest.add(found.vol);
      digest.add(found.status);
    }
    for (const figure of FIGURES) digest.add(figures[figure]);
    digest.add(status);
  }
  for (const x of points) digest.add(ELEMENTARY.map((name) => math[name](x)));
  return digest.hex;
}

/** FNV-1a over the bits of doubles; a NaN counts as one pattern. */
class Digest {
  #hash = 0xcbf29ce484222325n;
  #double = new Float64Array(1);
  #bits = new BigUint64Array(this.#double.buffer);

  /** @param {ArrayLike<number>} numbers */
  add(numbers) {
    for (let i = 0; i < numbers.length; i++) {
      const number = /** @type {number} */ (numbers[i]);
      this.#double[0] = number;
      const bits = Number.isNaN(number) ? 0x7ff8n << 48n : /** @type {bigint} */ (this.#bits[0]);
      this.#hash = ((this.#hash ^ bits) * 0x100000001b3n) & WORD;
    }
  }

  get hex() {
    return this.#hash.toString(16).padStart(16, "0");
  }
}

/** The options of `self_check.rs`, draw for draw. */
function vectors() {
  const unit = xorshift(0x706c696d736f6c6cn);
  const columns = { spot: [], strike: [], years: [], rate: [], carry: [], vol: [] };
  /** @type {number[]} */ const type = [];
  /** @type {number[]} */ const points = [];
  const inputs = { type, .../** @type {Record<keyof columns, number[]>} */ (columns) };
  for (let option = 0; option < OPTIONS; option++) {
    const isFar = option % 8 === 7;
    const spot = 100 + 59_900 * unit();
    const years = isFar ? 0.001 * unit() : 2 * unit() * unit();
    const vol = 0.05 + 1.5 * unit();
    const moneyness = isFar ? 0.2 + 3 * unit() : 1 + vol * Math.sqrt(years) * (4 * unit() - 2);
    type.push(unit() < 0.5 ? 1 : -1);
    inputs.spot.push(spot);
    inputs.strike.push(Math.abs(spot * moneyness));
    inputs.years.push(years);
    inputs.rate.push(0.1 * unit() - 0.02);
    inputs.carry.push(0.1 * unit() - 0.05);
    inputs.vol.push(vol);
    points.push(isFar ? 1500 * unit() - 750 : 80 * unit() - 40);
  }
  inputs.years[0] = inputs.vol[1] = inputs.spot[2] = inputs.strike[3] = 0;
  inputs.spot[4] = Number.NaN;
  inputs.vol[5] = -1;
  return { points, inputs };
}

/**
 * xorshift64*, then a fraction of 53 bits.
 *
 * @param {bigint} seed
 */
function xorshift(seed) {
  let state = seed;
  return () => {
    state ^= state >> 12n;
    state = (state ^ (state << 25n)) & WORD;
    state ^= state >> 27n;
    return Number(((state * 0x2545f4914f6cdd1dn) & WORD) >> 11n) / 2 ** 53;
  };
}
