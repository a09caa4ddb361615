//! Greeks are slopes of the values that they belong to.

use crate::common::*;
use crate::house::{coin_desk, CoinDesk, EXPIRY_MS, VOL};
use plimsoll_engine::{Change, Engine, InstrumentSpec, OptionType, Payoff, Tick};

#[test]
fn greeks_are_the_derivatives_of_equity_with_settlement_held() {
    // coins with prices of their own hold the settlement still while the index moves
    let mut engine = engine();
    let underlying = engine.add_underlying();
    let coin = engine.add_asset(asset(&[], None)).expect("a coin");
    let inverse = |kind| InstrumentSpec {
        payoff: Payoff::Inverse,
        ..option(underlying, coin, kind, 55_000.0, EXPIRY_MS)
    };
    let specs = [
        option(underlying, USD, OptionType::Put, 58_000.0, EXPIRY_MS),
        inverse(OptionType::Call),
        inverse(OptionType::Put),
        inverse_perp(underlying, coin, 100.0),
    ];
    let instruments = specs.map(|spec| engine.add_instrument(spec).expect("valid terms"));
    let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
    let me = account(&mut engine, model, 1e6);
    for (instrument, size) in instruments.into_iter().zip([3.0, -2.0, 1.0, -40.0]) {
        engine.set_position(me, instrument, size, 1.0).expect("a position");
    }
    engine.tick_asset(coin, 60_000.0, 0.0, 0).expect("known");
    let mut at = |price: f64, vol: f64, time_ms: f64| {
        engine.tick_underlying(underlying, price, time_ms, 0).expect("known");
        for (i, &instrument) in instruments.iter().enumerate() {
            let quoted = Tick {
                vol: if i < 3 { vol } else { f64::NAN },
                mark: if i < 3 { f64::NAN } else { price },
                ..Tick::at(time_ms)
            };
            tick(&mut engine, instrument, quoted);
        }
        engine.assess(me).expect("live")
    };
    let (price, vol) = (60_000.0, VOL);
    let greeks = at(price, vol, 0.0).greeks[0];
    let (h, k) = (price * 1e-4, 1e-4);
    let (low, middle, high) = (at(price - h, vol, 0.0), at(price, vol, 0.0), at(price + h, vol, 0.0));
    // second differences of 1e6 in equity with a step of 6 leave 1e-10 · 4 / 36; curvature is of the order of 1e-4
    assert_near(greeks.delta, (high.equity - low.equity) / (2.0 * h), 1e-6);
    let curvature = (high.equity - 2.0 * middle.equity + low.equity) / (h * h);
    assert!(
        (greeks.gamma - curvature).abs() <= 1e-4 * greeks.gamma.abs(),
        "{} {curvature}",
        greeks.gamma
    );
    let by_vol = (at(price, vol + k, 0.0).equity - at(price, vol - k, 0.0).equity) / (2.0 * k);
    assert!(
        (greeks.vega - by_vol).abs() <= 1e-6 * greeks.vega.abs(),
        "{} {by_vol}",
        greeks.vega
    );
    // time runs one way: a forward difference over a minute, first order in it
    let years = 60_000.0 / YEAR_MS;
    let by_time = (at(price, vol, 60_000.0).equity - middle.equity) / years;
    assert!(
        (greeks.theta - by_time).abs() <= 1e-4 * greeks.theta.abs(),
        "{} {by_time}",
        greeks.theta
    );
    assert_near(greeks.exposure, greeks.delta * price, 1e-14);
}

#[test]
fn an_inverse_options_delta_is_the_slope_of_its_value_whatever_its_mark_is_beside_its_vol() {
    let CoinDesk {
        mut engine,
        underlying,
        option: call,
        me,
    } = coin_desk(OptionType::Call, 50_000.0, 0.0, 50_000.0, 50_000.0);
    engine.set_position(me, call, 3.0, 0.1).expect("a position");
    for mark in [0.09, 0.12, 0.15] {
        // at a vol of 60 % it is worth 0.119 coin
        let marked = Tick {
            mark,
            vol: 0.6,
            ..Tick::at(1.0)
        };
        tick(&mut engine, call, marked);
        let assessment = engine.assess(me).expect("live");
        let equity_at = |engine: &mut Engine, ratio| {
            let moved = engine.what_if(
                me,
                &[Change::Move {
                    underlying,
                    ratio,
                    vol_ratio: 1.0,
                }],
            );
            moved.expect("a price").equity
        };
        let step = 1e-4;
        let (below, above) = (equity_at(&mut engine, 1.0 - step), equity_at(&mut engine, 1.0 + step));
        let (slope, curve) = (
            (above - below) / (2.0 * step),
            (above - 2.0 * assessment.equity + below) / (step * step),
        );
        let [greeks] = assessment.greeks[..] else {
            panic!("one underlying")
        };
        assert_near(greeks.exposure, slope, 1e-6);
        assert_near(greeks.gamma * 50_000.0 * 50_000.0, curve, 1e-3);
    }
}
