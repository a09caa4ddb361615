//! The regime table of `black` row by row, and the property that no input whatever gives a panic or an unexplained NaN.
#![allow(clippy::unwrap_used)]

mod support;

use plimsoll_math::black::{
    all_figures, forward, inverse, spot, Forward, Greeks, Inverse, Model, OptionType, Output, PriceStatus, Spot, OUTPUTS,
};
use plimsoll_math::implied_vol::{implied_vol_forward, implied_vol_inverse, implied_vol_spot, IvStatus};
use plimsoll_math::{elementary, root, OptionType as Side};
use support::Random;

const CALL: OptionType = OptionType::Call;
const PUT: OptionType = OptionType::Put;

fn close(actual: f64, expected: f64) {
    assert!((actual - expected).abs() <= 1e-14 * expected.abs().max(1.0), "{actual} is not {expected}");
}

#[test]
fn invalid_inputs_give_nan_and_say_so() {
    let good = [100.0, 90.0, 0.5, 0.03, 0.01, 0.4];
    for place in 0..6 {
        let mut bad = vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
        if !(3..5).contains(&place) {
            bad.push(-1.0); // rates may be negative, the others may not
        }
        for value in bad {
            let mut inputs = good;
            inputs[place] = value;
            let [s, k, t, r, q, v] = inputs;
            let (figures, status) = all_figures::<Spot>(CALL, s, k, t, r, q, v);
            assert_eq!(status, PriceStatus::InvalidInput, "{inputs:?}");
            assert!(figures.iter().all(|figure| figure.is_nan()), "{inputs:?}");
        }
    }
}

#[test]
fn without_time_or_volatility_the_value_is_intrinsic() {
    // T = 0: S − K = 10, delta 1, everything by volatility 0; theta = q·S − r·K = 1 − 2.7
    for (years, vol) in [(0.0, 0.4), (0.0, 0.0)] {
        let (call, status) = spot(CALL, 100.0, 90.0, years, 0.03, 0.01, vol);
        assert_eq!(status, PriceStatus::Ok);
        assert_eq!(call, Greeks { price: 10.0, delta: 1.0, gamma: 0.0, vega: 0.0, theta: 1.0 - 2.7, rho: 0.0 });
        let (put, status) = spot(PUT, 100.0, 90.0, years, 0.03, 0.01, vol);
        assert_eq!((put, status), (Greeks::default(), PriceStatus::Ok));
    }
    // σ = 0, T = 2: S e^{−0.02} − K e^{−0.06}; rho = T K e^{−rT}
    let (call, status) = spot(CALL, 100.0, 90.0, 2.0, 0.03, 0.01, 0.0);
    assert_eq!(status, PriceStatus::Ok);
    let (stock, cash) = (100.0 * (-0.02_f64).exp(), 90.0 * (-0.06_f64).exp());
    close(call.price, stock - cash);
    close(call.delta, (-0.02_f64).exp());
    close(call.theta, 0.01 * stock - 0.03 * cash);
    close(call.rho, 2.0 * cash);
    assert_eq!((call.gamma, call.vega), (0.0, 0.0));
    // the same in coin: price (S − K)/S, delta K/S²
    let (coin, status) = inverse(CALL, 100.0, 90.0, 0.0, 0.0, 0.0, 0.4);
    assert_eq!(status, PriceStatus::Ok);
    close(coin.price, 0.1);
    close(coin.delta, 0.009);
    close(coin.gamma, -2.0 * 0.009 / 100.0);
}

#[test]
fn the_kink_has_a_price_and_a_delta_and_says_what_it_lacks() {
    for (option, delta) in [(CALL, 0.5), (PUT, -0.5)] {
        let (figures, status) = all_figures::<Spot>(option, 100.0, 100.0, 0.0, 0.0, 0.0, 0.4);
        assert_eq!(status, PriceStatus::Kink);
        assert_eq!(figures[Output::Price as usize], 0.0);
        assert_eq!(figures[Output::Delta as usize], delta);
        assert_eq!(figures[Output::ProbabilityInTheMoney as usize], 0.5);
        assert!(figures[Output::Gamma as usize].is_nan());
    }
    // one step of the price to each side the payoff is smooth again
    for (price, delta) in [(100.0_f64.next_down(), 0.0), (100.0_f64.next_up(), 1.0)] {
        let (call, status) = spot(CALL, price, 100.0, 0.0, 0.0, 0.0, 0.4);
        assert_eq!((status, call.delta), (PriceStatus::Ok, delta));
    }
}

#[test]
fn a_strike_of_zero_is_the_underlying() {
    let (call, status) = spot(CALL, 100.0, 0.0, 2.0, 0.03, 0.01, 0.4);
    assert_eq!(status, PriceStatus::Ok);
    close(call.price, 100.0 * (-0.02_f64).exp());
    close(call.delta, (-0.02_f64).exp());
    let (put, status) = spot(PUT, 100.0, 0.0, 2.0, 0.03, 0.01, 0.4);
    assert_eq!((put.price, put.delta, status), (0.0, 0.0, PriceStatus::Ok));
    let (coin, status) = inverse(CALL, 100.0, 0.0, 2.0, 0.03, 0.01, 0.4);
    assert_eq!(status, PriceStatus::Ok);
    close(coin.price, (-0.02_f64).exp());
}

#[test]
fn a_worthless_underlying_leaves_the_strike() {
    let (put, status) = spot(PUT, 0.0, 90.0, 2.0, 0.03, 0.01, 0.4);
    assert_eq!(status, PriceStatus::Ok);
    close(put.price, 90.0 * (-0.06_f64).exp());
    close(put.delta, -(-0.02_f64).exp());
    let (call, status) = spot(CALL, 0.0, 90.0, 2.0, 0.03, 0.01, 0.4);
    assert_eq!((call.price, call.delta, status), (0.0, 0.0, PriceStatus::Ok));
    let (_, status) = inverse(PUT, 0.0, 90.0, 2.0, 0.03, 0.01, 0.4);
    assert_eq!(status, PriceStatus::OutOfRange);
}

#[test]
fn deep_wings_reach_their_limits() {
    let (call, status) = spot(CALL, 100.0, 1.0, 0.01, 0.0, 0.0, 0.1);
    assert_eq!(status, PriceStatus::Ok);
    assert_eq!((call.price, call.delta, call.gamma), (99.0, 1.0, 0.0));
    let (figures, status) = all_figures::<Spot>(PUT, 100.0, 1.0, 0.01, 0.0, 0.0, 0.1);
    assert_eq!(status, PriceStatus::Ok);
    assert_eq!(figures[Output::Price as usize], 0.0);
    assert_eq!(figures[Output::Elasticity as usize], f64::NEG_INFINITY);
    // 15 deviations out the tail is small, not zero: Φ(−15) is 3.67e-51
    let (call, _) = spot(CALL, 100.0, 100.0 * (1.5_f64).exp(), 1.0, 0.0, 0.0, 0.1);
    assert!(call.price > 1e-55 && call.price < 1e-48, "{}", call.price);
}

#[test]
fn negative_rates_are_nothing_special() {
    // parity: call − put = S e^{−qT} − K e^{−rT}
    let (call, _) = spot(CALL, 100.0, 90.0, 2.0, -0.03, -0.01, 0.4);
    let (put, _) = spot(PUT, 100.0, 90.0, 2.0, -0.03, -0.01, 0.4);
    close((call.price - put.price) / 100.0, (100.0 * 0.02_f64.exp() - 90.0 * 0.06_f64.exp()) / 100.0);
}

#[test]
fn an_answer_beyond_f64_is_out_of_range() {
    let (call, status) = spot(CALL, 100.0, 90.0, 1.0, 0.0, -800.0, 0.4); // e^{800}
    assert_eq!(status, PriceStatus::OutOfRange);
    assert!(call.price.is_nan());
}

#[test]
fn put_call_parity_holds_to_4e_16() {
    let mut random = Random(3);
    for _ in 0..100_000 {
        let (s, k) = (random.within(1.0, 200.0), random.within(1.0, 200.0));
        let (t, v) = (random.within(0.001, 2.0), random.within(0.05, 2.0));
        let (call, _) = forward(CALL, s, k, t, 0.0, v);
        let (put, _) = forward(PUT, s, k, t, 0.0, v);
        assert!(((call.price - put.price) - (s - k)).abs() <= 1e-15 * s.max(k), "S {s} K {k} T {t} σ {v}");
    }
}

/// Whatever bits come in: figures are numbers, or there is a status.
fn no_unexplained_nan<M: Model>(option: OptionType, inputs: [f64; 6]) {
    let [s, k, t, r, q, v] = inputs;
    let (figures, status) = all_figures::<M>(option, s, k, t, r, q, v);
    for output in 0..OUTPUTS {
        let unexplained = status == PriceStatus::Ok
            && (figures[output].is_nan() || (figures[output].is_infinite() && output != Output::Elasticity as usize));
        assert!(!unexplained, "output {output} of {option:?} {inputs:?} is {}", figures[output]);
    }
    let price = figures[Output::Price as usize];
    let ok = status == PriceStatus::Ok;
    let (vol, verdict) = if M::INVERSE {
        implied_vol_inverse(option, price, s, k, t, r, q)
    } else if M::FORWARD {
        implied_vol_forward(option, price, s, k, t, r)
    } else {
        implied_vol_spot(option, price, s, k, t, r, q)
    };
    assert_eq!(verdict == IvStatus::Ok, vol.is_finite() && vol > 0.0, "{option:?} {price} {inputs:?} gives {vol}, {verdict:?}");
    if !ok && price.is_nan() {
        assert_ne!(verdict, IvStatus::Ok);
    }
}

#[test]
fn no_input_gives_a_panic_or_an_unexplained_nan() {
    let mut random = Random(0x5eed);
    let special = [0.0, -0.0, 1.0, f64::MIN_POSITIVE, 5e-324, f64::MAX, f64::INFINITY, f64::NAN, 1e-300, 1e300, -1.0];
    for round in 0..1_200_000_u64 {
        let mut number = |place: usize| match (round + place as u64) % 5 {
            0 => f64::from_bits(random.bits()),
            1 => f64::from_bits(random.bits()).abs(),
            2 => special[random.bits() as usize % special.len()],
            3 => random.within(0.0, 2.0),
            _ => (random.within(-300.0, 300.0)).exp(),
        };
        let inputs: [f64; 6] = core::array::from_fn(&mut number);
        let option = if round % 2 == 0 { Side::Call } else { Side::Put };
        match round % 3 {
            0 => no_unexplained_nan::<Spot>(option, inputs),
            1 => no_unexplained_nan::<Forward>(option, inputs),
            _ => no_unexplained_nan::<Inverse>(option, inputs),
        }
        let x = inputs[0];
        for (function, may_be_nan) in [
            (elementary::exp as fn(f64) -> f64, false),
            (elementary::expm1, false),
            (elementary::ln, x < 0.0),
            (elementary::norm_pdf, false),
            (elementary::norm_cdf, false),
            (elementary::erfc, false),
            (elementary::mills_ratio, false),
        ] {
            assert_eq!(function(x).is_nan(), x.is_nan() || may_be_nan, "at {x}");
        }
    }
}

#[test]
fn a_root_of_random_values_ends() {
    let mut random = Random(5);
    for _ in 0..2_000 {
        let (low, high) = (f64::from_bits(random.bits()), f64::from_bits(random.bits()));
        let _ = root::bracketed_root(low, high, |x| x - 1.0);
    }
}
