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

use crate::float;
use crate::lane::{Lane, LaneBits};
use crate::two_part::TwoPart;

/// 1/√(2π), the normal density at zero.
pub const INV_SQRT_2PI: f64 = 0.398_942_280_401_432_7;
/// √(2π).
pub const SQRT_2PI: f64 = 2.506_628_274_631_000_7;

pub(crate) const LOG2_E: f64 = core::f64::consts::LOG2_E;
/// ln 2 in two parts; the first has 21 trailing zero bits, so that its product with an exponent is exact (fdlibm).
pub(crate) const LN2_HEAD: f64 = 6.931_471_803_691_238_164_90e-01;
/// The rest of ln 2.
pub(crate) const LN2_TAIL: f64 = 1.908_214_929_270_587_700_02e-10;
/// 1.5 × 2⁵²: adding it rounds to an integer that stands in the low bits of the sum.
pub(crate) const ROUNDER: f64 = 6_755_399_441_055_744.0;
/// 2⁵⁴, which makes any subnormal number normal.
pub(crate) const TWO_54: f64 = 18_014_398_509_481_984.0;
/// Where the argument of the rational Mills ratio begins: it is evaluated at a + 0.7 for a ≥ −0.7.
pub(crate) const MILLS_SHIFT: f64 = 0.7;
/// Beyond this many standard deviations the density underflows for any price scale.
pub(crate) const TAIL_END: f64 = 45.0;

/// r·coth(r/2) − 2 = r²·E(r²) for |r| ≤ ln 2 / 2, highest power first (fdlibm's e_exp.c).
static EXP: [f64; 5] = [
    4.138_136_797_057_238_460_39e-08,
    -1.653_390_220_546_525_153_90e-06,
    6.613_756_321_437_934_361_17e-05,
    -2.777_777_777_701_559_338_42e-03,
    1.666_666_666_666_660_190_37e-01,
];

/// (2 artanh(u) − 2u)/u³ in u² for |u| ≤ 0.2, highest power first.
static LN: [f64; 7] = [
    1.536_726_974_755_129e-1,
    1.525_031_593_440_467e-1,
    1.818_634_918_577_004_8e-1,
    2.222_213_868_458_027_8e-1,
    2.857_142_939_282_955e-1,
    3.999_999_999_617_689e-1,
    6.666_666_666_667_268e-1,
];

/// Numerator of Φ(−a)·e^{a²/2} in a + 0.7, highest power first.
static MILLS_P: [f64; 11] = [
    1.505_365_522_080_774_9e-6,
    3.901_910_845_110_834_4e-5,
    5.115_806_195_093_165e-4,
    4.373_301_982_780_399e-3,
    2.670_910_169_907_558_5e-2,
    1.211_485_093_616_723_7e-1,
    4.129_305_913_963_086_7e-1,
    1.047_717_847_098_462_3,
    1.909_973_672_789_534_7,
    2.296_708_285_977_435,
    1.432_183_832_644_272_6,
];

/// Denominator of Φ(−a)·e^{a²/2} in a + 0.7, highest power first.
static MILLS_Q: [f64; 12] = [
    3.773_391_781_302_322e-6,
    9.516_502_624_754_217e-5,
    1.217_651_357_046_309_3e-3,
    1.016_505_046_692_341_7e-2,
    6.062_132_888_799_963_4e-2,
    2.685_070_688_083_332e-1,
    8.948_176_724_691_245e-1,
    2.231_269_602_068_274_5,
    4.061_792_510_812_666,
    5.122_440_918_087_516,
    4.015_751_803_616_54,
    1.478_790_283_203_125,
];

/// What is left of Q over a multiple of P: Q = (αy + β)·P + S, so that P/Q = 1/(αy + β + S/P); highest power first.
static MILLS_S: [f64; 10] = [
    3.773_391_776_803_682_6e-6,
    1.004_477_753_127_765_7e-4,
    1.345_109_061_542_099e-3,
    1.169_764_246_897_641_6e-2,
    7.232_617_191_080_026e-2,
    3.295_748_697_902_256e-1,
    1.112_565_924_349_773_6,
    2.716_762_798_272_053_5,
    4.455_695_063_969_403_5,
    3.991_757_025_754_237,
];
const MILLS_ALPHA: f64 = 2.506_628_274_630_996_7;
const MILLS_BETA: f64 = -1.754_639_792_233_491_5;

/// P, S, α and β of the same form with an error of 3e-9, for searches that are not yet near.
static ROUGH_P: [f64; 6] = [
    3.029_581_652_765_523e-3,
    3.121_300_496_325_560_3e-2,
    1.619_800_678_033_893e-1,
    5.063_756_272_094_012e-1,
    9.601_664_292_156_947e-1,
    9.684_833_912_239_382e-1,
];
static ROUGH_S: [f64; 5] = [
    7.608_326_964_174_641_5e-3,
    8.324_286_991_054_31e-2,
    4.541_986_277_555_853e-1,
    1.360_521_619_605_531_4,
    2.699_406_695_540_671,
];
const ROUGH_ALPHA: f64 = 2.506_628_505_693_866_4;
const ROUGH_BETA: f64 = -1.754_709_178_226_603_8;

/// Φ(−a)·e^{a²/2} as 1/(αy + β + S/P) in y = a + 0.7.
#[derive(Clone, Copy)]
pub(crate) struct ScaledTail<'a> {
    p: &'a [f64],
    s: &'a [f64],
    alpha: f64,
    beta: f64,
}

/// The coefficient tables of one kernel run.
pub(crate) type Tables<'a> = &'a TableSet<'a>;

/// What [`Tables`] holds.
pub(crate) struct TableSet<'a> {
    exp: &'a [f64],
    ln: &'a [f64],
    mills_p: &'a [f64],
    mills_q: &'a [f64],
    /// To the last digits.
    pub(crate) tail: ScaledTail<'a>,
    /// To 3e-9.
    pub(crate) rough_tail: ScaledTail<'a>,
}

/// The tables as constants, for code that handles one vector at a time.
pub(crate) const TABLES: Tables<'static> = &TableSet {
    exp: &EXP,
    ln: &LN,
    mills_p: &MILLS_P,
    mills_q: &MILLS_Q,
    tail: ScaledTail {
        p: &MILLS_P,
        s: &MILLS_S,
        alpha: MILLS_ALPHA,
        beta: MILLS_BETA,
    },
    rough_tail: ScaledTail {
        p: &ROUGH_P,
        s: &ROUGH_S,
        alpha: ROUGH_ALPHA,
        beta: ROUGH_BETA,
    },
};

/// The tables behind a veil, so that the loops over them stay loops (see [`crate::lane`]).
#[inline(always)]
pub(crate) fn veiled_tables() -> Tables<'static> {
    core::hint::black_box(TABLES)
}

/// Σ cⱼ xʲ for every vector of the turn, coefficients highest power first.
#[inline(always)]
pub(crate) fn horner<L: Lane, const N: usize>(coefficients: &[f64], x: [L; N]) -> [L; N] {
    let mut value = [L::splat(0.0); N];
    let Some((&first, rest)) = coefficients.split_first() else {
        return value;
    };
    value = [L::splat(first); N];
    for &coefficient in rest {
        let c = L::splat(coefficient);
        for i in 0..N {
            value[i] = value[i] * x[i] + c;
        }
    }
    value
}

/// Σ cⱼ xʲ at x, and its divided difference between x and y: (p(y) − p(x))/(y − x), free of cancellation.
#[inline(always)]
pub(crate) fn horner_divided<L: Lane, const N: usize>(coefficients: &[f64], x: [L; N], y: [L; N]) -> ([L; N], [L; N]) {
    let mut value = [L::splat(0.0); N];
    let mut divided = value;
    let Some((&first, rest)) = coefficients.split_first() else {
        return (value, divided);
    };
    value = [L::splat(first); N];
    for &coefficient in rest {
        let c = L::splat(coefficient);
        for i in 0..N {
            divided[i] = divided[i] * y[i] + value[i];
            value[i] = value[i] * x[i] + c;
        }
    }
    (value, divided)
}

/// 2ᵏ for an integer k in −1022..=1023, given as a number.
#[inline(always)]
pub(crate) fn power_of_two<L: Lane>(k: L) -> L {
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
    let (k, mut p) = exp_reduced(tables, x, [L::splat(0.0); N]);
    for i in 0..N {
        p[i] = scaled_expm1(k[i], p[i]);
    }
    p
}

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
        // In this order few numbers live at once: engines that keep it then spill none.
        let p_next = L::splat(p_coefficient);
        for i in 0..N {
            p_divided[i] = p_divided[i] * y2[i] + p[i];
            p[i] = p[i] * y1[i] + p_next;
        }
        let q_next = L::splat(q_coefficient);
        for i in 0..N {
            q_divided[i] = q_divided[i] * y2[i] + q[i];
            q[i] = q[i] * y1[i] + q_next;
        }
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
        // In this order few numbers live at once: engines that keep it then spill none.
        let p_next = L::splat(p_coefficient);
        for i in 0..N {
            p_divided[i] = p_divided[i] * y2[i] + p[i];
            p[i] = p[i] * y1[i] + p_next;
        }
        let s_next = L::splat(s_coefficient);
        for i in 0..N {
            s_divided[i] = s_divided[i] * y2[i] + s[i];
            s[i] = s[i] * y1[i] + s_next;
        }
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

/// Φ(−a)·e^{a²/2} = A(1/a²)/(a√(2π)) beyond [`TAIL_END`], where the rational function is not fitted: the asymptotic series
/// A(u) = 1 − u + 3u² − 15u³ + …, highest power first; eight terms leave 1e-18.
pub(crate) const FAR_TAIL: [f64; 8] = [-135_135.0, 10_395.0, -945.0, 105.0, -15.0, 3.0, -1.0, 1.0];

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

/// m·2ᵏ·(1 + p) for an integer k in −2044..=2046, through gradual underflow.
#[inline(always)]
pub(crate) fn scale_twice<L: Lane>(m: L, k: L, p: L) -> L {
    let first = ((k * L::splat(0.5)) + L::splat(ROUNDER)) - L::splat(ROUNDER);
    let scaled = m * power_of_two(first);
    (scaled + scaled * p) * power_of_two(k - first)
}

/// e^{−x²/2} for any x.
#[inline(always)]
fn gauss<L: Lane>(x: L) -> L {
    let bounded = x.abs().min(L::splat(TAIL_END));
    let ([k], [p]) = gauss_reduced(TABLES, [bounded], [L::splat(0.0)]);
    scale_twice(L::splat(1.0), k, p)
}

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
    let [small] = expm1_bounded(TABLES, [bounded]);
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
