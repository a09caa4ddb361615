//! A leverage chosen for an instrument.

use crate::common::*;
use crate::house::{code, house};
use plimsoll_engine::Code;

#[test]
fn a_chosen_leverage_raises_the_initial_requirement_only() {
    let mut house = house();
    house.fill(2.0, 100.0);
    house
        .engine
        .set_leverage(house.me, house.perp, 4.0)
        .expect("a leverage");
    // 200 / 4; the maintenance of 5 % stays
    assert_eq!((house.initial(), house.maintenance()), (50.0, 10.0));
    // more than the bracket's 10x changes nothing
    house
        .engine
        .set_leverage(house.me, house.perp, 40.0)
        .expect("a leverage");
    assert_eq!(house.initial(), 20.0);
    for leverage in [0.5, 0.0, -3.0, f64::NAN, f64::NEG_INFINITY] {
        let refused = house.engine.set_leverage(house.me, house.perp, leverage);
        assert_eq!(code(refused), Code::InvalidValue, "{leverage}");
    }
}

#[test]
fn an_infinite_leverage_takes_the_choice_back() {
    let mut house = house();
    let other = house
        .engine
        .add_instrument(perp(house.underlying, USD))
        .expect("valid terms");
    house.engine.set_leverage(house.me, other, 4.0).expect("a leverage");
    let refused = house.engine.remove_instrument(other).expect_err("a leverage is chosen");
    assert_eq!(refused.code, Code::InUse);
    assert!(refused.expected.to_string().contains("chosen leverages"));
    house
        .engine
        .set_leverage(house.me, other, f64::INFINITY)
        .expect("no leverage");
    assert_eq!(house.engine.remove_instrument(other), Ok(()));
}

#[test]
fn a_choice_that_is_taken_back_or_was_never_made_leaves_the_account_as_it_was() {
    let mut house = house();
    let coin = house.engine.add_asset(asset(&[], None)).expect("a coin");
    let inverse = inverse_perp(house.underlying, coin, 100.0);
    let inverse = house.engine.add_instrument(inverse).expect("valid terms");
    let (engine, me) = (&mut house.engine, house.me);
    let before = engine.snapshot(&[]);
    engine.set_leverage(me, inverse, f64::INFINITY).expect("no leverage");
    assert!(engine.snapshot(&[]) == before, "there was none to take back");
    engine.set_leverage(me, inverse, 4.0).expect("a leverage");
    engine.set_leverage(me, inverse, f64::INFINITY).expect("no leverage");
    assert!(engine.snapshot(&[]) == before, "it is taken back");
    assert_eq!(engine.assess(me).expect("live").assets.len(), 1);

    // a line with a balance, or one that another row settles in, stays
    engine.set_leverage(me, inverse, 4.0).expect("a leverage");
    engine.deposit(me, coin, money(0.5)).expect("a deposit");
    engine.set_leverage(me, inverse, f64::INFINITY).expect("no leverage");
    assert_eq!(engine.balance(me, coin), Ok(0.5));
    engine.withdraw(me, coin, money(0.5)).expect("a withdrawal");
    let other = engine
        .add_instrument(inverse_perp(house.underlying, coin, 10.0))
        .expect("valid terms");
    engine.set_leverage(me, other, 5.0).expect("a leverage");
    engine.set_leverage(me, inverse, 4.0).expect("a leverage");
    engine.set_leverage(me, inverse, f64::INFINITY).expect("no leverage");
    assert_eq!(engine.assess(me).expect("live").assets.len(), 2);
    engine.set_leverage(me, other, f64::INFINITY).expect("no leverage");
    assert_eq!(engine.assess(me).expect("live").assets.len(), 1);
}
