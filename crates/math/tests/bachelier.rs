//! Bachelier's model against arbitrary-precision references, each error as a share of the figure's scale, and its regimes.
#![allow(clippy::unwrap_used)]

mod support;

use plimsoll_math::bachelier::{all_figures, columns, columns_on, greeks};
use plimsoll_math::black::{Columns, GreeksColumns, OptionType, Output, PriceStatus, OUTPUTS};
use plimsoll_math::lane::{Pair, Wide};
use std::path::Path;
use support::{bound, name_of, number, read_json, reference, rows_of_any_bits, Random, Reference, COLUMNS};

struct Row {
    option: OptionType,
    forward: f64,
    strike: f64,
    years: f64,
    rate: f64,
    vol: f64,
    figures: [Option<Reference>; OUTPUTS],
}

/// The section `bachelier` of `test/oracle/generate.py --seed 11 --rows 7260 --lean`.
fn vectors() -> Vec<Row> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/bachelier.json");
    let document = read_json(&path);
    let row = |entry: &serde_json::Value| {
        let text = |key: &str| {
            entry[key]
                .as_str()
                .unwrap_or_else(|| panic!("{key} missing in {entry}"))
        };
        let mut figures = [None; OUTPUTS];
        for (column, output) in COLUMNS {
            figures[output as usize] = entry[column].as_str().map(reference);
        }
        figures[Output::Elasticity as usize] = Some(reference(text("elasticity")));
        figures[Output::ProbabilityInTheMoney as usize] = Some(reference(text("probability_in_the_money")));
        Row {
            option: if text("type") == "call" {
                OptionType::Call
            } else {
                OptionType::Put
            },
            forward: number(text("F")),
            strike: number(text("K")),
            years: number(text("T")),
            rate: number(text("r")),
            vol: number(text("sigma")),
            figures,
        }
    };
    document["bachelier"].as_array().unwrap().iter().map(row).collect()
}

/// What an error counts against: closed forms, and for the higher orders the peak of the closed form over d in [−10, 10].
fn scales(row: &Row) -> [f64; OUTPUTS] {
    let (years, rate, vol) = (row.years, row.rate, row.vol);
    let phi0 = 0.398_942_280_401_432_7;
    let (root, discount) = (years.sqrt(), (-rate * years).exp());
    let deviation = vol * root;
    let mut scales = [0.0; OUTPUTS];
    let price = row.forward.abs().max(row.strike.abs()).max(deviation);
    let mut set = |output: Output, value: f64| scales[output as usize] = value;
    set(Output::Price, price);
    set(Output::Delta, discount);
    set(Output::DualDelta, discount);
    set(Output::Vega, discount * root * phi0);
    set(Output::Theta, rate.abs() * price + discount * phi0 * vol / (2.0 * root));
    set(Output::Rho, years * price);
    set(Output::ProbabilityInTheMoney, 1.0);
    for step in 0..=4000 {
        let d = -10.0 + f64::from(step) * 0.005;
        let density = discount * phi0 * (-0.5 * d * d).exp();
        let (gamma, vega) = (density / deviation, density * root);
        let mut peak = |output: Output, value: f64| {
            let slot = &mut scales[output as usize];
            *slot = slot.max(value.abs());
        };
        peak(Output::Gamma, gamma);
        peak(Output::DualGamma, gamma);
        peak(Output::Vanna, density * d / vol);
        peak(Output::Volga, vega * d * d / vol);
        peak(
            Output::Charm,
            rate.abs() * discount + (density * d / (2.0 * years)).abs(),
        );
        peak(Output::Speed, gamma * d / deviation);
        peak(Output::Zomma, gamma * (d * d - 1.0) / vol);
        peak(Output::Color, gamma * (rate + (1.0 - d * d) / (2.0 * years)));
        peak(Output::Veta, vega * (rate - (1.0 + d * d) / (2.0 * years)));
        peak(Output::Ultima, vega / (vol * vol) * d * d * (d * d - 3.0));
    }
    scales
}

#[test]
fn vectors_hold_every_bound() {
    let rows = vectors();
    assert!(rows.len() >= 150, "{} rows prove little", rows.len());
    let mut worst = [0.0_f64; OUTPUTS];
    let mut relative = 0.0_f64;
    for row in &rows {
        let (figures, status) = all_figures(row.option, row.forward, row.strike, row.years, row.rate, row.vol);
        assert_eq!(status, PriceStatus::Ok);
        let scales = scales(row);
        for output in Output::ALL {
            let Some(reference) = row.figures[output as usize] else {
                continue;
            };
            let error = reference.error_of(figures[output as usize]);
            let share = if output == Output::Elasticity {
                // Of no scale but itself, as far as the price has one.
                error / reference.nearest.abs().max(f64::MIN_POSITIVE)
            } else {
                error / scales[output as usize]
            };
            worst[output as usize] = worst[output as usize].max(share);
            if output == Output::Price && reference.nearest > 1e-300 {
                relative = relative.max(error / reference.nearest);
            }
        }
    }
    for output in Output::ALL {
        let allowed = match output {
            Output::Elasticity => 1e-13,
            Output::ProbabilityInTheMoney => 1e-14,
            _ => bound(output, true),
        };
        println!("{:24} {:9.2e}", name_of(output), worst[output as usize]);
        assert!(
            worst[output as usize] <= allowed,
            "{} {:e}",
            name_of(output),
            worst[output as usize]
        );
    }
    assert!(relative <= 1e-13, "price, relative {relative:e}");
}

#[test]
fn prices_near_the_money_are_right_to_their_last_digits() {
    // mpmath; at such rows a quotient of polynomials was off by up to 8e-16 of the scale
    for (option, forward, strike, years, rate, vol, expected) in [
        (
            OptionType::Call,
            -17.93,
            -17.31692711715482,
            0.8712328767123287,
            0.0,
            23.71217898288294,
            "8.5266058309004863998573669573",
        ),
        (
            OptionType::Put,
            -13.8,
            -13.633359873772843,
            0.2273972602739726,
            0.013318489562603548,
            33.56861035306706,
            "6.45020628259517096136738127522",
        ),
        (
            OptionType::Call,
            16.78,
            16.689964745954242,
            0.4136986301369863,
            0.0,
            50.665128451332954,
            "13.0456031587337558514267338591",
        ),
        (
            OptionType::Put,
            -32.31,
            -32.61437848889518,
            0.9232876712328767,
            0.0,
            42.536480768418556,
            "16.1539888900625952197860461921",
        ),
        (
            OptionType::Call,
            10.84,
            11.986664067861037,
            0.39452054794520547,
            0.0,
            40.096066149788975,
            "9.48431709667183372550166039738",
        ),
        (
            OptionType::Call,
            -18.65,
            -20.0,
            0.5260273972602739,
            0.0485,
            57.0,
            "16.7437248858359745248041985059",
        ),
        (
            OptionType::Call,
            -15.03,
            -21.088847220877913,
            0.9452054794520548,
            0.0,
            27.395768219023623,
            "13.9288470170460592253658638809",
        ),
    ] {
        let (figures, _) = all_figures(option, forward, strike, years, rate, vol);
        let scale = forward.abs().max(strike.abs()).max(vol * years.sqrt());
        let error = reference(expected).error_of(figures[Output::Price as usize]);
        assert!(error <= 2.5e-16 * scale, "{:e} of {expected}", error / scale);
    }
}

#[test]
fn prices_far_out_of_the_money_are_right_relative_to_themselves() {
    // mpmath, 15 to 37 deviations away, where a rounding of d would show
    for (option, forward, strike, years, rate, vol, expected) in [
        (
            OptionType::Put,
            19.19,
            -1079.6654918459476,
            2.396,
            0.0748,
            45.8,
            "6.577338610860116099292017e-54",
        ),
        (
            OptionType::Put,
            11.92,
            -155.83618210247872,
            1.424,
            0.0749,
            6.6,
            "1.878223742081726461239366e-101",
        ),
        (
            OptionType::Put,
            3.5,
            -394.835531940599,
            1.434,
            0.0122,
            11.2,
            "1.699851079815375662977947e-194",
        ),
        (
            OptionType::Put,
            33.31,
            -142.2228386943594,
            0.689,
            0.0152,
            5.7,
            "1.77019182349271020331221e-302",
        ),
        (
            OptionType::Put,
            9.4,
            -337.0819400592187,
            2.402,
            0.0025,
            13.8,
            "3.284096249389393201162934e-59",
        ),
        (
            OptionType::Call,
            -22.76,
            180.3535017757313,
            2.621,
            0.0089,
            5.1,
            "2.064181215674585102704885e-134",
        ),
        (
            OptionType::Put,
            37.33,
            -973.7838267788646,
            2.826,
            0.0522,
            16.3,
            "1.478277397286696208930047e-298",
        ),
    ] {
        let (figures, status) = all_figures(option, forward, strike, years, rate, vol);
        let price = figures[Output::Price as usize];
        let relative = reference(expected).error_of(price) / price;
        assert_eq!(status, PriceStatus::Ok);
        assert!(relative.abs() <= 1e-13, "{price:e} for {expected}");
    }
}

#[test]
fn every_regime_of_the_table_holds() {
    let (forward, strike, years, rate, vol) = (-3.0, -5.0, 0.5_f64, 0.04, 8.0);
    let discount = (-rate * years).exp();
    let get = |figures: &[f64; OUTPUTS], output: Output| figures[output as usize];
    for option in [OptionType::Call, OptionType::Put] {
        let sign = option.sign();
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for row in [
                all_figures(option, bad, strike, years, rate, vol),
                all_figures(option, forward, bad, years, rate, vol),
                all_figures(option, forward, strike, bad, rate, vol),
                all_figures(option, forward, strike, years, bad, vol),
                all_figures(option, forward, strike, years, rate, bad),
                all_figures(option, forward, strike, -1.0, rate, vol),
                all_figures(option, forward, strike, years, rate, -1.0),
            ] {
                assert_eq!(row.1, PriceStatus::InvalidInput);
                assert!(row.0.iter().all(|figure| figure.is_nan()));
            }
        }
        // F = −3 above K = −5 by 2, and the other way round.
        for (forward, strike) in [(forward, strike), (strike, forward)] {
            let intrinsic = (sign * (forward - strike)).max(0.0);
            let exercised = if intrinsic > 0.0 { 1.0 } else { 0.0 };
            for (years, vol, discount) in [
                (0.0, vol, 1.0),
                (years, 0.0, discount),
                (years, 1e-3, discount),
                (years, 1e-200, discount),
            ] {
                let (figures, status) = all_figures(option, forward, strike, years, rate, vol);
                assert_eq!(status, PriceStatus::Ok);
                assert!((get(&figures, Output::Price) - discount * intrinsic).abs() <= 1e-15);
                assert!((get(&figures, Output::Delta) - sign * discount * exercised).abs() <= 1e-15);
                assert!((get(&figures, Output::Theta) - rate * discount * intrinsic).abs() <= 1e-15);
                assert_eq!(get(&figures, Output::Rho), -years * get(&figures, Output::Price));
                assert_eq!(get(&figures, Output::ProbabilityInTheMoney), exercised);
                if intrinsic > 0.0 {
                    // F·delta/V, both discounted alike
                    assert_eq!(get(&figures, Output::Elasticity), sign * forward / intrinsic);
                }
                for density in [Output::Gamma, Output::Vega, Output::Vanna, Output::Ultima] {
                    assert_eq!(get(&figures, density), 0.0, "{}", name_of(density));
                }
            }
        }
        let (figures, status) = all_figures(option, 0.0, 1.0, years, rate, vol);
        assert_eq!((status, get(&figures, Output::Elasticity)), (PriceStatus::Ok, 0.0));
        let (figures, status) = all_figures(option, 0.0, -sign * 1.0, years, rate, 0.0);
        assert_eq!((status, get(&figures, Output::Elasticity)), (PriceStatus::Ok, 0.0));
        let (figures, status) = all_figures(option, 0.0, sign * 1.0, years, rate, 0.0);
        assert_eq!((status, get(&figures, Output::Elasticity)), (PriceStatus::Ok, 0.0));
        // F − K is beyond the doubles though (F − K)/(σ√T) is 2√2
        let (figures, status) = all_figures(option, 1e308, -1e308, years, rate, 1e308);
        assert_eq!(status, PriceStatus::OutOfRange);
        assert!(figures.iter().all(|figure| figure.is_nan()));
        let (figures, status) = all_figures(option, 1e-300, 2e-300, 1e-5, 0.0, 1e-298);
        assert_eq!(status, PriceStatus::OutOfRange);
        assert!(get(&figures, Output::Price) > 0.0);
    }
}

#[test]
fn elasticity_stays_right_where_the_price_underflows() {
    // mpmath: F·delta/V with d = −60 and −50; F/(σ√T) times as much as with d alone.
    for (option, forward, strike, years, vol, expected) in [
        (OptionType::Call, 10.0, 70.0, 1.0, 1.0, 600.333_056_094_205_1),
        (OptionType::Call, 10.0, 40.0, 1.0, 0.5, 1_200.666_112_188_410_2),
        (OptionType::Put, 100.0, 50.0, 0.25, 2.0, -5_003.995_213_387_265),
        (OptionType::Call, -20.0, 30.0, 0.25, 2.0, -1_000.799_042_677_453_1),
    ] {
        let (figures, status) = all_figures(option, forward, strike, years, 0.0, vol);
        assert_eq!(status, PriceStatus::Ok);
        assert_eq!(figures[Output::Price as usize], 0.0);
        let figure = figures[Output::Elasticity as usize];
        assert!(
            (figure - expected).abs() <= 1e-14 * expected.abs(),
            "{figure} ≠ {expected}"
        );
    }
}

#[test]
fn whatever_the_rate_figures_are_the_undiscounted_ones_times_the_discount_factor() {
    const PROPORTIONAL: [Output; 10] = [
        Output::Price,
        Output::Delta,
        Output::Gamma,
        Output::Vega,
        Output::Vanna,
        Output::Volga,
        Output::Speed,
        Output::Zomma,
        Output::Ultima,
        Output::DualDelta,
    ];
    for (forward, strike, vol) in [
        (-3.0, -5.0, 8.0),
        (-3.0, -5.0, 1e-3),
        (0.5, 20.0, 8.0),
        (20.0, 0.5, 8.0),
    ] {
        for option in [OptionType::Call, OptionType::Put] {
            let (plain, _) = all_figures(option, forward, strike, 1.0, 0.0, vol);
            // each side of ln 2, where the factor is carried in another way, and of 100, where vectors leave off
            for rate in [-600.0, -99.0, -0.7, -0.69, 0.69, 0.7, 3.0, 99.0, 101.0, 600.0_f64] {
                let (figures, status) = all_figures(option, forward, strike, 1.0, rate, vol);
                let get = |output: Output| figures[output as usize];
                let factor = (-rate).exp();
                let expect = |output: Output, expected: f64, scale: f64| {
                    let error = (get(output) - expected).abs();
                    let name = name_of(output);
                    assert!(
                        error <= 1e-14 * scale.abs(),
                        "{name} at {rate}: {} for {expected}",
                        get(output)
                    );
                };
                assert_eq!(status, PriceStatus::Ok);
                for output in PROPORTIONAL {
                    let expected = factor * plain[output as usize];
                    expect(output, expected, expected);
                }
                let [price, theta] = [Output::Price, Output::Theta].map(|output| factor * plain[output as usize]);
                expect(Output::Theta, theta + rate * price, theta.abs() + (rate * price).abs());
                expect(Output::Rho, -price, price);
                assert_eq!(get(Output::Psi), 0.0);
            }
        }
    }
}

#[test]
fn put_call_parity_holds() {
    let mut random = Random(21);
    for _ in 0..10_000 {
        let (forward, strike) = (random.within(-100.0, 100.0), random.within(-100.0, 100.0));
        let (years, rate, vol) = (
            random.within(0.001, 3.0),
            random.within(-0.1, 0.2),
            random.within(0.1, 80.0),
        );
        let (call, _) = greeks(OptionType::Call, forward, strike, years, rate, vol);
        let (put, _) = greeks(OptionType::Put, forward, strike, years, rate, vol);
        let discount = (-rate * years).exp();
        let scale = 100.0 + vol * years.sqrt();
        assert!((call.price - put.price - discount * (forward - strike)).abs() <= 1e-15 * scale);
        assert!((call.delta - put.delta - discount).abs() <= 1e-15);
        // The side that is far out of the money is done again in two parts: d² times a rounding of d is all that differs.
        let same = |a: f64, b: f64| (a - b).abs() <= 1e-12 * a + f64::MIN_POSITIVE;
        assert!(same(call.gamma, put.gamma) && same(call.vega, put.vega));
    }
}

/// Rows of any bits, and every lane the same.
#[test]
fn any_bits_give_an_answer_or_a_status_on_every_lane() {
    const BLOCK: usize = 1001;
    // One in six of five inputs is any bits.
    let blocks = rows_of_any_bits(5.0 / 6.0).div_ceil(BLOCK);
    let mut random = Random(22);
    let any = |random: &mut Random, low: f64, high: f64| match random.bits() % 6 {
        0 => f64::from_bits(random.bits()),
        1 => [0.0, -0.0, f64::MAX, f64::MIN, 5e-324, f64::INFINITY, f64::NAN, 1e-150][(random.bits() % 8) as usize],
        _ => random.within(low, high),
    };
    let mut answered = 0;
    for _ in 0..blocks {
        let is_call: Vec<u8> = (0..BLOCK).map(|_| (random.bits() & 1) as u8).collect();
        let mut column = |low, high| (0..BLOCK).map(|_| any(&mut random, low, high)).collect::<Vec<f64>>();
        let (spot, strike, years) = (column(-50.0, 50.0), column(-50.0, 50.0), column(0.0, 3.0));
        let (rate, vol) = (column(-0.1, 0.2), column(0.0, 40.0));
        let inputs = Columns {
            is_call: &is_call,
            spot: &spot,
            strike: &strike,
            years: &years,
            rate: &rate,
            carry: &[],
            vol: &vol,
        };
        type Run = fn(&Columns<'_>, &mut GreeksColumns<'_>) -> Result<(), plimsoll_math::black::LengthMismatch>;
        let runs: [Run; 4] = [columns, columns_on::<Wide>, columns_on::<Pair>, columns_on::<f64>];
        let results = runs.map(|run| {
            let mut figures: [Vec<f64>; OUTPUTS] = core::array::from_fn(|_| vec![0.0; BLOCK]);
            let mut status = vec![u8::MAX; BLOCK];
            let mut out = GreeksColumns::new(&mut status);
            for (output, column) in Output::ALL.into_iter().zip(&mut figures) {
                out.want(output, column);
            }
            run(&inputs, &mut out).unwrap();
            (figures, status)
        });
        let bits = |x: f64| if x.is_nan() { f64::NAN.to_bits() } else { x.to_bits() };
        let (figures, status) = &results[0];
        for (other, other_status) in &results[1..] {
            assert_eq!(other_status, status);
            for (column, expected) in other.iter().zip(figures) {
                assert!(column.iter().zip(expected).all(|(&a, &b)| bits(a) == bits(b)));
            }
        }
        for i in 0..BLOCK {
            let get = |output: Output| figures[output as usize][i];
            let context = || {
                format!(
                    "{} F {:e} K {:e} T {:e} r {:e} σ {:e}: {:?}",
                    is_call[i],
                    spot[i],
                    strike[i],
                    years[i],
                    rate[i],
                    vol[i],
                    Output::ALL.map(get)
                )
            };
            match PriceStatus::of(status[i]) {
                PriceStatus::Ok => {
                    answered += 1;
                    let may_not_be = [Output::Elasticity, Output::PremiumAdjustedDelta];
                    let finite = |output: Output| get(output).is_finite() || may_not_be.contains(&output);
                    assert!(get(Output::PremiumAdjustedDelta).is_nan(), "{}", context());
                    assert!(Output::ALL.into_iter().all(finite), "{}", context());
                    assert!(!get(Output::Elasticity).is_nan(), "{}", context());
                    let discount = (-rate[i] * years[i]).exp();
                    let sign = if is_call[i] == 0 { -1.0 } else { 1.0 };
                    let exercised = (sign * (spot[i] - strike[i])).max(0.0);
                    let intrinsic = if exercised == 0.0 { 0.0 } else { exercised * discount };
                    let least = intrinsic * (1.0 - 1e-12) - f64::MIN_POSITIVE;
                    assert!(get(Output::Price) >= least || intrinsic.is_infinite(), "{}", context());
                    assert!(sign * get(Output::Delta) >= 0.0, "{}", context());
                    assert!(
                        get(Output::Delta).abs() <= discount * (1.0 + 1e-12) + f64::MIN_POSITIVE,
                        "{}",
                        context()
                    );
                    assert!(get(Output::Gamma) >= 0.0 && get(Output::Vega) >= 0.0, "{}", context());
                    assert!(
                        (0.0..=1.0).contains(&get(Output::ProbabilityInTheMoney)),
                        "{}",
                        context()
                    );
                }
                PriceStatus::Kink | PriceStatus::OutOfRange => {
                    let is_missing = |output: Output| output != Output::PremiumAdjustedDelta && get(output).is_nan();
                    assert!(Output::ALL.into_iter().any(is_missing), "{}", context());
                }
                PriceStatus::InvalidInput => {
                    assert!(
                        Output::ALL.into_iter().all(|output| get(output).is_nan()),
                        "{}",
                        context()
                    );
                }
            }
        }
    }
    assert!(answered > blocks * BLOCK / 10, "only {answered} rows had an answer");
}

#[test]
fn a_column_of_another_length_is_named() {
    let mut status = [0; 2];
    let inputs = Columns {
        is_call: &[1, 0],
        spot: &[1.0, 2.0],
        strike: &[1.0, 2.0],
        years: &[1.0],
        rate: &[0.0, 0.0],
        carry: &[],
        vol: &[0.2, 0.2],
    };
    assert_eq!(
        columns(&inputs, &mut GreeksColumns::new(&mut status))
            .unwrap_err()
            .column,
        "years"
    );
}
