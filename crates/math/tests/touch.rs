//! One-touch and no-touch contracts against arbitrary precision, at every regime of the table in `plimsoll_math::touch`, and
//! for random bit patterns.
#![allow(clippy::unwrap_used)]

#[path = "support/binary.rs"]
mod binary;
mod support;

use binary::{any_inputs, assert_figures, rows};
use plimsoll_math::first_order::FirstOrder;
use plimsoll_math::touch::{hitting_probability, no_touch, one_touch, Barrier, Payment};
use plimsoll_math::PriceStatus;
use support::{rows_of_any_bits, Random};

type Contract = fn(Barrier, [f64; 6]) -> (FirstOrder, PriceStatus);

const AT_HIT: Contract = |side, [s, h, t, r, q, v]| one_touch(side, Payment::AtHit, s, h, t, r, q, v);
const AT_EXPIRY: Contract = |side, [s, h, t, r, q, v]| one_touch(side, Payment::AtExpiry, s, h, t, r, q, v);
const NO_TOUCH: Contract = |side, [s, h, t, r, q, v]| no_touch(side, s, h, t, r, q, v);
const CONTRACTS: [Contract; 3] = [AT_HIT, AT_EXPIRY, NO_TOUCH];

fn side_of(sign: f64) -> Barrier {
    if sign > 0.0 {
        Barrier::Above
    } else {
        Barrier::Below
    }
}

fn close(a: f64, b: f64, relative: f64) -> bool {
    a == b || (a - b).abs() <= relative * a.abs().max(b.abs())
}

#[test]
fn prices_agree_with_arbitrary_precision_to_1e_14_and_derivatives_to_1e_12() {
    let mut compared = 0;
    for row in rows() {
        let contract = match row.contract.as_str() {
            "touch_at_hit" => AT_HIT,
            "touch_at_expiry" => AT_EXPIRY,
            "no_touch" => NO_TOUCH,
            _ => continue,
        };
        let (figures, status) = contract(side_of(row.sign), row.inputs);
        assert_eq!(status, PriceStatus::Ok);
        assert_figures(&row, &figures, 1e-14, 1e-12);
        compared += 1;
    }
    assert_eq!(compared, 120);
}

#[test]
fn hitting_probabilities_are_undiscounted_touches_under_their_drift() {
    let (s, h, t, drift, vol) = (100.0, 80.0, 0.5, 0.07, 0.6);
    let (hitting, status) = hitting_probability(Barrier::Below, s, h, t, drift, vol);
    assert_eq!(status, PriceStatus::Ok);
    // The same drift of ln S as carry, at no rate.
    let (touch, _) = one_touch(Barrier::Below, Payment::AtExpiry, s, h, t, 0.0, -drift, vol);
    let (none, _) = no_touch(Barrier::Below, s, h, t, 0.0, -drift, vol);
    assert_eq!(hitting.touch, touch.price);
    assert_eq!(hitting.no_touch, none.price);
    assert_eq!(hitting.by_spot, touch.delta);
    assert_eq!(hitting.by_barrier, touch.dual_delta);
    assert_eq!(hitting.by_vol, touch.vega);
    assert_eq!(hitting.by_years, -touch.theta);
    assert_eq!(hitting.by_drift, -touch.psi);
}

#[test]
fn each_regime_of_the_table() {
    let discount = (-0.05_f64 * 0.5).exp();
    let usual = [100.0, 110.0, 0.5, 0.05, 0.02, 0.3];
    let with = |place: usize, value: f64| {
        let mut inputs = usual;
        inputs[place] = value;
        inputs
    };
    let assert_flat = |contract: Contract, side, inputs: [f64; 6], price: f64, is_paid_at_expiry: bool| {
        let (figures, status) = contract(side, inputs);
        assert_eq!(status, PriceStatus::Ok, "{inputs:?}");
        let by_time = if is_paid_at_expiry { price } else { 0.0 };
        let expected = [price, 0.0, 0.0, inputs[3] * by_time, -inputs[2] * by_time, 0.0, 0.0];
        for (figure, expected) in figures.figures().into_iter().zip(expected) {
            assert!(close(figure, expected, 4e-16), "{figures:?} for {expected}, {inputs:?}");
        }
    };

    // Invalid inputs.
    for (place, value) in [
        (0, f64::NAN),
        (1, -1.0),
        (2, -1.0),
        (3, f64::INFINITY),
        (4, f64::NAN),
        (5, -0.1),
    ] {
        for contract in CONTRACTS {
            let (figures, status) = contract(Barrier::Above, with(place, value));
            assert_eq!(status, PriceStatus::InvalidInput);
            assert!(figures.figures().iter().all(|figure| figure.is_nan()));
        }
    }
    // Beyond the barrier.
    assert_flat(AT_HIT, Barrier::Below, usual, 1.0, false);
    assert_flat(AT_EXPIRY, Barrier::Below, usual, discount, true);
    assert_flat(NO_TOUCH, Barrier::Below, usual, 0.0, true);
    // At the barrier.
    for (contract, price) in [(AT_HIT, 1.0), (AT_EXPIRY, discount), (NO_TOUCH, 0.0)] {
        let (figures, status) = contract(Barrier::Above, with(0, 110.0));
        assert_eq!(status, PriceStatus::Kink);
        assert!(close(figures.price, price, 4e-16));
        assert!(figures.delta.is_nan() && figures.dual_delta.is_nan());
        assert!(figures.vega == 0.0 && figures.psi == 0.0);
    }
    // Levels at zero.
    for (side, inputs) in [(Barrier::Above, with(0, 0.0)), (Barrier::Below, with(1, 0.0))] {
        assert_flat(AT_HIT, side, inputs, 0.0, false);
        assert_flat(NO_TOUCH, side, inputs, discount, true);
    }
    // No time left.
    assert_flat(AT_EXPIRY, Barrier::Above, with(2, 0.0), 0.0, true);
    assert_flat(NO_TOUCH, Barrier::Above, with(2, 0.0), 1.0, true);
    // No vol: ln 1.1 is reached at a drift of 0.3 after ln 1.1/0.3 years, at a drift of 0.03 not within half a year.
    let line = [100.0, 110.0, 0.5, 0.32, 0.02, 0.0];
    let touched_at = 1.1_f64.ln() / 0.3;
    let (figures, status) = AT_HIT(Barrier::Above, line);
    assert_eq!(status, PriceStatus::Ok);
    let price = (-0.32 * touched_at).exp();
    let expected = [
        price,
        price * 0.32 / 0.3 / 100.0,
        0.0,
        0.0,
        price * (0.32 * touched_at / 0.3 - touched_at),
        -price * 0.32 * touched_at / 0.3,
        -price * 0.32 / 0.3 / 110.0,
    ];
    for (figure, expected) in figures.figures().into_iter().zip(expected) {
        assert!(close(figure, expected, 1e-14), "{figure} for {expected}");
    }
    assert_flat(AT_EXPIRY, Barrier::Above, line, (-0.32_f64 * 0.5).exp(), true);
    assert_flat(NO_TOUCH, Barrier::Above, line, 0.0, true);
    assert_flat(NO_TOUCH, Barrier::Above, with(5, 0.0), discount, true);
    // No vol, and the path ends one step of the rate before or beyond the barrier.
    let growth = (128.0_f64 / 100.0).ln();
    let ends: Vec<_> = [growth.next_down(), growth.next_up()]
        .into_iter()
        .map(|rate| AT_EXPIRY(Barrier::Above, [100.0, 128.0, 1.0, rate, 0.0, 0.0]).0.price)
        .collect();
    assert!(ends[0] == 0.0 && ends[1] > 0.7, "{ends:?}");
    let (figures, status) = AT_HIT(Barrier::Above, [1.0, 1.0_f64.next_up(), 0.0, 0.1, 0.0, 0.0]);
    assert_eq!((figures.price, status), (0.0, PriceStatus::Ok));
    // Far away.
    assert_flat(AT_HIT, Barrier::Above, [100.0, 1e6, 0.01, 0.05, 0.0, 0.1], 0.0, false);
    // Coordinates out of range.
    for inputs in [with(5, 1e80), with(3, 1e150), with(4, -1e150)] {
        assert_eq!(AT_HIT(Barrier::Above, inputs).1, PriceStatus::OutOfRange);
    }
}

#[test]
fn one_touch_and_no_touch_are_together_a_discount_factor() {
    let mut random = Random(11);
    for _ in 0..20_000 {
        let spot = random.within(50.0, 150.0);
        let (years, rate, carry) = (
            random.within(0.0, 3.0),
            random.within(-0.1, 0.2),
            random.within(-0.1, 0.2),
        );
        let vol = random.within(0.01, 1.5);
        let inputs = [spot, 100.0, years, rate, carry, vol];
        let side = side_of(100.0 - spot);
        let (touch, none) = (AT_EXPIRY(side, inputs).0, NO_TOUCH(side, inputs).0);
        let discount = (-rate * years).exp();
        assert!(close(touch.price + none.price, discount, 1e-15), "{inputs:?}");
        // Paid earlier it is worth more at a positive rate, less at a negative one.
        let earlier = AT_HIT(side, inputs).0.price - touch.price;
        assert!(earlier * rate >= -1e-15 * discount, "{inputs:?}");
    }
}

#[test]
fn the_value_moves_as_the_pricing_equation_says() {
    // ½σ²S²Γ + (r − q)SΔ − rV + θ = 0, with Γ from differences of delta.
    for (contract, side, spot) in [
        (AT_HIT, Barrier::Above, 96.0),
        (AT_HIT, Barrier::Below, 104.0),
        (AT_EXPIRY, Barrier::Below, 107.0),
        (NO_TOUCH, Barrier::Above, 93.0),
    ] {
        // At the second rate the transform of the passage at the hit has complex arguments.
        for (rate, carry) in [(0.06, 0.02), (-0.05, -0.02)] {
            let at = |spot: f64| contract(side, [spot, 100.0, 0.7, rate, carry, 0.25]).0;
            let (middle, step) = (at(spot), 1e-3);
            let gamma = (at(spot + step).delta - at(spot - step).delta) / (2.0 * step);
            let terms = [
                0.5 * 0.25 * 0.25 * spot * spot * gamma,
                (rate - carry) * spot * middle.delta,
                -rate * middle.price,
                middle.theta,
            ];
            assert!(terms.iter().sum::<f64>().abs() < 1e-7, "{terms:?}");
        }
    }
}

#[test]
fn any_bits_give_an_answer_or_a_status() {
    // Three in eight of six inputs are any bits; the three contracts take turns.
    let rows = rows_of_any_bits(2.25 / 3.0);
    let mut random = Random(12);
    let mut answered = 0;
    for i in 0..rows {
        let inputs = any_inputs(&mut random);
        let side = side_of(if random.bits() & 1 == 0 { 1.0 } else { -1.0 });
        let (figures, status) = CONTRACTS[i % 3](side, inputs);
        match status {
            PriceStatus::Ok => {
                answered += 1;
                assert!(figures.figures().iter().all(|figure| figure.is_finite()), "{inputs:?}");
                // Paid between now and expiry: worth at most the greater of 1 and e^{−rT}.
                let bound = (-inputs[3] * inputs[2]).exp().max(1.0) * (1.0 + 1e-12);
                // The bound itself may be no number.
                assert!(
                    figures.price >= 0.0 && !(figures.price > bound),
                    "{inputs:?}, {figures:?}"
                );
            }
            PriceStatus::InvalidInput => assert!(figures.figures().iter().all(|figure| figure.is_nan()), "{inputs:?}"),
            PriceStatus::Kink | PriceStatus::OutOfRange => {
                assert!(figures.figures().iter().any(|figure| figure.is_nan()), "{inputs:?}");
            }
        }
        let [spot, barrier, years, drift, _, vol] = inputs;
        let (hitting, status) = hitting_probability(side, spot, barrier, years, drift, vol);
        if status == PriceStatus::Ok {
            let both = hitting.touch + hitting.no_touch;
            assert!((both - 1.0).abs() <= 1e-15, "{inputs:?}, {hitting:?}");
        }
    }
    assert!(answered > rows / 20, "only {answered} rows had an answer");
}
