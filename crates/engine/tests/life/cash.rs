//! Money in and out.

use crate::common::*;
use crate::house::{code, house};
use plimsoll_engine::{AssetId, AssetSpec, Band, Code, Money, Rounding};

#[test]
fn a_debit_takes_to_the_last_bit_what_a_deposit_adds_and_a_withdrawal_no_less_than_is_asked() {
    // balances in units of 2⁻⁵⁶, of which 1.5 are put in and taken out
    let mut house = house();
    let spec = AssetSpec {
        scale_log2: 4,
        ..asset(&[], None)
    };
    let token = house.engine.add_asset(spec).expect("a token");
    let unit = 2_f64.powi(-56);
    let amount = money(1.5 * unit);
    let me = house.me;
    house.engine.deposit(me, token, amount).expect("a deposit");
    assert_eq!(house.engine.balance(me, token), Ok(unit));
    house.engine.debit(me, token, amount).expect("a debit");
    assert_eq!(house.engine.balance(me, token), Ok(0.0));
    house.engine.withdraw(me, token, amount).expect("a withdrawal");
    assert_eq!(house.engine.balance(me, token), Ok(-2.0 * unit));
    let refused = house.engine.debit(me, token, money(-1.0));
    assert_eq!(code(refused), Code::InvalidMoney);
    // what it leaves is assessed at once
    house.engine.deposit(me, token, money(2.0 * unit)).expect("a deposit");
    house.engine.debit(me, USD, money(400.0)).expect("a debit");
    assert_eq!(house.engine.figures().equity[me.slot()], 600.0);
}

#[test]
fn money_in_and_out_is_exact_and_rounded_against_the_account() {
    let mut house = house();
    let (engine, me) = (&mut house.engine, house.me);
    let exact = |text| Money::parse("amount", text, Rounding::Down).expect("a decimal");
    // ten deposits of 0.1 miss 1 by ten times what 2⁻⁶⁰ cannot hold, and no more
    for _ in 0..10 {
        engine.deposit(me, USD, exact("0.1")).expect("a deposit");
    }
    let balance = engine.balance(me, USD).expect("live");
    assert!(
        (1001.0 - balance).abs() <= 10.0 * 2_f64.powi(-60) + 1001.0 * f64::EPSILON,
        "{balance}"
    );
    // a balance may become a debt; the venue has decided
    engine.withdraw(me, USD, exact("1500.5")).expect("a debt");
    assert_near(engine.balance(me, USD).expect("live"), -499.5, 1e-15);
    assert_eq!(Some(Band::Insolvent), engine.assess(me).expect("live").band);
    assert_eq!(code(engine.deposit(me, USD, -exact("1"))), Code::InvalidMoney);
    assert_eq!(code(engine.withdraw(me, USD, -exact("1"))), Code::InvalidMoney);
    assert_eq!(code(engine.deposit(me, AssetId(9), exact("1"))), Code::UnknownHandle);
    // 2⁴³ cannot be held
    assert_eq!(
        code(engine.deposit(me, USD, exact("8796093022208000"))),
        Code::InvalidMoney
    );

    let other = engine.add_account(house.model).expect("room");
    engine.transfer(me, other, USD, exact("0.5")).expect("a transfer");
    assert_eq!(engine.balance(other, USD), Ok(0.5));
    assert_near(engine.balance(me, USD).expect("live"), -500.0, 1e-15);
    engine.transfer(other, other, USD, exact("0.25")).expect("to oneself");
    assert_eq!(engine.balance(other, USD), Ok(0.5));
}
