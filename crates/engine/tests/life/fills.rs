//! Fills: entries, realised profit, premiums and fees.

use crate::common::*;
use crate::house::{code, held, house};
use plimsoll_engine::{Code, Fill, InstrumentSpec, Kind, Money, OptionType, Rounding, RowStatus, Tick};

#[test]
fn fills_average_the_entry_realise_on_the_part_closed_and_flip() {
    let mut house = house();
    // 2 at 100 and 1 at 130: (200 + 130) / 3 = 110
    assert_eq!(house.fill(2.0, 100.0), 0.0);
    assert_eq!(house.fill(1.0, 130.0), 0.0);
    assert_eq!((house.position(), house.balance()), (held(3.0, 110.0), 1000.0));
    // equity at 100: 1,000 + 3·(100 − 110)
    assert_eq!(house.equity(), 970.0);
    // one closed at 120: + (120 − 110); the entry of the rest stays
    assert_eq!(house.fill(-1.0, 120.0), 10.0);
    assert_eq!((house.position(), house.balance()), (held(2.0, 110.0), 1010.0));
    assert_eq!(house.equity(), 990.0);
    // flip by −3 at 90: closes 2 at a loss of 2·20, opens −1 at 90
    assert_eq!(house.fill(-3.0, 90.0), -40.0);
    assert_eq!((house.position(), house.balance()), (held(-1.0, 90.0), 970.0));
    assert_eq!(house.equity(), 960.0);
    // all closed: nothing held, nothing indexed
    assert_eq!(house.fill(1.0, 70.0), 20.0);
    assert_eq!(
        (house.position().size, house.balance(), house.equity()),
        (0.0, 990.0, 990.0)
    );
    assert!(house.position().entry_price.is_nan());
    assert_eq!(house.engine.stats().positions, 0);
}

#[test]
fn an_entry_at_nothing_is_a_plain_zero_and_an_inverse_one_is_beyond_every_price() {
    let mut house = house();
    let put = option(house.underlying, USD, OptionType::Put, 100.0, YEAR_MS);
    let put = house.engine.add_instrument(put).expect("valid terms");
    house.engine.fill(house.me, put, &fill(-1.0, 0.0)).expect("a fill");
    let entry_price = house.engine.position(house.me, put).expect("live").entry_price;
    assert_eq!(entry_price.to_bits(), 0);

    // a coin's 2⁻⁶⁰ rounds to nothing
    let coin = house
        .engine
        .add_asset(asset(&[], Some(house.underlying)))
        .expect("a coin");
    let inverse = inverse_perp(house.underlying, coin, 1.0);
    let inverse = house.engine.add_instrument(inverse).expect("valid terms");
    house.engine.fill(house.me, inverse, &fill(1.0, 1e19)).expect("a fill");
    assert_eq!(house.engine.position(house.me, inverse), Ok(held(1.0, f64::INFINITY)));
}

#[test]
fn fees_and_rebates_are_taken_from_their_own_asset() {
    let mut house = house();
    let token = house.engine.add_asset(asset(&[], None)).expect("a token");
    let paid = |amount: &str, fee_asset| Fill {
        fee: Money::parse("fee", amount, Rounding::Up).expect("a decimal"),
        fee_asset,
        ..fill(1.0, 100.0)
    };
    for (fill, usd, tokens) in [
        (paid("0.5", None), 999.5, 0.0),
        (paid("-0.25", None), 999.75, 0.0),
        (paid("2", Some(token)), 999.75, -2.0),
    ] {
        house.engine.fill(house.me, house.perp, &fill).expect("a fill");
        assert_eq!(
            (house.balance(), house.engine.balance(house.me, token)),
            (usd, Ok(tokens))
        );
    }
    assert_eq!(house.position(), held(3.0, 100.0));
}

#[test]
fn partial_closes_lose_nothing_to_rounding() {
    // thirds of a position: whatever is realised and what is left add up to the last 2⁻⁶⁰
    let mut house = house();
    house.fill(3.0, 100.1);
    let mut realized = 0.0;
    for _ in 0..3 {
        realized += house.fill(-1.0, 99.9);
    }
    assert_near(realized, -0.6, 1e-13);
    // each fill's value is rounded once, against the account; thirds of the cost add up to all of it
    let value = |size: f64, price: f64| Money::from_f64("value", size * price, Rounding::Up).expect("an amount");
    let sold = value(-1.0, 99.9);
    let left = money(1000.0) - value(3.0, 100.1) - sold - sold - sold;
    assert_eq!(house.balance(), left.value());
}

#[test]
fn an_inverse_contract_realises_in_coin() {
    let mut engine = engine();
    let underlying = engine.add_underlying();
    let coin = engine.add_asset(asset(&[], Some(underlying))).expect("a coin");
    let contract = engine
        .add_instrument(inverse_perp(underlying, coin, 100.0))
        .expect("valid terms");
    let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
    let me = account(&mut engine, model, 0.0);
    engine.deposit(me, coin, money(2.0)).expect("a deposit");
    engine.fill(me, contract, &fill(1000.0, 50_000.0)).expect("a fill");
    // half closed at 40,000: 500·100·(1/50,000 − 1/40,000) = −0.25 coins
    let realized = engine.fill(me, contract, &fill(-500.0, 40_000.0)).expect("a fill");
    assert_near(realized, -0.25, 1e-15);
    assert_near(engine.balance(me, coin).expect("live"), 1.75, 1e-15);
    assert_eq!(engine.position(me, contract), Ok(held(500.0, 50_000.0)));
    mark(&mut engine, contract, 40_000.0, 1.0);
    // (1.75 − 0.25) coins of 40,000
    assert_near(engine.assess(me).expect("live").equity, 60_000.0, 1e-14);
}

#[test]
fn an_option_premium_is_paid_at_the_fill_and_counts_as_its_value() {
    let mut house = house();
    let call = option(house.underlying, USD, OptionType::Call, 100.0, YEAR_MS);
    let call = house.engine.add_instrument(call).expect("valid terms");
    let (engine, me) = (&mut house.engine, house.me);
    engine.fill(me, call, &fill(2.0, 10.0)).expect("a fill");
    assert_eq!(engine.balance(me, USD), Ok(980.0));
    let realized = engine.fill(me, call, &fill(-1.0, 15.0)).expect("a fill");
    assert_eq!((realized, engine.balance(me, USD)), (5.0, Ok(995.0)));
    assert_eq!(engine.position(me, call), Ok(held(1.0, 10.0)));
    // a flip: 995 + 3·12, −2 held at 12
    let realized = engine.fill(me, call, &fill(-3.0, 12.0)).expect("a fill");
    assert_eq!((realized, engine.balance(me, USD)), (2.0, Ok(1031.0)));
    assert_eq!(engine.position(me, call), Ok(held(-2.0, 12.0)));
    let quoted = Tick {
        mark: 14.0,
        vol: 0.4,
        ..Tick::at(1.0)
    };
    tick(engine, call, quoted);
    assert_eq!(engine.assess(me).expect("live").equity, 1031.0 - 28.0);
    // a worthless option may be given away
    engine.fill(me, call, &fill(2.0, 0.0)).expect("a fill at nothing");
    assert_eq!(engine.balance(me, USD), Ok(1031.0));
}

#[test]
fn a_spot_fill_exchanges_two_balances() {
    let mut house = house();
    let coin = house.engine.add_asset(asset(&[], None)).expect("a coin");
    let spot = InstrumentSpec {
        kind: Kind::Spot { base: coin },
        ..perp(house.underlying, USD)
    };
    let spot = house.engine.add_instrument(spot).expect("valid terms");
    let (engine, me) = (&mut house.engine, house.me);
    let bought = Fill {
        fee: money(0.001),
        fee_asset: Some(coin),
        ..fill(0.5, 600.0)
    };
    engine.fill(me, spot, &bought).expect("a fill");
    // 1,000 − 300; 0.5 − 0.001
    assert_eq!(engine.balance(me, USD), Ok(700.0));
    assert_near(engine.balance(me, coin).expect("live"), 0.499, 1e-15);
    assert_eq!(engine.assess(me).expect("live").status, RowStatus::MissingPrice);
    // its mark prices the coin: 700 + 0.499·620
    mark(engine, spot, 620.0, 2.0);
    assert_near(engine.assess(me).expect("live").equity, 1009.38, 1e-14);
    assert_eq!(code(engine.set_position(me, spot, 1.0, 600.0)), Code::NotApplicable);
    assert_eq!(code(engine.place_order(me, spot, 1.0, 600.0)), Code::NotApplicable);
    assert_eq!(code(engine.set_leverage(me, spot, 2.0)), Code::NotApplicable);
    assert_eq!(code(engine.add_isolated(me, spot, money(1.0))), Code::NotApplicable);
    assert_eq!(engine.remove_instrument(spot), Ok(()), "nobody can hold it");
}

#[test]
fn a_spot_fill_rounds_both_amounts_against_the_account() {
    let mut house = house();
    let coin = house.engine.add_asset(asset(&[], None)).expect("a coin");
    let spot = InstrumentSpec {
        kind: Kind::Spot { base: coin },
        multiplier: 0.5,
        ..perp(house.underlying, USD)
    };
    let spot = house.engine.add_instrument(spot).expect("valid terms");
    let engine = &mut house.engine;
    engine.withdraw(house.me, USD, money(1000.0)).expect("all of it");
    // neither half of 1e-8 coins nor what they cost is a whole number of the units of 2⁻⁶⁰ in which amounts are held
    engine.fill(house.me, spot, &fill(1e-8, 100.0)).expect("a fill");
    let unit = (-60.0_f64).exp2();
    let bought = engine.balance(house.me, coin).expect("live");
    assert!(bought < 5e-9 && bought > 5e-9 - unit, "{bought}");
    let paid = -engine.balance(house.me, USD).expect("live");
    assert!(paid > 5e-7 && paid < 5e-7 + unit, "{paid}");
    engine.fill(house.me, spot, &fill(-1e-8, 100.0)).expect("a fill");
    assert_eq!(engine.balance(house.me, coin), Ok(-unit));
    assert_eq!(engine.balance(house.me, USD), Ok(-unit));
}

#[test]
fn a_fill_of_nothing_without_a_fee_leaves_the_account_as_it_was() {
    let mut house = house();
    let coin = house.engine.add_asset(asset(&[], None)).expect("a coin");
    let inverse = inverse_perp(house.underlying, coin, 100.0);
    let inverse = house.engine.add_instrument(inverse).expect("valid terms");
    let spot = InstrumentSpec {
        kind: Kind::Spot { base: coin },
        ..perp(house.underlying, USD)
    };
    let spot = house.engine.add_instrument(spot).expect("valid terms");
    let before = house.engine.snapshot(&[]);
    for instrument in [inverse, spot] {
        let filled = house.engine.fill(house.me, instrument, &fill(0.0, 100.0));
        assert_eq!(filled, Ok(0.0));
        assert!(house.engine.snapshot(&[]) == before, "it has changed something");
    }
    // a fee is one all the same
    let with_fee = Fill {
        fee: money(2.0),
        ..fill(0.0, 100.0)
    };
    house.engine.fill(house.me, house.perp, &with_fee).expect("a fill");
    assert_eq!(house.balance(), 998.0);
}
