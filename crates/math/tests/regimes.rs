//! Every regime of the table in `plimsoll_math::black`, row by row, and random bit patterns through every entry: no panic,
//! no NaN beside `Ok`, no figure beside `Ok` that arbitrage forbids.
#![allow(clippy::unwrap_used)]

mod support;

use plimsoll_math::black::{
    all_figures, forward, forward_columns, inverse, inverse_columns, spot, spot_columns, Chain, Columns, Forward,
    Greeks, GreeksColumns, Inverse, LengthMismatch, Model, OptionType, Output, PriceStatus, Spot, OUTPUTS,
};
use plimsoll_math::elementary;
use support::{name_of, rows_of_any_bits, Random};

/// Inputs of one option.
#[derive(Clone, Copy, Debug)]
struct Inputs {
    option: OptionType,
    spot: f64,
    strike: f64,
    years: f64,
    rate: f64,
    carry: f64,
    vol: f64,
}

impl Inputs {
    fn figures<M: Model>(&self) -> ([f64; OUTPUTS], PriceStatus) {
        all_figures::<M>(
            self.option,
            self.spot,
            self.strike,
            self.years,
            self.rate,
            self.carry,
            self.vol,
        )
    }

    /// q as the model reads it.
    fn carry_of<M: Model>(&self) -> f64 {
        if M::FORWARD {
            self.rate
        } else {
            self.carry
        }
    }
}

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

/// Of the numbers of [`any_number`], three in eight are any bits.
const ANY_BITS: f64 = 0.375;
/// Inputs of an option.
const INPUTS: f64 = 6.0;
/// In columns of so many rows; every so many of them also alone.
const SINGLES_EVERY: usize = 5;
const BLOCK: usize = 1000;

/// A number of any kind: any bit pattern, an edge of the format, or one that a market could show.
fn any_number(random: &mut Random, ordinary: [f64; 2]) -> f64 {
    const EDGES: [f64; 16] = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        f64::MAX,
        f64::MIN,
        f64::MIN_POSITIVE,
        5e-324,
        -5e-324,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
        1e-150,
        1e150,
        100.0,
        745.0,
    ];
    match random.bits() % 8 {
        0 | 1 => f64::from_bits(random.bits()),
        2 => f64::from_bits(random.bits()).abs(),
        3 => EDGES[(random.bits() % 16) as usize],
        _ => random.within(ordinary[0], ordinary[1]),
    }
}

fn any_option(random: &mut Random) -> Inputs {
    let option = if random.bits() & 1 == 0 {
        OptionType::Put
    } else {
        OptionType::Call
    };
    Inputs {
        option,
        spot: any_number(random, [1.0, 200.0]),
        strike: any_number(random, [1.0, 200.0]),
        years: any_number(random, [0.0, 3.0]),
        rate: any_number(random, [-0.1, 0.2]),
        carry: any_number(random, [-0.1, 0.2]),
        vol: any_number(random, [0.0, 2.0]),
    }
}

/// What arbitrage forbids, or a NaN, among figures that are said to be answers.
fn fault<M: Model>(row: &Inputs, figures: &[f64; OUTPUTS]) -> Option<&'static str> {
    // Of the discount factors of the test itself, and of the figures; below the normal numbers nothing is relative.
    const RELATIVE: f64 = 1e-12;
    let exceeds = |figure: f64, bound: f64| figure > bound * (1.0 + RELATIVE) + f64::MIN_POSITIVE;
    let (s, k, t) = (row.spot, row.strike, row.years);
    let sign = row.option.sign();
    let get = |output: Output| figures[output as usize];
    if figures.iter().any(|figure| figure.is_nan()) {
        return Some("a figure is NaN");
    }
    let infinite = |output: Output| output != Output::Elasticity && get(output).is_infinite();
    if Output::ALL.into_iter().any(infinite) {
        return Some("a figure is infinite");
    }
    let (spot_factor, strike_factor) = ((-row.carry_of::<M>() * t).exp(), (-row.rate * t).exp());
    // Where a factor is out of range the product may not be.
    let spot_value = (s.ln() - row.carry_of::<M>() * t).exp();
    let strike_value = (k.ln() - row.rate * t).exp();
    let unit = if M::INVERSE { s } else { 1.0 };
    let price = get(Output::Price);
    let upper = match row.option {
        OptionType::Call => spot_value,
        OptionType::Put => strike_value,
    };
    let lower = (sign * (spot_value - strike_value)).max(0.0);
    let tolerance = RELATIVE * (spot_value + strike_value) + 5e-16 * s.max(k);
    if upper.is_finite() && exceeds(price, (upper + tolerance) / unit) {
        return Some("the price is above its upper bound");
    }
    if lower.is_finite() && tolerance.is_finite() && price < (lower - tolerance) / unit * (1.0 - RELATIVE) {
        return Some("the price is below the intrinsic value");
    }
    if price < 0.0 && price < -tolerance / unit {
        return Some("the price is negative");
    }
    let delta_bound = if M::INVERSE { strike_value / s / s } else { spot_factor };
    // What gradual underflow takes from the legs, per unit of S and of K.
    const LEAST: f64 = 5e-324;
    if sign * get(Output::Delta) < 0.0 || exceeds(get(Output::Delta).abs(), delta_bound + LEAST / (s * unit).abs()) {
        return Some("delta is out of bounds");
    }
    let dual_bound = strike_factor / unit;
    if sign * get(Output::DualDelta) > 0.0
        || exceeds(get(Output::DualDelta).abs(), dual_bound + LEAST / (k * unit).abs())
    {
        return Some("dual delta is out of bounds");
    }
    if !(0.0..=1.0 + RELATIVE).contains(&get(Output::ProbabilityInTheMoney)) {
        return Some("the probability is out of bounds");
    }
    if get(Output::Vega) < 0.0 || get(Output::DualGamma) < 0.0 || (!M::INVERSE && get(Output::Gamma) < 0.0) {
        return Some("vega, gamma or dual gamma is negative");
    }
    let elasticity = get(Output::Elasticity) + if M::INVERSE { 1.0 } else { 0.0 };
    let impossible = match row.option {
        OptionType::Call => elasticity < 1.0 - RELATIVE,
        OptionType::Put => elasticity > 0.0,
    };
    impossible.then_some("elasticity is out of bounds")
}

type ColumnFunction = fn(&Columns<'_>, &mut GreeksColumns<'_>) -> Result<(), LengthMismatch>;
type SingleFunction = fn(&Inputs) -> (Greeks, PriceStatus);

fn random_patterns<M: Model>(seed: u64, columns: ColumnFunction, single: SingleFunction) {
    let mut random = Random(seed);
    let mut answered = 0;
    let blocks = rows_of_any_bits(INPUTS * ANY_BITS).div_ceil(BLOCK);
    for _ in 0..blocks {
        let rows: Vec<Inputs> = (0..BLOCK).map(|_| any_option(&mut random)).collect();
        let column = |read: fn(&Inputs) -> f64| rows.iter().map(read).collect::<Vec<_>>();
        let is_call: Vec<u8> = rows
            .iter()
            .map(|row| u8::from(row.option == OptionType::Call))
            .collect();
        let mut values: [Vec<f64>; OUTPUTS] = core::array::from_fn(|_| vec![0.0; BLOCK]);
        let mut status = vec![u8::MAX; BLOCK];
        let mut out = GreeksColumns::new(&mut status);
        for (output, column) in Output::ALL.into_iter().zip(&mut values) {
            out = out.with(output, column);
        }
        let inputs = Columns {
            is_call: &is_call,
            spot: &column(|row| row.spot),
            strike: &column(|row| row.strike),
            years: &column(|row| row.years),
            rate: &column(|row| row.rate),
            carry: &column(|row| row.carry),
            vol: &column(|row| row.vol),
        };
        columns(&inputs, &mut out).unwrap();
        for (i, row) in rows.iter().enumerate() {
            let figures: [f64; OUTPUTS] = core::array::from_fn(|output| values[output][i]);
            let verdict = PriceStatus::of(status[i]);
            if i % SINGLES_EVERY == 0 {
                let same = |a: f64, b: f64| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan());
                let (alone, verdict_alone) = row.figures::<M>();
                assert_eq!(verdict_alone, verdict, "{row:?}");
                for output in 0..OUTPUTS {
                    assert!(
                        same(figures[output], alone[output]),
                        "output {output}: {} alone, {} in a column, {row:?}",
                        alone[output],
                        figures[output]
                    );
                }
                let (first, first_verdict) = single(row);
                assert_eq!(first_verdict, verdict, "{row:?}");
                assert!(
                    same(first.price, figures[0]) && same(first.rho, figures[Output::Rho as usize]),
                    "{row:?}"
                );
            }
            match verdict {
                PriceStatus::Ok => {
                    answered += 1;
                    if let Some(fault) = fault::<M>(row, &figures) {
                        panic!("{fault}: {row:?}, {figures:?}");
                    }
                }
                PriceStatus::Kink | PriceStatus::OutOfRange => {
                    assert!(figures.iter().any(|figure| figure.is_nan()), "{row:?}");
                }
                PriceStatus::InvalidInput => assert!(figures.iter().all(|figure| figure.is_nan()), "{row:?}"),
            }
        }
    }
    assert!(
        answered > blocks * BLOCK / 20,
        "only {answered} rows had an answer: the generator proves nothing"
    );
}

#[test]
fn any_bits_through_spot_options_give_an_answer_or_a_status() {
    random_patterns::<Spot>(1, spot_columns, |row| {
        spot(
            row.option, row.spot, row.strike, row.years, row.rate, row.carry, row.vol,
        )
    });
}

#[test]
fn any_bits_through_options_on_forwards_give_an_answer_or_a_status() {
    random_patterns::<Forward>(2, forward_columns, |row| {
        forward(row.option, row.spot, row.strike, row.years, row.rate, row.vol)
    });
}

#[test]
fn any_bits_through_inverse_options_give_an_answer_or_a_status() {
    random_patterns::<Inverse>(3, inverse_columns, |row| {
        inverse(
            row.option, row.spot, row.strike, row.years, row.rate, row.carry, row.vol,
        )
    });
}

/// Chains whose shared inputs are of any kind, and their strikes and vols too; each option also as a call and as a put.
fn random_chains<M: Model>(seed: u64) {
    const OPTIONS: usize = 19;
    let mut random = Random(seed);
    let mut answered = 0;
    // Strike and vol of each, and four inputs that they share.
    let patterns = (2 * OPTIONS + 4) as f64 * ANY_BITS;
    let chains = rows_of_any_bits(patterns);
    for _ in 0..chains {
        let market = any_option(&mut random);
        let rows: Vec<Inputs> = (0..OPTIONS)
            .map(|_| Inputs {
                spot: market.spot,
                years: market.years,
                rate: market.rate,
                carry: market.carry,
                ..any_option(&mut random)
            })
            .collect();
        let is_call: Vec<u8> = rows
            .iter()
            .map(|row| u8::from(row.option == OptionType::Call))
            .collect();
        let strike: Vec<f64> = rows.iter().map(|row| row.strike).collect();
        let vol: Vec<f64> = rows.iter().map(|row| row.vol).collect();
        let mut chain = Chain::new::<M>();
        chain.list(&is_call, &strike).unwrap();
        chain.set_clock(market.years, market.rate, market.carry);
        chain.set_underlying(market.spot);
        chain.set_vols(&vol).unwrap();
        let mut columns: [[Vec<f64>; OUTPUTS]; 3] =
            core::array::from_fn(|_| core::array::from_fn(|_| vec![0.0; OPTIONS]));
        let mut status = [[u8::MAX; OPTIONS]; 3];
        {
            let [listed, calls, puts] = &mut columns;
            let [listed_status, calls_status, puts_status] = &mut status;
            let mut out = [
                GreeksColumns::new(listed_status),
                GreeksColumns::new(calls_status),
                GreeksColumns::new(puts_status),
            ];
            for (out, figures) in out.iter_mut().zip([listed, calls, puts]) {
                for (output, column) in Output::ALL.into_iter().zip(figures) {
                    out.want(output, column);
                }
            }
            let [listed, calls, puts] = &mut out;
            chain.greeks(listed).unwrap();
            chain.pair_greeks(calls, puts).unwrap();
        }
        for (side, option) in [(0, None), (1, Some(OptionType::Call)), (2, Some(OptionType::Put))] {
            for (i, row) in rows.iter().enumerate() {
                let row = Inputs {
                    option: option.unwrap_or(row.option),
                    ..*row
                };
                let figures: [f64; OUTPUTS] = core::array::from_fn(|output| columns[side][output][i]);
                match PriceStatus::of(status[side][i]) {
                    PriceStatus::Ok => {
                        answered += 1;
                        if let Some(fault) = fault::<M>(&row, &figures) {
                            panic!("{fault}: {row:?}, {figures:?}");
                        }
                    }
                    PriceStatus::Kink | PriceStatus::OutOfRange => {
                        assert!(figures.iter().any(|figure| figure.is_nan()), "{row:?}");
                    }
                    PriceStatus::InvalidInput => assert!(figures.iter().all(|figure| figure.is_nan()), "{row:?}"),
                }
            }
        }
    }
    assert!(answered > chains * OPTIONS / 25, "only {answered} rows had an answer");
}

#[test]
fn any_bits_through_chains_give_an_answer_or_a_status() {
    random_chains::<Spot>(5);
    random_chains::<Forward>(6);
    random_chains::<Inverse>(7);
}

#[test]
fn any_bits_through_elementary_functions_give_a_number_wherever_one_exists() {
    let mut random = Random(4);
    for _ in 0..rows_of_any_bits(ANY_BITS) {
        let x = any_number(&mut random, [-50.0, 50.0]);
        let expects_nan = x.is_nan();
        let figures = [
            (elementary::exp(x), 0.0, f64::INFINITY),
            (elementary::expm1(x), -1.0, f64::INFINITY),
            (elementary::norm_pdf(x), 0.0, elementary::INV_SQRT_2PI),
            (elementary::norm_cdf(x), 0.0, 1.0),
            (elementary::erfc(x), 0.0, 2.0),
            (elementary::mills_ratio(x), 0.0, f64::INFINITY),
        ];
        for (index, (figure, least, greatest)) in figures.into_iter().enumerate() {
            assert_eq!(figure.is_nan(), expects_nan, "function {index} at {x:e}");
            assert!(
                expects_nan || (least <= figure && figure <= greatest),
                "function {index} at {x:e}: {figure:e}"
            );
        }
        let ln = elementary::ln(x);
        assert_eq!(ln.is_nan(), x.is_nan() || x < 0.0, "ln at {x:e}");
        assert!(
            ln.is_nan() || (ln - x.ln()).abs() <= 4e-16 * ln.abs() || ln == x.ln(),
            "ln at {x:e}: {ln:e}"
        );
    }
}
