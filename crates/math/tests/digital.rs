//! European digitals against arbitrary precision, at every regime of `plimsoll_math::digital`, and for random bit patterns.
#![allow(clippy::unwrap_used)]

#[path = "support/binary.rs"]
mod binary;
mod support;

use binary::{any_inputs, assert_figures, rows};
use plimsoll_math::black;
use plimsoll_math::digital::{asset_or_nothing, cash_or_nothing};
use plimsoll_math::first_order::FirstOrder;
use plimsoll_math::{OptionType, PriceStatus};
use support::{rows_of_any_bits, Random};

type Contract = fn(OptionType, [f64; 6]) -> (FirstOrder, PriceStatus);

const CASH: Contract = |option, [s, k, t, r, q, v]| cash_or_nothing(option, s, k, t, r, q, v);
const ASSET: Contract = |option, [s, k, t, r, q, v]| asset_or_nothing(option, s, k, t, r, q, v);

#[test]
fn prices_agree_with_arbitrary_precision_to_1e_13_and_derivatives_to_1e_12() {
    let mut compared = 0;
    for row in rows() {
        let contract = match row.contract.as_str() {
            "cash" => CASH,
            "asset" => ASSET,
            _ => continue,
        };
        let option = if row.sign > 0.0 {
            OptionType::Call
        } else {
            OptionType::Put
        };
        let (figures, status) = contract(option, row.inputs);
        assert_eq!(status, PriceStatus::Ok);
        assert_figures(&row, &figures, 1e-13, 1e-12);
        compared += 1;
    }
    assert_eq!(compared, 80);
}

#[test]
fn an_option_is_its_two_digitals_in_every_figure() {
    let mut random = Random(21);
    for _ in 0..20_000 {
        let inputs = [
            random.within(50.0, 150.0),
            100.0,
            random.within(0.01, 3.0),
            random.within(-0.1, 0.2),
            random.within(-0.1, 0.2),
            random.within(0.05, 1.5),
        ];
        let [spot, strike, years, rate, carry, vol] = inputs;
        for option in [OptionType::Call, OptionType::Put] {
            let (cash, asset) = (CASH(option, inputs).0, ASSET(option, inputs).0);
            let (whole, _) = black::spot(option, spot, strike, years, rate, carry, vol);
            let expected = [whole.price, whole.delta, whole.vega, whole.theta, whole.rho];
            for (i, expected) in expected.into_iter().enumerate() {
                let (of_asset, of_cash) = (asset.figures()[i], strike * cash.figures()[i]);
                let scale = of_asset.abs() + of_cash.abs() + 1e-2;
                let error = (option.sign() * (of_asset - of_cash) - expected).abs();
                assert!(error <= 1e-14 * scale, "figure {i}, {error:e} of {scale:e}, {inputs:?}");
            }
        }
    }
}

#[test]
fn a_call_and_a_put_together_are_certain() {
    let inputs = [100.0, 104.0, 0.4, 0.03, -0.01, 0.35];
    let both = |contract: Contract| {
        let (call, put) = (
            contract(OptionType::Call, inputs).0,
            contract(OptionType::Put, inputs).0,
        );
        core::array::from_fn::<f64, 7, _>(|i| call.figures()[i] + put.figures()[i])
    };
    // e^{−rT} and S e^{−qT}: price, delta, vega, theta, rho, psi, dual delta.
    let (cash, asset) = ((-0.03_f64 * 0.4).exp(), 100.0 * (0.01_f64 * 0.4).exp());
    let expected = [
        [cash, 0.0, 0.0, 0.03 * cash, -0.4 * cash, 0.0, 0.0],
        [asset, asset / 100.0, 0.0, -0.01 * asset, 0.0, -0.4 * asset, 0.0],
    ];
    for (sums, expected) in [both(CASH), both(ASSET)].into_iter().zip(expected) {
        for (sum, expected) in sums.into_iter().zip(expected) {
            assert!(
                (sum - expected).abs() <= 2e-15 * expected.abs().max(10.0),
                "{sum} for {expected}"
            );
        }
    }
}

#[test]
fn each_regime() {
    let discount = (-0.05_f64 * 0.5).exp();
    let carried = 100.0 * (-0.02_f64 * 0.5).exp();
    // No vol: the forward 100·e^{0.015} ends above 100.
    for (strike, exercised) in [(100.0, 1.0), (102.0, 0.0)] {
        let inputs = [100.0, strike, 0.5, 0.05, 0.02, 0.0];
        for (contract, certain) in [(CASH, discount), (ASSET, carried)] {
            let (figures, status) = contract(OptionType::Call, inputs);
            assert_eq!(status, PriceStatus::Ok);
            assert!((figures.price - exercised * certain).abs() <= 2e-14, "{figures:?}");
            assert!(figures.vega == 0.0 && figures.dual_delta == 0.0, "{figures:?}");
            let (other, _) = contract(OptionType::Put, inputs);
            assert!((other.price - (1.0 - exercised) * certain).abs() <= 2e-14, "{other:?}");
        }
    }
    // At the kink (tests/kink.rs has its limits) half is paid and nothing has a derivative by price. ∂d₂/∂σ = −d₁/σ and
    // ∂d₁/∂σ = −d₂/σ, where d₁ = −d₂ = ½σ√T.
    for (contract, half) in [(CASH, 0.5), (ASSET, 50.0)] {
        let (figures, status) = contract(OptionType::Put, [100.0, 100.0, 0.0, 0.05, 0.02, 0.3]);
        assert_eq!((status, figures.price), (PriceStatus::Kink, half));
        assert!(figures.delta.is_nan() && figures.dual_delta.is_nan() && figures.theta.is_nan());
        assert_eq!(figures.vega, 0.0);
    }
    let half_density = 0.5 * 0.398_942_280_401_432_7 * 0.5_f64.sqrt() * (-0.03_f64 * 0.5).exp();
    for (contract, vega) in [(CASH, -half_density), (ASSET, 100.0 * half_density)] {
        let (figures, status) = contract(OptionType::Call, [100.0, 100.0, 0.5, 0.03, 0.03, 0.0]);
        assert_eq!(status, PriceStatus::Kink);
        assert!(
            (figures.vega / vega - 1.0).abs() < 1e-15 && figures.delta.is_nan(),
            "{figures:?}"
        );
    }
    // Strike or spot at zero.
    let (figures, status) = CASH(OptionType::Call, [100.0, 0.0, 0.5, 0.05, 0.02, 0.3]);
    assert_eq!((status, figures.delta, figures.dual_delta), (PriceStatus::Ok, 0.0, 0.0));
    assert!((figures.price - discount).abs() <= 2e-16);
    let (figures, status) = ASSET(OptionType::Put, [0.0, 100.0, 0.5, 0.05, 0.02, 0.3]);
    assert_eq!((status, figures.price), (PriceStatus::Ok, 0.0));
    // Invalid inputs, also where rates or time are such that at the kink a limit would stand.
    for inputs in [
        [100.0, 100.0, -1.0, 0.05, 0.05, 0.3],
        [100.0, -1.0, 0.0, 0.05, 0.05, 0.3],
    ] {
        let (figures, status) = CASH(OptionType::Call, inputs);
        assert_eq!(status, PriceStatus::InvalidInput);
        assert!(figures.figures().iter().all(|figure| figure.is_nan()), "{figures:?}");
    }
}

#[test]
fn any_bits_give_an_answer_or_a_status() {
    // Three in eight of six inputs are any bits; the two contracts take turns.
    let rows = rows_of_any_bits(2.25 / 2.0);
    let mut random = Random(22);
    let mut answered = 0;
    for i in 0..rows {
        let inputs = any_inputs(&mut random);
        let option = if random.bits() & 1 == 0 {
            OptionType::Call
        } else {
            OptionType::Put
        };
        let (figures, status) = [CASH, ASSET][i % 2](option, inputs);
        match status {
            PriceStatus::Ok => {
                answered += 1;
                assert!(figures.figures().iter().all(|figure| figure.is_finite()), "{inputs:?}");
                let [spot, _, years, rate, carry, _] = inputs;
                let bound = if i % 2 == 0 {
                    (-rate * years).exp()
                } else {
                    (spot.ln() - carry * years).exp()
                };
                let bound = bound * (1.0 + 1e-12) + f64::MIN_POSITIVE;
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
    }
    assert!(answered > rows / 20, "only {answered} rows had an answer");
}
