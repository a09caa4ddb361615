//! Prices, times and vols on their way to figures.

use crate::common::*;
use crate::house::{code, house};
use plimsoll_engine::margin::Bands;
use plimsoll_engine::{
    AssetId, Band, Code, Engine, EngineConfig, InstrumentSpec, Kind, OptionType, RowStatus, SurfaceSlice, Tick,
    TickStatus, VOL_MAX,
};
use plimsoll_math::surface::Stickiness;

#[test]
fn a_mark_counts_though_another_feed_has_given_a_newer_index() {
    let mut house = house();
    let (engine, me) = (&mut house.engine, house.me);
    let other = engine.add_instrument(perp(house.underlying, USD)).expect("valid terms");
    engine.set_position(me, other, -1.0, 100.0).expect("a position");
    let quoted = |mark, index, time_ms| Tick {
        mark,
        index,
        ..Tick::at(time_ms)
    };
    tick(engine, house.perp, quoted(101.0, 100.5, 1000.0));
    tick(engine, other, quoted(150.0, 99.0, 999.0));
    assert_eq!(engine.assess(me).expect("live").equity, 950.0);
    let reference = |engine: &Engine| {
        let prices = engine.liquidation_prices(me, house.underlying);
        prices.expect("live").reference
    };
    assert_eq!(reference(engine), 100.5);
    // there is nothing else in a tick of an old index alone
    let late = engine.tick(other, &quoted(f64::NAN, 99.0, 999.5));
    assert_eq!(late, Ok(TickStatus::RejectedTime));
    tick(engine, other, quoted(f64::NAN, 99.0, 1000.0));
    assert_eq!(reference(engine), 99.0);
}

#[test]
fn an_option_whose_time_is_in_seconds_gets_no_vol_by_it() {
    // noon of 26 November 2026, and an expiry a month later
    let (now_ms, expiry_ms) = (1_795_694_400_000.0, 1_798_286_400_000.0);
    let mut engine = engine();
    let underlying = engine.add_underlying();
    let call = engine
        .add_instrument(option(underlying, USD, OptionType::Call, 100.0, expiry_ms))
        .expect("valid terms");
    let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
    let me = account(&mut engine, model, 100.0);
    engine.set_position(me, call, 1.0, 5.0).expect("a position");
    let quoted = |time_ms| Tick {
        index: 100.0,
        vol: 0.6,
        ..Tick::at(time_ms)
    };
    let in_seconds = engine.tick(call, &quoted(now_ms / 1000.0));
    assert_eq!(in_seconds, Ok(TickStatus::RejectedTime));
    let slice = SurfaceSlice {
        expiry_ms,
        forward: 100.0,
        svi: [0.03, 0.0, 0.0, 0.0, 0.1],
    };
    let in_seconds = engine.set_surface(underlying, &[slice], Stickiness::Strike, now_ms / 1000.0);
    assert_eq!(
        in_seconds.expect_err("a surface of 56 years").field.to_string(),
        "expiries[0].expiryMs"
    );
    assert!(engine.assess(me).expect("live").equity.is_nan());
    tick(&mut engine, call, quoted(now_ms));
    let equity = engine.assess(me).expect("live").equity;
    assert!(equity > 106.0 && equity < 108.0, "{equity}");
}

#[test]
fn asset_prices_are_ticks_that_move_collateral_and_settlements() {
    let mut house = house();
    let engine = &mut house.engine;
    let stable = engine.add_asset(asset(&[], None)).expect("a stablecoin");
    let contract = engine
        .add_instrument(perp(house.underlying, stable))
        .expect("valid terms");
    let me = account(engine, house.model, 0.0);
    engine.deposit(me, stable, money(400.0)).expect("a deposit");
    engine.set_position(me, contract, -10.0, 105.0).expect("a position");
    mark(engine, contract, 100.0, 1.0);
    assert_eq!(engine.assess(me).expect("live").status, RowStatus::MissingPrice);
    assert_eq!(engine.tick_asset(stable, 1.0, 1.0, 7), Ok(TickStatus::Applied));
    // (400 + 50)·1; 1,000·10 %
    let risk = engine.assess(me).expect("live");
    assert_eq!((risk.equity, risk.gross, risk.risk.initial), (450.0, 1000.0, 100.0));
    // the peg is lost: all of it is worth 0.8
    assert_eq!(engine.tick_asset(stable, 0.8, 2.0, 7), Ok(TickStatus::Applied));
    let risk = engine.assess(me).expect("live");
    assert_near(risk.equity, 360.0, 1e-15);
    assert_near(risk.gross, 800.0, 1e-15);
    assert_near(risk.risk.maintenance, 40.0, 1e-15);
    assert_eq!(risk.assets[0].price, 0.8);
    assert_eq!(engine.tick_asset(stable, 0.9, 1.9, 7), Ok(TickStatus::RejectedTime));
    assert_eq!(engine.tick_asset(stable, 0.0, 3.0, 7), Ok(TickStatus::RejectedPrice));
    assert_eq!(code(engine.tick_asset(USD, 1.0, 3.0, 7)), Code::NotApplicable);
    assert_eq!(code(engine.tick_asset(AssetId(9), 1.0, 3.0, 7)), Code::UnknownHandle);

    // collateral alone can liquidate: long 10 at 100 on 70 stablecoins needs 50
    let other = account(engine, house.model, 0.0);
    engine.deposit(other, stable, money(70.0)).expect("a deposit");
    engine.set_position(other, house.perp, 10.0, 100.0).expect("a position");
    engine.clear_events();
    engine.tick_asset(stable, 0.5, 4.0, 7).expect("known");
    let event = engine
        .events()
        .iter()
        .find(|event| event.account == other)
        .expect("an event");
    assert_eq!(
        (event.to, event.equity, event.maintenance),
        (Band::Liquidatable, 35.0, 50.0)
    );
}

#[test]
fn an_asset_follows_its_underlying_until_it_has_a_price_of_its_own() {
    let mut house = house();
    let engine = &mut house.engine;
    let coin = engine.add_asset(asset(&[], Some(house.underlying))).expect("a coin");
    engine.deposit(house.me, coin, money(2.0)).expect("a deposit");
    let price = |engine: &Engine| engine.assess(house.me).expect("live").assets[1].price;
    assert_eq!(price(engine), 100.0);
    mark(engine, house.perp, 103.0, 2.0);
    assert_eq!(price(engine), 103.0);
    // an index takes the place of the mark that stood in for it
    engine.tick_underlying(house.underlying, 102.0, 3.0, 0).expect("known");
    mark(engine, house.perp, 104.0, 4.0);
    assert_eq!(price(engine), 102.0);
    engine.tick_asset(coin, 99.0, 5.0, 0).expect("known");
    engine.tick_underlying(house.underlying, 98.0, 6.0, 0).expect("known");
    assert_eq!(price(engine), 99.0);
    assert_eq!(
        engine.tick_underlying(house.underlying, 97.0, 5.0, 0),
        Ok(TickStatus::RejectedTime)
    );
}

#[test]
fn an_older_price_never_takes_the_place_of_a_newer_one() {
    let mut house = house();
    let engine = &mut house.engine;
    let coin = engine.add_asset(asset(&[], None)).expect("a coin");
    let spot = InstrumentSpec {
        kind: Kind::Spot { base: coin },
        ..perp(house.underlying, USD)
    };
    let spot = engine.add_instrument(spot).expect("valid terms");
    engine.deposit(house.me, coin, money(1.0)).expect("a deposit");
    engine.tick_asset(coin, 50.0, 100.0, 0).expect("known");
    mark(engine, spot, 40.0, 90.0);
    assert_eq!(engine.assess(house.me).expect("live").assets[1].price, 50.0);
    mark(engine, spot, 45.0, 110.0);
    assert_eq!(engine.assess(house.me).expect("live").assets[1].price, 45.0);
}

#[test]
fn time_moves_on_without_a_tick() {
    let config = EngineConfig {
        stale_after_ms: 60_000.0,
        ..EngineConfig::default()
    };
    let mut engine = Engine::new(config).expect("a valid configuration");
    let underlying = engine.add_underlying();
    let expiry_ms = 100_000.0;
    let call = engine
        .add_instrument(option(underlying, USD, OptionType::Call, 98.0, expiry_ms))
        .expect("valid terms");
    let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
    let me = account(&mut engine, model, 100.0);
    engine.set_position(me, call, 1.0, 12.0).expect("a position");
    engine.tick_underlying(underlying, 100.0, 0.0, 0).expect("known");
    // a vol of 2,000 % leaves time value even with seconds to go
    let quoted = Tick {
        vol: VOL_MAX,
        ..Tick::at(0.0)
    };
    tick(&mut engine, call, quoted);
    let value = |engine: &Engine| {
        let risk = engine.assess(me).expect("live");
        (risk.status, risk.equity - 100.0)
    };
    let (status, at_first) = value(&engine);
    assert!(status == RowStatus::Ok && at_first > 2.0, "{at_first}");
    assert_eq!(engine.advance(60_000.0), TickStatus::Applied);
    let (status, later) = value(&engine);
    assert!(status == RowStatus::Ok && later < at_first && later > 2.0, "{later}");
    engine.advance(60_001.0);
    assert_eq!(value(&engine).0, RowStatus::Stale);
    assert!(engine.figures().equity[me.slot()] > 102.0, "stale figures are figures");
    engine.advance(expiry_ms);
    assert_eq!(value(&engine), (RowStatus::Expired, 2.0));
    for time_ms in [expiry_ms - 1.0, f64::NAN, f64::INFINITY, -1.0] {
        assert_eq!(engine.advance(time_ms), TickStatus::RejectedTime);
    }
    assert_eq!(engine.time_ms(), expiry_ms);
}

#[test]
fn an_option_mark_that_comes_before_the_index_is_read_when_it_comes() {
    let mut house = house();
    let engine = &mut house.engine;
    let underlying = engine.add_underlying();
    let call = option(underlying, USD, OptionType::Call, 100.0, YEAR_MS);
    let [early, late] = [0, 1].map(|_| engine.add_instrument(call).expect("valid terms"));
    for instrument in [early, late] {
        engine
            .set_position(house.me, instrument, 1.0, 10.0)
            .expect("a position");
    }
    mark(engine, early, 12.0, 1.0);
    assert_eq!(engine.assess(house.me).expect("live").status, RowStatus::MissingPrice);
    engine.tick_underlying(underlying, 100.0, 1.0, 0).expect("known");
    // the other has had no tick of its own: what it lacks now is a vol
    assert_eq!(
        engine.assess(house.me).expect("live").positions[1].status,
        RowStatus::NoVol
    );
    mark(engine, late, 12.0, 1.0);
    let risk = engine.assess(house.me).expect("live");
    assert_eq!(risk.status, RowStatus::Ok);
    assert_near(risk.positions[0].mark, 12.0, 1e-14);
    assert_eq!(risk.positions[0].mark, risk.positions[1].mark);
    assert_eq!(risk.positions[0].greeks.exposure, risk.positions[1].greeks.exposure);
}

#[test]
fn a_record_of_scenarios_follows_a_vol_that_leaves_the_premium_as_it_is() {
    // both times the mark is 12; under the grid a short needs more when the vol behind it is higher
    let shocked = |vols: &[f64]| {
        let mut house = house();
        let engine = &mut house.engine;
        let grid = book::Grid {
            version: 1,
            range: 0.1,
            bands: Bands::default(),
        };
        let model = engine.add_model(grid).expect("valid bands");
        let me = account(engine, model, 1000.0);
        let call = option(house.underlying, USD, OptionType::Call, 100.0, YEAR_MS);
        let call = engine.add_instrument(call).expect("valid terms");
        engine.set_position(me, call, -1.0, 12.0).expect("a position");
        for &vol in vols {
            let quoted = Tick {
                mark: 12.0,
                vol,
                ..Tick::at(2.0)
            };
            tick(engine, call, quoted);
        }
        let risk = engine.assess(me).expect("live");
        assert_near(risk.equity, 988.0, 1e-14);
        risk.risk.maintenance
    };
    let (calm, wild) = (shocked(&[0.3]), shocked(&[0.9]));
    assert!(wild > calm + 1.0, "{wild} {calm}");
    assert_eq!(shocked(&[0.3, 0.9]), wild);
}

#[test]
fn collateral_registered_on_an_old_price_is_stale_at_once() {
    let config = EngineConfig {
        stale_after_ms: 1000.0,
        ..EngineConfig::default()
    };
    let mut engine = Engine::new(config).expect("a valid configuration");
    let underlying = engine.add_underlying();
    engine.tick_underlying(underlying, 50.0, 0.0, 0).expect("known");
    engine.advance(5000.0);
    let coin = engine.add_asset(asset(&[], Some(underlying))).expect("a coin");
    let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
    let me = account(&mut engine, model, 0.0);
    engine.deposit(me, coin, money(1.0)).expect("a deposit");
    let risk = engine.assess(me).expect("live");
    assert_eq!(
        (risk.status, risk.equity, risk.assets[0].age_ms),
        (RowStatus::Stale, 50.0, 5000.0)
    );
}

#[test]
fn the_rate_of_a_tick_discounts_its_option() {
    let mut house = house();
    let call = option(house.underlying, USD, OptionType::Call, 100.0, YEAR_MS + 1.0);
    let call = house.engine.add_instrument(call).expect("valid terms");
    let engine = &mut house.engine;
    let quoted = Tick {
        vol: 0.5,
        ..Tick::at(1.0)
    };
    tick(engine, call, quoted);
    engine.set_position(house.me, call, 1.0, 0.0).expect("a position");
    let worth = |engine: &Engine| engine.assess(house.me).expect("live").equity - 1000.0;
    let undiscounted = worth(engine);
    let rated = Tick {
        rate: 0.1,
        ..Tick::at(1.0)
    };
    tick(engine, call, rated);
    assert_near(worth(engine), undiscounted * (-0.1_f64).exp(), 1e-12);
}

#[test]
fn an_option_that_settles_in_another_asset_counts_though_none_of_that_is_held() {
    let mut house = house();
    let token = house.engine.add_asset(asset(&[], None)).expect("a token");
    let call = option(house.underlying, token, OptionType::Call, 100.0, YEAR_MS);
    let call = house.engine.add_instrument(call).expect("valid terms");
    let engine = &mut house.engine;
    engine.tick_asset(token, 2.0, 1.0, 0).expect("known");
    let quoted = Tick {
        vol: 0.5,
        ..Tick::at(1.0)
    };
    tick(engine, call, quoted);
    engine
        .set_position(house.me, house.perp, 1.0, 100.0)
        .expect("a position");
    engine.set_position(house.me, call, 1.0, 0.0).expect("a position");
    let assessed = engine.assess(house.me).expect("live");
    assert!(assessed.equity > 1020.0, "{}", assessed.equity);
    assert_eq!(engine.figures().equity[house.me.slot()], assessed.equity);
}
