//! Double no-touches against arbitrary precision, at every regime of `touch/double.rs`, and for random bit patterns.
#![allow(clippy::unwrap_used)]

#[path = "support/binary.rs"]
mod binary;
mod support;

use binary::any_number;
use plimsoll_math::touch::{double_no_touch, no_touch, Barrier, DoubleNoTouch};
use plimsoll_math::PriceStatus;
use support::{number, reference, rows_of_any_bits, Random, Reference};

/// S, D, U, T, r, q, σ.
type Inputs = [f64; 7];

const NAMES: [&str; 8] = ["price", "delta", "vega", "theta", "rho", "psi", "by_lower", "by_upper"];

fn priced([s, d, u, t, r, q, v]: Inputs) -> (DoubleNoTouch, PriceStatus) {
    double_no_touch(s, d, u, t, r, q, v)
}

fn rows() -> Vec<(Inputs, [Reference; 8])> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/double_touch.csv");
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            (
                core::array::from_fn(|i| number(cells[i])),
                core::array::from_fn(|i| reference(cells[7 + i])),
            )
        })
        .collect()
}

/// What figures are multiplied by to be without unit: derivatives by logarithms of prices and by rates in deviations.
fn units([s, d, u, t, _, _, v]: Inputs) -> [f64; 8] {
    let deviation = v * t.sqrt();
    let by_rate = deviation / t;
    [1.0, s * deviation, v, t, by_rate, by_rate, d * deviation, u * deviation]
}

#[test]
fn figures_agree_with_arbitrary_precision() {
    let (mut by_images, mut by_eigenfunctions) = (0, 0);
    for (inputs, references) in rows() {
        let [_, d, u, t, r, _, v] = inputs;
        let (figures, status) = priced(inputs);
        assert_eq!(status, PriceStatus::Ok, "{inputs:?}");
        let width = (u / d).ln();
        let is_relative = v * v * t >= 0.3 * width * width;
        *(if is_relative {
            &mut by_eigenfunctions
        } else {
            &mut by_images
        }) += 1;
        for (i, (figure, reference)) in figures.figures().into_iter().zip(references).enumerate() {
            let error = reference.error_of(figure);
            let bound = if is_relative {
                1e-12 * reference.nearest.abs()
            } else {
                2e-14 * (-r * t).exp() / units(inputs)[i]
            };
            assert!(error <= bound, "{} {figure:e}, {error:e} off: {inputs:?}", NAMES[i]);
        }
    }
    assert!(
        by_images > 40 && by_eigenfunctions > 20,
        "{by_images} {by_eigenfunctions}"
    );
}

fn answer(inputs: Inputs) -> [f64; 8] {
    let (figures, status) = priced(inputs);
    assert_eq!(status, PriceStatus::Ok, "{inputs:?}");
    figures.figures()
}

/// Rows as in the table of `touch/double.rs`.
#[test]
fn every_regime_is_as_its_table_says() {
    const ORDINARY: Inputs = [100.0, 90.0, 115.0, 0.5, 0.04, 0.01, 0.2];
    let with = |place: usize, value: f64| {
        let mut inputs = ORDINARY;
        inputs[place] = value;
        inputs
    };
    // e^{−rT} times a probability that nothing moves: only interest is left.
    let flat = |inputs: Inputs, stays: f64| {
        let [_, _, _, t, r, ..] = inputs;
        let price = stays * (-r * t).exp();
        let expected = [price, 0.0, 0.0, r * price, -t * price, 0.0, 0.0, 0.0];
        for (figure, expected) in answer(inputs).into_iter().zip(expected) {
            assert!(
                (figure - expected).abs() <= 1e-15,
                "{figure} for {expected}: {inputs:?}"
            );
        }
    };
    for place in 0..7 {
        let has_sign = place == 4 || place == 5;
        let bad = [f64::NAN, f64::INFINITY, if has_sign { f64::NAN } else { -1.0 }];
        for value in bad {
            let (figures, status) = priced(with(place, value));
            assert_eq!(status, PriceStatus::InvalidInput);
            assert!(figures.figures().iter().all(|figure| figure.is_nan()));
        }
    }
    // Barriers that have changed places are no contract; of a single one there is nothing between.
    for level in [80.0, 90.0, 100.0, 115.0, 120.0] {
        let (figures, status) = priced([level, 115.0, 90.0, 0.5, 0.04, 0.01, 0.2]);
        assert_eq!(status, PriceStatus::InvalidInput);
        assert!(figures.figures().iter().all(|figure| figure.is_nan()));
    }
    flat([100.0, 90.0, 90.0, 0.5, 0.04, 0.01, 0.2], 0.0);
    // Beyond a barrier.
    flat(with(0, 89.0), 0.0);
    flat(with(0, 116.0), 0.0);
    for level in [90.0, 115.0] {
        let (figures, status) = priced(with(0, level));
        assert_eq!((status, figures.price), (PriceStatus::Kink, 0.0));
        assert!(figures.delta.is_nan() && figures.by_lower.is_nan() && figures.by_upper.is_nan());
        assert_eq!((figures.vega, figures.theta, figures.rho), (0.0, 0.0, 0.0));
    }
    // No lower barrier.
    let (single, _) = no_touch(Barrier::Above, 100.0, 115.0, 0.5, 0.04, 0.01, 0.2);
    let [price, delta, vega, theta, rho, psi, by_upper] = single.figures();
    assert_eq!(
        answer(with(1, 0.0)),
        [price, delta, vega, theta, rho, psi, 0.0, by_upper]
    );
    // Nor where it is too far away to matter.
    let far = answer(with(1, 1e-9));
    assert!(
        (far[0] - price).abs() < 2e-14 && (far[1] - delta).abs() < 2e-14,
        "{far:?}"
    );
    // No time, no vol: 100·e^{0.03·0.5} = 101.5 stays, 100·e^{0.5·0.5} = 128 does not.
    flat(with(3, 0.0), 1.0);
    flat(with(6, 0.0), 1.0);
    flat([100.0, 90.0, 115.0, 0.5, 0.5, 0.0, 0.0], 0.0);
    // Out of range.
    assert_eq!(priced(with(6, 1e80)).1, PriceStatus::OutOfRange);
    assert_eq!(priced(with(4, 1e150)).1, PriceStatus::OutOfRange);
}

#[test]
fn both_series_meet_where_they_change() {
    // v = 0.3 L²: one unit in the last place of σ apart.
    let width = (115.0_f64 / 90.0).ln();
    for spot in [90.001, 95.0, 110.0, 114.99] {
        for rate in [-0.3, 0.0, 0.3] {
            let vol = (0.3_f64 / 0.5).sqrt() * width;
            let [below, above] = [1.0 - 1e-15, 1.0 + 1e-15].map(|factor| {
                let inputs = [spot, 90.0, 115.0, 0.5, rate, 0.0, vol * factor];
                (answer(inputs), units(inputs))
            });
            for (i, (one, other)) in below.0.into_iter().zip(above.0).enumerate() {
                assert!((one - other).abs() * below.1[i] < 3e-14, "{} {spot} {rate}", NAMES[i]);
            }
        }
    }
}

#[test]
fn the_pricing_equation_holds() {
    // θ + ½σ²S²Γ + (r − q)SΔ − rV = 0 with Γ by differences of Δ
    for inputs in [
        [100.0, 80.0, 125.0, 1.0, 0.05, 0.02, 0.25],
        [100.0, 97.0, 130.0, 0.2, -0.02, 0.03, 0.2],
        [100.0, 95.0, 106.0, 2.0, 0.1, 0.0, 0.3],
    ] {
        let [spot, _, _, _, rate, carry, vol] = inputs;
        let at = |spot: f64| {
            let mut moved = inputs;
            moved[0] = spot;
            answer(moved)
        };
        let (middle, step) = (at(spot), 1e-3);
        let gamma = (at(spot + step)[1] - at(spot - step)[1]) / (2.0 * step);
        let terms = [
            0.5 * vol * vol * spot * spot * gamma,
            (rate - carry) * spot * middle[1],
            -rate * middle[0],
            middle[3],
        ];
        assert!(terms.iter().sum::<f64>().abs() < 1e-6, "{terms:?}");
    }
}

#[test]
fn any_bits_give_an_answer_or_a_status() {
    // Three in eight of seven inputs are any bits.
    let rows = rows_of_any_bits(7.0 * 3.0 / 8.0);
    let mut random = Random(71);
    let mut answered = 0;
    for _ in 0..rows {
        let inputs = [
            any_number(&mut random, [80.0, 120.0]),
            any_number(&mut random, [1.0, 100.0]),
            any_number(&mut random, [100.0, 200.0]),
            any_number(&mut random, [0.0, 3.0]),
            any_number(&mut random, [-0.1, 0.2]),
            any_number(&mut random, [-0.1, 0.2]),
            any_number(&mut random, [0.0, 2.0]),
        ];
        let (figures, status) = priced(inputs);
        let values = figures.figures();
        match status {
            PriceStatus::Ok => {
                answered += 1;
                assert!(values.iter().all(|figure| figure.is_finite()), "{inputs:?} {figures:?}");
                let bound = (-inputs[4] * inputs[3]).exp() * (1.0 + 1e-12);
                assert!(
                    figures.price >= 0.0 && !(figures.price > bound),
                    "{inputs:?} {figures:?}"
                );
            }
            PriceStatus::InvalidInput => assert!(values.iter().all(|figure| figure.is_nan()), "{inputs:?}"),
            PriceStatus::Kink | PriceStatus::OutOfRange => {
                assert!(values.iter().any(|figure| figure.is_nan()), "{inputs:?}");
            }
        }
    }
    assert!(answered > rows / 100, "only {answered} of {rows} rows had an answer");
}
