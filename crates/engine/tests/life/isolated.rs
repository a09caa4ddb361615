//! Isolated positions.

use crate::common::*;
use crate::house::{code, house};
use plimsoll_engine::{Band, Code, InstrumentSpec, Kind, NoPrice};

#[test]
fn nothing_is_isolated_in_what_is_settled() {
    let mut house = house();
    let (me, perp) = (house.me, house.perp);
    house.engine.settle(perp, 100.0, 2.0).expect("delisted");
    assert_eq!(code(house.engine.add_isolated(me, perp, money(10.0))), Code::Expired);
    assert_eq!(house.engine.stats().accounts, 1);
    assert_eq!(house.engine.remove_instrument(perp), Ok(()));
}

#[test]
fn an_isolated_position_stands_on_its_own_margin() {
    let mut house = house();
    let other = house
        .engine
        .add_instrument(perp(house.underlying, USD))
        .expect("valid terms");
    let coin = house.engine.add_asset(asset(&[], None)).expect("a coin");
    let spot = house
        .engine
        .add_instrument(InstrumentSpec {
            kind: Kind::Spot { base: coin },
            ..perp(house.underlying, USD)
        })
        .expect("valid terms");
    let (engine, me) = (&mut house.engine, house.me);
    let alone = engine.add_isolated(me, house.perp, money(30.0)).expect("a margin");
    assert_eq!(
        (engine.balance(me, USD), engine.balance(alone, USD)),
        (Ok(970.0), Ok(30.0))
    );
    engine.fill(alone, house.perp, &fill(2.0, 100.0)).expect("a fill");
    // long 2 with 30: 30 + 2·(p − 100) = 2·p·5 %  ⇒  p = 170 / 1.9
    let prices = engine.liquidation_prices(alone, house.underlying).expect("live");
    assert_eq!(prices.roots.len(), 1);
    assert_near(prices.roots[0].price, 170.0 / 1.9, 1e-14);
    assert_eq!(
        engine.liquidation_prices(me, house.underlying).expect("live").none,
        Some(NoPrice::NoExposure)
    );
    // a loss of 2·16 = 32 eats its margin and nothing of the parent's
    engine.clear_events();
    mark(engine, house.perp, 84.0, 2.0);
    assert_eq!(engine.assess(alone).expect("live").equity, -2.0);
    assert_eq!(
        (engine.assess(me).expect("live").equity, engine.events().len()),
        (970.0, 1)
    );
    let event = engine.events()[0];
    assert_eq!(
        (event.account, event.to, event.driver),
        (alone, Band::Insolvent, house.perp.slot() as u32)
    );
    // margin is added by a transfer: 8 left, 16.8 required at 10 %
    engine.transfer(me, alone, USD, money(10.0)).expect("a transfer");
    assert_eq!(engine.assess(alone).expect("live").equity, 8.0);

    assert_eq!(code(engine.fill(alone, other, &fill(1.0, 100.0))), Code::NotApplicable);
    assert_eq!(code(engine.fill(alone, spot, &fill(1.0, 100.0))), Code::NotApplicable);
    assert_eq!(engine.balance(alone, USD), Ok(40.0));
    assert_eq!(
        code(engine.add_isolated(alone, house.perp, money(1.0))),
        Code::NotApplicable
    );
    assert_eq!(code(engine.remove_account(me)), Code::InUse);
    engine.fill(alone, house.perp, &fill(-2.0, 84.0)).expect("a close");
    assert_eq!(code(engine.remove_instrument(house.perp)), Code::InUse);
    engine.transfer(alone, me, USD, money(8.0)).expect("what is left");
    engine.remove_account(alone).expect("closed");
    assert_eq!(engine.balance(me, USD), Ok(968.0));
    engine.remove_instrument(house.perp).expect("nobody is for it");
    engine.remove_account(me).expect("no isolated positions left");
}
