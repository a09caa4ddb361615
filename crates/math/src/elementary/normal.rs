//! The normal density, and the Mills ratio as a rational function.

use super::exponential::{exp_reduced, scale_twice};
use super::tables::{divided_step, horner, ScaledTail, Tables, TABLES};
use crate::lane::Lane;

/// 1/√(2π), the normal density at zero.
pub const INV_SQRT_2PI: f64 = 0.398_942_280_401_432_7;
/// √(2π).
pub const SQRT_2PI: f64 = 2.506_628_274_631_000_7;
/// Where the argument of the rational Mills ratio begins: it is evaluated at a + 0.7 for a ≥ −0.7.
pub(crate) const MILLS_SHIFT: f64 = 0.7;
/// Beyond this many standard deviations the density underflows for any price scale.
pub(crate) const TAIL_END: f64 = 45.0;
/// Φ(−a)·e^{a²/2} = A(1/a²)/(a√(2π)) beyond [`TAIL_END`], where the rational function is not fitted: the asymptotic series
/// A(u) = 1 − u + 3u² − 15u³ + …, highest power first; eight terms leave 1e-18.
pub(crate) const FAR_TAIL: [f64; 8] = [-135_135.0, 10_395.0, -945.0, 105.0, -15.0, 3.0, -1.0, 1.0];

/// −a²/2 in two parts, the square split so that its rounding does not enter.
#[inline(always)]
pub(crate) fn gauss_exponent<L: Lane>(a: L) -> (L, L) {
    let minus_half = L::splat(-0.5);
    let head = a.head();
    (head * head * minus_half, (a - head) * (a + head) * minus_half)
}

/// e^{−a²/2} in parts: 2ᵏ·(1 + p), the square split so that its rounding does not enter; `tail` is what a lacks.
#[inline(always)]
pub(crate) fn gauss_reduced<L: Lane, const N: usize>(tables: Tables<'_>, a: [L; N], tail: [L; N]) -> ([L; N], [L; N]) {
    let mut z = a;
    let mut small = a;
    for i in 0..N {
        (z[i], small[i]) = gauss_exponent(a[i]);
        small[i] = small[i] - tail[i] * a[i];
    }
    exp_reduced(tables, z, small)
}

/// e^{−x²/2} for any x.
#[inline(always)]
pub(super) fn gauss<L: Lane>(x: L) -> L {
    let bounded = x.abs().min(L::splat(TAIL_END));
    let ([k], [p]) = gauss_reduced(TABLES, [bounded], [L::splat(0.0)]);
    scale_twice(L::splat(1.0), k, p)
}

/// Numerator and denominator of the scaled tail Φ(−a)·e^{a²/2} at y₁ = a + 0.7, and their divided differences to y₂: the form
/// that errs least near the middle of the distribution, since all its terms are positive.
pub(crate) struct MillsPair<L, const N: usize> {
    pub(crate) p: [L; N],
    pub(crate) p_divided: [L; N],
    pub(crate) q: [L; N],
    pub(crate) q_divided: [L; N],
}

/// Both polynomials in one loop over their coefficients: for two vectors as many numbers as 16 registers hold.
#[inline(always)]
pub(crate) fn mills_pair<L: Lane, const N: usize>(tables: Tables<'_>, y1: [L; N], y2: [L; N]) -> MillsPair<L, N> {
    let ([p_first, p_rest @ ..], [q_first, q_second, q_rest @ ..]) = (tables.mills_p, tables.mills_q) else {
        unreachable!("invariant: both tables hold coefficients")
    };
    let mut p = [L::splat(*p_first); N];
    let mut q_divided = [L::splat(*q_first); N];
    let mut p_divided = [L::splat(0.0); N];
    let mut q = y1;
    for i in 0..N {
        q[i] = q_divided[i] * y1[i] + L::splat(*q_second);
    }
    for (&p_coefficient, &q_coefficient) in p_rest.iter().zip(q_rest) {
        divided_step(p_coefficient, &mut p, &mut p_divided, y1, y2);
        divided_step(q_coefficient, &mut q, &mut q_divided, y1, y2);
    }
    MillsPair {
        p,
        p_divided,
        q,
        q_divided,
    }
}

/// P and Q of the scaled tail R = P/Q at y₁ and at y₂ = y₁ + step, and the slope P₁Q′ − Q₁P′ with ′ for divided differences,
/// so that R₁ − R₂ = step·slope/(Q₁Q₂).
///
/// With Q = (αy + β)·P + S the slope is P₁(αP₂ + S′) − S₁P′, whose terms do not cancel for large y, where those of P₁Q′ − Q₁P′
/// agree in one digit; near the middle Q errs a little more than by its own coefficients.
pub(crate) struct MillsEnds<L, const N: usize> {
    pub(crate) p1: [L; N],
    pub(crate) q1: [L; N],
    pub(crate) p2: [L; N],
    pub(crate) q2: [L; N],
    pub(crate) slope: [L; N],
}

/// Both polynomials in one loop over their coefficients: for two vectors as many numbers as 16 registers hold.
#[inline(always)]
pub(crate) fn mills_ends<L: Lane, const N: usize>(tail: ScaledTail<'_>, y1: [L; N], step: [L; N]) -> MillsEnds<L, N> {
    let ([p_first, p_second, p_rest @ ..], [s_first, s_rest @ ..]) = (tail.p, tail.s) else {
        unreachable!("invariant: both tables hold coefficients")
    };
    let y2: [L; N] = core::array::from_fn(|i| y1[i] + step[i]);
    let mut p_divided = [L::splat(*p_first); N];
    let mut p = y1.map(|y| L::splat(*p_first) * y + L::splat(*p_second));
    let mut s_divided = [L::splat(0.0); N];
    let mut s = [L::splat(*s_first); N];
    for (&p_coefficient, &s_coefficient) in p_rest.iter().zip(s_rest) {
        divided_step(p_coefficient, &mut p, &mut p_divided, y1, y2);
        divided_step(s_coefficient, &mut s, &mut s_divided, y1, y2);
    }
    let (alpha, beta) = (L::splat(tail.alpha), L::splat(tail.beta));
    let p2: [L; N] = core::array::from_fn(|i| p[i] + step[i] * p_divided[i]);
    MillsEnds {
        p1: p,
        q1: core::array::from_fn(|i| (alpha * y1[i] + beta) * p[i] + s[i]),
        p2,
        q2: core::array::from_fn(|i| (alpha * y2[i] + beta) * p2[i] + (s[i] + step[i] * s_divided[i])),
        slope: core::array::from_fn(|i| p[i] * (alpha * p2[i] + s_divided[i]) - s[i] * p_divided[i]),
    }
}

/// Φ(−a)·e^{a²/2} for a ≥ −0.7.
#[inline(always)]
pub(crate) fn scaled_tail<L: Lane, const N: usize>(tables: Tables<'_>, a: [L; N]) -> [L; N] {
    let near = a.map(|a| a.min(L::splat(TAIL_END)) + L::splat(MILLS_SHIFT));
    let p = horner(tables.mills_p, near);
    let q = horner(tables.mills_q, near);
    let inverse = a.map(|a| L::splat(1.0) / a);
    let far = horner(&FAR_TAIL, inverse.map(|inverse| inverse * inverse));
    core::array::from_fn(|i| {
        let far = L::splat(INV_SQRT_2PI) * inverse[i] * far[i];
        L::select(a[i].gt(L::splat(TAIL_END)), far, p[i] / q[i])
    })
}
