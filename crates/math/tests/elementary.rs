//! The elementary functions against arbitrary-precision references, and at the ends of the range of `f64`.
//!
//! `tests/vectors/elementary.csv` is made by `test/oracle/elementary.py`; `PLIMSOLL_ELEMENTARY_VECTORS` names another file
//! of that format to be tested as well.
#![allow(clippy::unwrap_used)]

mod support;

use plimsoll_math::elementary::{erfc, exp, expm1, ln, mills_ratio, norm_cdf, norm_pdf, INV_SQRT_2PI, SQRT_2PI};
use std::path::{Path, PathBuf};
use support::{number, reference};

/// Name, function, and the greatest relative error.
type Function = (&'static str, fn(f64) -> f64, f64);
const FUNCTIONS: [Function; 7] = [
    ("exp", exp, 2.5e-16),
    ("expm1", expm1, 2.5e-16),
    ("ln", ln, 3.5e-16),
    ("norm_pdf", norm_pdf, 4e-16),
    ("norm_cdf", norm_cdf, 2e-15),
    ("erfc", erfc, 2e-15),
    ("mills_ratio", mills_ratio, 3e-15),
];

/// 2⁻¹⁰⁷⁴. Results below 2⁻¹⁰²² are multiples of it, and may be one such step further off.
const SMALLEST: f64 = 5e-324;

fn files() -> Vec<PathBuf> {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/elementary.csv");
    let other = std::env::var_os("PLIMSOLL_ELEMENTARY_VECTORS").map(PathBuf::from);
    std::iter::once(shipped).chain(other).collect()
}

#[test]
fn every_function_holds_its_bound() {
    for file in files() {
        let text = std::fs::read_to_string(&file).unwrap();
        let mut failures = Vec::new();
        for (name, function, bound) in FUNCTIONS {
            let (mut rows, mut worst, mut at) = (0, 0.0_f64, 0.0);
            for line in text.lines().skip(1) {
                let [row_name, x, exact] = line.split(',').collect::<Vec<_>>()[..] else {
                    panic!("{}: not three fields: {line}", file.display());
                };
                if row_name != name {
                    continue;
                }
                rows += 1;
                let (x, exact) = (number(x), reference(exact));
                let value = function(x);
                let magnitude = exact.nearest.abs();
                if magnitude < f64::MIN_POSITIVE {
                    let error = (value - exact.nearest).abs();
                    if !(error <= bound * magnitude + SMALLEST) {
                        failures.push(format!("{name}({x:e}): {error:e} beside {magnitude:e}"));
                    }
                    continue;
                }
                let error = exact.error_of(value) / magnitude;
                if !(error <= worst) {
                    (worst, at) = (error, x);
                }
            }
            println!("{name:12} {rows:6} rows: worst relative error {worst:8.2e} at {at:e}, bound {bound:.1e}");
            assert!(rows >= 50, "{}: {rows} rows of {name}", file.display());
            if !(worst <= bound) {
                failures.push(format!("{name}({at:e}): {worst:e}"));
            }
        }
        assert!(failures.is_empty(), "{}:\n{}", file.display(), failures.join("\n"));
    }
}

/// The argument, and what each function of `FUNCTIONS` gives there, exactly.
const EDGES: [(f64, [f64; 7]); 6] = {
    const INF: f64 = f64::INFINITY;
    const NAN: f64 = f64::NAN;
    const CENTRE: f64 = INV_SQRT_2PI;
    [
        (f64::NAN, [NAN; 7]),
        (f64::INFINITY, [INF, INF, INF, 0.0, 1.0, 0.0, 0.0]),
        (f64::NEG_INFINITY, [0.0, -1.0, NAN, 0.0, 0.0, 2.0, INF]),
        (f64::MAX, [INF, INF, 709.782_712_893_384, 0.0, 1.0, 0.0, 1.0 / f64::MAX]),
        (f64::MIN, [0.0, -1.0, NAN, 0.0, 0.0, 2.0, INF]),
        (0.0, [1.0, 0.0, f64::NEG_INFINITY, CENTRE, 0.5, 1.0, SQRT_2PI / 2.0]),
    ]
};

fn same(a: f64, b: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan())
}

#[test]
fn ends_of_the_range_give_the_limits() {
    for (x, expected) in EDGES {
        for ((name, function, _), limit) in FUNCTIONS.into_iter().zip(expected) {
            let value = function(x);
            // One unit in the last place where the limit is no exact number.
            let allowed = if limit.is_finite() {
                limit.abs() * f64::EPSILON
            } else {
                0.0
            };
            assert!(
                same(value, limit) || (value - limit).abs() <= allowed,
                "{name}({x:e}) = {value:e}, expected {limit:e}"
            );
        }
    }
}

#[test]
fn negative_zero_counts_as_zero() {
    for (name, function, _) in FUNCTIONS {
        assert!(same(function(-0.0), function(0.0)), "{name}");
    }
}

#[test]
fn tiny_arguments_keep_their_relative_accuracy() {
    for x in [SMALLEST, 1e-310, f64::MIN_POSITIVE, 1e-300, 1e-20] {
        for x in [x, -x] {
            assert_eq!(exp(x), 1.0, "exp({x:e})");
            assert_eq!(expm1(x), x, "expm1({x:e})");
            assert_eq!(norm_cdf(x), 0.5, "norm_cdf({x:e})");
            assert_eq!(erfc(x), 1.0, "erfc({x:e})");
        }
    }
}

#[test]
fn ln_is_exact_at_one_and_right_at_subnormal_numbers() {
    assert_eq!(ln(1.0), 0.0);
    // ln 2⁻¹⁰⁷⁴ = −1074 ln 2 and ln 2⁻¹⁰²².
    assert_eq!(ln(SMALLEST), -744.440_071_921_381_2);
    assert_eq!(ln(f64::MIN_POSITIVE), -708.396_418_532_264_1);
    assert!(ln(-SMALLEST).is_nan());
}

#[test]
fn exp_ends_where_the_range_of_doubles_ends() {
    // ln of the largest double is 709.7827128933840 and of half the smallest −745.1332191019412.
    assert!(exp(709.782_712_893_383_9).is_finite());
    assert_eq!(exp(709.782_712_893_384_2), f64::INFINITY);
    assert_eq!(exp(-745.133_219_101_941_1), SMALLEST);
    assert_eq!(exp(-745.133_219_101_941_3), 0.0);
    assert_eq!(expm1(709.782_712_893_384_2), f64::INFINITY);
    assert_eq!(expm1(-40.0), -1.0);
}

#[test]
fn tails_fade_through_subnormal_numbers_to_zero() {
    for function in [
        norm_pdf as fn(f64) -> f64,
        |x| norm_cdf(-x),
        |x| erfc(x * core::f64::consts::FRAC_1_SQRT_2),
    ] {
        let mut previous = f64::INFINITY;
        let mut subnormal = 0;
        for step in 0..=4000 {
            let value = function(37.0 + f64::from(step) * 0.001);
            assert!(value >= 0.0 && value <= previous, "tail rises at step {step}");
            subnormal += i32::from(value > 0.0 && value < f64::MIN_POSITIVE);
            previous = value;
        }
        assert!(subnormal > 100, "the tail skips the subnormal numbers");
        assert_eq!(previous, 0.0);
    }
}

#[test]
fn the_two_halves_of_the_normal_distribution_are_one() {
    for step in -800..=800 {
        let x = f64::from(step) * 0.01;
        assert!((norm_cdf(x) + norm_cdf(-x) - 1.0).abs() <= f64::EPSILON, "at {x}");
        assert!((erfc(x) + erfc(-x) - 2.0).abs() <= 2.0 * f64::EPSILON, "at {x}");
    }
}
