//! What is registered and removed, one by one and from columns.

use crate::common::*;
use crate::house::{code, held, house};
use plimsoll_engine::margin::BracketTable;
use plimsoll_engine::{AccountColumns, AccountId, Code, RowStatus, Tick, NO_BAND};

#[test]
fn an_account_holds_at_most_4095_positions_so_that_no_sum_can_wrap() {
    let mut house = house();
    for _ in 0..4_095 {
        let next = house
            .engine
            .add_instrument(perp(house.underlying, USD))
            .expect("valid terms");
        house
            .engine
            .set_position(house.me, next, 1.0, 100.0)
            .expect("room for a position");
    }
    let refused = house.engine.set_position(house.me, house.perp, 1.0, 100.0);
    assert_eq!(code(refused), Code::CapacityExceeded);
}

#[test]
fn what_is_removed_is_refused_from_then_on_and_its_slot_starts_afresh() {
    let mut house = house();
    let (engine, me) = (&mut house.engine, house.me);
    engine.fill(me, house.perp, &fill(1.0, 100.0)).expect("a fill");
    let order = engine.place_order(me, house.perp, 1.0, 90.0).expect("an order");
    assert_eq!(code(engine.remove_instrument(house.perp)), Code::InUse);
    engine.remove_account(me).expect("live");
    assert_eq!(code(engine.assess(me)), Code::StaleHandle);
    assert_eq!(code(engine.deposit(me, USD, money(1.0))), Code::StaleHandle);
    assert_eq!(code(engine.order(order)), Code::StaleHandle);
    assert_eq!(code(engine.assess(AccountId(77))), Code::UnknownHandle);
    assert_eq!(engine.totals().accounts, 0);
    assert!(engine.figures().equity[me.slot()].is_nan());
    let next = engine.add_account(house.model).expect("room");
    assert_eq!(next.slot(), me.slot());
    assert_eq!(code(engine.assess(me)), Code::StaleHandle);
    assert_eq!(engine.assess(next).expect("live").equity, 0.0);

    // an instrument's table goes with it
    let table = BracketTable::from_max_leverage(&[(0.0, 2.0)], 0.5).expect("one tier");
    engine
        .set_brackets(house.perp, vec![(house.model, table)])
        .expect("live");
    engine.remove_instrument(house.perp).expect("nobody holds it");
    assert_eq!(code(engine.tick(house.perp, &Tick::at(5.0))), Code::StaleHandle);
    assert_eq!(
        code(engine.set_position(next, house.perp, 1.0, 100.0)),
        Code::StaleHandle
    );
    let heir = engine.add_instrument(perp(house.underlying, USD)).expect("valid terms");
    assert_eq!(heir.slot(), house.perp.slot());
    engine.set_position(next, heir, 1.0, 100.0).expect("a position");
    // its price is not the old one's, nor its brackets
    assert_eq!(engine.assess(next).expect("live").status, RowStatus::MissingPrice);
    mark(engine, heir, 100.0, 6.0);
    assert_eq!(engine.assess(next).expect("live").risk.initial, 10.0);
}

#[test]
fn the_row_of_an_account_that_goes_before_anybody_has_read_what_ticks_made_of_it_is_empty() {
    let mut house = house();
    let (engine, me) = (&mut house.engine, house.me);
    let other = engine.add_instrument(perp(house.underlying, USD)).expect("valid terms");
    mark(engine, other, 100.0, 1.0);
    engine.fill(me, house.perp, &fill(1.0, 100.0)).expect("a fill");
    // enough positions that a tick of the one does not lead to a pass over all of them
    let held: Vec<AccountId> = (0..9).map(|_| account(engine, house.model, 1000.0)).collect();
    for &id in &held {
        engine.set_position(id, other, 1.0, 100.0).expect("a position");
    }
    for (ticks, price) in [110.0, 120.0, 130.0].into_iter().enumerate() {
        mark(engine, house.perp, price, 2.0 + ticks as f64);
    }
    assert_eq!(engine.stats().full_passes, 0);
    assert_eq!(engine.figures().equity[me.slot()], 1030.0);
    for (ticks, price) in [140.0, 150.0].into_iter().enumerate() {
        mark(engine, house.perp, price, 5.0 + ticks as f64);
    }
    engine.remove_account(me).expect("live");
    let figures = engine.figures();
    assert!(figures.equity[me.slot()].is_nan());
    assert_eq!(
        (figures.band[me.slot()], figures.handle[me.slot()]),
        (NO_BAND, u32::MAX)
    );
    assert_eq!(figures.equity[held[0].slot()], 1000.0);
}

#[test]
fn accounts_from_columns_are_those_entered_one_by_one_and_all_or_none() {
    let mut house = house();
    let columns = AccountColumns {
        count: 3,
        balance_account: &[0, 2, 2],
        balance_asset: &[0, 0, 0],
        balance_amount: &[500.0, 100.0, -20.0],
        position_account: &[0, 1],
        position_instrument: &[house.perp.0, house.perp.0],
        position_size: &[1.5, -2.0],
        position_entry_price: &[90.0, 110.0],
    };
    let ids = house.engine.add_accounts(house.model, &columns).expect("valid rows");
    let equities: Vec<f64> = ids
        .iter()
        .map(|&id| house.engine.assess(id).expect("live").equity)
        .collect();
    // 500 + 1.5·10; −2·(100 − 110); 100 − 20
    assert_eq!(equities, [515.0, 20.0, 80.0]);
    assert_eq!(house.engine.position(ids[1], house.perp), Ok(held(-2.0, 110.0)));
    mark(&mut house.engine, house.perp, 105.0, 2.0);
    assert_eq!(house.engine.assess(ids[0]).expect("live").equity, 522.5);

    let before = (
        house.engine.stats().accounts,
        house.engine.stats().positions,
        house.engine.digest(),
    );
    let refusals = [
        (
            AccountColumns {
                position_size: &[1.5, 0.000_000_001],
                ..columns
            },
            "positions[1].size",
        ),
        (
            AccountColumns {
                position_entry_price: &[-1.0, 110.0],
                ..columns
            },
            "positions[0].entryPrice",
        ),
        (
            AccountColumns {
                position_account: &[0, 3],
                ..columns
            },
            "positions[1].account",
        ),
        (
            AccountColumns {
                balance_amount: &[1.0, f64::NAN, 1.0],
                ..columns
            },
            "balances[1].amount",
        ),
        (
            AccountColumns {
                balance_asset: &[0, 0, 7],
                ..columns
            },
            "balances[2].asset",
        ),
        (
            AccountColumns {
                balance_asset: &[0, 0],
                ..columns
            },
            "balances.asset",
        ),
        (
            AccountColumns {
                position_instrument: &[house.perp.0, 99],
                ..columns
            },
            "positions[1].instrument",
        ),
        (
            AccountColumns {
                count: usize::MAX,
                ..columns
            },
            "count",
        ),
    ];
    for (columns, field) in refusals {
        let refused = house.engine.add_accounts(house.model, &columns).expect_err(field);
        assert_eq!(refused.field.to_string(), field);
        let after = (
            house.engine.stats().accounts,
            house.engine.stats().positions,
            house.engine.digest(),
        );
        assert_eq!(after, before, "{field}");
    }
}

#[test]
fn a_position_that_columns_state_twice_is_the_last_one() {
    let (mut in_columns, mut one_by_one) = (house(), house());
    let (sizes, prices) = ([1.5, -2.0, 3.0, 0.0], [90.0, 110.0, 95.0, 95.0]);
    let columns = AccountColumns {
        count: 2,
        position_account: &[0, 0, 1, 1],
        position_instrument: &[in_columns.perp.0; 4],
        position_size: &sizes,
        position_entry_price: &prices,
        ..AccountColumns::default()
    };
    let ids = in_columns
        .engine
        .add_accounts(in_columns.model, &columns)
        .expect("valid rows");
    let entered = [0, 1].map(|_| one_by_one.engine.add_account(one_by_one.model).expect("room"));
    for (row, place) in [0, 0, 1, 1].into_iter().enumerate() {
        one_by_one
            .engine
            .set_position(entered[place], one_by_one.perp, sizes[row], prices[row])
            .expect("a position");
    }
    assert_eq!(
        in_columns.engine.position(ids[0], in_columns.perp),
        Ok(held(-2.0, 110.0))
    );
    for house in [&mut in_columns, &mut one_by_one] {
        assert_eq!(house.engine.stats().positions, 1);
        mark(&mut house.engine, house.perp, 105.0, 2.0);
    }
    // −2·(105 − 110); 210·10 %
    let risk = in_columns.engine.assess(ids[0]).expect("live");
    assert_eq!((risk.equity, risk.risk.initial), (10.0, 21.0));
    for (id, other) in ids.into_iter().zip(entered) {
        assert_eq!(in_columns.engine.assess(id), one_by_one.engine.assess(other));
    }
}
