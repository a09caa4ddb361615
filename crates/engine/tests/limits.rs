//! Calls at the limits of what an account can hold: refused, they change nothing.

mod common;

use common::*;
use plimsoll_engine::{AccountId, AssetId, AssetSpec, Code, Engine, Fill, InstrumentId, Money};

/// An account with a balance in as many assets as one can have, with a perpetual in quote and one that settles in a further asset.
struct Full {
    engine: Engine,
    me: AccountId,
    perp: InstrumentId,
    /// The asset that there is no room for, and what settles in it.
    further: AssetId,
    settles_further: InstrumentId,
}

fn full() -> Full {
    let mut engine = engine();
    let underlying = engine.add_underlying();
    let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
    let me = account(&mut engine, model, 1000.0);
    for _ in 1..256 {
        let asset = engine.add_asset(AssetSpec::default()).expect("an asset");
        engine.deposit(me, asset, money(1.0)).expect("a deposit");
    }
    let further = engine.add_asset(AssetSpec::default()).expect("an asset");
    let [perp, settles_further] = [USD, further].map(|settle| {
        let instrument = engine.add_instrument(perp(underlying, settle)).expect("valid terms");
        mark(&mut engine, instrument, 100.0, 1.0);
        instrument
    });
    Full {
        engine,
        me,
        perp,
        further,
        settles_further,
    }
}

/// That a call is refused for want of room, and that it leaves the engine as it was and able to come out of a snapshot.
fn assert_refused_whole<T: core::fmt::Debug>(
    engine: &mut Engine,
    call: impl FnOnce(&mut Engine) -> plimsoll_engine::Result<T>,
) {
    let before = (engine.snapshot(&[]), engine.stats());
    let refused = call(engine).expect_err("no room");
    assert_eq!(refused.code, Code::CapacityExceeded);
    assert!(
        (engine.snapshot(&[]), engine.stats()) == before,
        "it has changed something"
    );
    Engine::from_snapshot(&before.0).expect("what has just been made");
}

#[test]
fn a_fill_whose_fee_is_in_an_asset_too_many_leaves_no_row() {
    let Full {
        mut engine,
        me,
        perp,
        further,
        ..
    } = full();
    let fill = Fill {
        fee: money(0.5),
        fee_asset: Some(further),
        ..fill(1.0, 100.0)
    };
    assert_refused_whole(&mut engine, |engine| engine.fill(me, perp, &fill));
}

#[test]
fn a_transfer_of_an_asset_too_many_takes_nothing() {
    let Full {
        mut engine,
        me,
        further,
        ..
    } = full();
    let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
    let other = account(&mut engine, model, 0.0);
    engine.deposit(other, further, money(1.0)).expect("a deposit");
    assert_refused_whole(&mut engine, |engine| engine.transfer(other, me, further, money(1.0)));
}

#[test]
fn an_isolated_position_that_settles_in_an_asset_too_many_is_not_opened() {
    let Full {
        mut engine,
        me,
        settles_further,
        ..
    } = full();
    assert_refused_whole(&mut engine, |engine| {
        engine.add_isolated(me, settles_further, Money::ZERO)
    });
}

#[test]
fn a_position_too_many_opens_no_balance() {
    let mut engine = engine();
    let underlying = engine.add_underlying();
    let coin = engine.add_asset(AssetSpec::default()).expect("an asset");
    let model = engine.add_model(brackets(&[(0.0, 10.0)])).expect("valid bands");
    let me = account(&mut engine, model, 0.0);
    for _ in 0..4095 {
        let instrument = engine.add_instrument(perp(underlying, USD)).expect("valid terms");
        engine.set_position(me, instrument, 1.0, 100.0).expect("a position");
    }
    let further = engine.add_instrument(perp(underlying, coin)).expect("valid terms");
    assert_refused_whole(&mut engine, |engine| engine.fill(me, further, &fill(1.0, 100.0)));
    assert_refused_whole(&mut engine, |engine| engine.set_position(me, further, 1.0, 100.0));
    assert_refused_whole(&mut engine, |engine| engine.place_order(me, further, 1.0, 100.0));
    assert_refused_whole(&mut engine, |engine| engine.set_leverage(me, further, 5.0));
}
