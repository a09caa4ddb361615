//! American options against finer discretisations, ours and QuantLib's, against published digits, at every regime of the table in
//! `plimsoll_math::american`, by the pricing equation and for random bit patterns.
#![allow(clippy::unwrap_used)]

#[path = "support/binary.rs"]
mod binary;
mod support;

use binary::{any_inputs, NAMES};
use plimsoll_math::american::{american, american_of, AmericanStatus};
use plimsoll_math::black;
use plimsoll_math::first_order::FirstOrder;
use plimsoll_math::OptionType;
use support::{number, rows_of_slow_any_bits, Random};

fn put([s, k, t, r, q, v]: [f64; 6]) -> (FirstOrder, AmericanStatus) {
    american(OptionType::Put, s, k, t, r, q, v)
}

fn call([s, k, t, r, q, v]: [f64; 6]) -> (FirstOrder, AmericanStatus) {
    american(OptionType::Call, s, k, t, r, q, v)
}

fn answer((figures, status): (FirstOrder, AmericanStatus)) -> FirstOrder {
    assert_eq!(status, AmericanStatus::Ok);
    figures
}

/// What an error in each figure of a contract is a share of: strike, and what moves it by one unit, year or deviation.
fn scales([spot, strike, years, rate, carry, _]: [f64; 6]) -> [f64; 7] {
    let level = spot.max(strike);
    let root = years.sqrt();
    let per_year = level * (rate.abs() + carry.abs() + 1.0 / root);
    [
        strike,
        level / spot,
        level * root,
        per_year,
        level * years,
        level * years,
        level / strike,
    ]
}

#[test]
fn boundaries_far_below_the_strike_are_found() {
    // QuantLib 1.44, QdFpAmericanEngine with QdFpLegendreTanhSinhScheme(512, 60, 60, 1e-13) and FP_A, settled to 1e-9
    for ([strike, years, rate, vol], expected) in [
        ([100.0, 1.0, -0.0001, 0.4], 15.847_927_840_150_097),
        ([125.0, 1.0, -0.0001, 0.8], 23.741_315_710_589_31),
        ([80.0, 10.0, -0.0001, 0.4], 53.111_274_662_747_505),
        ([80.0, 10.0, -0.05, 0.4], 42.697_084_724_658_296),
        ([125.0, 10.0, -0.05, 0.2], 7.221_227_724_248_852),
    ] {
        let price = answer(call([100.0, strike, years, rate, 0.0, vol])).price;
        assert!(
            (price - expected).abs() < 1e-9 * 100.0,
            "{strike} {years} {rate} {vol}: {price}"
        );
    }
    for rate in [-0.0001, -0.001, -0.01, -0.05] {
        for years in [0.02, 0.1, 1.0, 10.0] {
            for vol in [0.1, 0.4, 0.8] {
                let (figures, status) = call([100.0, 100.0, years, rate, 0.0, vol]);
                assert_eq!(status, AmericanStatus::Ok, "{rate} {years} {vol}");
                let european = black::spot(OptionType::Call, 100.0, 100.0, years, rate, 0.0, vol)
                    .0
                    .price;
                assert!(figures.price >= european, "{rate} {years} {vol}");
            }
        }
    }
}

#[test]
fn boundaries_that_only_higher_rates_lead_to_are_found() {
    // Puts that only negative carry makes worth exercising, at σ√T up to 4; as above, with the same digits from FP_B.
    for ([days, rate, carry, vol], expected) in [
        ([140.0, 0.0, -0.0773, 6.14], 94.190_592_814_652),
        ([1559.0, 0.0, -0.000484, 2.01], 96.216_261_661_172),
        ([880.0, 0.0, -0.002, 2.99], 97.968_244_736_088),
        ([2613.0, 2.37e-8, -0.029, 1.58], 96.183_730_018_094),
        ([1854.0, 1.72e-9, -0.1, 2.06], 97.421_340_938_493),
        // FP_B alone, and only from a guess that ends at the perpetual put's boundary
        ([8794.0, 9.55e-5, -0.462, 0.467], 9.871_217_804_852),
    ] {
        let price = answer(put([100.0, 100.0, days / 365.0, rate, carry, vol])).price;
        let error = (price - expected).abs();
        assert!(error < 1e-8 * 100.0, "{days} {rate} {carry} {vol}: {price}");
    }
    // Equal rates that hardly count in the time that is left: what exercise may add is at most the interest on the strike.
    for (years, rate, vol) in [
        (1e-14, 0.05, 0.2),
        (1e-6, 3e-9, 1.6),
        (6e-9, 4.6e-7, 0.24),
        (1.8e-11, 5.6e-7, 0.54),
    ] {
        let figures = answer(put([100.0, 100.0, years, rate, rate, vol]));
        let european = black::spot(OptionType::Put, 100.0, 100.0, years, rate, rate, vol).0;
        let premium = figures.price - european.price;
        assert!(
            premium.abs() <= 100.0 * rate * years,
            "{years} {rate} {vol}: {premium:e}"
        );
        let share = figures.rho / european.rho;
        assert!(share > 0.9 && share < 1.0, "{years} {rate} {vol}: {share}");
    }
}

#[test]
fn less_time_leaves_less_early_exercise_to_the_end() {
    // What early exercise takes from rho is the chance of it and how early it is: both fall with the time that is left.
    for carry in [-0.01, 0.0, 0.01, 0.049_9, 0.05, 0.050_1, 0.08] {
        let mut before = 0.0;
        for exponent in (2..=30).step_by(2) {
            let years = 10.0_f64.powi(-exponent);
            let figures = answer(put([100.0, 100.0, years, 0.05, carry, 0.2]));
            let european = black::spot(OptionType::Put, 100.0, 100.0, years, 0.05, carry, 0.2).0;
            let share = figures.rho / european.rho;
            assert!(
                share >= before - 1e-9 && share <= 1.0 + 1e-9,
                "{carry} {years:e}: {share} after {before}"
            );
            before = share;
        }
        assert!(before > 0.985, "{carry}: {before}");
    }
}

#[test]
fn figures_agree_with_finer_discretisations_within_the_stated_errors() {
    // docs/pricing.md, "American options": prices as shares of the strike, of a call of the spot, Greeks as shares of their scales.
    const STATED: [(&str, OptionType, f64, f64); 4] = [
        ("market", OptionType::Put, 1e-9, 1e-6),
        ("extreme", OptionType::Put, 1e-8, 1e-6),
        ("market", OptionType::Call, 1e-9, 1e-6),
        ("near", OptionType::Call, 1e-9, 1e-6),
    ];
    // Where the rate of a call lies just above the carry the boundary bends with it.
    const NEAR_BY_RATE_AND_CARRY: f64 = 1e-5;
    let puts = include_str!("vectors/american.csv");
    let calls = include_str!("vectors/american_calls.csv");
    for (band, option, price_bound, greek_bound) in STATED {
        let mut worst = [0.0_f64; 7];
        let mut rows = 0;
        let is_put = option == OptionType::Put;
        let text = if is_put { puts } else { calls };
        for line in text.lines().skip(1).filter(|line| line.starts_with(band)) {
            let cells: Vec<f64> = line.split(',').skip(1).map(number).collect();
            let inputs: [f64; 6] = core::array::from_fn(|i| cells[i]);
            let figures = answer(if is_put { put(inputs) } else { call(inputs) }).figures();
            let mut scales = scales(inputs);
            scales[0] = if is_put { inputs[1] } else { inputs[0] };
            for (i, worst) in worst.iter_mut().enumerate() {
                let error = (figures[i] - cells[6 + i]).abs() / scales[i];
                *worst = worst.max(error);
                let bound = match NAMES[i] {
                    "price" => price_bound,
                    "rho" | "psi" if band == "near" => NEAR_BY_RATE_AND_CARRY,
                    _ => greek_bound,
                };
                assert!(
                    error <= bound,
                    "{band} {}: {error:e} of its scale, {inputs:?}",
                    NAMES[i]
                );
            }
            rows += 1;
        }
        assert!(rows >= 6, "{band}: {rows} rows");
        let list: Vec<String> = NAMES
            .iter()
            .zip(worst)
            .map(|(name, worst)| format!("{name} {worst:.0e}"))
            .collect();
        println!("American {option:?}, {band}, {rows} rows, worst: {}", list.join(", "));
    }
}

#[test]
fn the_early_exercise_premium_has_the_published_digits() {
    // Andersen, Lake and Offengenden (2016), table 2: K = S = 100, T = 1, r = q = 5 %, σ = 25 %.
    let inputs = [100.0, 100.0, 1.0, 0.05, 0.05, 0.25];
    let (european, _) = black::spot(OptionType::Put, 100.0, 100.0, 1.0, 0.05, 0.05, 0.25);
    let premium = answer(put(inputs)).price - european.price;
    assert!((premium - 0.106_952_702_747).abs() <= 5e-11, "{premium}");
}

#[test]
fn greeks_are_the_slopes_of_the_price() {
    let mut random = Random(31);
    let mut compared = 0;
    while compared < 60 {
        let vol = random.within(0.1, 0.8);
        let years = random.within(0.05, 3.0);
        let spot = 100.0 * (random.within(-0.5, 1.5) * vol * years.sqrt()).exp();
        let inputs = [
            spot,
            100.0,
            years,
            random.within(0.01, 0.12),
            // at 0 the boundary's equation takes another form
            random.within(-0.04, 0.15) * if compared % 4 == 0 { 0.0 } else { 1.0 },
            vol,
        ];
        let figures = answer(put(inputs));
        // The second derivative jumps at the boundary, and the boundary's limit bends at r = q.
        if figures.delta < -0.95 || (inputs[3] - inputs[4]).abs() < 5e-3 {
            continue;
        }
        let slope = |place: usize, step: f64| {
            let at = |shift: f64| {
                let mut moved = inputs;
                moved[place] += shift;
                answer(put(moved)).price
            };
            (8.0 * (at(step) - at(-step)) - (at(2.0 * step) - at(-2.0 * step))) / (12.0 * step)
        };
        let slopes = [
            figures.price,
            slope(0, 4e-3 * spot * vol * years.sqrt()),
            slope(5, 2e-3 * vol),
            -slope(2, 2e-3 * years),
            slope(3, 1e-4),
            slope(4, 1e-4),
            slope(1, 4e-1 * vol * years.sqrt()),
        ];
        for (i, (figure, slope)) in figures.figures().into_iter().zip(slopes).enumerate() {
            let error = (figure - slope).abs() / scales(inputs)[i];
            assert!(error <= 1e-7, "{}: {figure} for {slope}, {inputs:?}", NAMES[i]);
        }
        compared += 1;
    }
}

#[test]
fn the_value_moves_as_the_pricing_equation_says() {
    // ½σ²S²Γ + (r − q)SΔ − rV + θ = 0 above the boundary, with Γ from differences of delta.
    for (rate, carry, vol, years) in [
        (0.05, 0.0, 0.2, 1.0),
        (0.02, 0.08, 0.4, 2.0),
        (0.08, 0.08, 0.15, 0.1),
        (0.03, -0.02, 0.6, 4.0),
    ] {
        for spot in [98.0, 105.0, 130.0] {
            let at = |spot: f64| answer(put([spot, 100.0, years, rate, carry, vol]));
            let (middle, step) = (at(spot), 1e-4 * spot * vol);
            let gamma = (at(spot + step).delta - at(spot - step).delta) / (2.0 * step);
            let terms = [
                0.5 * vol * vol * spot * spot * gamma,
                (rate - carry) * spot * middle.delta,
                -rate * middle.price,
                middle.theta,
            ];
            let scale: f64 = terms.iter().map(|term| term.abs()).sum();
            assert!(terms.iter().sum::<f64>().abs() < 1e-5 * scale, "{terms:?}");
        }
    }
}

#[test]
fn each_regime_of_the_table() {
    let usual = [100.0, 110.0, 0.5, 0.05, 0.02, 0.3];
    let with = |place: usize, value: f64| {
        let mut inputs = usual;
        inputs[place] = value;
        inputs
    };
    let exercised = |figures: FirstOrder, price: f64| {
        assert_eq!(figures.figures(), [price, -1.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
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
        let (figures, status) = put(with(place, value));
        assert_eq!(status, AmericanStatus::InvalidInput);
        assert!(figures.figures().iter().all(|figure| figure.is_nan()));
    }
    // European: a put without rate, a call without carry, both at equal or more negative rates.
    for (rate, carry) in [(0.0, 0.0), (0.0, 0.05), (-0.02, 0.03), (-0.03, -0.03), (-0.05, -0.02)] {
        let [spot, strike, years, _, _, vol] = usual;
        let figures = answer(put([spot, strike, years, rate, carry, vol]));
        let (european, _) = black::spot(OptionType::Put, spot, strike, years, rate, carry, vol);
        assert_eq!(
            (figures.price, figures.delta, figures.rho),
            (european.price, european.delta, european.rho)
        );
        let figures = answer(call([spot, strike, years, carry, rate, vol]));
        let (european, _) = black::spot(OptionType::Call, spot, strike, years, carry, rate, vol);
        assert_eq!(
            (figures.price, figures.delta, figures.rho),
            (european.price, european.delta, european.rho)
        );
    }
    // No time left.
    exercised(answer(put(with(2, 0.0))), 10.0);
    assert_eq!(answer(put([120.0, 110.0, 0.0, 0.05, 0.02, 0.3])).figures(), [0.0; 7]);
    let (figures, status) = put([110.0, 110.0, 0.0, 0.05, 0.02, 0.3]);
    assert_eq!((figures.price, status), (0.0, AmericanStatus::Kink));
    // As T → 0 the premium goes like T and its delta like √T: what is left are the limits of the European put.
    assert!(figures.theta.is_nan());
    assert_eq!((figures.delta, figures.vega, figures.dual_delta), (-0.5, 0.0, 0.5));
    let soon = answer(put([110.0, 110.0, 1e-10, 0.05, 0.02, 0.3]));
    assert!(
        (soon.delta + 0.5).abs() < 1e-5 && (soon.dual_delta - 0.5).abs() < 1e-5 && soon.vega < 1e-3,
        "{soon:?}"
    );
    assert!(soon.theta < -1e5, "{soon:?}");
    // Levels at zero.
    exercised(answer(put(with(0, 0.0))), 110.0);
    assert_eq!(answer(put(with(1, 0.0))).figures(), [0.0; 7]);
    // A price of 0 stays there: with r < 0 the strike is worth more later, whatever the carry.
    for (carry, vol) in [(-0.05, 0.2), (-0.05, 0.0)] {
        let late = answer(put([0.0, 110.0, 2.0, -0.01, carry, vol]));
        assert!((late.price - 110.0 * 0.02_f64.exp()).abs() < 1e-13, "{late:?}");
    }
    // Below the boundary: the price is the payoff, and smooth to there.
    exercised(answer(put(with(0, 60.0))), 50.0);
    let mut above = 60.0;
    let mut below_boundary = above;
    while answer(put(with(0, above))).delta == -1.0 {
        below_boundary = above;
        above += 0.5;
    }
    for _ in 0..40 {
        let middle = 0.5 * (below_boundary + above);
        if answer(put(with(0, middle))).delta == -1.0 {
            below_boundary = middle;
        } else {
            above = middle;
        }
    }
    let (lower, upper) = (answer(put(with(0, below_boundary))), answer(put(with(0, above))));
    assert!((upper.price - lower.price).abs() < 1e-8, "{upper:?} after {lower:?}");
    assert!((upper.delta + 1.0).abs() < 1e-6 && upper.vega.abs() < 1e-5, "{upper:?}");
    // No vol: at once where the rate is higher, at expiry where only waiting helps, at rK e^{−rt} = qS e^{−qt} between.
    exercised(answer(put(with(5, 0.0))), 10.0);
    let late = answer(put([100.0, 100.0, 0.5, 0.02, 0.3, 0.0]));
    let value = 100.0 * (-0.01_f64).exp() - 100.0 * (-0.15_f64).exp();
    assert!((late.price - value).abs() < 1e-13 && late.vega == 0.0);
    assert!((late.theta - (2.0 * (-0.01_f64).exp() - 30.0 * (-0.15_f64).exp())).abs() < 1e-13);
    let between = answer(put([100.0, 100.0, 50.0, 0.1, 0.3, 0.0]));
    let best = 3.0_f64.ln() / 0.2;
    assert!((between.price - 100.0 * ((-0.1 * best).exp() - (-0.3 * best).exp())).abs() < 1e-12);
    assert_eq!(between.theta, 0.0);
    let (figures, status) = put([100.0, 100.0, 0.5, 0.05, 0.02, 0.0]);
    assert_eq!((figures.price, status), (0.0, AmericanStatus::Kink));
    assert!(figures.delta.is_nan() && figures.vega.is_nan() && figures.theta.is_nan() && figures.dual_delta.is_nan());
    // Two boundaries, as a put and as a call.
    assert_eq!(
        put([100.0, 100.0, 1.0, -0.01, -0.03, 0.2]).1,
        AmericanStatus::TwoBoundaries
    );
    assert_eq!(
        call([100.0, 100.0, 1.0, -0.03, -0.01, 0.2]).1,
        AmericanStatus::TwoBoundaries
    );
    // Beyond the shown accuracy.
    assert_eq!(put([100.0, 100.0, 1.0, 0.05, 0.02, 5.1]).1, AmericanStatus::Unresolved);
    assert_eq!(
        put([100.0, 100.0, 1.0, 0.05, 0.02, 0.0049]).1,
        AmericanStatus::Unresolved
    );
    assert_eq!(put([100.0, 100.0, 1.0, 0.05, 0.02, 0.0051]).1, AmericanStatus::Ok);
}

#[test]
fn levels_alone_are_the_same_bits_and_nothing_else() {
    for (inputs, option) in [
        ([90.0, 100.0, 0.8, 0.03, 0.07, 0.35], OptionType::Call),
        ([100.0, 110.0, 0.5, 0.05, 0.02, 0.3], OptionType::Put),
        ([60.0, 110.0, 0.5, 0.05, 0.02, 0.3], OptionType::Put),
        ([100.0, 100.0, 1.0, -0.01, -0.03, 0.2], OptionType::Put),
    ] {
        let [s, k, t, r, q, v] = inputs;
        let (all, status) = american(option, s, k, t, r, q, v);
        let (levels, other) = american_of(option, inputs, false);
        assert_eq!(status, other);
        let bits = |figures: FirstOrder| [figures.price, figures.delta, figures.dual_delta].map(f64::to_bits);
        assert_eq!(bits(levels), bits(all));
        assert!([levels.vega, levels.theta, levels.rho, levels.psi]
            .iter()
            .all(|figure| figure.is_nan()));
    }
}

#[test]
fn a_call_is_the_put_with_everything_exchanged() {
    let figures = answer(call([90.0, 100.0, 0.8, 0.03, 0.07, 0.35]));
    let mirrored = answer(put([100.0, 90.0, 0.8, 0.07, 0.03, 0.35]));
    let expected = [
        mirrored.price,
        mirrored.dual_delta,
        mirrored.vega,
        mirrored.theta,
        mirrored.psi,
        mirrored.rho,
        mirrored.delta,
    ];
    for (figure, expected) in figures.figures().into_iter().zip(expected) {
        assert!(
            (figure - expected).abs() <= 1e-13 * expected.abs().max(1.0),
            "{figure} for {expected}"
        );
    }
}

#[test]
fn any_bits_give_an_answer_or_a_status() {
    // Three in eight of six inputs are any bits.
    let rows = rows_of_slow_any_bits(2.25, 2e5);
    let mut random = Random(32);
    let mut answered = 0;
    for i in 0..rows {
        let mut inputs = any_inputs(&mut random);
        if i % 100 == 0 {
            // Many more of these reach the solver.
            inputs = [
                random.within(1.0, 200.0),
                random.within(1.0, 200.0),
                random.within(0.0, 3.0),
                random.within(-0.1, 0.2),
                random.within(-0.1, 0.2),
                random.within(0.0, 2.0),
            ];
        }
        let option = if random.bits() & 1 == 0 {
            OptionType::Call
        } else {
            OptionType::Put
        };
        let [spot, strike, years, rate, carry, vol] = inputs;
        let (figures, status) = american(option, spot, strike, years, rate, carry, vol);
        match status {
            AmericanStatus::Ok => {
                answered += 1;
                assert!(figures.figures().iter().all(|figure| figure.is_finite()), "{inputs:?}");
                let payoff = option.sign() * (spot - strike);
                let tolerance = 1e-8 * strike.max(spot);
                assert!(figures.price >= payoff.max(0.0) - tolerance, "{inputs:?}, {figures:?}");
                let (european, _) = black::spot(option, spot, strike, years, rate, carry, vol);
                assert!(!(figures.price < european.price - tolerance), "{inputs:?}, {figures:?}");
            }
            AmericanStatus::InvalidInput | AmericanStatus::TwoBoundaries | AmericanStatus::Unresolved => {
                assert!(figures.figures().iter().all(|figure| figure.is_nan()), "{inputs:?}");
            }
            AmericanStatus::Kink | AmericanStatus::OutOfRange => {
                assert!(figures.figures().iter().any(|figure| figure.is_nan()), "{inputs:?}");
            }
        }
    }
    assert!(answered > rows / 100, "only {answered} rows had an answer");
}
