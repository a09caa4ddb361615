//! One number that stands for every figure the crate computes over a fixed set of inputs: equal digests mean equal bits.
//!
//! The native build, the wasm build on any engine and every lane width must give the same; `examples/vectors.rs` prints
//! it, with an argument also the bits behind it.

use alloc::vec;
use alloc::vec::Vec;

use crate::black::{self, Columns, Forward, GreeksColumns, Inverse, Model, Output, Spot, OUTPUTS};
use crate::elementary;
use crate::float;
use crate::implied_vol::{self, QuoteColumns};
use crate::lane::{Lane, Wide};

/// Options per set of vectors: ordinary ones and, every eighth, one far out.
const OPTIONS: usize = 1003;

/// The digest on the widest lane of this build.
#[must_use]
pub fn digest() -> u64 {
    digest_on::<Wide>()
}

/// The digest on a lane of the caller's choice.
#[must_use]
pub fn digest_on<L: Lane>() -> u64 {
    // FNV-1a over the bits.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for_each_bits::<L>(|_, bits| hash = (hash ^ bits).wrapping_mul(0x0000_0100_0000_01b3));
    hash
}

/// Calls `visit` with a label and the bits of every figure, in a fixed order; a NaN counts as one pattern.
pub fn for_each_bits<L: Lane>(mut visit: impl FnMut(&'static str, u64)) {
    let mut visit_figure = |label, figure: f64| {
        visit(
            label,
            if figure.is_nan() {
                0x7ff8 << 48
            } else {
                figure.to_bits()
            },
        )
    };
    let vectors = Vectors::new();
    vectors.visit_model::<Spot, L>("spot", &mut visit_figure);
    vectors.visit_model::<Forward, L>("forward", &mut visit_figure);
    vectors.visit_model::<Inverse, L>("inverse", &mut visit_figure);
    for &x in &vectors.points {
        for (label, function) in ELEMENTARY {
            visit_figure(label, function(x));
        }
    }
}

type Named = (&'static str, fn(f64) -> f64);
const ELEMENTARY: [Named; 7] = [
    ("exp", elementary::exp),
    ("expm1", elementary::expm1),
    ("ln", elementary::ln),
    ("norm_pdf", elementary::norm_pdf),
    ("norm_cdf", elementary::norm_cdf),
    ("erfc", elementary::erfc),
    ("mills_ratio", elementary::mills_ratio),
];

struct Vectors {
    is_call: Vec<u8>,
    /// spot, strike, years, rate, carry, vol
    numbers: [Vec<f64>; 6],
    points: Vec<f64>,
}

impl Vectors {
    fn new() -> Self {
        let mut state = 0x706c_696d_736f_6c6c_u64;
        // xorshift64*, then a fraction of 53 bits: integer operations and one exact scaling.
        let mut unit = move || {
            state ^= state >> 12;
            state ^= state << 25;
            state ^= state >> 27;
            (state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64 / (1_u64 << 53) as f64
        };
        let mut vectors = Self {
            is_call: Vec::new(),
            numbers: Default::default(),
            points: Vec::new(),
        };
        for option in 0..OPTIONS {
            let far = option % 8 == 7;
            let spot = 100.0 + 59_900.0 * unit();
            let years = if far { 0.001 * unit() } else { 2.0 * unit() * unit() };
            let vol = 0.05 + 1.5 * unit();
            let moneyness = if far {
                0.2 + 3.0 * unit()
            } else {
                1.0 + vol * float::sqrt(years) * (4.0 * unit() - 2.0)
            };
            vectors.is_call.push(u8::from(unit() < 0.5));
            let row = [
                spot,
                (spot * moneyness).abs(),
                years,
                0.1 * unit() - 0.02,
                0.1 * unit() - 0.05,
                vol,
            ];
            for (column, value) in vectors.numbers.iter_mut().zip(row) {
                column.push(value);
            }
            vectors.points.push(if far {
                1500.0 * unit() - 750.0
            } else {
                80.0 * unit() - 40.0
            });
        }
        // What has no time value, no volatility, no price of the underlying, and what is invalid.
        let [spot, strike, years, .., vol] = &mut vectors.numbers;
        (years[0], vol[1], spot[2], strike[3], spot[4], vol[5]) = (0.0, 0.0, 0.0, 0.0, f64::NAN, -1.0);
        vectors
    }

    fn visit_model<M: Model, L: Lane>(&self, label: &'static str, visit: &mut impl FnMut(&'static str, f64)) {
        let [spot, strike, years, rate, carry, vol] = &self.numbers;
        let carry = if M::FORWARD { rate } else { carry };
        let columns = Columns {
            is_call: &self.is_call,
            spot,
            strike,
            years,
            rate,
            carry,
            vol,
        };
        let mut figures: [Vec<f64>; OUTPUTS] = core::array::from_fn(|_| vec![0.0; OPTIONS]);
        let mut status = vec![0; OPTIONS];
        let mut out = GreeksColumns::new(&mut status);
        for (output, column) in Output::ALL.into_iter().zip(&mut figures) {
            out = out.with(output, column);
        }
        black::columns::<M, L>(&columns, &mut out).expect("invariant: every column has the same length");
        let price = &figures[Output::Price as usize];
        let start: Vec<f64> = vol.iter().map(|vol| vol * 1.01).collect();
        for start in [None, Some(&start[..])] {
            let quotes = QuoteColumns {
                is_call: &self.is_call,
                price,
                spot,
                strike,
                years,
                rate,
                carry,
                start,
            };
            let (mut found, mut verdict) = (vec![0.0; OPTIONS], vec![0; OPTIONS]);
            implied_vol::columns::<M, L>(&quotes, &mut found, &mut verdict)
                .expect("invariant: every column has the same length");
            found.iter().for_each(|&vol| visit(label, vol));
            verdict.iter().for_each(|&verdict| visit(label, f64::from(verdict)));
        }
        for column in &figures {
            column.iter().for_each(|&figure| visit(label, figure));
        }
        status.iter().for_each(|&status| visit(label, f64::from(status)));
    }
}
