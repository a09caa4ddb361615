//! Funding of perpetuals.

use crate::common::*;
use crate::house::{code, house};
use plimsoll_engine::{Code, Engine, InstrumentSpec, Kind, Money, Rounding};

#[test]
fn funding_goes_from_longs_to_shorts_at_the_mark() {
    let mut house = house();
    let other = account(&mut house.engine, house.model, 1000.0);
    house.fill(2.0, 90.0);
    house
        .engine
        .set_position(other, house.perp, -3.0, 100.0)
        .expect("a position");
    house.engine.fund(house.perp, 0.001).expect("a rate");
    // 0.001·2·100 and 0.001·3·100
    assert_near(house.balance(), 999.8, 1e-15);
    assert_near(house.engine.balance(other, USD).expect("live"), 1000.3, 1e-15);
    house.engine.fund(house.perp, -0.001).expect("a rate");
    assert_near(house.balance(), 1000.0, 1e-15);
    // as the venue states it
    let stated = Money::parse("amount", "-1.5", Rounding::Down).expect("a decimal");
    house
        .engine
        .fund_account(house.me, house.perp, stated)
        .expect("a payment");
    assert_near(house.balance(), 998.5, 1e-15);

    assert_eq!(code(house.engine.fund(house.perp, f64::NAN)), Code::InvalidValue);
    let silent = perp(house.underlying, USD);
    let silent = house.engine.add_instrument(silent).expect("valid terms");
    assert_eq!(code(house.engine.fund(silent, 0.001)), Code::NotApplicable);
}

#[test]
fn what_holders_are_refused_for_is_the_first_ones_whatever_order_they_opened_in() {
    let cash = 6e12;
    let refusals = |first_opens_last: bool| {
        let mut engine = engine();
        let underlying = engine.add_underlying();
        let contract = engine.add_instrument(perp(underlying, USD)).expect("valid terms");
        let expiry_ms = 10.0;
        let kind = Kind::Future { expiry_ms };
        let dated = InstrumentSpec {
            kind,
            ..perp(underlying, USD)
        };
        let dated = engine.add_instrument(dated).expect("valid terms");
        let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
        let mut holders = [2.0, 3.0, 1.0].map(|size| (account(&mut engine, model, cash), size));
        if first_opens_last {
            holders.reverse();
        }
        for contract in [contract, dated] {
            for (holder, size) in holders {
                engine.set_position(holder, contract, -size, 1.0).expect("a position");
            }
        }
        mark(&mut engine, contract, 1e12, 1.0);
        let bytes = engine.snapshot(b"");
        let restored = Engine::from_snapshot(&bytes).expect("a snapshot").engine;
        [engine, restored].map(|mut engine| {
            let funded = engine.fund(contract, 2.0).expect_err("more than a balance holds");
            let settled = engine.settle(dated, 1e13, expiry_ms);
            (
                funded.came.to_string(),
                settled.expect_err("less than a balance holds").came.to_string(),
            )
        })
    };
    // 2 of 1e12 of the first account's, at a rate of 2, and its 2·(1 − 1e13)
    let [kept, restored] = refusals(false);
    assert_eq!(kept, ("4000000000000".into(), "-19999999999998".into()));
    assert_eq!(restored, kept);
    assert_eq!(refusals(true), [kept.clone(), kept]);
}

#[test]
fn inverse_funding_is_paid_in_coin_on_the_coin_notional() {
    let mut engine = engine();
    let underlying = engine.add_underlying();
    let coin = engine.add_asset(asset(&[], Some(underlying))).expect("a coin");
    let contract = engine
        .add_instrument(inverse_perp(underlying, coin, 100.0))
        .expect("valid terms");
    let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
    let [long, short] = [1000.0, -1000.0].map(|size| {
        let id = account(&mut engine, model, 0.0);
        engine.set_position(id, contract, size, 50_000.0).expect("a position");
        id
    });
    mark(&mut engine, contract, 50_000.0, 1.0);
    engine.fund(contract, 0.0001).expect("a rate");
    // 1,000·100/50,000 = 2 coins, 0.0001 of them
    assert_near(engine.balance(long, coin).expect("live"), -0.0002, 1e-18);
    assert_near(engine.balance(short, coin).expect("live"), 0.0002, 1e-18);
}

#[test]
fn funding_in_a_coin_needs_the_mark_and_no_price_of_the_coin() {
    let mut engine = engine();
    let underlying = engine.add_underlying();
    let coin = engine.add_asset(asset(&[], None)).expect("a coin without a price");
    let contract = inverse_perp(underlying, coin, 100.0);
    let contract = engine.add_instrument(contract).expect("valid terms");
    let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
    let me = account(&mut engine, model, 0.0);
    engine.set_position(me, contract, 1000.0, 50_000.0).expect("a position");
    let refused = engine.fund(contract, 1e-4).expect_err("no mark");
    assert_eq!(
        (refused.code, refused.came.to_string()),
        (Code::NotApplicable, "one without".to_owned())
    );
    mark(&mut engine, contract, 50_000.0, 1.0);
    // 1,000 · 100 / 50,000 is 2 of the coin
    engine.fund(contract, 1e-4).expect("a mark");
    assert_near(engine.balance(me, coin).expect("live"), -2e-4, 1e-15);
}

#[test]
fn a_settled_perp_is_funded_no_more() {
    let mut house = house();
    house.engine.settle(house.perp, 100.0, 2.0).expect("a price");
    let refused = house.engine.fund(house.perp, 1e-4).expect_err("nobody holds it");
    assert_eq!(
        (refused.code, refused.came.to_string()),
        (Code::Expired, "a settled one".to_owned())
    );
}
