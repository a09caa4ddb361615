//! Coefficients of the polynomials, and how polynomials are evaluated.

use crate::lane::Lane;

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
    pub(super) p: &'a [f64],
    pub(super) s: &'a [f64],
    pub(super) alpha: f64,
    pub(super) beta: f64,
}

/// The coefficient tables of one kernel run.
pub(crate) type Tables<'a> = &'a TableSet<'a>;

/// What [`Tables`] holds.
pub(crate) struct TableSet<'a> {
    pub(super) exp: &'a [f64],
    pub(super) ln: &'a [f64],
    pub(super) mills_p: &'a [f64],
    pub(super) mills_q: &'a [f64],
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
        divided_step(coefficient, &mut value, &mut divided, x, y);
    }
    (value, divided)
}

/// One coefficient of [`horner_divided`].
#[inline(always)]
pub(super) fn divided_step<L: Lane, const N: usize>(
    coefficient: f64,
    value: &mut [L; N],
    divided: &mut [L; N],
    x: [L; N],
    y: [L; N],
) {
    let c = L::splat(coefficient);
    // In this order few numbers live at once: engines that keep it then spill none.
    for i in 0..N {
        divided[i] = divided[i] * y[i] + value[i];
        value[i] = value[i] * x[i] + c;
    }
}
