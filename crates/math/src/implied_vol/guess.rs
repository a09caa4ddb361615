//! Where a cold search starts.

use super::target::Target;
use crate::elementary::{expm1_bounded, ln_ratio, Tables, SQRT_2PI};
use crate::lane::Lane;
use core::f64::consts::{FRAC_2_PI, FRAC_PI_2};

/// The closed-form guess of Stefanica and Radoičić for s, from β and y = −|x|.
#[inline(always)]
pub(super) fn guess<L: Lane, const N: usize>(tables: Tables<'_>, target: &[Target<L>; N]) -> [L; N] {
    let one = L::splat(1.0);
    let two = L::splat(2.0);
    let four = L::splat(4.0);
    // e^{y/2} − 1 and e^{(2/π − 1/2)y} − 1: all exponentials of the formula are products of these, all its differences
    // too.
    let half_excess = expm1_bounded(tables, target.map(|t| t.distance.high * L::splat(-0.5)));
    let skew_excess = expm1_bounded(tables, target.map(|t| t.distance.high * L::splat(0.5 - FRAC_2_PI)));
    let zero = L::splat(0.0);
    let parts: [(L, L, L); N] = core::array::from_fn(|i| {
        let t = &target[i];
        let (half, skew) = (one + half_excess[i], one + skew_excess[i]);
        let inverse = one / (half * skew);
        let (inv_half, inv_skew) = (inverse * skew, inverse * half);
        let moneyness = half * half;
        // e^{y} and its complement 1 − e^{y}.
        let gap = -(half_excess[i] * (half + one));
        let beta = t.time_share;
        let m = beta * moneyness + gap;
        let spread = (half_excess[i] - skew_excess[i]) * (half + skew) * inverse;
        let a = spread * spread;
        let ratio = half * inv_skew;
        let ratios = ratio + skew * inv_half;
        // 4(G + 1/G) − 4(E/G + G/E), as a product of hyperbolic sines.
        let sinh_half = half_excess[i] * (half + one) * inv_half;
        let sinh_skew = skew_excess[i] * (skew + one) * inv_skew;
        let b = four * (sinh_half * sinh_skew) + L::splat(8.0) * beta * m * ratios;
        let c = L::splat(16.0) * beta * m * t.complement * (one + beta * moneyness);
        let root = (b * b + four * a * c).sqrt();
        // Below β(√(2|x|)), where 2βe^{y} + 1 − e^{y} is √(1 − G²), the smaller root applies; G² = e^{−4|x|/π}, and
        // 1 − G² = (1 − G)(1 + G).
        let below_one = -(half_excess[i] + skew_excess[i] + half_excess[i] * skew_excess[i]);
        let twice = beta * moneyness + m;
        let beyond = twice * twice - below_one * (one + half * skew);
        (two * c, b + root, beyond)
    });
    // γ = −(π/2) ln(2C/(B + root)).
    let logs: [L; N] = ln_ratio(tables, parts.map(|p| p.1), parts.map(|p| p.0));
    core::array::from_fn(|i| {
        let distance = target[i].distance.high;
        let gamma = logs[i] * L::splat(FRAC_PI_2);
        let (outer, inner) = ((gamma + distance).sqrt(), (gamma - distance).max(zero).sqrt());
        let sum = outer + inner;
        // At |x| = 0 β ≈ s/√(2π), and s is never less than that.
        L::select(parts[i].2.gt(zero), sum, (distance + distance) / sum).max(target[i].time_share * L::splat(SQRT_2PI))
    })
}
