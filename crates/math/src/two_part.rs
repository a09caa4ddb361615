//! Numbers in two parts, high + low, for the few places where one rounding would show (Dekker 1971, Knuth 1969).

use crate::elementary::{LN2_HEAD, LN2_TAIL};
use crate::lane::Lane;

/// An unevaluated sum, |low| ≤ half a unit in the last place of `high`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct TwoPart {
    pub(crate) high: f64,
    pub(crate) low: f64,
}

impl TwoPart {
    pub(crate) fn from_f64(value: f64) -> Self {
        Self { high: value, low: 0.0 }
    }

    /// a + b, exactly.
    pub(crate) fn sum(a: f64, b: f64) -> Self {
        let high = a + b;
        let from_b = high - a;
        Self { high, low: (a - (high - from_b)) + (b - from_b) }
    }

    /// a × b; the low part is off by at most 2⁻⁵⁴ of itself, since heads have 26 and rests 27 bits.
    pub(crate) fn product(a: f64, b: f64) -> Self {
        let high = a * b;
        let (a_head, b_head) = (a.head(), b.head());
        let (a_rest, b_rest) = (a - a_head, b - b_head);
        let low = ((a_head * b_head - high) + a_head * b_rest + a_rest * b_head) + a_rest * b_rest;
        Self { high, low }
    }

    fn normalised(high: f64, low: f64) -> Self {
        let sum = high + low;
        Self { high: sum, low: low - (sum - high) }
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        let sum = Self::sum(self.high, other.high);
        Self::normalised(sum.high, sum.low + (self.low + other.low))
    }

    pub(crate) fn negated(self) -> Self {
        Self { high: -self.high, low: -self.low }
    }

    pub(crate) fn times(self, factor: f64) -> Self {
        let product = Self::product(self.high, factor);
        Self::normalised(product.high, product.low + self.low * factor)
    }

    pub(crate) fn over(self, divisor: Self) -> Self {
        let quotient = self.high / divisor.high;
        let back = Self::product(quotient, divisor.high);
        let rest = ((self.high - back.high) - back.low) + (self.low - quotient * divisor.low);
        Self::normalised(quotient, rest / divisor.high)
    }

    pub(crate) fn sqrt(value: f64) -> Self {
        let root = value.sqrt();
        let square = Self::product(root, root);
        Self { high: root, low: ((value - square.high) - square.low) / (root + root) }
    }

    pub(crate) fn abs(self) -> Self {
        if self.high < 0.0 {
            self.negated()
        } else {
            self
        }
    }
}

/// x = m × 2ᵏ with m in [1, 2), for any positive finite x.
fn split(x: f64) -> (f64, f64) {
    const TWO_54: f64 = 18_014_398_509_481_984.0;
    let (scaled, shift) = if x < f64::MIN_POSITIVE { (x * TWO_54, -54) } else { (x, 0) };
    let bits = scaled.to_bits();
    let exponent = (bits >> 52) as i32 - 1023 + shift;
    (f64::from_bits((bits & ((1 << 52) - 1)) | (1023 << 52)), f64::from(exponent))
}

/// ln(a/b) for any positive finite numbers: relative error below 1e-17, checked in `tests/accuracy.rs` through prices.
pub(crate) fn ln_ratio(a: f64, b: f64) -> TwoPart {
    let ((mut a_mantissa, a_exponent), (b_mantissa, b_exponent)) = (split(a), split(b));
    let mut k = a_exponent - b_exponent;
    // Bring the quotient of the mantissas, in (½, 2), to within [1/√2, √2].
    if a_mantissa > b_mantissa * core::f64::consts::SQRT_2 {
        a_mantissa *= 0.5;
        k += 1.0;
    } else if a_mantissa * core::f64::consts::SQRT_2 < b_mantissa {
        a_mantissa *= 2.0;
        k -= 1.0;
    }
    let u = TwoPart::from_f64(a_mantissa - b_mantissa).over(TwoPart::sum(a_mantissa, b_mantissa));
    // 2 artanh(u) = 2u + u³·(2/3 + 2u²/5 + …); 0.1716²⁸ ends the series below 1e-21.
    const TERMS: usize = 14;
    let u2 = u.high * u.high;
    let mut series = 0.0;
    for term in (0..TERMS).rev() {
        series = series * u2 + 2.0 / (2 * term + 3) as f64;
    }
    let artanh = TwoPart::sum(2.0 * u.high, 2.0 * u.low + u.high * u2 * series);
    // k·LN2_HEAD is exact.
    let exponents = TwoPart::sum(k * LN2_HEAD, k * LN2_TAIL);
    exponents.plus(artanh)
}
