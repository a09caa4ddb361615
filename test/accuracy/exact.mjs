/** Decimal references against doubles in exact rational arithmetic: what is measured is no rounding of the measurement. */

/** Decimals below ten to this power count as zero: every double but zero is far above. */
const EXPONENT_MIN = -400;
const FRACTION_BITS = 52n;
const EXPONENT_BIAS = 1075n;

const words = new DataView(new ArrayBuffer(8));

/**
 * A decimal as an integer times a power of ten.
 *
 * @param {string} text such as "-1.5e-7"
 * @returns {{ digits: bigint, exponent: number }}
 */
export function decimal(text) {
  const match = /^([+-]?)(\d+)(?:\.(\d*))?(?:e([+-]?\d+))?$/i.exec(text.trim());
  if (match === null) throw new RangeError(`a decimal was expected, not ${JSON.stringify(text)}`);
  const [, sign, whole = "", fraction = "", power = "0"] = match;
  const digits = BigInt(whole + fraction);
  const exponent = Number(power) - fraction.length;
  if (digits === 0n || exponent + digits.toString().length < EXPONENT_MIN) return { digits: 0n, exponent: 0 };
  return { digits: sign === "-" ? -digits : digits, exponent };
}

/**
 * A finite double as an integer times a power of two.
 *
 * @param {number} value
 * @returns {{ integer: bigint, power: bigint }}
 */
function binary(value) {
  words.setFloat64(0, value);
  const bits = words.getBigUint64(0);
  const biased = (bits >> FRACTION_BITS) & 0x7ffn;
  const fraction = bits & ((1n << FRACTION_BITS) - 1n);
  const magnitude = biased === 0n ? fraction : fraction | (1n << FRACTION_BITS);
  return { integer: value < 0 ? -magnitude : magnitude, power: (biased === 0n ? 1n : biased) - EXPONENT_BIAS };
}

/**
 * |value − exact| ÷ scale, correct to a double's precision; ∞ where the value is not finite.
 *
 * @param {number} value
 * @param {string} exact
 * @param {number} scale above 0
 */
export function errorShare(value, exact, scale) {
  if (!Number.isFinite(value) || !(scale > 0)) return Number.POSITIVE_INFINITY;
  const { digits, exponent } = decimal(exact);
  const ours = binary(value);
  const unit = binary(scale);
  // Everything over the common denominator 10^tens · 2^twos.
  const tens = BigInt(Math.max(-exponent, 0));
  const twos = ours.power < 0n ? -ours.power : 0n;
  const left = (ours.integer * 10n ** tens) << (ours.power + twos);
  const right = (digits * 10n ** BigInt(Math.max(exponent, 0))) << twos;
  const difference = left > right ? left - right : right - left;
  const shift = twos + unit.power;
  const below = unit.integer * 10n ** tens;
  return shift >= 0n ? quotient(difference, below << shift) : quotient(difference << -shift, below);
}

/** a ÷ b of non-negative integers as a double. @param {bigint} a @param {bigint} b */
function quotient(a, b) {
  if (a === 0n) return 0;
  // 64 or 65 bits of the quotient, then its power of two.
  const shift = 64 - (bitLength(a) - bitLength(b));
  const whole = shift >= 0 ? (a << BigInt(shift)) / b : a / (b << BigInt(-shift));
  return Number(whole) * 2 ** -shift;
}

/** @param {bigint} integer */
function bitLength(integer) {
  const hexadecimal = integer.toString(16);
  return 4 * (hexadecimal.length - 1) + (32 - Math.clz32(Number.parseInt(hexadecimal.charAt(0), 16)));
}

/** The distance from |x| to the next double above. @param {number} x */
export function unitInLastPlace(x) {
  words.setFloat64(0, Math.abs(x));
  words.setBigUint64(0, words.getBigUint64(0) + 1n);
  return words.getFloat64(0) - Math.abs(x);
}
