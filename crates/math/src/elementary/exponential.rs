//! eˣ in parts: the argument reduced, eʳ − 1, and a power of two.

use super::tables::{horner, Tables, TABLES};
use crate::float;
use crate::lane::{Lane, LaneBits, LaneMask};
use crate::two_part::TwoPart;

pub(crate) const LOG2_E: f64 = core::f64::consts::LOG2_E;
/// ln 2 in two parts; the first has 21 trailing zero bits, so that its product with an exponent is exact (fdlibm).
pub(crate) const LN2_HEAD: f64 = 6.931_471_803_691_238_164_90e-01;
/// The rest of ln 2.
pub(crate) const LN2_TAIL: f64 = 1.908_214_929_270_587_700_02e-10;
/// 1.5 × 2⁵²: adding it rounds to an integer that stands in the low bits of the sum.
pub(crate) const ROUNDER: f64 = 6_755_399_441_055_744.0;
/// 2⁵⁴, which makes any subnormal number normal.
pub(crate) const TWO_54: f64 = 18_014_398_509_481_984.0;

/// Up to this magnitude, below ln 2 / 2, an argument is reduced as it is: k = 0 and r = x, and scaling does no more than to turn
/// −0 into 0.
const REDUCED_MAX: f64 = 0.346;

/// 2ᵏ for an integer k in −1022..=1023, given as a number.
#[inline(always)]
#[must_use]
pub fn power_of_two<L: Lane>(k: L) -> L {
    let integer = (k + L::splat(ROUNDER)).to_bits();
    L::from_bits(integer.shl::<52>().wrapping_add(L::Bits::splat(1023 << 52)))
}

/// x + small = k·ln 2 + r with an integer k and |r| ≤ ln 2 / 2: k and r.
#[inline(always)]
pub(crate) fn exp_reduction<L: Lane>(x: L, small: L) -> (L, L) {
    let k = (x * L::splat(LOG2_E) + L::splat(ROUNDER)) - L::splat(ROUNDER);
    (k, (x - k * L::splat(LN2_HEAD)) - (k * L::splat(LN2_TAIL) - small))
}

/// eʳ − 1 for |r| ≤ ln 2 / 2: with c = r − r²·E(r²) it is r + rc/(2 − c), whose second term is small.
#[inline(always)]
pub(crate) fn expm1_small<L: Lane, const N: usize>(tables: Tables<'_>, r: [L; N]) -> [L; N] {
    let mut r2 = r;
    for i in 0..N {
        r2[i] = r[i] * r[i];
    }
    let series = horner(tables.exp, r2);
    let mut small = r;
    for i in 0..N {
        let c = r[i] - r2[i] * series[i];
        small[i] = r[i] + r[i] * c / (L::splat(2.0) - c);
    }
    small
}

/// x + small = k·ln 2 + r, and eʳ − 1.
#[inline(always)]
pub(crate) fn exp_reduced<L: Lane, const N: usize>(tables: Tables<'_>, x: [L; N], small: [L; N]) -> ([L; N], [L; N]) {
    let mut k = x;
    let mut r = x;
    for i in 0..N {
        (k[i], r[i]) = exp_reduction(x[i], small[i]);
    }
    (k, expm1_small(tables, r))
}

/// 2ᵏ·(1 + p) − 1 for |k| ≤ 1010.
#[inline(always)]
pub(crate) fn scaled_expm1<L: Lane>(k: L, p: L) -> L {
    let scale = power_of_two(k);
    p * scale + (scale - L::splat(1.0))
}

/// eˣ − 1 for |x| ≤ 700.
#[inline(always)]
pub(crate) fn expm1_bounded<L: Lane, const N: usize>(tables: Tables<'_>, x: [L; N]) -> [L; N] {
    let zero = L::splat(0.0);
    let greatest = x.iter().fold(zero, |greatest, x| greatest.max(x.abs()));
    // Mostly nothing needs to be reduced and scaled, which would give the same bits.
    let is_reduced = !greatest.gt(L::splat(REDUCED_MAX)).any();
    let (mut k, mut r) = ([zero; N], x);
    if !is_reduced {
        for i in 0..N {
            (k[i], r[i]) = exp_reduction(x[i], zero);
        }
    }
    let mut p = expm1_small(tables, r);
    for i in 0..N {
        p[i] = if is_reduced {
            p[i] + zero
        } else {
            scaled_expm1(k[i], p[i])
        };
    }
    p
}

/// m·2ᵏ·(1 + p) for an integer k in −2044..=2046, through gradual underflow.
#[inline(always)]
pub(crate) fn scale_twice<L: Lane>(m: L, k: L, p: L) -> L {
    let first = ((k * L::splat(0.5)) + L::splat(ROUNDER)) - L::splat(ROUNDER);
    let scaled = m * power_of_two(first);
    (scaled + scaled * p) * power_of_two(k - first)
}

/// m·eˣ for x in two parts, for any m and to both ends of the range of `f64`.
pub(crate) fn times_exp(m: f64, x: TwoPart) -> f64 {
    // e^{±1500} takes the smallest number beyond the largest, and back.
    const EXPONENT_MAX: f64 = 1500.0;
    let (bounded, tail) = if x.high.abs() <= EXPONENT_MAX {
        (x.high, x.low)
    } else {
        (x.high.clamp(-EXPONENT_MAX, EXPONENT_MAX), 0.0)
    };
    let ([k], [p]) = exp_reduced(TABLES, [bounded], [tail]);
    // Away from both ends, so that 1 + p meets a normal number and cannot overflow.
    let (m, k) = if m > 1.0 {
        (m * (1.0 / TWO_54), k + 54.0)
    } else {
        (m * TWO_54, k - 54.0)
    };
    let third = float::trunc(k * (1.0 / 3.0));
    let step = power_of_two(third);
    (m + m * p) * step * step * power_of_two(k - 2.0 * third)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_reduced_as_it_is_needs_no_scaling() {
        let bits = |value: f64| value.to_bits();
        for magnitude in [0.0, 1e-300, 1e-9, 0.03, 0.3, REDUCED_MAX] {
            for x in [magnitude, -magnitude] {
                let (k, r) = exp_reduction(x, 0.0);
                let [p] = expm1_small(TABLES, [r]);
                assert_eq!((k, bits(r)), (0.0, bits(x)));
                assert_eq!(bits(scaled_expm1(k, p)), bits(p + 0.0));
            }
        }
    }
}
