//! Exponentials and logarithms in two parts, for single numbers: far more exact than a double, and far slower than
//! [`crate::elementary`].

use crate::elementary::{power_of_two, LN2_HEAD, LN2_TAIL, LOG2_E, ROUNDER, TWO_54};
use crate::two_part::TwoPart;

/// eˣ for |x| ≤ 700: relative error below 1e-28.
pub(crate) fn exp(x: TwoPart) -> TwoPart {
    // ln 2 in three parts, the first with trailing zeros.
    const LN2_REST: f64 = 1.161_222_722_936_253_2e-26;
    const HALVINGS: i32 = 8;
    let k = (x.high * LOG2_E + ROUNDER) - ROUNDER;
    let r = x
        .plus(TwoPart::from_single(-k * LN2_HEAD))
        .plus(TwoPart::product(-k, LN2_TAIL))
        .plus(TwoPart::from_single(-k * LN2_REST));
    let shrink = 1.0 / f64::from(1 << HALVINGS);
    let r = TwoPart {
        high: r.high * shrink,
        low: r.low * shrink,
    };
    // Taylor: (0.35/256)¹¹/11! is below 1e-38.
    let mut sum = TwoPart::from_single(1.0);
    for divisor in (1..=10).rev() {
        sum = TwoPart::from_single(1.0).plus(sum.times_two_part(r).over(TwoPart::from_single(f64::from(divisor))));
    }
    for _ in 0..HALVINGS {
        sum = sum.times_two_part(sum);
    }
    let scale = power_of_two(k);
    TwoPart {
        high: sum.high * scale,
        low: sum.low * scale,
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
