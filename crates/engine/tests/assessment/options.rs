//! Options at the edges of what a price can tell.

use crate::common::*;
use crate::house::{coin_desk, CoinDesk};
use plimsoll_engine::{
    Change, Engine, EngineConfig, InstrumentSpec, OptionType, Payoff, RowStatus, Tick, UnderlyingGreeks,
};

#[test]
fn an_option_as_good_as_its_underlying_is_worth_its_mark_though_no_vol_explains_that() {
    let mut engine = engine();
    let underlying = engine.add_underlying();
    let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
    let me = account(&mut engine, model, 1000.0);
    let mut quoted = |side, strike, mark| {
        let option = engine.add_instrument(option(underlying, USD, side, strike, YEAR_MS));
        let option = option.expect("valid terms");
        engine.set_position(me, option, 1.0, mark).expect("a position");
        let ticked = Tick {
            mark,
            underlying_price: 100.0,
            ..Tick::at(0.0)
        };
        tick(&mut engine, option, ticked);
        let risk = engine.assess(me).expect("live");
        engine.set_position(me, option, 0.0, mark).expect("none is left");
        (risk.status, risk.equity, risk.positions[0].greeks.exposure)
    };
    let none = |figures: (RowStatus, f64, f64)| figures.0 == RowStatus::NoVol && figures.1.is_nan();
    // a call of a low exercise price, at its forward and above it: worth its mark, and moves with its forward
    for mark in [100.0, 100.05, 100.9] {
        let figures = quoted(OptionType::Call, 0.01, mark);
        assert_eq!(figures, (RowStatus::Ok, 1000.0 + mark, 100.0));
        assert_eq!(quoted(OptionType::Call, 1.0, mark), figures);
    }
    // a put of a strike far above, worth the strike at most
    assert_eq!(quoted(OptionType::Put, 10_000.0, 10_001.0).1, 1000.0 + 10_001.0);
    // more above than rounding is, in another unit, or where a vol would matter
    for mark in [101.1, 199.0, 201.0] {
        assert!(none(quoted(OptionType::Call, 0.01, mark)));
    }
    assert!(none(quoted(OptionType::Call, 1.01, 100.05)));
    assert!(none(quoted(OptionType::Put, 9_900.0, 10_001.0)));
}

#[test]
fn an_option_on_a_forward_near_nothing_is_worth_its_mark_though_a_higher_greek_is_beyond_all_doubles() {
    let mut engine = engine();
    let underlying = engine.add_underlying();
    let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
    let me = account(&mut engine, model, 1000.0);
    // at 1e-160 speed is, of the order of 1/F²; at 1e-310 delta is none either
    for (forward, status) in [(1e-160, RowStatus::Ok), (1e-310, RowStatus::NoVol)] {
        let option = engine.add_instrument(option(underlying, USD, OptionType::Call, forward, YEAR_MS));
        let option = option.expect("valid terms");
        engine.set_position(me, option, 1.0, 0.0).expect("a position");
        let ticked = Tick {
            mark: 0.4 * forward,
            underlying_price: forward,
            ..Tick::at(0.0)
        };
        tick(&mut engine, option, ticked);
        let risk = engine.assess(me).expect("live");
        assert_eq!(risk.status, status, "{forward:e}");
        if status == RowStatus::Ok {
            assert_eq!(risk.equity, 1000.0);
            // Φ(d₁) = (1 + 0.4)/2 where the call is worth 0.4 of the forward at the strike
            let delta = risk.positions[0].greeks.exposure / forward;
            assert!((delta - 0.7).abs() < 1e-9, "{delta}");
        }
        engine.set_position(me, option, 0.0, 0.0).expect("none is left");
    }
}

#[test]
fn an_inverse_option_marked_in_dollars_has_no_figures() {
    let mut engine = engine();
    let underlying = engine.add_underlying();
    let coin = engine.add_asset(asset(&[], Some(underlying))).expect("a coin");
    let [call, put] = [OptionType::Call, OptionType::Put].map(|side| {
        let spec = InstrumentSpec {
            payoff: Payoff::Inverse,
            ..option(underlying, coin, side, 60_000.0, YEAR_MS)
        };
        engine.add_instrument(spec).expect("valid terms")
    });
    let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
    engine.tick_underlying(underlying, 60_000.0, 1.0, 0).expect("known");
    for instrument in [call, put] {
        let me = account(&mut engine, model, 1e5);
        engine.set_position(me, instrument, 1.0, 0.1).expect("a position");
        let quoted = |mark, time_ms| Tick {
            mark,
            vol: 0.6,
            ..Tick::at(time_ms)
        };
        tick(&mut engine, instrument, quoted(0.2, 2.0));
        assert_near(engine.assess(me).expect("live").equity, 1e5 + 0.2 * 60_000.0, 1e-15);
        tick(&mut engine, instrument, quoted(12_000.0, 3.0));
        let risk = engine.assess(me).expect("live");
        assert!(risk.status == RowStatus::NoVol && risk.equity.is_nan(), "{risk:?}");
        tick(&mut engine, instrument, quoted(0.2, 4.0));
        assert_eq!(engine.assess(me).expect("live").status, RowStatus::Ok);
    }
}

#[test]
fn an_option_that_expires_at_its_strike_has_a_value_and_its_account_figures() {
    let config = EngineConfig::default();
    let mut engine = Engine::new(config).expect("a valid configuration");
    let underlying = engine.add_underlying();
    let contract = engine.add_instrument(perp(underlying, USD)).expect("valid terms");
    let [call, put] = [OptionType::Call, OptionType::Put].map(|side| {
        engine
            .add_instrument(option(underlying, USD, side, 100.0, 5000.0))
            .expect("valid terms")
    });
    let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
    let me = account(&mut engine, model, 30.0);
    for (instrument, size) in [(contract, -1.0), (call, 2.0), (put, -1.0)] {
        engine.set_position(me, instrument, size, 1.0).expect("a position");
    }
    mark(&mut engine, contract, 100.0, 1.0);
    for instrument in [call, put] {
        tick(
            &mut engine,
            instrument,
            Tick {
                vol: 0.5,
                ..Tick::at(2.0)
            },
        );
    }
    engine.advance(5000.0);
    let risk = engine.assess(me).expect("live");
    // both are worth nothing and move by half as much as the price, the mean of both sides
    assert_eq!((risk.status, risk.equity), (RowStatus::Expired, 30.0 - 99.0));
    assert!(risk.risk.maintenance > 0.0 && risk.band.is_some());
    let greeks = risk.greeks[0];
    assert_eq!(greeks.delta, -1.0 + 2.0 * 0.5 - -0.5);
    assert!(greeks.gamma.is_nan() && greeks.theta.is_nan());
    // nor is a vol of zero at the strike a vol that is missing
    for instrument in [call, put] {
        tick(
            &mut engine,
            instrument,
            Tick {
                vol: 0.0,
                ..Tick::at(5000.0)
            },
        );
    }
    assert_eq!(engine.assess(me).expect("live").equity, 30.0 - 99.0);
}

#[test]
fn a_premium_in_coin_that_is_beyond_the_doubles_is_missing_and_not_nothing() {
    // a strike of 100 is worth 100 / 5e-324 of the coin
    let CoinDesk {
        mut engine,
        underlying,
        option: put,
        me,
    } = coin_desk(OptionType::Put, 100.0, 1000.0, 1.0, 5e-324);
    engine.set_position(me, put, 2.0, 0.4).expect("a position");
    for marked in [
        Tick {
            mark: 0.5,
            ..Tick::at(1.0)
        },
        Tick {
            mark: 0.5,
            vol: 0.6,
            ..Tick::at(1.0)
        },
    ] {
        tick(&mut engine, put, marked);
        let assessment = engine.assess(me).expect("live");
        assert_eq!(assessment.status, RowStatus::NoVol);
        assert!(assessment.equity.is_nan() && assessment.positions[0].greeks.exposure.is_nan());
    }
    engine.tick_underlying(underlying, 99.0, 2.0, 0).expect("live");
    assert_eq!(engine.assess(me).expect("live").status, RowStatus::Ok);
}

#[test]
fn an_option_whose_premium_is_held_at_nothing_has_no_greeks_until_it_is_worth_something() {
    for payoff in [Payoff::Linear, Payoff::Inverse] {
        let mut engine = engine();
        let underlying = engine.add_underlying();
        let settle = match payoff {
            Payoff::Linear => USD,
            Payoff::Inverse => engine.add_asset(asset(&[], None)).expect("a coin"),
        };
        let dated = InstrumentSpec {
            payoff,
            ..option(underlying, settle, OptionType::Call, 60_000.0, 0.25 * YEAR_MS)
        };
        let call = engine.add_instrument(dated).expect("valid terms");
        let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
        let me = account(&mut engine, model, 0.0);
        if payoff == Payoff::Inverse {
            engine.tick_asset(settle, 50_000.0, 1.0, 0).expect("live");
        }
        engine.tick_underlying(underlying, 50_000.0, 1.0, 0).expect("live");
        engine.set_position(me, call, -3.0, 0.1).expect("a position");
        let marked = Tick {
            mark: 0.0,
            vol: 0.6,
            ..Tick::at(1.0)
        };
        tick(&mut engine, call, marked);
        let greeks = |engine: &Engine| {
            let [greeks] = engine.assess(me).expect("live").greeks[..] else {
                panic!("one underlying")
            };
            greeks
        };
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
        let now = engine.assess(me).expect("live").equity;
        // at nothing it can only come to be worth something: the slope on that side
        let step = 1e-6;
        let above = equity_at(&mut engine, 1.0 + step);
        assert_near(greeks(&engine).exposure, (above - now) / step, 1e-3);
        assert!(greeks(&engine).exposure < -1_000.0 && equity_at(&mut engine, 1.0 - step) == now);

        // below it nothing moves it
        engine.tick_underlying(underlying, 49_000.0, 2.0, 0).expect("live");
        assert_eq!(engine.assess(me).expect("live").positions[0].mark, 0.0);
        let UnderlyingGreeks {
            delta,
            gamma,
            vega,
            theta,
            rho,
            exposure,
            ..
        } = greeks(&engine);
        assert_eq!([delta, gamma, vega, theta, rho, exposure], [0.0; 6]);
        assert_eq!(engine.assess(me).expect("live").positions[0].greeks.exposure, 0.0);
        let assessment = engine.assess(me).expect("live");
        assert_eq!(assessment.delta_equivalent, 0.0);

        // and above it the vol's do
        engine.tick_underlying(underlying, 51_000.0, 3.0, 0).expect("live");
        let step = 1e-4;
        let (below, above) = (equity_at(&mut engine, 1.0 - step), equity_at(&mut engine, 1.0 + step));
        assert_near(greeks(&engine).exposure, (above - below) / (2.0 * step), 1e-6);
    }
}
