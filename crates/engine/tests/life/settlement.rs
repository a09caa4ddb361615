//! Settlement of what expires or is delisted.

use crate::common::*;
use crate::house::{code, house};
use plimsoll_engine::{Code, Engine, InstrumentSpec, Kind, NoPrice, OptionType, Tick, TickStatus};

#[test]
fn expiry_settles_options_in_and_out_of_the_money_and_futures_at_the_delivery_price() {
    let mut house = house();
    let underlying = house.underlying;
    let expiry_ms = 10_000.0;
    let dated = |strike, kind| option(underlying, USD, kind, strike, expiry_ms);
    let future = InstrumentSpec {
        kind: Kind::Future { expiry_ms },
        ..perp(underlying, USD)
    };
    let specs = [
        dated(100.0, OptionType::Call),
        dated(100.0, OptionType::Put),
        dated(130.0, OptionType::Put),
        future,
    ];
    let [call, put, high_put, future] = specs.map(|spec| house.engine.add_instrument(spec).expect("valid terms"));
    let (engine, me) = (&mut house.engine, house.me);
    for (instrument, size, price) in [
        (call, 2.0, 8.0),
        (put, 3.0, 5.0),
        (high_put, -1.0, 20.0),
        (future, -4.0, 104.0),
    ] {
        engine.fill(me, instrument, &fill(size, price)).expect("a fill");
    }
    // premiums: 1,000 − 16 − 15 + 20
    assert_eq!(engine.balance(me, USD), Ok(989.0));
    let order = engine.place_order(me, future, 1.0, 90.0).expect("an order");
    assert_eq!(code(engine.settle(call, 112.0, 9_999.0)), Code::Expired);
    for price in [0.0, -1.0, f64::NAN] {
        assert_eq!(code(engine.settle(call, price, expiry_ms)), Code::InvalidValue);
    }

    // in the money: + 2·(112 − 100)
    engine.settle(call, 112.0, expiry_ms).expect("expired");
    assert_eq!(engine.balance(me, USD), Ok(1013.0));
    // out of the money: nothing
    engine.settle(put, 112.0, expiry_ms).expect("expired");
    assert_eq!(engine.balance(me, USD), Ok(1013.0));
    // sold in the money: − (130 − 112)
    engine.settle(high_put, 112.0, expiry_ms).expect("expired");
    assert_eq!(engine.balance(me, USD), Ok(995.0));
    // − 4·(112 − 104)
    engine.settle(future, 112.0, expiry_ms).expect("expired");
    assert_eq!(engine.balance(me, USD), Ok(963.0));

    assert_eq!((engine.stats().positions, engine.stats().orders), (0, 0));
    assert_eq!(code(engine.cancel_order(order)), Code::StaleHandle);
    assert_eq!(engine.assess(me).expect("live").equity, 963.0);
    assert_eq!(code(engine.settle(call, 112.0, expiry_ms)), Code::NotApplicable);
    assert_eq!(code(engine.fill(me, future, &fill(1.0, 100.0))), Code::Expired);
    assert_eq!(
        engine.tick(
            future,
            &Tick {
                mark: 100.0,
                ..Tick::at(expiry_ms)
            }
        ),
        Ok(TickStatus::RejectedSettled)
    );
    assert_eq!(engine.time_ms(), expiry_ms);
    assert_eq!(
        code(engine.add_instrument(dated(90.0, OptionType::Call))),
        Code::Expired
    );
}

#[test]
fn a_perp_that_is_delisted_is_settled_at_any_time_and_spot_never() {
    let mut house = house();
    let coin = house.engine.add_asset(asset(&[], None)).expect("a coin");
    let spot = InstrumentSpec {
        kind: Kind::Spot { base: coin },
        ..perp(house.underlying, USD)
    };
    let spot = house.engine.add_instrument(spot).expect("valid terms");
    house.fill(4.0, 100.0);
    let (engine, me) = (&mut house.engine, house.me);
    let short = account(engine, house.model, 500.0);
    engine.fill(short, house.perp, &fill(-3.0, 90.0)).expect("a fill");
    let alone = engine.add_isolated(me, house.perp, money(50.0)).expect("a child");
    engine.fill(alone, house.perp, &fill(1.0, 110.0)).expect("a fill");
    let order = engine.place_order(short, house.perp, 1.0, 80.0).expect("an order");
    assert_eq!(code(engine.remove_instrument(house.perp)), Code::InUse);
    let refused = engine.settle(spot, 95.0, 7.0).expect_err("spot has no end");
    assert_eq!(
        (refused.code, refused.came.to_string()),
        (Code::NotApplicable, "spot".to_owned())
    );

    engine
        .settle(house.perp, 95.0, 7.0)
        .expect("a perp has no expiry to wait for");
    // 1,000 − 50 + 4·(95 − 100); 500 − 3·(95 − 90); 50 + (95 − 110)
    assert_eq!(engine.balance(me, USD), Ok(930.0));
    assert_eq!(engine.balance(short, USD), Ok(485.0));
    assert_eq!(engine.balance(alone, USD), Ok(35.0));
    assert_eq!((engine.stats().positions, engine.stats().orders), (0, 0));
    assert_eq!(code(engine.cancel_order(order)), Code::StaleHandle);
    assert_eq!(code(engine.fill(me, house.perp, &fill(1.0, 95.0))), Code::Expired);
    let tick = Tick {
        mark: 95.0,
        ..Tick::at(8.0)
    };
    assert_eq!(engine.tick(house.perp, &tick), Ok(TickStatus::RejectedSettled));
    let refused = engine.settle(house.perp, 95.0, 8.0).expect_err("once");
    assert_eq!(
        (refused.code, refused.came.to_string()),
        (Code::NotApplicable, "a settled one".to_owned())
    );
    // what its isolated account has left goes back, and the perp can go
    engine.transfer(alone, me, USD, money(35.0)).expect("a balance");
    engine.remove_account(alone).expect("empty");
    engine.remove_instrument(house.perp).expect("nobody holds it");
    assert_eq!(engine.totals().equity, 930.0 + 35.0 + 485.0);
}

#[test]
fn a_settled_future_no_longer_stands_in_for_the_index() {
    let mut engine = engine();
    let underlying = engine.add_underlying();
    let future = InstrumentSpec {
        kind: Kind::Future { expiry_ms: 1000.0 },
        ..perp(underlying, USD)
    };
    let future = engine.add_instrument(future).expect("valid terms");
    let contract = engine.add_instrument(perp(underlying, USD)).expect("valid terms");
    let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
    let me = account(&mut engine, model, 1000.0);
    engine.set_position(me, contract, 1.0, 100.0).expect("a position");
    let reference = |engine: &Engine| engine.liquidation_prices(me, underlying).expect("live").reference;
    mark(&mut engine, future, 100.0, 1.0);
    mark(&mut engine, contract, 101.0, 2.0);
    assert_eq!(reference(&engine), 100.0);
    engine.settle(future, 100.0, 1000.0).expect("expired");
    mark(&mut engine, contract, 103.0, 1001.0);
    assert_eq!(reference(&engine), 103.0);
    assert_eq!(
        engine.liquidation_prices(me, underlying).expect("live").none,
        Some(NoPrice::SafeAtEveryPrice)
    );
}

#[test]
fn a_settlement_moves_the_engines_time_on_as_a_tick_does_and_never_back() {
    let mut house = house();
    let other = house
        .engine
        .add_instrument(perp(house.underlying, USD))
        .expect("valid terms");
    house.engine.settle(house.perp, 100.0, 9.0).expect("a price");
    assert_eq!(house.engine.time_ms(), 9.0);
    house.engine.settle(other, 100.0, 4.0).expect("a price");
    assert_eq!(house.engine.time_ms(), 9.0);
}
