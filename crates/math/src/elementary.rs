//! Elementary functions from `+ − × ÷ √` and bit operations alone: exp, ln, erfc, the normal distribution and the Mills
//! ratio, over any [`Lane`] (`exp_lane`, …) and for single numbers (`exp`, …), with the same bits.
//!
//! | function | method | relative error over its range |
//! | --- | --- | --- |
//! | exp, expm1 | x = k·ln 2 + r, Cody–Waite; eʳ − 1 = 2r/(r·coth(r/2) − r), minimax polynomial in r² | ≤ 2.5e-16 |
//! | ln | x = m·2ᵏ, 2 artanh((m − 1)/(m + 1)); minimax polynomial | ≤ 3.5e-16 |
//! | Φ, φ, erfc | one rational Mills ratio; the exponent −x²/2 split exactly, so the tails keep their relative accuracy | ≤ 2e-15 |
//!
//! `tests/elementary.rs` checks the bounds against `tests/vectors/elementary.csv` (mpmath); the coefficients are re-derived
//! by `scripts/derive-coefficients.py`.

mod exponential;
mod logarithm;
mod normal;
mod tables;

pub use exponential::power_of_two;
pub(crate) use exponential::{
    exp_reduced, exp_reduction, expm1_bounded, expm1_small, scale_twice, scaled_expm1, times_exp, LN2_HEAD, LN2_TAIL,
    LOG2_E, ROUNDER, TWO_54,
};
pub(crate) use logarithm::{ln_ratio, ln_ratio_parts, ln_ratio_two_part, ln_series, ln_sum};
pub(crate) use normal::{
    gauss_exponent, gauss_reduced, mills_ends, mills_pair, scaled_tail, MillsEnds, FAR_TAIL, MILLS_SHIFT, TAIL_END,
};
pub use normal::{INV_SQRT_2PI, SQRT_2PI};
pub(crate) use tables::{horner, horner_divided, veiled_tables, ScaledTail, Tables, TABLES};

use crate::lane::Lane;
use normal::gauss;

/// eˣ; 0 and ∞ where it leaves the range of `f64`.
#[inline(always)]
#[must_use]
pub fn exp_lane<L: Lane>(x: L) -> L {
    let bounded = x.min(L::splat(710.0)).max(L::splat(-746.0));
    let ([k], [p]) = exp_reduced(TABLES, [bounded], [L::splat(0.0)]);
    scale_twice(L::splat(1.0), k, p)
}

/// eˣ − 1, accurate near x = 0; −1 and ∞ at the ends.
#[inline(always)]
#[must_use]
pub fn expm1_lane<L: Lane>(x: L) -> L {
    let bounded = x.min(L::splat(700.0)).max(L::splat(-700.0));
    let ([k], [p]) = exp_reduced(TABLES, [bounded], [L::splat(0.0)]);
    let small = scaled_expm1(k, p);
    // Above 700 the 1 is far below the last digit.
    L::select(x.gt(L::splat(700.0)), exp_lane(x), small)
}

/// Natural logarithm; −∞ at 0, NaN below.
#[inline(always)]
#[must_use]
pub fn ln_lane<L: Lane>(x: L) -> L {
    const TWO_1023: f64 = 8.988_465_674_311_579_5e307;
    // Subnormal numbers, and those whose quotient by 1 would round to 2¹⁰²⁴, are brought to where exponents can be aligned.
    let subnormal = x.lt(L::splat(f64::MIN_POSITIVE));
    let topmost = x.ge(L::splat(TWO_1023));
    let scale = L::select(
        subnormal,
        L::splat(TWO_54),
        L::select(topmost, L::splat(1.0 / TWO_54), L::splat(1.0)),
    );
    let shift = L::select(
        subnormal,
        L::splat(-54.0),
        L::select(topmost, L::splat(54.0), L::splat(0.0)),
    );
    let (k, u) = ln_ratio_parts(x * scale, L::splat(1.0));
    let k = k + shift;
    let u2 = u * u;
    let [series] = horner(TABLES.ln, [u2]);
    let ln = ln_sum(k, u, u2, series);
    let zero = L::splat(0.0);
    let ordinary = x.gt(zero);
    let special = L::select(zero.le(x), L::splat(f64::NEG_INFINITY), L::splat(f64::NAN));
    let finite = x.lt(L::splat(f64::INFINITY));
    L::select(finite, L::select(ordinary, ln, special), x)
}

/// Normal density φ(x) = e^{−x²/2}/√(2π).
#[inline(always)]
#[must_use]
pub fn norm_pdf_lane<L: Lane>(x: L) -> L {
    gauss(x) * L::splat(INV_SQRT_2PI)
}

/// Normal distribution function Φ(x), relatively accurate in the left tail.
#[inline(always)]
#[must_use]
pub fn norm_cdf_lane<L: Lane>(x: L) -> L {
    let [scaled] = scaled_tail(TABLES, [x.abs()]);
    let tail = gauss(x) * scaled;
    L::select(x.gt(L::splat(0.0)), L::splat(1.0) - tail, tail)
}

/// Complementary error function 2/√π ∫ₓ^∞ e^{−t²} dt, relatively accurate in the right tail.
#[inline(always)]
#[must_use]
pub fn erfc_lane<L: Lane>(x: L) -> L {
    let a = x.abs().min(L::splat(28.0));
    let head = a.head();
    let z = -(head * head);
    let small = -((a - head) * (a + head));
    let ([k], [p]) = exp_reduced(TABLES, [z], [small]);
    let [scaled] = scaled_tail(TABLES, [a * L::splat(core::f64::consts::SQRT_2)]);
    let tail = scale_twice(scaled + scaled, k, p);
    L::select(x.lt(L::splat(0.0)), L::splat(2.0) - tail, tail)
}

/// Mills ratio (1 − Φ(x))/φ(x); ∞ where it leaves the range of `f64` on the left.
#[inline(always)]
#[must_use]
pub fn mills_ratio_lane<L: Lane>(x: L) -> L {
    let shift = L::splat(-MILLS_SHIFT);
    let [tail] = scaled_tail(TABLES, [L::select(x.lt(shift), -x, x)]);
    let bounded = x.abs().min(L::splat(TAIL_END));
    let head = bounded.head();
    let half = L::splat(0.5);
    let ([k], [p]) = exp_reduced(
        TABLES,
        [head * head * half],
        [(bounded - head) * (bounded + head) * half],
    );
    let inverse_density = scale_twice(L::splat(1.0), k, p);
    L::select(x.lt(shift), inverse_density - tail, tail) * L::splat(SQRT_2PI)
}

macro_rules! single {
    ($($(#[$doc:meta])* $name:ident, $lane:ident;)*) => {$(
        $(#[$doc])*
        // one copy of each: callers that are hot run on lanes
        #[inline(never)]
        #[must_use]
        pub fn $name(x: f64) -> f64 {
            $lane(x)
        }
    )*};
}
single! {
    /// eˣ; 0 and ∞ where it leaves the range of `f64`.
    exp, exp_lane;
    /// eˣ − 1, accurate near x = 0; −1 and ∞ at the ends.
    expm1, expm1_lane;
    /// Natural logarithm; −∞ at 0, NaN below.
    ln, ln_lane;
    /// Normal density φ(x) = e^{−x²/2}/√(2π).
    norm_pdf, norm_pdf_lane;
    /// Normal distribution function Φ(x), relatively accurate in the left tail.
    norm_cdf, norm_cdf_lane;
    /// Complementary error function 2/√π ∫ₓ^∞ e^{−t²} dt, relatively accurate in the right tail.
    erfc, erfc_lane;
    /// Mills ratio (1 − Φ(x))/φ(x); ∞ where it leaves the range of `f64` on the left.
    mills_ratio, mills_ratio_lane;
}
