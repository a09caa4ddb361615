//! Every regime of the table in `plimsoll_math::black`, row by row, and what holds at their edges.

mod support;

use plimsoll_math::black::{Forward, Inverse, Model, OptionType, Output, PriceStatus, Spot, OUTPUTS};
use support::inputs::Inputs;
use support::name_of;

/// What a row of the table promises.
#[derive(Clone, Copy, Debug)]
enum Answer {
    /// Every figure NaN, `InvalidInput`.
    Invalid,
    /// The figures of the discounted intrinsic value, `Ok`; each integral Φ(φd₁), Φ(φd₂) as given for a call.
    Limit { call_exercised: [f64; 2] },
    /// The limits at the kink, `Kink`.
    Kink,
    /// NaN where the answer is out of range, `OutOfRange`; whether the price stands.
    OutOfRange { price_stands: bool },
}

fn table() -> Vec<(&'static str, Inputs, Answer)> {
    let base = Inputs {
        option: OptionType::Call,
        spot: 110.0,
        strike: 100.0,
        years: 0.5,
        rate: 0.03,
        carry: 0.01,
        vol: 0.25,
    };
    let (above, below) = (
        Answer::Limit {
            call_exercised: [1.0, 1.0],
        },
        Answer::Limit {
            call_exercised: [0.0, 0.0],
        },
    );
    let apart = Answer::Limit {
        call_exercised: [1.0, 0.0],
    };
    let mut rows = Vec::new();
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, -1e-300] {
        rows.extend([
            ("S invalid", Inputs { spot: bad, ..base }, Answer::Invalid),
            ("K invalid", Inputs { strike: bad, ..base }, Answer::Invalid),
            ("T invalid", Inputs { years: bad, ..base }, Answer::Invalid),
            ("σ invalid", Inputs { vol: bad, ..base }, Answer::Invalid),
        ]);
    }
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        rows.push(("r invalid", Inputs { rate: bad, ..base }, Answer::Invalid));
    }
    let small = Inputs { spot: 90.0, ..base };
    let even = Inputs {
        spot: 100.0,
        carry: 0.03,
        ..base
    };
    rows.extend([
        ("T = 0, S > K", Inputs { years: 0.0, ..base }, above),
        ("T = 0, S < K", Inputs { years: 0.0, ..small }, below),
        ("σ = 0, S > K", Inputs { vol: 0.0, ..base }, above),
        ("σ = 0, S < K", Inputs { vol: 0.0, ..small }, below),
        ("T = 0, S = K", Inputs { years: 0.0, ..even }, Answer::Kink),
        ("σ = 0, forward = K", Inputs { vol: 0.0, ..even }, Answer::Kink),
        ("K = 0", Inputs { strike: 0.0, ..base }, above),
        (
            "K = 0, T = 0",
            Inputs {
                strike: 0.0,
                years: 0.0,
                ..base
            },
            above,
        ),
        ("|d| → ∞, S > K", Inputs { vol: 1e-4, ..base }, above),
        ("|d| → ∞, S < K", Inputs { vol: 1e-4, ..small }, below),
        ("σ√T → ∞", Inputs { vol: 1e3, ..base }, apart),
        (
            "σ√T → ∞, out of range of the kernel",
            Inputs { vol: 1e200, ..base },
            apart,
        ),
        (
            "r < 0, q < 0, σ = 0",
            Inputs {
                rate: -0.05,
                carry: -0.02,
                vol: 0.0,
                ..base
            },
            above,
        ),
        (
            "gamma beyond the range of f64",
            Inputs {
                spot: 1e-200,
                strike: 1e-200,
                ..base
            },
            Answer::OutOfRange { price_stands: true },
        ),
        (
            "discount factors beyond the range of f64",
            Inputs {
                years: 1e5,
                rate: -1.0,
                carry: -1.0,
                ..base
            },
            Answer::OutOfRange { price_stands: false },
        ),
    ]);
    rows
}

/// The figures that a limit has, from their definitions: everything else is 0 (coin figures keep the curvature of 1/S).
fn limit_figures<M: Model>(row: &Inputs, [spot_share, strike_share]: [f64; 2]) -> [f64; OUTPUTS] {
    let (s, k, t, r, q) = (row.spot, row.strike, row.years, row.rate, row.carry_of::<M>());
    let sign = row.option.sign();
    let delta = sign * spot_share * (-q * t).exp();
    let dual_delta = -sign * strike_share * (-r * t).exp();
    let (spot_leg, strike_leg) = (s * delta, -k * dual_delta);
    let value = spot_leg - strike_leg;
    let theta = q * spot_leg - r * strike_leg;
    let mut figures = [0.0; OUTPUTS];
    let mut set = |output: Output, value: f64| figures[output as usize] = value;
    set(Output::Price, value);
    set(Output::Delta, delta);
    set(Output::Theta, theta);
    set(Output::Rho, if M::FORWARD { -t * value } else { t * strike_leg });
    set(Output::Psi, if M::FORWARD { 0.0 } else { -t * spot_leg });
    set(Output::Charm, q * delta);
    set(Output::DualDelta, dual_delta);
    set(Output::ProbabilityInTheMoney, strike_share);
    set(Output::PremiumAdjustedDelta, strike_leg / s);
    let worthless = sign * f64::INFINITY;
    let elasticity = if value > 0.0 { spot_leg / value } else { worthless };
    set(Output::Elasticity, elasticity);
    if M::INVERSE {
        // U = V/S, differentiated: U' = (V' − U)/S = K e^{−rT}Φ/S², and so on.
        let coin_delta = strike_leg / (s * s);
        let coin_charm = (q * delta - theta / s) / s;
        for output in [
            Output::Price,
            Output::Theta,
            Output::Rho,
            Output::Psi,
            Output::DualDelta,
        ] {
            figures[output as usize] /= s;
        }
        figures[Output::Delta as usize] = coin_delta;
        figures[Output::Gamma as usize] = -2.0 * coin_delta / s;
        figures[Output::Speed as usize] = 6.0 * coin_delta / (s * s);
        figures[Output::Charm as usize] = coin_charm;
        figures[Output::Color as usize] = -2.0 * coin_charm / s;
        figures[Output::Elasticity as usize] = elasticity - 1.0;
    }
    figures
}

fn check_regime<M: Model>(model: &str, name: &str, row: &Inputs, answer: Answer) {
    let (figures, status) = row.figures::<M>();
    let context = format!("{model}, {name}: {row:?}");
    let share_of = |share: f64| match row.option {
        OptionType::Call => share,
        OptionType::Put => 1.0 - share,
    };
    let near = |figure: f64, expected: f64, scale: f64| {
        figure == expected || (figure - expected).abs() <= 1e-14 * scale.max(expected.abs())
    };
    match answer {
        Answer::Invalid => {
            assert_eq!(status, PriceStatus::InvalidInput, "{context}");
            assert!(figures.iter().all(|figure| figure.is_nan()), "{context}");
        }
        Answer::Limit { call_exercised } => {
            assert_eq!(status, PriceStatus::Ok, "{context}");
            let expected = limit_figures::<M>(row, call_exercised.map(share_of));
            // Both sides subtract values of this size.
            let scale = if M::INVERSE { 1.0 } else { row.spot.max(row.strike) };
            for output in Output::ALL {
                let (figure, expected) = (figures[output as usize], expected[output as usize]);
                assert!(
                    near(figure, expected, scale),
                    "{} {figure} ≠ {expected}, {context}",
                    name_of(output)
                );
            }
        }
        // tests/kink.rs has the figures.
        Answer::Kink => assert_eq!(status, PriceStatus::Kink, "{context}"),
        Answer::OutOfRange { price_stands } => {
            assert_eq!(status, PriceStatus::OutOfRange, "{context}");
            assert!(figures.iter().any(|figure| figure.is_nan()), "{context}");
            assert_eq!(!figures[Output::Price as usize].is_nan(), price_stands, "{context}");
        }
    }
}

#[test]
fn every_regime_of_the_table_holds_for_every_model() {
    for (name, row, answer) in table() {
        for option in [OptionType::Call, OptionType::Put] {
            let row = Inputs { option, ..row };
            check_regime::<Spot>("spot", name, &row, answer);
            check_regime::<Forward>("forward", name, &row, answer);
            check_regime::<Inverse>("inverse", name, &row, answer);
        }
    }
}

#[test]
fn nothing_of_the_underlying_leaves_the_strike_to_the_put() {
    let row = Inputs {
        option: OptionType::Put,
        spot: 0.0,
        strike: 100.0,
        years: 0.5,
        rate: 0.03,
        carry: 0.01,
        vol: 0.25,
    };
    let (figures, status) = row.figures::<Spot>();
    assert_eq!(status, PriceStatus::Ok);
    let discounted = 100.0 * (-0.015_f64).exp();
    assert!((figures[Output::Price as usize] - discounted).abs() < 1e-13);
    assert!((figures[Output::Delta as usize] + (-0.005_f64).exp()).abs() < 1e-15);
    let call = Inputs {
        option: OptionType::Call,
        ..row
    };
    assert_eq!(call.figures::<Spot>().0[Output::Price as usize], 0.0);
    let (coin, status) = row.figures::<Inverse>();
    assert_eq!(status, PriceStatus::OutOfRange);
    assert!(coin[Output::Price as usize].is_nan());
}

#[test]
fn a_carry_that_is_no_number_is_invalid_unless_the_model_has_none() {
    let row = Inputs {
        option: OptionType::Call,
        spot: 100.0,
        strike: 100.0,
        years: 1.0,
        rate: 0.0,
        carry: f64::NAN,
        vol: 0.2,
    };
    assert_eq!(row.figures::<Spot>().1, PriceStatus::InvalidInput);
    assert_eq!(row.figures::<Inverse>().1, PriceStatus::InvalidInput);
    assert_eq!(row.figures::<Forward>().1, PriceStatus::Ok);
}

/// sign, S, K, T, r, q, σ, and references from mpmath with 1200 digits.
struct Reference {
    inputs: [f64; 7],
    price: f64,
    elasticity: f64,
}

fn inputs_of(row: &Reference) -> Inputs {
    let [sign, spot, strike, years, rate, carry, vol] = row.inputs;
    Inputs {
        option: if sign > 0.0 { OptionType::Call } else { OptionType::Put },
        spot,
        strike,
        years,
        rate,
        carry,
        vol,
    }
}

fn is_within(figure: f64, reference: f64, relative: f64) -> bool {
    (figure - reference).abs() <= relative * reference.abs()
}

#[test]
fn elasticity_stays_right_where_the_price_underflows() {
    let rows = [
        ([1.0, 100.0, 200.0, 1e-4, 0.0, 0.0, 0.9], 8_560.756_531_965_055_8),
        ([1.0, 100.0, 150.0, 0.01, 0.05, 0.01, 0.08], 6_334.574_030_065_129_2),
        ([-1.0, 100.0, 40.0, 0.02, 0.03, 0.0, 0.1], -4_586.133_390_198_510_4),
        ([1.0, 100.0, 101.0, 0.25, 0.0, 0.0, 4e-4], 248_959.526_745_027_41),
        (
            [-1.0, 60_000.0, 30_000.0, 5e-4, 0.02, 0.02, 0.5],
            -5_547.560_586_590_192_2,
        ),
        // Just below and just above the end of the rational Mills ratio.
        ([1.0, 100.0, 200.0, 3e-4, 0.0, 0.0, 0.9], 2_855.838_560_707_338_6),
        ([-1.0, 100.0, 45.0, 1.0, 0.0, 0.0, 0.0177], -2_550.782_301_656_407_1),
    ];
    for (inputs, elasticity) in rows {
        let row = Reference {
            inputs,
            price: 0.0,
            elasticity,
        };
        let (figures, status) = inputs_of(&row).figures::<Spot>();
        let figure = figures[Output::Elasticity as usize];
        assert_eq!(status, PriceStatus::Ok);
        assert_eq!(figures[Output::Price as usize], 0.0);
        assert!(
            is_within(figure, elasticity, 1e-14),
            "{figure} ≠ {elasticity}, {inputs:?}"
        );
    }
}

#[test]
fn what_discounting_leaves_keeps_its_relative_accuracy() {
    let rows = [
        Reference {
            inputs: [1.0, 100.0, 100.0, 30.0, 0.02, 1.0, 0.3],
            price: 1.001_802_234_568_338_8e-77,
            elasticity: 11.456_429_848_403_442,
        },
        Reference {
            inputs: [-1.0, 100.0, 100.0, 40.0, 1.0, 0.0, 0.2],
            price: 6.051_384_738_521_937_7e-228,
            elasticity: -24.549_870_771_594_154,
        },
        Reference {
            inputs: [1.0, 100.0, 80.0, 10.0, 0.09, 0.08, 0.4],
            price: 25.032_870_704_354_79,
            elasticity: 1.458_776_548_650_325,
        },
        Reference {
            inputs: [-1.0, 100.0, 120.0, 20.0, 0.04, 0.9, 0.25],
            price: 53.919_474_171_068_616,
            elasticity: -2.824_578_684_946_545_5e-8,
        },
        Reference {
            inputs: [1.0, 100.0, 5.0, 10.0, 0.3, 0.5, 1.0],
            price: 0.628_700_750_691_395_23,
            elasticity: 1.040_668_190_868_163_5,
        },
        Reference {
            inputs: [1.0, 100.0, 100.0, 100.0, 2.0, 2.0, 0.1],
            price: 5.299_284_703_151_477_3e-86,
            elasticity: 1.805_738_985_785_889_4,
        },
    ];
    for row in rows {
        let (figures, status) = inputs_of(&row).figures::<Spot>();
        assert_eq!(status, PriceStatus::Ok);
        for (output, reference) in [(Output::Price, row.price), (Output::Elasticity, row.elasticity)] {
            let figure = figures[output as usize];
            assert!(
                is_within(figure, reference, 1e-13),
                "{} {figure:e} ≠ {reference:e}, {:?}",
                name_of(output),
                row.inputs
            );
        }
    }
}
