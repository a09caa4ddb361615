//! Numbers in two parts, high + low, for the few places where one rounding would show (Dekker 1971, Knuth 1969).

use crate::elementary::{power_of_two, LN2_HEAD, LN2_TAIL, LOG2_E, ROUNDER, TWO_54};
use crate::lane::Lane;

/// An unevaluated sum, |low| ≤ half a unit in the last place of `high`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct TwoPart<L = f64> {
    pub(crate) high: L,
    pub(crate) low: L,
}

impl<L: Lane> TwoPart<L> {
    #[inline(always)]
    pub(crate) fn from_single(value: L) -> Self {
        Self {
            high: value,
            low: L::splat(0.0),
        }
    }

    /// a + b, exactly.
    #[inline(always)]
    pub(crate) fn sum(a: L, b: L) -> Self {
        let high = a + b;
        let from_b = high - a;
        Self {
            high,
            low: (a - (high - from_b)) + (b - from_b),
        }
    }

    /// a × b; the low part is off by at most 2⁻⁵⁴ of itself, since heads have 26 and rests 27 bits.
    #[inline(always)]
    pub(crate) fn product(a: L, b: L) -> Self {
        let high = a * b;
        let (a_head, b_head) = (a.head(), b.head());
        let (a_rest, b_rest) = (a - a_head, b - b_head);
        let low = ((a_head * b_head - high) + a_head * b_rest + a_rest * b_head) + a_rest * b_rest;
        Self { high, low }
    }

    /// high + low where |low| is at most |high|.
    #[inline(always)]
    pub(crate) fn ordered(high: L, low: L) -> Self {
        let sum = high + low;
        Self {
            high: sum,
            low: low - (sum - high),
        }
    }

    #[inline(always)]
    pub(crate) fn plus(self, other: Self) -> Self {
        let sum = Self::sum(self.high, other.high);
        Self::ordered(sum.high, sum.low + (self.low + other.low))
    }

    #[inline(always)]
    pub(crate) fn negated(self) -> Self {
        Self {
            high: -self.high,
            low: -self.low,
        }
    }

    #[inline(always)]
    pub(crate) fn times(self, factor: L) -> Self {
        let product = Self::product(self.high, factor);
        Self::ordered(product.high, product.low + self.low * factor)
    }

    /// Quotient, by one division: the reciprocal of the divisor's high part.
    #[inline(always)]
    pub(crate) fn over(self, divisor: Self) -> Self {
        let reciprocal = L::splat(1.0) / divisor.high;
        let quotient = self.high * reciprocal;
        let back = Self::product(quotient, divisor.high);
        let rest = ((self.high - back.high) - back.low) + (self.low - quotient * divisor.low);
        Self::ordered(quotient, rest * reciprocal)
    }

    #[inline(always)]
    pub(crate) fn sqrt(value: L) -> Self {
        let root = value.sqrt();
        let square = Self::product(root, root);
        Self {
            high: root,
            low: ((value - square.high) - square.low) / (root + root),
        }
    }

    #[inline(always)]
    pub(crate) fn abs(self) -> Self {
        let negative = self.high.lt(L::splat(0.0));
        Self {
            high: self.high.abs(),
            low: L::select(negative, -self.low, self.low),
        }
    }
}

impl TwoPart {
    /// The product of two numbers in two parts.
    pub(crate) fn times_two_part(self, other: Self) -> Self {
        let product = Self::product(self.high, other.high);
        Self::ordered(
            product.high,
            product.low + (self.low * other.high + self.high * other.low),
        )
    }

    /// e to this power, for |x| ≤ 700: relative error below 1e-28.
    pub(crate) fn exp(self) -> Self {
        // ln 2 in three parts, the first with trailing zeros.
        const LN2_REST: f64 = 1.161_222_722_936_253_2e-26;
        const HALVINGS: i32 = 8;
        let k = (self.high * LOG2_E + ROUNDER) - ROUNDER;
        let r = self
            .plus(Self::from_single(-k * LN2_HEAD))
            .plus(Self::product(-k, LN2_TAIL))
            .plus(Self::from_single(-k * LN2_REST));
        let shrink = 1.0 / f64::from(1 << HALVINGS);
        let r = Self {
            high: r.high * shrink,
            low: r.low * shrink,
        };
        // Taylor: (0.35/256)¹¹/11! is below 1e-38.
        let mut sum = Self::from_single(1.0);
        for divisor in (1..=10).rev() {
            sum = Self::from_single(1.0).plus(sum.times_two_part(r).over(Self::from_single(f64::from(divisor))));
        }
        for _ in 0..HALVINGS {
            sum = sum.times_two_part(sum);
        }
        let scale = power_of_two(k);
        Self {
            high: sum.high * scale,
            low: sum.low * scale,
        }
    }
}

/// x = m × 2ᵏ with m in [1, 2), for any positive finite x.
pub(crate) fn split(x: f64) -> (f64, f64) {
    let (scaled, shift) = if x < f64::MIN_POSITIVE {
        (x * TWO_54, -54)
    } else {
        (x, 0)
    };
    let bits = scaled.to_bits();
    let exponent = (bits >> 52) as i32 - 1023 + shift;
    (
        f64::from_bits((bits & ((1 << 52) - 1)) | (1023 << 52)),
        f64::from(exponent),
    )
}

/// ln(a/b) for any positive finite numbers: relative error below 1e-22, so that two such logarithms may be subtracted.
///
/// Checked in `tests/accuracy.rs` through the prices of chains.
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
    let u = TwoPart::from_single(a_mantissa - b_mantissa).over(TwoPart::sum(a_mantissa, b_mantissa));
    // 2 artanh(u) = 2u + u³·(2/3 + 2u²/5 + …); 0.1716³² ends the series below 1e-24. The first terms are in two parts: what
    // follows is below 1e-6 of u.
    const TERMS: usize = 16;
    const TERMS_IN_TWO_PARTS: usize = 3;
    let u2 = u.times_two_part(u);
    let mut rest = 0.0;
    for term in (TERMS_IN_TWO_PARTS..TERMS).rev() {
        rest = rest * u2.high + 2.0 / (2 * term + 3) as f64;
    }
    let mut series = TwoPart::from_single(rest);
    for term in (0..TERMS_IN_TWO_PARTS).rev() {
        let coefficient = TwoPart::from_single(2.0).over(TwoPart::from_single((2 * term + 3) as f64));
        series = coefficient.plus(series.times_two_part(u2));
    }
    let artanh = TwoPart {
        high: 2.0 * u.high,
        low: 2.0 * u.low,
    }
    .plus(u.times_two_part(u2).times_two_part(series));
    // k·LN2_HEAD is exact.
    let exponents = TwoPart::sum(k * LN2_HEAD, k * LN2_TAIL);
    exponents.plus(artanh)
}
