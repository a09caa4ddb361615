//! ln(a/b) in parts, without forming the quotient.

use super::exponential::{LN2_HEAD, LN2_TAIL};
use super::tables::{horner, Tables};
use crate::lane::{Lane, LaneBits};
use crate::two_part::TwoPart;

/// a/b = 2ᵏ·a/aligned for positive normal numbers: k, and b brought to the exponent of a.
///
/// (a − aligned)/(a + aligned) is within ±0.2, and the difference a − aligned is exact.
#[inline(always)]
fn aligned_exponents<L: Lane>(a: L, b: L) -> (L, L) {
    // The difference of the bit patterns is log₂(a/b) in units of 2⁻⁵², up to the curvature of the mantissa.
    let rounded = a
        .to_bits()
        .wrapping_sub(b.to_bits())
        .wrapping_add(L::Bits::splat((1024 << 52) + (1 << 51)));
    let exponent = rounded.and(L::Bits::splat(0xfff << 52));
    let aligned = L::from_bits(
        b.to_bits()
            .wrapping_add(exponent)
            .wrapping_sub(L::Bits::splat(1024 << 52)),
    );
    // The biased exponent as a number: its bits under those of 2⁵².
    const TWO_52: f64 = 4_503_599_627_370_496.0;
    let biased = L::from_bits(rounded.shr::<52>().or(L::Bits::splat(0x433 << 52)));
    (biased - L::splat(TWO_52 + 1024.0), aligned)
}

/// ln(a/b) = k·ln 2 + 2u + u³·R(u²): k and u.
#[inline(always)]
pub(crate) fn ln_ratio_parts<L: Lane>(a: L, b: L) -> (L, L) {
    let (k, aligned) = aligned_exponents(a, b);
    (k, (a - aligned) / (a + aligned))
}

/// R(u²) of [`ln_ratio_parts`] from u².
#[inline(always)]
pub(crate) fn ln_series<L: Lane, const N: usize>(tables: Tables<'_>, u2: [L; N]) -> [L; N] {
    horner(tables.ln, u2)
}

/// k·ln 2 + 2u + u³·R from k, u, u² and R.
#[inline(always)]
pub(crate) fn ln_sum<L: Lane>(k: L, u: L, u2: L, series: L) -> L {
    k * L::splat(LN2_HEAD) + ((k * L::splat(LN2_TAIL) + u * u2 * series) + (u + u))
}

/// ln(a/b) for positive normal numbers, without forming the quotient: accurate where a is near b.
#[inline(always)]
pub(crate) fn ln_ratio<L: Lane, const N: usize>(tables: Tables<'_>, a: [L; N], b: [L; N]) -> [L; N] {
    let mut k = a;
    let mut u = a;
    let mut u2 = a;
    for i in 0..N {
        (k[i], u[i]) = ln_ratio_parts(a[i], b[i]);
        u2[i] = u[i] * u[i];
    }
    let series = ln_series(tables, u2);
    let mut ln = u;
    for i in 0..N {
        ln[i] = ln_sum(k[i], u[i], u2[i], series[i]);
    }
    ln
}

/// ln(a/b) for positive normal numbers in two parts, relative error 3e-17 in all; the low part may be some units.
#[inline(always)]
pub(crate) fn ln_ratio_two_part<L: Lane, const N: usize>(tables: Tables<'_>, a: [L; N], b: [L; N]) -> [TwoPart<L>; N] {
    let mut k = a;
    let mut u = [TwoPart::from_single(L::splat(0.0)); N];
    let mut u2 = a;
    for i in 0..N {
        let aligned;
        (k[i], aligned) = aligned_exponents(a[i], b[i]);
        let (difference, sum) = (a[i] - aligned, TwoPart::sum(a[i], aligned));
        let reciprocal = L::splat(1.0) / sum.high;
        u[i].high = difference * reciprocal;
        let back = TwoPart::product(u[i].high, sum.high);
        u[i].low = (((difference - back.high) - back.low) - u[i].high * sum.low) * reciprocal;
        u2[i] = u[i].high * u[i].high;
    }
    let series = horner(tables.ln, u2);
    core::array::from_fn(|i| {
        let TwoPart { high, low } = TwoPart::sum(k[i] * L::splat(LN2_HEAD), u[i].high + u[i].high);
        let rest = (u[i].low + u[i].low) + u[i].high * u2[i] * series[i];
        TwoPart {
            high,
            low: low + (k[i] * L::splat(LN2_TAIL) + rest),
        }
    })
}
